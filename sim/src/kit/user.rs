//! Users and what their programs may do.

use portres_model::{AccessToken, Account, Credentials};
use proptest::prelude::{Strategy, any};
use proptest::sample::select;

/// The accounts under which programs run, the plainest first.
const ACCOUNTS: &[Account] = &[
    Account::Standard,
    Account::Administrator,
    Account::BuiltInAdministrator,
    Account::NetworkService,
    Account::LocalService,
    Account::LocalSystem,
];

/// A user and an elevation: standard users, administrators with and without elevation, the accounts of services.
pub fn users() -> impl Strategy<Value = Credentials> + Clone {
    (any::<bool>(), select(ACCOUNTS), any::<bool>()).prop_map(|(other, account, elevated)| {
        let user = if other { "bob" } else { "alice" };
        let user = user.parse().expect("a name of a user");
        // UAC leaves a choice to members of Administrators alone
        let chosen = account == Account::Administrator && elevated;
        let token = if chosen { AccessToken::Elevated } else { account.default_token() };
        Credentials { user, account, token }
    })
}
