//! The error codes: one table of C names and numbers.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($variant:ident $c_name:literal $number:literal $also:tt $says:literal;)*) => {
        /// What a refused call reports: the value of `WSAGetLastError`, or what an IP Helper function returns.
        ///
        /// Winsock and Win32 share one number space; where a number has two names the one of
        /// the reservation pages is printed and both are read.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Error {
            $(#[doc = concat!("`", $c_name, "` (", stringify!($number), "): ", $says, ".")] $variant,)*
            /// A number that the table does not name. [`Error::from_number`] never makes one for a number that it does.
            Number(u32),
        }

        impl Error {
            /// Every named code, in the order of the numbers.
            pub const ALL: &[Error] = &[$(Error::$variant),*];

            /// The number that Windows reports.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Error::$variant => $number,)* Error::Number(n) => n }
            }

            /// The C name; `None` where the table has none.
            #[must_use]
            pub const fn c_name(self) -> Option<&'static str> {
                match self { $(Error::$variant => Some($c_name),)* Error::Number(_) => None }
            }

            /// A further C name of the same number.
            #[must_use]
            pub const fn other_name(self) -> Option<&'static str> {
                match self { $(Error::$variant => codes!(@also $also),)* Error::Number(_) => None }
            }

            /// What the code means in general, as a phrase.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Error::$variant => $says,)* Error::Number(_) => "a code that this table does not name" }
            }

            /// The code of a number.
            #[must_use]
            pub const fn from_number(number: u32) -> Error {
                match number { $($number => Error::$variant,)* n => Error::Number(n) }
            }
        }
    };
    (@also -) => { None };
    (@also $name:literal) => { Some($name) };
}

