//! Versions of Winsock, and the call that asks for one.

use serde::{Deserialize, Serialize};

/// The arguments of `WSAStartup`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Startup {
    /// The low byte of `wVersionRequested`.
    pub major: u8,
    /// The high byte.
    pub minor: u8,
    /// Whether `lpWSAData` is NULL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub null: bool,
}

impl Startup {
    /// For 2.2, what nearly every program asks for.
    pub const CURRENT: Startup = Startup::of(Version::CURRENT);

    /// For a version.
    #[must_use]
    pub const fn of(Version { major, minor }: Version) -> Startup {
        Startup { major, minor, null: false }
    }

    /// The version that is asked for.
    #[must_use]
    pub const fn version(self) -> Version {
        Version { major: self.major, minor: self.minor }
    }
}

/// A version of Winsock.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The number before the dot.
    pub major: u8,
    /// The number behind it.
    pub minor: u8,
}

impl Version {
    /// 2.2, the highest that there is.
    pub const CURRENT: Version = Version { major: 2, minor: 2 };
}
