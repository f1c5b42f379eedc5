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
    when: Guard,
    all: &mut Permitted,
) {
    let Some(process) = world.process(by) else { return };
    let refuses = match (process.credentials.account, process.credentials.token) {
        (Account::Administrator | Account::BuiltInAdministrator, AccessToken::Elevated) => return,
        (Account::BuiltInAdministrator, AccessToken::Filtered) => {
            when.and(const { Question::BuiltInFiltered.only(&["no"]) })
        }
        (Account::LocalSystem, _) => when.and(const { Question::LocalSystem.only(&["no"]) }),
        (
            Account::Standard
            | Account::Administrator
            | Account::LocalService
            | Account::NetworkService,
            _,
        ) => when,
    };
    all.must(Refusal { rule, when: refuses, code, about: About::Call });
}
