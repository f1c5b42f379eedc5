//! The control codes that are known, in one table: what each takes and gives, where, and how it answers.

use serde::{Deserialize, Serialize};

/// What a control code gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Output {
    /// Nothing.
    Nothing,
    /// A number of four bytes.
    Number,
    /// A structure of which the machine tells the size.
    Sized,
}

impl Output {
    /// The bytes that it has, where they are always as many.
    #[must_use]
    pub const fn bytes(self) -> Option<u32> {
        match self {
            Output::Nothing => Some(0),
            Output::Number => Some(4),
            Output::Sized => None,
        }
    }
}

/// On which sockets a control code is for use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Suits {
    /// On every socket.
    Any,
    /// On stream sockets, and a suite saw which code a datagram socket gives.
    Stream,
    /// On stream sockets; which code others give, nobody has seen.
    StreamPerhaps,
}

/// How the system answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Answers {
    /// At once, with an overlapped structure too.
    AtOnce,
    /// At once, as far as is known: with an overlapped structure it may stay pending.
    AtOncePerhaps,
    /// At once, and with an overlapped structure not at all.
    PlainOnly,
    /// Once something has happened.
    Later,
    /// Nobody answers.
    Never,
}

/// What a refusal of a buffer leaves in the byte count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Left {
    /// What had been there.
    Untouched,
    /// 0.
    Zero,
    /// The size needed.
    Needed,
    /// Nobody has seen it.
    Unseen,
}

/// A control code of `WSAIoctl` that has a name here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Control {
    /// The code.
    pub code: u32,
    /// Its C name.
    pub c_name: &'static str,
    /// The bytes that it takes; for an address, those of IPv4.
    pub input: u32,
    /// What it gives.
    pub output: Output,
    /// On which sockets.
    pub suits: Suits,
    /// How the system answers.
    pub answers: Answers,
    /// What a refusal of the input leaves in the byte count.
    pub input_refused: Left,
    /// What a refusal of the output leaves in the byte count.
    pub output_refused: Left,
}

macro_rules! controls {
    ($($name:ident $c_name:literal $code:literal $input:literal $output:ident $suits:ident $answers:ident $input_refused:ident $output_refused:ident;)*) => {
        impl Control {
            $(#[doc = concat!("`", $c_name, "`.")] pub const $name: u32 = $code;)*

            /// All of them.
            pub const ALL: &[Control] = &[$(Control {
                code: $code,
                c_name: $c_name,
                input: $input,
                output: Output::$output,
                suits: Suits::$suits,
                answers: Answers::$answers,
                input_refused: Left::$input_refused,
                output_refused: Left::$output_refused,
            }),*];
        }
    };
}

controls! {
    FIONBIO "FIONBIO" 0x8004_667e 4 Nothing Any AtOnce Zero Unseen;
    FIONREAD "FIONREAD" 0x4004_667f 0 Number Any AtOnce Unseen Untouched;
    FIOASYNC "FIOASYNC" 0x8004_667d 0 Nothing Any Never Unseen Unseen;
    SIOCATMARK "SIOCATMARK" 0x4004_7307 0 Number StreamPerhaps AtOnce Unseen Untouched;
    FLUSH "SIO_FLUSH" 0x2800_0004 0 Nothing Any Never Unseen Unseen;
    KEEPALIVE_VALS "SIO_KEEPALIVE_VALS" 0x9800_0004 12 Nothing StreamPerhaps AtOnce Zero Unseen;
    ADDRESS_LIST_QUERY "SIO_ADDRESS_LIST_QUERY" 0x4800_0016 0 Sized Any AtOnce Unseen Needed;
    ADDRESS_LIST_CHANGE "SIO_ADDRESS_LIST_CHANGE" 0x2800_0017 0 Nothing Any Later Unseen Unseen;
    GET_INTERFACE_LIST "SIO_GET_INTERFACE_LIST" 0x4004_747f 0 Sized Any AtOnce Unseen Zero;
    TCP_SET_ACK_FREQUENCY "SIO_TCP_SET_ACK_FREQUENCY" 0x9800_0017 4 Nothing Stream AtOncePerhaps Unseen Unseen;
    IDEAL_SEND_BACKLOG_QUERY "SIO_IDEAL_SEND_BACKLOG_QUERY" 0x4004_747b 0 Number Stream AtOncePerhaps Unseen Unseen;
    BASE_HANDLE "SIO_BASE_HANDLE" 0x4800_0022 0 Sized Any PlainOnly Unseen Unseen;
    ROUTING_INTERFACE_QUERY "SIO_ROUTING_INTERFACE_QUERY" 0xc800_0014 16 Sized Any AtOnce Untouched Needed;
}

impl Control {
    /// The entry of a code.
    #[must_use]
    pub fn of(code: u32) -> Option<&'static Control> {
        Control::ALL.iter().find(|control| control.code == code)
    }
}

/// What `ioctlsocket` is to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Command {
    /// `FIONBIO`: any value but 0 makes the socket non-blocking.
    #[serde(rename = "FIONBIO")]
    Block(u32),
    /// `FIONREAD`: how many bytes can be read; in the reply.
    #[serde(rename = "FIONREAD")]
    Unread,
    /// `SIOCATMARK`: whether all urgent data has been read; in the reply.
    #[serde(rename = "SIOCATMARK")]
    AtMark,
}
