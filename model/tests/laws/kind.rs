//! Every kind of call, with how often it is made and who makes its arguments. A new call does not compile before it stands
//! here.

use portres_model::{Call, ProcessId, World};

use crate::draw::Draw;
use crate::make;

macro_rules! kinds {
    ($($kind:ident $weight:literal $make:ident;)*) => {
        /// A kind of call.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(crate) enum Kind { $($kind,)* }

        // each is drawn, whatever the beginnings make
        const _: () = { $(assert!($weight > 0, stringify!($kind));)* };

        impl Kind {
            pub(crate) const ALL: &[Kind] = &[$(Kind::$kind),*];

            const WEIGHTED: &[(usize, Kind)] = &[$(($weight, Kind::$kind)),*];

            /// The kind of a call.
            pub(crate) fn of(call: &Call) -> Kind {
                match call { $(Call::$kind { .. } => Kind::$kind,)* }
            }

            /// A call of this kind, its arguments nearly always such that it has a chance.
            pub(crate) fn make(self, at: &make::At<'_>, draw: &mut Draw) -> Call {
                match self { $(Kind::$kind => make::$make(at, draw),)* }
            }
        }
    };
}

kinds! {
    Startup 4 startup;
    Cleanup 1 cleanup;
    Socket 70 socket;
    Open 20 open;
    SetSockOpt 40 set_option;
    GetSockOpt 14 get_option;
    IoctlSocket 12 ioctl_socket;
    Bind 100 bind;
    GetSockName 14 get_name;
    GetPeerName 8 get_peer;
    Listen 25 listen;
    Connect 35 connect;
    ConnectEx 8 connect_ex;
    Accept 16 accept;
    SendTo 14 send_to;
    Disconnect 10 disconnect;
    CloseSocket 35 close;
    Duplicate 12 duplicate;
    Inherit 6 inherit;
    Acquire 80 acquire;
    Associate 80 associate;
    Release 30 release;
    Affinity 10 affinity;
    Ioctl 16 ioctl;
    Preset 5 preset;
    Result 10 result;
    Completion 8 completion;
    Cancel 8 cancel;
    EndThread 2 end_thread;
    Create 30 create;
    Delete 16 delete;
    Lookup 14 lookup;
    AddExcluded 16 add_excluded;
    DeleteExcluded 14 delete_excluded;
    ShowExcluded 16 show_excluded;
    SetDynamic 4 set_dynamic;
    ShowDynamic 3 show_dynamic;
    Exit 2 exit;
    Start 1 start;
    Restart 2 restart;
    Appear 8 appear;
    Vanish 6 vanish;
    Network 3 network;
    Settle 8 settle;
    Complete 12 complete;
}

/// Who does what next in a world.
pub(crate) fn next(world: &World, draw: &mut Draw) -> (ProcessId, Call) {
    let by =
        draw.weighted(&[(8, 1), (3, 2), (1, 3), (3, 4), (1, 5)].map(|(n, p)| (n, ProcessId(p))));
    let at = make::At { world, by };
    if world.process(by).is_none() && !draw.one_in(9) {
        return (ProcessId::MACHINE, make::start_of(by));
    }
    if !world.started(by) && !draw.one_in(4) {
        return (by, make::startup(&at, draw));
    }
    let mut kind = draw.weighted(Kind::WEIGHTED);
    if world.sockets_of(by).next().is_none() && !draw.one_in(6) {
        kind = Kind::Socket;
    }
    let call = kind.make(&at, draw);
    assert_eq!(Kind::of(&call), kind, "another call was made than the one drawn");
    (if call.is_of_machine() { ProcessId::MACHINE } else { by }, call)
}
