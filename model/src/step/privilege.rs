//! Who may reserve for good: members of Administrators under their full token.

use crate::call::{AccessToken, Account};
use crate::error::Error;
use crate::id::ProcessId;
use crate::permitted::{Guard, Permitted};
use crate::question::Question;
use crate::rule::Rule;
use crate::world::World;

/// Refuses a caller that is not an elevated member of Administrators (PERSIST-12 to 14, ASSOC-26 to 28).
pub(super) fn administrator(
    world: &World,
    by: ProcessId,
    rule: Rule,
    code: Error,
    all: &mut Permitted,
) {
    let Some(process) = world.process(by) else { return };
    match (process.credentials.account, process.credentials.token) {
        (Account::Administrator | Account::BuiltInAdministrator, AccessToken::Elevated) => {}
        (Account::BuiltInAdministrator, AccessToken::Filtered) => {
            all.must_when(
                Guard::when(const { Question::BuiltInFiltered.only(&["no"]) }),
                rule,
                code,
            );
        }
        (Account::LocalSystem, _) => {
            all.must_when(Guard::when(const { Question::LocalSystem.only(&["no"]) }), rule, code);
        }
        (
            Account::Standard
            | Account::Administrator
            | Account::LocalService
            | Account::NetworkService,
            _,
        ) => {
            all.must_if(true, rule, code);
        }
    }
}

/// Whether the caller is an elevated member of Administrators beyond doubt.
pub(super) fn is_administrator(world: &World, by: ProcessId) -> bool {
    let full = |c: crate::call::Credentials| {
        matches!(c.account, Account::Administrator | Account::BuiltInAdministrator)
            && c.token == AccessToken::Elevated
    };
    world.process(by).is_some_and(|p| full(p.credentials))
}
