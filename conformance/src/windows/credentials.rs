//! Which processes this machine can have: what a token says, who plays which user, what stands in for what, and which
//! calls a process may not survive.

use portres_model::{
    AccessToken, Account, Call, Credentials, Frame, NameBuffer, Overlapped, Pointer, Routine,
    SocketKind, User, numbers,
};

use super::wire::Identity;

/// Whose account a token names, as far as its identifier says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holder {
    /// LocalSystem.
    LocalSystem,
    /// LocalService.
    LocalService,
    /// NetworkService.
    NetworkService,
    /// The built-in Administrator.
    BuiltInAdministrator,
    /// Any other account.
    Other,
}

/// How a token lists the group Administrators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Administrators {
    /// Not at all.
    Absent,
    /// For denials only: the token is filtered.
    DenyOnly,
    /// As a group that grants.
    Enabled,
}

impl Identity {
    /// What a token says. `limited`: its elevation type is the limited one, so UAC keeps a fuller token beside it. With
    /// UAC off there is one token only, and the group alone decides.
    pub(super) fn of_token(
        holder: Holder,
        administrators: Administrators,
        limited: bool,
    ) -> Identity {
        let account = match (holder, administrators) {
            (Holder::LocalSystem, _) => Account::LocalSystem,
            (Holder::LocalService, _) => Account::LocalService,
            (Holder::NetworkService, _) => Account::NetworkService,
            (Holder::BuiltInAdministrator, _) => Account::BuiltInAdministrator,
            (Holder::Other, Administrators::Absent) => Account::Standard,
            (Holder::Other, Administrators::DenyOnly | Administrators::Enabled) => {
                Account::Administrator
            }
        };
        let full = administrators == Administrators::Enabled && !limited;
        Identity {
            account,
            token: if full { AccessToken::Elevated } else { AccessToken::Filtered },
        }
    }

    /// Whether a process with this identity is what is wanted. `declared`: the trace says so itself; a process that no
    /// line declares is a standard user's by default, and a filtered administrator, whose token has the same rights, may
    /// play it.
    pub(super) fn is(self, wanted: Credentials, declared: bool) -> bool {
        let two_tokens =
            matches!(wanted.account, Account::Administrator | Account::BuiltInAdministrator);
        if self.account == wanted.account {
            return !two_tokens || self.token == wanted.token;
        }
        let filtered = Identity { account: Account::Administrator, token: AccessToken::Filtered };
        !declared && wanted.account == Account::Standard && self == filtered
    }

    /// Whether its token could be filtered.
    pub(super) fn is_elevated(self) -> bool {
        self.token == AccessToken::Elevated
    }
}

/// Who plays the users of a trace.
#[derive(Debug, Default)]
pub(super) struct Users {
    current: Option<User>,
    test: Option<User>,
}

/// The real account behind a user of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Player {
    /// Whoever runs this program.
    Current,
    /// The test user.
    Test,
    /// Nobody is left.
    Nobody,
}

impl Users {
    /// Who plays a user: the current user plays the first that is met, the test user the second.
    pub(super) fn player(&mut self, user: User) -> Player {
        if *self.current.get_or_insert(user) == user {
            Player::Current
        } else if *self.test.get_or_insert(user) == user {
            Player::Test
        } else {
            Player::Nobody
        }
    }
}

/// Whether the rights of the caller may decide what the call answers: then no process with other rights can do it.
pub(super) fn rights_count(call: &Call) -> bool {
    match call {
        Call::Associate { .. }
        | Call::Create { .. }
        | Call::Delete { .. }
        | Call::Lookup { .. }
        | Call::AddExcluded { .. }
        | Call::DeleteExcluded { .. }
        | Call::SetDynamic { .. } => true,
        Call::Socket { kind, .. } => *kind == SocketKind::Raw,
        // whatever it is: it may become a raw socket
        Call::Open { kind, .. } => ![numbers::STREAM, numbers::DATAGRAM].contains(kind),
        _ => false,
    }
}

