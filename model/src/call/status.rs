//! Kernel statuses, and what `WSAGetOverlappedResult` makes of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::option::parse_i32;
use crate::error::Error;

/// A status as the kernel writes it into the `Internal` field of an overlapped structure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Status(pub u32);

macro_rules! statuses {
    ($($name:ident $c_name:literal $number:literal $error:expr;)*) => {
        impl Status {
            $(#[doc = concat!("`", $c_name, "`.")] pub const $name: Status = Status($number);)*

            /// Those that have a name here, each with the code that Winsock gives for it (PF-18, PC-53).
            const TABLE: &[(Status, &str, Option<Error>)] = &[$((Status::$name, $c_name, $error)),*];
        }
    };
}

use Error::{
    IoIncomplete, OperationAborted, WsaAccess, WsaAddressInUse, WsaAddressNotAvailable, WsaFault,
    WsaInterrupted, WsaInvalid, WsaMessageSize, WsaNetworkDown, WsaNoBuffers, WsaNotSocket,
    WsaOperationNotSupported, WsaWouldBlock,
};

statuses! {
    SUCCESS "STATUS_SUCCESS" 0 None;
    PENDING "STATUS_PENDING" 0x103 Some(IoIncomplete);
    BUFFER_OVERFLOW "STATUS_BUFFER_OVERFLOW" 0x8000_0005 Some(WsaMessageSize);
    UNSUCCESSFUL "STATUS_UNSUCCESSFUL" 0xc000_0001 Some(WsaInvalid);
    NOT_IMPLEMENTED "STATUS_NOT_IMPLEMENTED" 0xc000_0002 Some(WsaOperationNotSupported);
    ACCESS_VIOLATION "STATUS_ACCESS_VIOLATION" 0xc000_0005 Some(WsaFault);
    INVALID_HANDLE "STATUS_INVALID_HANDLE" 0xc000_0008 Some(WsaNotSocket);
    INVALID_PARAMETER "STATUS_INVALID_PARAMETER" 0xc000_000d Some(WsaInvalid);
    NO_MEMORY "STATUS_NO_MEMORY" 0xc000_0017 Some(WsaNoBuffers);
    CONFLICTING_ADDRESSES "STATUS_CONFLICTING_ADDRESSES" 0xc000_0018 Some(WsaNoBuffers);
    ACCESS_DENIED "STATUS_ACCESS_DENIED" 0xc000_0022 Some(WsaAccess);
    BUFFER_TOO_SMALL "STATUS_BUFFER_TOO_SMALL" 0xc000_0023 Some(WsaFault);
    OBJECT_TYPE_MISMATCH "STATUS_OBJECT_TYPE_MISMATCH" 0xc000_0024 Some(WsaNotSocket);
    OBJECT_NAME_NOT_FOUND "STATUS_OBJECT_NAME_NOT_FOUND" 0xc000_0034 Some(WsaNetworkDown);
    OBJECT_NAME_COLLISION "STATUS_OBJECT_NAME_COLLISION" 0xc000_0035 Some(WsaInvalid);
    SHARING_VIOLATION "STATUS_SHARING_VIOLATION" 0xc000_0043 Some(WsaAddressInUse);
    QUOTA_EXCEEDED "STATUS_QUOTA_EXCEEDED" 0xc000_0044 Some(WsaNoBuffers);
    INSUFFICIENT_RESOURCES "STATUS_INSUFFICIENT_RESOURCES" 0xc000_009a Some(WsaNoBuffers);
    DEVICE_NOT_READY "STATUS_DEVICE_NOT_READY" 0xc000_00a3 Some(WsaWouldBlock);
    NOT_SUPPORTED "STATUS_NOT_SUPPORTED" 0xc000_00bb Some(WsaOperationNotSupported);
    CANCELLED "STATUS_CANCELLED" 0xc000_0120 Some(OperationAborted);
    INVALID_ADDRESS "STATUS_INVALID_ADDRESS" 0xc000_0141 Some(WsaAddressNotAvailable);
    INVALID_ADDRESS_COMPONENT "STATUS_INVALID_ADDRESS_COMPONENT" 0xc000_0207 Some(WsaAddressNotAvailable);
    TOO_MANY_ADDRESSES "STATUS_TOO_MANY_ADDRESSES" 0xc000_0209 Some(WsaNoBuffers);
    ADDRESS_ALREADY_EXISTS "STATUS_ADDRESS_ALREADY_EXISTS" 0xc000_020a Some(WsaAddressInUse);
    ADDRESS_CLOSED "STATUS_ADDRESS_CLOSED" 0xc000_020b Some(WsaInvalid);
    ADDRESS_ALREADY_ASSOCIATED "STATUS_ADDRESS_ALREADY_ASSOCIATED" 0xc000_0238 Some(WsaInvalid);
    REQUEST_ABORTED "STATUS_REQUEST_ABORTED" 0xc000_0240 Some(WsaInterrupted);
    DATATYPE_MISALIGNMENT_ERROR "STATUS_DATATYPE_MISALIGNMENT_ERROR" 0xc000_02c5 Some(WsaFault);
}

impl Status {
    /// Its C name; `None` where it has none here.
    #[must_use]
    pub fn c_name(self) -> Option<&'static str> {
        Status::TABLE.iter().find(|(status, ..)| *status == self).map(|(_, name, _)| *name)
    }

    /// Every status that has a name here.
    pub fn named() -> impl Iterator<Item = Status> {
        Status::TABLE.iter().map(|(status, ..)| *status)
    }

    /// The code that Winsock gives for it: `WSAEINVAL` for every failure that the table does not list. `None` for a
    /// success.
    #[must_use]
    pub fn error(self) -> Option<Error> {
        match Status::TABLE.iter().find(|(status, ..)| *status == self) {
            Some((_, _, error)) => *error,
            // the highest bit tells warnings and errors from the rest
            None => (self.0 >> 31 == 1).then_some(WsaInvalid),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.c_name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

/// A word that names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a status: its C name, or its number in hexadecimal with 0x")]
pub struct UnknownStatus;

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Status, UnknownStatus> {
        let named = Status::TABLE.iter().find(|(_, name, _)| *name == word);
        let number = || Some(word).filter(|w| w.starts_with("0x")).and_then(parse_i32);
        named
            .map(|(status, ..)| *status)
            .or_else(|| number().map(|n| Status(u32::from_ne_bytes(n.to_ne_bytes()))))
            .ok_or(UnknownStatus)
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Status, D::Error> {
        let word = std::borrow::Cow::<'_, str>::deserialize(from)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_back_as_it_is_written() {
        for status in Status::named().chain([Status(0xc000_0fff), Status(0x8000_0001)]) {
            assert_eq!(status.to_string().parse(), Ok(status));
        }
        assert_eq!("0x103".parse(), Ok(Status::PENDING));
        for wrong in ["259", "STATUS_NOTHING", "0x", ""] {
            assert_eq!(wrong.parse::<Status>(), Err(UnknownStatus), "{wrong}");
        }
    }

    #[test]
    fn a_failure_that_is_not_listed_is_invalid_and_a_success_is_none() {
        assert_eq!(Status(0xc000_0fff).error(), Some(Error::WsaInvalid));
        assert_eq!(Status(0x8000_0001).error(), Some(Error::WsaInvalid));
        assert_eq!(Status(0x4000_0000).error(), None);
        assert_eq!(Status::SUCCESS.error(), None);
    }
}
