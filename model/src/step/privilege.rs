//! Who may reserve for good: members of Administrators under their full token.

use crate::call::{AccessToken, Account};
use crate::id::ProcessId;
use crate::permitted::{About, Code, Guard, Permitted, Refusal};
use crate::question::Question;
use crate::rule::Rule;
use crate::world::World;

/// Refuses a caller that is not an elevated member of Administrators (PERSIST-12 to 14, ASSOC-26 to 28).
pub(super) fn administrator(
    world: &World,
    by: ProcessId,
    rule: Rule,
    code: Code,
    all: &mut Permitted,
) {
    let Some(process) = world.process(by) else { return };
    let refuses = match (process.credentials.account, process.credentials.token) {
        (Account::Administrator | Account::BuiltInAdministrator, AccessToken::Elevated) => return,
        (Account::BuiltInAdministrator, AccessToken::Filtered) => {
            Guard::when(const { Question::BuiltInFiltered.only(&["no"]) })
        }
        (Account::LocalSystem, _) => Guard::when(const { Question::LocalSystem.only(&["no"]) }),
        (
            Account::Standard
            | Account::Administrator
            | Account::LocalService
            | Account::NetworkService,
            _,
        ) => Guard::ALWAYS,
    };
    all.must(Refusal { rule, when: refuses, code, about: About::Call });
}

/// Whether the caller is an elevated member of Administrators beyond doubt.
pub(super) fn is_administrator(world: &World, by: ProcessId) -> bool {
    let full = |c: crate::call::Credentials| {
        matches!(c.account, Account::Administrator | Account::BuiltInAdministrator)
            && c.token == AccessToken::Elevated
    };
    world.process(by).is_some_and(|p| full(p.credentials))
}
