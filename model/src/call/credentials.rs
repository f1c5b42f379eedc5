//! Under which account and access token a process runs.

use serde::{Deserialize, Serialize};

use crate::id::User;

/// What a process is allowed to do: its user account and the token under which it runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The user account.
    pub user: User,
    /// What the account is.
    pub account: Account,
    /// Which of its access tokens.
    pub token: AccessToken,
}

/// What kind of user account a process runs under.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// Not a member of Administrators.
    #[default]
    Standard,
    /// A member of Administrators, not the built-in one.
    Administrator,
    /// The built-in Administrator.
    BuiltInAdministrator,
    /// LocalSystem.
    LocalSystem,
    /// LocalService.
    LocalService,
    /// NetworkService.
    NetworkService,
}

/// Under which access token a process runs (UAC-4).
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum AccessToken {
    /// The filtered one: what UAC gives a member of Administrators whose program was not elevated.
    #[default]
    Filtered,
    /// The full one. For accounts without a second token it makes no difference.
    Elevated,
}

impl Account {
    /// The token that a process of this account has unless something else is said.
    #[must_use]
    pub const fn default_token(self) -> AccessToken {
        match self {
            Account::Standard
            | Account::Administrator
            | Account::LocalService
            | Account::NetworkService => AccessToken::Filtered,
            Account::BuiltInAdministrator | Account::LocalSystem => AccessToken::Elevated,
        }
    }
}