codes! {
    FileNotFound "ERROR_FILE_NOT_FOUND" 2 - "there is no such thing";
    AccessDenied "ERROR_ACCESS_DENIED" 5 - "the caller lacks the privilege";
    InvalidHandle "WSA_INVALID_HANDLE" 6 "ERROR_INVALID_HANDLE" "a handle is not valid";
    NotEnoughMemory "WSA_NOT_ENOUGH_MEMORY" 8 "ERROR_NOT_ENOUGH_MEMORY" "not enough memory";
    SharingViolation "ERROR_SHARING_VIOLATION" 32 - "a port of the block is in use or reserved";
    NotSupported "ERROR_NOT_SUPPORTED" 50 - "the request is not supported";
    InvalidParameter "ERROR_INVALID_PARAMETER" 87 "WSA_INVALID_PARAMETER" "a parameter is not acceptable";
    ElevationRequired "ERROR_ELEVATION_REQUIRED" 740 - "the program must run elevated";
    OperationAborted "WSA_OPERATION_ABORTED" 995 "ERROR_OPERATION_ABORTED" "an overlapped operation was cancelled";
    IoIncomplete "WSA_IO_INCOMPLETE" 996 "ERROR_IO_INCOMPLETE" "an overlapped operation has not completed";
    IoPending "WSA_IO_PENDING" 997 "ERROR_IO_PENDING" "an overlapped operation will complete later";
    NoAccess "ERROR_NOACCESS" 998 - "an address is not valid memory";
    NotFound "ERROR_NOT_FOUND" 1168 - "there is no such block or operation";
    ConnectionAborted "ERROR_CONNECTION_ABORTED" 1236 - "the connection was aborted by the local system";
    WsaInterrupted "WSAEINTR" 10004 - "a blocking call was interrupted";
    WsaBadFile "WSAEBADF" 10009 - "a file handle is not valid";
    WsaAccess "WSAEACCES" 10013 - "the socket may not be used in this way: access is forbidden";
    WsaFault "WSAEFAULT" 10014 - "a pointer is not valid or a buffer is too short";
    WsaInvalid "WSAEINVAL" 10022 - "an argument or the state of the socket does not suit the call";
    WsaTooManyFiles "WSAEMFILE" 10024 - "no more socket descriptors";
    WsaWouldBlock "WSAEWOULDBLOCK" 10035 - "the call would block";
    WsaInProgress "WSAEINPROGRESS" 10036 - "a blocking call or a callback is in progress";
    WsaAlready "WSAEALREADY" 10037 - "an operation is already in progress";
    WsaNotSocket "WSAENOTSOCK" 10038 - "the handle is not a socket";
    WsaDestinationRequired "WSAEDESTADDRREQ" 10039 - "a destination address is required";
    WsaMessageSize "WSAEMSGSIZE" 10040 - "the message is too long";
    WsaPrototype "WSAEPROTOTYPE" 10041 - "the protocol does not suit the socket type";
    WsaNoProtocolOption "WSAENOPROTOOPT" 10042 - "the option is unknown or does not suit the protocol";
    WsaProtocolNotSupported "WSAEPROTONOSUPPORT" 10043 - "the protocol is not supported";
    WsaSocketTypeNotSupported "WSAESOCKTNOSUPPORT" 10044 - "the socket type is not supported";
    WsaOperationNotSupported "WSAEOPNOTSUPP" 10045 - "the operation is not supported on this socket";
    WsaFamilyNotSupported "WSAEAFNOSUPPORT" 10047 - "the address family is not supported";
    WsaAddressInUse "WSAEADDRINUSE" 10048 - "the address is already in use";
    WsaAddressNotAvailable "WSAEADDRNOTAVAIL" 10049 - "the address is not one of this machine";
    WsaNetworkDown "WSAENETDOWN" 10050 - "the network subsystem has failed";
    WsaNetworkUnreachable "WSAENETUNREACH" 10051 - "the network cannot be reached";
    WsaConnectionAborted "WSAECONNABORTED" 10053 - "the connection was aborted by this machine";
    WsaConnectionReset "WSAECONNRESET" 10054 - "the connection was reset by the peer";
    WsaNoBuffers "WSAENOBUFS" 10055 - "no buffers, or no port left";
    WsaIsConnected "WSAEISCONN" 10056 - "the socket is connected";
    WsaNotConnected "WSAENOTCONN" 10057 - "the socket is not connected";
    WsaShutdown "WSAESHUTDOWN" 10058 - "the socket has been shut down";
    WsaTimedOut "WSAETIMEDOUT" 10060 - "the connection timed out";
    WsaConnectionRefused "WSAECONNREFUSED" 10061 - "the connection was refused";
    WsaHostUnreachable "WSAEHOSTUNREACH" 10065 - "the host cannot be reached";
    WsaProcessLimit "WSAEPROCLIM" 10067 - "too many processes use Winsock";
    WsaSystemNotReady "WSASYSNOTREADY" 10091 - "the network subsystem is not ready";
    WsaVersionNotSupported "WSAVERNOTSUPPORTED" 10092 - "this version of Winsock is not supported";
    WsaNotInitialised "WSANOTINITIALISED" 10093 - "WSAStartup has not been called";
    AccessViolation "STATUS_ACCESS_VIOLATION" 3_221_225_477 - "no code but an exception: the call touched memory that is not there";
}

impl Error {
    /// The code of a C name, either of the two where a number has two. Case counts.
    #[must_use]
    pub fn from_c_name(name: &str) -> Option<Error> {
        let known = |e: &&Error| e.c_name() == Some(name) || e.other_name() == Some(name);
        Error::ALL.iter().find(known).copied()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.c_name() {
            Some(name) => f.write_str(name),
            None => write!(f, "error {}", self.number()),
        }
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.c_name() {
            Some(name) => to.serialize_str(name),
            None => to.serialize_u32(self.number()),
        }
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Error, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Error;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an error code: its C name or its number")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Error, E> {
                Error::from_c_name(name)
                    .ok_or_else(|| E::custom(format_args!("unknown error name `{name}`")))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Error, E> {
                let fits =
                    u32::try_from(number).map_err(|_| E::custom("an error number has 32 bits"))?;
                Ok(Error::from_number(fits))
            }
        }
        from.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_back_to_the_code() {
        for &code in Error::ALL {
            assert_eq!(Error::from_number(code.number()), code);
            assert_eq!(code.c_name().and_then(Error::from_c_name), Some(code));
            assert_eq!(code.other_name().map_or(Some(code), Error::from_c_name), Some(code));
        }
    }

    #[test]
    fn an_unnamed_number_is_printed_as_one() {
        assert_eq!(Error::from_number(12_345).to_string(), "error 12345");
        assert_eq!(Error::from_number(10_013).to_string(), "WSAEACCES");
    }
}