/// Whether the call may be the end of its process, since a pointer leads nowhere. `WSAGetOverlappedResult` does not count:
/// its request belongs to the process, so no other can make it.
pub(super) fn is_risky(call: &Call) -> bool {
    match call {
        Call::Create { null, .. } | Call::Lookup { null, .. } => *null,
        Call::Startup(startup) => startup.null,
        Call::Bind { name, .. }
        | Call::GetSockName { name, .. }
        | Call::GetPeerName { name, .. } => {
            matches!(name, NameBuffer::Null | NameBuffer::Bad)
        }
        Call::SetSockOpt { optval, .. } | Call::GetSockOpt { optval, .. } => {
            optval.value != Pointer::Good
        }
        Call::IoctlSocket { argument, .. } => *argument != Pointer::Good,
        _ => call.frame().is_some_and(leads_nowhere),
    }
}

/// NULL instead of the byte count is as it should be beside an overlapped structure.
fn leads_nowhere(frame: &Frame) -> bool {
    let buffers = frame.input.is_nowhere() || frame.output.is_nowhere();
    let bytes = match frame.bytes {
        Pointer::Good => false,
        Pointer::Null => frame.request().is_none(),
        Pointer::Bad => true,
    };
    buffers || bytes || frame.overlapped == Overlapped::Bad || frame.routine == Routine::Bad
}

#[cfg(test)]
mod tests {
    use portres_model::{Buffer, RequestId};

    use super::*;

    fn wanted(account: Account, token: AccessToken) -> Credentials {
        Credentials { account, token, ..Credentials::default() }
    }

    #[test]
    fn the_group_decides_unless_uac_keeps_a_fuller_token() {
        let of = |group, limited| Identity::of_token(Holder::Other, group, limited);
        let is = |account, token| Identity { account, token };
        assert_eq!(of(Administrators::Absent, false), is(Account::Standard, AccessToken::Filtered));
        assert_eq!(
            of(Administrators::Enabled, false),
            is(Account::Administrator, AccessToken::Elevated)
        );
        assert_eq!(
            of(Administrators::DenyOnly, false),
            is(Account::Administrator, AccessToken::Filtered)
        );
        assert_eq!(
            of(Administrators::Enabled, true),
            is(Account::Administrator, AccessToken::Filtered)
        );
    }

    #[test]
    fn a_filtered_administrator_plays_only_undeclared_standard_users() {
        let filtered = Identity { account: Account::Administrator, token: AccessToken::Filtered };
        let elevated = Identity { account: Account::Administrator, token: AccessToken::Elevated };
        let standard = wanted(Account::Standard, AccessToken::Filtered);
        assert!(filtered.is(standard, false) && !filtered.is(standard, true));
        assert!(!elevated.is(standard, false));
        assert!(elevated.is(wanted(Account::Administrator, AccessToken::Elevated), true));
        assert!(!elevated.is(wanted(Account::Administrator, AccessToken::Filtered), true));
    }

    #[test]
    fn the_token_of_an_account_with_one_makes_no_difference() {
        let standard = Identity { account: Account::Standard, token: AccessToken::Filtered };
        assert!(standard.is(wanted(Account::Standard, AccessToken::Elevated), true));
    }

    #[test]
    fn two_users_can_be_played() {
        let mut users = Users::default();
        let user = |name: &str| name.parse::<User>().expect("a user");
        assert_eq!(users.player(user("alice")), Player::Current);
        assert_eq!(users.player(user("bob")), Player::Test);
        assert_eq!(users.player(user("carol")), Player::Nobody);
        assert_eq!(users.player(user("alice")), Player::Current);
        assert_eq!(users.player(user("bob")), Player::Test);
    }

    #[test]
    fn a_call_is_risky_where_a_pointer_leads_nowhere() {
        let risky = |change: &dyn Fn(&mut Frame)| {
            let mut frame = Frame::default();
            change(&mut frame);
            is_risky(&Call::Ioctl { socket: portres_model::SocketId(1), code: 1, frame })
        };
        let request = Overlapped::Of(RequestId(1));
        assert!(!risky(&|_| {}) && !risky(&|f| f.input = Buffer::Short));
        assert!(risky(&|f| f.input = Buffer::Null) && risky(&|f| f.output = Buffer::Bad));
        assert!(risky(&|f| f.bytes = Pointer::Null) && risky(&|f| f.routine = Routine::Bad));
        assert!(!risky(&|f| (f.bytes, f.overlapped) = (Pointer::Null, request)));
        assert!(risky(&|f| (f.bytes, f.overlapped) = (Pointer::Bad, request)));
    }
}
