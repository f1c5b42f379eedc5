//! Calls about options and control codes, for the scripts of the laws.

use portres_model::{Call, Command, Control, Optval, Pointer, SocketOption, Status};
use proptest::prelude::*;

use super::socket;

pub(super) fn code() -> impl Strategy<Value = u32> {
    let known: Vec<u32> = Control::ALL.iter().map(|control| control.code).collect();
    prop_oneof![1 => Just(0x9800_0067), 4 => prop::sample::select(known)]
}

pub(super) fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(Status::named().collect::<Vec<_>>())
}

pub(super) fn about_options() -> impl Strategy<Value = Call> {
    let option = || {
        let numbered = [(0xffff, 12_545), (41, -1), (6, 1), (100, 1)]
            .map(|(level, number)| SocketOption::from_numbers(level, number));
        prop_oneof![
            9 => prop::sample::select(SocketOption::ALL.to_vec()),
            1 => prop::sample::select(numbered.to_vec()),
        ]
    };
    let pointer = || prop_oneof![15 => Just(Pointer::Good), 1 => Just(Pointer::Null)];
    let optval = || {
        (prop_oneof![6 => Just(None), 1 => (-1..9).prop_map(Some)], pointer())
            .prop_map(|(length, value)| Optval { length, value })
    };
    let command = prop_oneof![
        (0u32..2).prop_map(Command::Block),
        Just(Command::Unread),
        Just(Command::AtMark),
    ];
    prop_oneof![
        5 => (socket(), option(), 0u32..2, optval())
            .prop_map(|(socket, option, value, optval)| Call::SetSockOpt { socket, option, value, optval }),
        2 => (socket(), option(), optval())
            .prop_map(|(socket, option, optval)| Call::GetSockOpt { socket, option, optval }),
        2 => (socket(), command, pointer())
            .prop_map(|(socket, command, argument)| Call::IoctlSocket { socket, command, argument }),
    ]
}
