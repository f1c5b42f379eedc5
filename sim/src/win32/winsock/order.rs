//! Byte order.

/// `htons`: a number of 16 bits in network order.
pub unsafe extern "system" fn htons(hostshort: u16) -> u16 {
    hostshort.to_be()
}

/// `ntohs`: a number of 16 bits in the order of the machine.
pub unsafe extern "system" fn ntohs(netshort: u16) -> u16 {
    u16::from_be(netshort)
}

/// `htonl`: a number of 32 bits in network order.
pub unsafe extern "system" fn htonl(hostlong: u32) -> u32 {
    hostlong.to_be()
}

/// `ntohl`: a number of 32 bits in the order of the machine.
pub unsafe extern "system" fn ntohl(netlong: u32) -> u32 {
    u32::from_be(netlong)
}
