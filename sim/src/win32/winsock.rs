//! `ws2_32.dll`, with the types and constants of `windows_sys::Win32::Networking::WinSock`.
//!
//! # Safety
//! As for the real functions, every pointer that is neither NULL nor within the first 64 KiB must lead to what the function
//! reads or writes there, as long as its length says. What an overlapped request uses must be good until it has ended: the
//! structure, and the output buffer. Both are written when the request completes, by whichever thread makes it complete.
//! Functions that take numbers only are unsafe because the real ones are.
//!
//! A function that is not simulated is private, so that nothing is linked to what is called so elsewhere:
//!
//! ```compile_fail,E0603
//! use portres_sim::winsock::recv;
//! ```
#![expect(unsafe_code, reason = "the functions have the signatures of the real ones")]
#![expect(non_snake_case, reason = "and their names")]
#![expect(clippy::missing_safety_doc, reason = "what a caller must see to is said once for all")]

mod control;
mod data;
pub(super) mod event;
mod open;
mod option;
mod order;
pub(super) mod overlapped;

pub use ::windows_sys::Win32::Networking::WinSock::*;

pub use control::{WSAIoctl, ioctlsocket};
pub use data::{accept, bind, connect, getpeername, getsockname, listen, sendto};
pub use event::{
    WSACloseEvent, WSACreateEvent, WSAResetEvent, WSASetEvent, WSAWaitForMultipleEvents,
};
pub use open::{
    WSACleanup, WSADuplicateSocketW, WSAGetLastError, WSASetLastError, WSASocketW, WSAStartup,
    closesocket, socket,
};
pub use option::{getsockopt, setsockopt};
pub use order::{htonl, htons, ntohl, ntohs};
pub use overlapped::WSAGetOverlappedResult;

use portres_model::{Error, Reply};

use super::machine::set_last_error;

use overlapped::no;

/// What most functions return: 0, or `SOCKET_ERROR` and the last error.
fn done(reply: &Reply) -> i32 {
    match reply {
        Reply::Failed(error) => fails(*error),
        Reply::Unsupported => fails(Error::WsaOperationNotSupported),
        _ => 0,
    }
}

pub(super) fn fails(error: Error) -> i32 {
    set_last_error(error.number());
    SOCKET_ERROR
}

super::windows_sys::not_simulated! {
    AcceptEx EnumProtocolsA EnumProtocolsW FreeAddrInfoEx FreeAddrInfoExW FreeAddrInfoW
    GetAcceptExSockaddrs GetAddrInfoExA GetAddrInfoExCancel GetAddrInfoExOverlappedResult
    GetAddrInfoExW GetAddrInfoW GetAddressByNameA GetAddressByNameW GetHostNameW
    GetNameByTypeA GetNameByTypeW GetNameInfoW GetServiceA GetServiceW GetTypeByNameA
    GetTypeByNameW InetNtopW InetPtonW ProcessSocketNotifications RtlEthernetAddressToStringA
    RtlEthernetAddressToStringW RtlEthernetStringToAddressA RtlEthernetStringToAddressW
    RtlIpv4AddressToStringA RtlIpv4AddressToStringExA RtlIpv4AddressToStringExW
    RtlIpv4AddressToStringW RtlIpv4StringToAddressA RtlIpv4StringToAddressExA
    RtlIpv4StringToAddressExW RtlIpv4StringToAddressW RtlIpv6AddressToStringA
    RtlIpv6AddressToStringExA RtlIpv6AddressToStringExW RtlIpv6AddressToStringW
    RtlIpv6StringToAddressA RtlIpv6StringToAddressExA RtlIpv6StringToAddressExW
    RtlIpv6StringToAddressW SetAddrInfoExA SetAddrInfoExW SetServiceA SetServiceW
    SetSocketMediaStreamingMode TransmitFile WPUCompleteOverlappedRequest WSAAccept
    WSAAddressToStringA WSAAddressToStringW WSAAdvertiseProvider WSAAsyncGetHostByAddr
    WSAAsyncGetHostByName WSAAsyncGetProtoByName WSAAsyncGetProtoByNumber
    WSAAsyncGetServByName WSAAsyncGetServByPort WSAAsyncSelect WSACancelAsyncRequest
    WSACancelBlockingCall WSAConnect WSAConnectByList WSAConnectByNameA
    WSAConnectByNameW WSADeleteSocketPeerTargetName WSADuplicateSocketA
    WSAEnumNameSpaceProvidersA WSAEnumNameSpaceProvidersExA WSAEnumNameSpaceProvidersExW
    WSAEnumNameSpaceProvidersW WSAEnumNetworkEvents WSAEnumProtocolsA WSAEnumProtocolsW
    WSAEventSelect WSAGetQOSByName WSAGetServiceClassInfoA WSAGetServiceClassInfoW
    WSAGetServiceClassNameByClassIdA WSAGetServiceClassNameByClassIdW WSAHtonl WSAHtons
    WSAImpersonateSocketPeer WSAInstallServiceClassA WSAInstallServiceClassW WSAIsBlocking
    WSAJoinLeaf WSALookupServiceBeginA WSALookupServiceBeginW WSALookupServiceEnd
    WSALookupServiceNextA WSALookupServiceNextW WSANSPIoctl WSANtohl WSANtohs WSAPoll
    WSAProviderCompleteAsyncCall WSAProviderConfigChange WSAQuerySocketSecurity WSARecv
    WSARecvDisconnect WSARecvEx WSARecvFrom WSARemoveServiceClass     WSARevertImpersonation WSASend WSASendDisconnect WSASendMsg WSASendTo WSASetBlockingHook
    WSASetServiceA WSASetServiceW WSASetSocketPeerTargetName WSASetSocketSecurity
    WSASocketA WSAStringToAddressA WSAStringToAddressW WSAUnadvertiseProvider
    WSAUnhookBlockingHook WSCDeinstallProvider WSCDeinstallProvider32
    WSCEnableNSProvider WSCEnableNSProvider32 WSCEnumNameSpaceProviders32
    WSCEnumNameSpaceProvidersEx32 WSCEnumProtocols WSCEnumProtocols32
    WSCGetApplicationCategory WSCGetProviderInfo WSCGetProviderInfo32 WSCGetProviderPath
    WSCGetProviderPath32 WSCInstallNameSpace WSCInstallNameSpace32 WSCInstallNameSpaceEx
    WSCInstallNameSpaceEx32 WSCInstallProvider WSCInstallProvider64_32
    WSCInstallProviderAndChains64_32 WSCSetApplicationCategory WSCSetProviderInfo
    WSCSetProviderInfo32 WSCUnInstallNameSpace WSCUnInstallNameSpace32 WSCUpdateProvider
    WSCUpdateProvider32 WSCWriteNameSpaceOrder WSCWriteNameSpaceOrder32 WSCWriteProviderOrder
    WSCWriteProviderOrder32 __WSAFDIsSet freeaddrinfo getaddrinfo gethostbyaddr gethostbyname
    gethostname getnameinfo getprotobyname getprotobynumber getservbyname getservbyport
    inet_addr inet_ntoa inet_ntop inet_pton recv recvfrom select send shutdown
}
