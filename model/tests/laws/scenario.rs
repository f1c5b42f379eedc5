//! Beginnings that lead where chance seldom goes. A call that a reading refuses leaves the names behind it to others; what
//! follows goes on from wherever that leads.

use portres_model::{Call, Literal, ProcessId, Question, Spelling, Who, parse_call};

/// The calls of each beginning, those of `p1` where nobody is named. New sockets and tokens get the lowest vacant names,
/// `s1` and `t1` first. Behind `?` stands a call that what may refuse at any time refuses half the time, and nearly never
/// else; behind `given` an answer without which the beginning leads nowhere.
pub(crate) const ALL: &[&str] = &[
    "",
    // two sockets on one port
    "socket tcp v4; setsockopt s1 SO_REUSEADDR 1; bind s1 0.0.0.0:5001; socket tcp v4; \
     setsockopt s2 SO_REUSEADDR 1; bind s2 0.0.0.0:5001; ? listen s1; ? listen s2; \
     socket tcp v4; connect s3 192.0.2.7:5001; setsockopt s1 SO_EXCLUSIVEADDRUSE 1",
    "socket tcp v4; setsockopt s1 SO_EXCLUSIVEADDRUSE 1; bind s1 127.0.0.1:5001; \
     p4: socket tcp v4; p4: setsockopt s2 SO_REUSEADDR 1; p4: bind s2 0.0.0.0:5001; \
     p2: socket tcp v4; p2: setsockopt s3 SO_EXCLUSIVEADDRUSE 1; p2: bind s3 127.0.0.1:5001",
    "socket tcp v4; setsockopt s1 SO_REUSEADDR 1; bind s1 0.0.0.0:5001; p4: socket tcp v4; \
     p4: setsockopt s2 SO_REUSEADDR 1; p4: bind s2 127.0.0.1:5001; p2: socket tcp v4; \
     p2: setsockopt s3 SO_REUSEADDR 1; p2: bind s3 127.0.0.1:5001",
    "socket udp v4; bind s1 0.0.0.0:5001; p4: socket udp v4; p4: setsockopt s2 SO_REUSEADDR 1; \
     p4: bind s2 127.0.0.1:5001; p4: socket udp v4; p4: bind s3 127.0.0.1:5001",
    "socket tcp v4; setsockopt s1 SO_REUSEADDR 1; setsockopt s1 SO_EXCLUSIVEADDRUSE 1; \
     getsockopt s1 SO_REUSEADDR; bind s1 0.0.0.0:5001; socket tcp v4; \
     setsockopt s2 SO_EXCLUSIVEADDRUSE 1; setsockopt s2 SO_REUSEADDR 1; bind s2 127.0.0.1:5002",
    "socket tcp v4; setsockopt s1 SO_REUSEADDR 1; bind s1 0.0.0.0:5003; socket tcp v4; \
     setsockopt s2 SO_REUSEADDR 1; bind s2 127.0.0.1:5003; deleteexcluded tcp 5003+1",
    "socket tcp v4; bind s1 0.0.0.0:5003; deleteexcluded tcp 5003+1; showexcluded tcp 5003+1; \
     setsockopt s1 SO_REUSEADDR 1",
    // dual stack
    "socket tcp v6; setsockopt s1 IPV6_V6ONLY 0; bind s1 [::]:5001; socket tcp v4; \
     bind s2 0.0.0.0:5001; socket tcp v4; setsockopt s3 SO_REUSEADDR 1; bind s3 127.0.0.1:5001",
    "socket tcp v6; setsockopt s1 IPV6_V6ONLY 0; setsockopt s1 SO_EXCLUSIVEADDRUSE 1; \
     bind s1 [::]:5001; socket tcp v4; bind s2 0.0.0.0:5001; socket tcp v4; \
     setsockopt s3 SO_EXCLUSIVEADDRUSE 1; bind s3 127.0.0.1:5001",
    "socket udp v6; setsockopt s1 IPV6_V6ONLY 0; setsockopt s1 SO_REUSEADDR 1; \
     bind s1 [::]:5001; socket udp v4; setsockopt s2 SO_REUSEADDR 1; bind s2 127.0.0.1:5001; \
     socket udp v4; bind s3 0.0.0.0:5001",
    "socket tcp v4; bind s1 127.0.0.1:5001; socket tcp v6; setsockopt s2 IPV6_V6ONLY 0; \
     setsockopt s2 SO_EXCLUSIVEADDRUSE 1; bind s2 [::]:5001; socket tcp v6; \
     setsockopt s3 IPV6_V6ONLY 0; bind s3 [::]:5001",
    "socket tcp v4; bind s1 0.0.0.0:5001; socket tcp v6; setsockopt s2 IPV6_V6ONLY 0; \
     bind s2 [::]:5001; socket tcp v6; setsockopt s3 IPV6_V6ONLY 0; \
     bind s3 [::ffff:127.0.0.1]:5001",
    // connections
    "socket tcp v4; setsockopt s1 SO_EXCLUSIVEADDRUSE 1; bind s1 0.0.0.0:5001; listen s1; \
     accept s1; closesocket s1; socket tcp v4; setsockopt s1 SO_EXCLUSIVEADDRUSE 1; \
     bind s1 0.0.0.0:5001; acquire s1 5000+2; create tcp 5001+1; addexcluded tcp 5001+1",
    "socket tcp v4; setsockopt s1 SO_EXCLUSIVEADDRUSE 1; bind s1 127.0.0.1:5001; listen s1; \
     accept s1; closesocket s1; closesocket s2; socket tcp v4; bind s1 127.0.0.1:5001; \
     socket tcp v4; acquire s2 5000+2; create tcp 5001+2; machine: settle 5001",
    "socket tcp v4; ioctlsocket s1 FIONBIO 1; bind s1 0.0.0.0:5001; listen s1; ? accept s1; \
     ? accept s1; accept s1; ? accept s1",
    "socket tcp v4; ioctlsocket s1 FIONBIO 1; connect s1 192.0.2.7:5005; \
     connect s1 192.0.2.7:5005; getsockname s1; listen s1; socket tcp v4; \
     ? bind s2 0.0.0.0:5001; bind s1 0.0.0.0:5002",
    "socket tcp v4; connect s1 192.0.2.7:5005; getsockname s1; socket udp v4; \
     connect s2 0.0.0.0:5005; sendto s2 127.0.0.1:0; closesocket s1; machine: settle 5001",
    "socket tcp v4; setsockopt s1 SO_REUSE_UNICASTPORT 1; setsockopt s1 SO_RANDOMIZE_PORT 1; \
     bind s1 0.0.0.0:0; getsockname s1; connect s1 192.0.2.7:5005; socket tcp v4; \
     setsockopt s2 SO_REUSE_UNICASTPORT 1; bind s2 127.0.0.1:0; connect s2 127.0.0.1:5006; \
     connectex s2 127.0.0.1:5006",
    "socket tcp v4; acquire s1 5000+3; acquire s1 5005+7; socket tcp v4; \
     connect s2 192.0.2.7:5001; socket tcp v4; connect s3 192.0.2.7:5002; socket tcp v4; \
     bind s4 0.0.0.0:0",
    "socket udp v4; acquire s1 5000+9; acquire s1 5011+1; socket udp v4; \
     sendto s2 127.0.0.1:5001; bind s2 0.0.0.0:0; socket udp v6; sendto s3 [::1]:5001",
    "socket udp v4; bind s1 127.0.0.1:5001; sendto s1 [::1]:5001; connect s1 [::1]:5001; \
     sendto s1 255.255.255.255:5001; connect s1 255.255.255.255:5001; socket udp v6; \
     sendto s2 127.0.0.1:5001; connect s2 [::ffff:127.0.0.1]:5001; \
     sendto s2 [::ffff:127.0.0.1]:5001; setsockopt s2 SO_BROADCAST 1; socket tcp v6; \
     connect s3 [::ffff:0.0.0.0]:5001; connect s3 [::ffff:0.0.0.0]:5002; \
     connect s3 [::ffff:127.0.0.1]:0",
    // how ports are shared and chosen
    "socket udp v6; affinity s1 0; bind s1 [::]:5001; socket udp v6; affinity s2 1; \
     bind s2 [::]:5001; socket udp v6; bind s3 [::]:5001",
    "socket udp v4; setsockopt s1 SO_REUSE_MULTICASTPORT 1; bind s1 0.0.0.0:5001; \
     socket udp v4; setsockopt s2 SO_REUSE_MULTICASTPORT 1; bind s2 0.0.0.0:5001; \
     socket udp v4; bind s3 0.0.0.0:5001",
    "socket tcp v4; setsockopt s1 SO_PORT_SCALABILITY 1; bind s1 127.0.0.1:5001; socket tcp v4; \
     setsockopt s2 SO_PORT_SCALABILITY 1; bind s2 192.0.2.7:0; socket tcp v4; \
     acquire s3 5005+7; acquire s3 5002+1; bind s3 127.0.0.1:5000; socket tcp v4; \
     setsockopt s4 SO_PORT_SCALABILITY 1; bind s4 192.0.2.7:0; socket tcp v4; \
     setsockopt s5 SO_PORT_SCALABILITY 1; bind s5 127.0.0.1:0; socket tcp v4; \
     acquire s6 5001+1; acquire s6 5004+1; setsockopt s6 SO_PORT_SCALABILITY 1; \
     bind s6 127.0.0.1:0",
    "socket tcp v4; setsockopt s1 SO_PORT_SCALABILITY 1; acquire s1 5004+2; associate s1 t1; \
     bind s1 127.0.0.1:0; socket tcp v4; setsockopt s2 SO_PORT_SCALABILITY 1; associate s2 t1; \
     bind s2 192.0.2.7:0; socket tcp v4; setsockopt s3 SO_REUSE_UNICASTPORT 1; associate s3 t1; \
     bind s3 0.0.0.0:0; socket tcp v4; setsockopt s4 SO_PORT_SCALABILITY 1; associate s4 t1; \
     bind s4 192.0.2.7:0",
    // reservations at run time
    "given bind.block-used-up=access; socket udp v4; acquire s1 5004+1; associate s1 t1; \
     bind s1 0.0.0.0:0; socket udp v4; associate s2 t1; bind s2 0.0.0.0:0; bind s2 0.0.0.0:0; bind s2 127.0.0.1:0",
    "socket tcp v4; acquire s1 5004+1; associate s1 t1; bind s1 127.0.0.1:0; socket tcp v4; \
     associate s2 t1; bind s2 192.0.2.7:0; socket tcp v6; associate s3 t1; bind s3 [::1]:0; \
     socket tcp v4; associate s4 t1; bind s4 0.0.0.0:0",
    "socket udp v4; acquire s1 5004+2; associate s1 t1; bind s1 0.0.0.0:5004; socket udp v4; \
     associate s2 t1; bind s2 0.0.0.0:5008; socket udp v4; associate s3 t1; bind s3 0.0.0.0:0; \
     associate s3 t1",
    "socket tcp v4; acquire s1 5004+2; socket tcp v4; associate s2 t1; release s1 t1; \
     bind s2 0.0.0.0:0; socket tcp v4; bind s3 0.0.0.0:5004; acquire s3 5004+2",
    "socket tcp v4; acquire s1 5004+2; socket tcp v4; associate s2 t1; bind s2 0.0.0.0:5004; \
     closesocket s1; socket tcp v4; bind s1 0.0.0.0:5005; acquire s1 5005+1; create tcp 5005+1; \
     bind s1 0.0.0.0:0",
    "socket tcp v4; acquire s1 5004+2; socket tcp v4; associate s2 t1; closesocket s1; \
     bind s2 0.0.0.0:5005; connect s2 192.0.2.7:5001; socket tcp v4; connect s1 192.0.2.7:5001",
    "socket tcp v4; acquire s1 5004+2; associate s1 t1; bind s1 0.0.0.0:5004; release s1 t1; \
     release s1 t1 output=long; acquire s1 5006+1; associate s1 t1 output=long; \
     acquire s1 5007+1 input=long",
    "p2: socket tcp v4; p2: acquire s1 5004+2; socket tcp v4; bind s2 0.0.0.0:5004; \
     associate s2 t1; release s2 t1; socket tcp v4; setsockopt s3 SO_REUSEADDR 1; \
     bind s3 0.0.0.0:5005; addexcluded tcp 5004+1; create tcp 5004+1",
    "socket tcp v4; acquire s1 5004+2; socket tcp v4; bind s2 0.0.0.0:5004; socket tcp v4; \
     setsockopt s3 SO_REUSEADDR 1; bind s3 0.0.0.0:5005; showexcluded tcp 5004+2; \
     acquire s3 5005+1; addexcluded tcp 5005+1",
    "socket tcp v4; acquire s1 5004+1; setsockopt s1 SO_REUSEADDR 1; associate s1 t1; \
     bind s1 0.0.0.0:0; socket tcp v4; setsockopt s2 SO_REUSEADDR 1; bind s2 0.0.0.0:5004; \
     socket tcp v4; bind s3 127.0.0.1:5004; acquire s3 5004+1",
    "socket udp v4; acquire s1 5004+1; socket tcp v4; bind s2 0.0.0.0:5004; acquire s2 5004+1; \
     associate s2 t1; bind s2 0.0.0.0:0; socket udp v6; associate s3 t1; bind s3 [::]:5004; \
     socket udp v6; bind s4 [::]:5004",
    "socket udp v6; acquire s1 5004+2; socket udp v4; bind s2 0.0.0.0:5004; associate s2 t1; \
     socket udp v4; associate s3 t1; bind s3 0.0.0.0:0; release s2 t1",
    "socket tcp v4; acquire s1 5004+2; duplicate s1 p2; p2: associate s2 t1; p2: release s2 t1; \
     p2: socket tcp v4; p2: associate s3 t1; closesocket s1; p2: associate s3 t1; \
     p2: release s2 t1",
    "socket tcp v4; acquire s1 600+1; acquire s1 65534+4; acquire s1 65535+1; \
     acquire s1 5005+0; acquire s1 0+10; acquire s1 0+10; acquire s1 0+10; associate s1 t1; \
     acquire s1 5001+1",
    "socket tcp v4; acquire s1 5000+3; acquire s1 5004+8; socket tcp v4; acquire s2 0+1; \
     acquire s2 5003+1; bind s2 0.0.0.0:0; associate s2 t1; acquire s2 5003+1",
    "socket udp v4; bind s1 0.0.0.0:5004; acquire s1 5006+1; socket udp v4; acquire s2 5004+1; \
     acquire s2 5009+1; associate s1 t1; create udp 5004+1; create udp 5009+1; \
     bind s2 0.0.0.0:5009",
    "socket tcp v4; associate s1 unknown; bind s1 0.0.0.0:5001; socket udp v4; \
     acquire s2 5004+1; socket tcp v4; associate s3 t1; bind s3 0.0.0.0:0; release s3 unknown; \
     p2: socket udp v4; p2: associate s4 t1; p2: bind s4 0.0.0.0:0",
    // arguments of ioctls
    "socket tcp v4; acquire s1 5004+1 input=short; acquire s1 5004+1 input=long; \
     acquire s1 5004+1 output=short; acquire s1 5004+1 input=null; \
     acquire s1 5004+1 output=bad; acquire s1 5004+1 bytes=null; \
     associate s1 unknown input=short; release s1 unknown input=short; \
     release s1 unknown input=bad; associate s1 unknown input=bad; ioctl s1 0x98000067; \
     socket raw v4; acquire s2 5004+1",
    "socket udp v4; ioctlsocket s1 FIONBIO 1; ? acquire s1 5004+1; ? acquire s1 5005+1; \
     ? associate s1 t1; ? release s1 t1; ? acquire s1 5006+1",
    "cleanup; acquire s1 5004+1; ioctl s1 0x98000067; startup; socket tcp v4; affinity s1 0; \
     p2: socket raw v4; socket raw v4; acquire s2 5004+1; ioctl s1 0x98000067 overlapped=o1",
    // pending requests
    "given ioctl.pends=pends; socket tcp v4; acquire s1 5004+1 overlapped=o1; ? result o1; \
     socket tcp v4; ? bind s2 0.0.0.0:5004; ? acquire s2 5004+1; ? create tcp 5004+1; \
     ? addexcluded tcp 5004+1; machine: complete o1; result o1 wait; bind s2 0.0.0.0:5004",
    "given ioctl.pends=pends; socket udp v4; acquire s1 5004+1 overlapped=o1 routine=given; \
     ? completion o1; cancel s1 o1; ? completion o1; acquire s1 5005+1 overlapped=o2; \
     cancel s1; ? result o2; machine: complete o2; result o2",
    "given ioctl.pends=pends; socket udp v4; acquire s1 5004+1 overlapped=o1; \
     associate s1 unknown overlapped=o2; ioctl s1 0x98000067 overlapped=o3; cancel s1; \
     ? machine: complete o1; ? machine: complete o2; machine: complete o3; result o3",
    "given ioctl.pends=pends; socket udp v4; acquire s1 5004+1 overlapped=o1; \
     ioctl s1 0x98000067 overlapped=o2; closesocket s1; machine: complete o1; \
     machine: complete o2; result o1; result o2",
    "given ioctl.pends=pends; socket udp v4; create udp 5004+2; associate s1 t1 overlapped=o1; \
     result o1; machine: complete o1; bind s1 0.0.0.0:0; \
     release s1 t1 overlapped=o2 routine=given; endthread; completion o2; result o3; \
     result o3 wait null",
    // persistent reservations
    "given bind.privilege=again; create tcp 5004+2; socket tcp v4; associate s1 t1; \
     duplicate s1 p2; p2: bind s2 0.0.0.0:0; bind s1 0.0.0.0:5004; delete tcp 5004+2; \
     socket tcp v4; bind s3 0.0.0.0:5005",
    "create tcp 5004+2; socket tcp v4; associate s1 t1; duplicate s1 p3; p3: bind s2 0.0.0.0:0; \
     p5: socket tcp v4; p5: associate s3 t1; p5: bind s3 0.0.0.0:0; p3: create tcp 5006+1; \
     p5: create tcp 5007+1",
    "create tcp 5004+2; machine: restart; machine: start p1 user=alice administrator elevated; \
     startup; socket tcp v4; bind s1 0.0.0.0:5004; associate s1 t1; lookup tcp 5004+2; \
     bind s1 0.0.0.0:5005; acquire s1 5005+1",
    "create tcp 5004+2; p2: socket tcp v4; p2: bind s1 0.0.0.0:5004; p2: associate s1 t1; \
     p2: acquire s1 5004+1; p2: lookup tcp 5004+2; p2: setsockopt s1 SO_EXCLUSIVEADDRUSE 1; \
     showexcluded tcp 5004+2; addexcluded tcp 5004+2; deleteexcluded tcp 5004+2; \
     lookup tcp 5004+2",
    "create udp 5004+2; lookup udp 5004+2; lookup udp 5004+2 null; create udp 5007+1 null; \
     release s1 t1; socket udp v4; release s1 t1; deleteexcluded udp 5004+2; delete udp 5004+2; \
     acquire s1 5004+1; create udp 5004+1",
    // exclusions and dynamic ranges
    "addexcluded tcp 5005+2; addexcluded tcp 5005+2; addexcluded tcp 5006+1; socket tcp v4; \
     acquire s1 5005+1; create tcp 5005+2; lookup tcp 5005+2; delete tcp 5005+2; \
     showexcluded tcp 5005+2; deleteexcluded tcp 5005+3; deleteexcluded udp 5009+2",
    "p4: addexcluded tcp 5005+2; p4: create tcp 5005+1; p4: delete tcp 5005+1; \
     p4: lookup tcp 5005+1; setdynamic tcp 1024+255; setdynamic udp 4990+12; \
     setdynamic udp 5000+255 active; showdynamic udp; addexcluded tcp 65535+4",
    "machine: appear tcp 5004+1 winnat; machine: appear tcp 5003+1 winnat; \
     machine: appear tcp 5003+1 wsl; showexcluded tcp 5004+1; showexcluded tcp 5003+1; \
     showexcluded tcp 4998+1; socket tcp v4; bind s1 0.0.0.0:5004; bind s1 0.0.0.0:4998; \
     acquire s1 5004+1; acquire s1 4998+1; bind s1 0.0.0.0:4998; deleteexcluded tcp 5004+1; \
     machine: appear tcp 5004+1 hns; machine: vanish tcp 5004+1",
    // arguments of options and of other ioctls
    "socket tcp v6; setsockopt s1 IPV6_V6ONLY 0 length=-1; setsockopt s1 IPV6_V6ONLY 0 length=-1; \
     setsockopt s1 SO_REUSEADDR 1 length=0; getsockopt s1 SO_REUSEADDR length=2; \
     setsockopt s1 SO_TYPE 1; getsockopt s1 100:1; preset o1 STATUS_PENDING; result o1; \
     preset o2 STATUS_SHARING_VIOLATION; result o2; ioctl s1 SIO_KEEPALIVE_VALS input=short; \
     ioctl s1 SIO_ADDRESS_LIST_QUERY output=empty; ioctl s1 SIO_BASE_HANDLE overlapped=o3",
    // arguments of sockets
    "socket tcp v6; bind s1 [fe80::7%5]:5001; bind s1 [fe80::7]:5001; getsockname s1; \
     socket tcp v6; bind s2 [::1%3]:5002; socket udp v6; bind s3 [::%3]:5003; socket udp v6; \
     bind s4 [fe80::7%12]:5004",
    "socket udp v4; bind s1 0.0.0.0:5001; connect s1 192.0.2.7:5002; disconnect s1; \
     getsockname s1; getpeername s1; socket udp v4; connect s2 127.0.0.1:5002; disconnect s2; \
     getsockname s2; socket tcp v4; disconnect s3; connect s3 192.0.2.7:5005; disconnect s3; \
     getpeername s3",
    "open AF_INET SOCK_RAW IPPROTO_TCP; open AF_INET6 SOCK_RAW IPPROTO_UDP; \
     open AF_INET SOCK_RAW 0; open AF_UNSPEC SOCK_STREAM IPPROTO_TCP; open AF_INET 0 0; \
     open AF_INET SOCK_RAW IPPROTO_ICMP",
    // handles
    "socket tcp v4; duplicate s1 p2; duplicate s1 p3; inherit s1 p4; closesocket s1; \
     p2: bind s2 0.0.0.0:5001; machine: settle 5001",
    "socket udp v4; acquire s1 5004+1; duplicate s1 p2; exit; p2: bind s2 0.0.0.0:5001; \
     machine: restart",
    "socket tcp v4 no-inherit; inherit s1 p2; socket tcp v4; inherit s2 p2; duplicate s2 p0; \
     p2: bind s3 0.0.0.0:5001; closesocket s2; p2: getsockname s3; p2: closesocket s3; exit",
    "socket tcp v4; bind s1 0.0.0.0:5001; setsockopt s1 SO_REUSEADDR 1; \
     setsockopt s1 SO_EXCLUSIVEADDRUSE 1; setsockopt s1 IPV6_V6ONLY 0; getsockname s1; \
     socket tcp v6; bind s2 [::ffff:127.0.0.1]:5001; bind s2 [::ffff:127.0.0.1]:5002; \
     socket udp v4; setsockopt s3 SO_PORT_SCALABILITY 1; bind s3 127.0.0.2:5001",
];

/// A call of a beginning.
pub(crate) struct Begun {
    pub(crate) by: ProcessId,
    pub(crate) call: Call,
    /// Once in how many times it meets what may refuse it at any time.
    pub(crate) seldom: usize,
}

/// The calls of a beginning.
pub(crate) fn calls(beginning: usize) -> Vec<Begun> {
    let calls = items(beginning).filter(|item| !item.starts_with("given "));
    calls.map(|line| begun(line).unwrap_or_else(|| panic!("no call: {line}"))).collect()
}

/// The answers under which a beginning leads on.
pub(crate) fn given(beginning: usize) -> Vec<Literal> {
    let given = items(beginning).filter_map(|item| item.strip_prefix("given "));
    given.map(|item| literal(item).unwrap_or_else(|| panic!("no answer: {item}"))).collect()
}

fn items(beginning: usize) -> impl Iterator<Item = &'static str> {
    ALL[beginning].split(';').map(str::trim).filter(|item| !item.is_empty())
}

fn literal(item: &str) -> Option<Literal> {
    let (question, answer) = item.split_once('=')?;
    let question: Question = question.parse().ok()?;
    Some(Literal { question, answers: question.answer(answer)? })
}

fn begun(line: &str) -> Option<Begun> {
    let (line, seldom) = line.strip_prefix("? ").map_or((line, 30), |rest| (rest, 2));
    let named = line.split_once(": ").and_then(|(who, call)| Some((who.parse().ok()?, call)));
    let (who, call) = named.unwrap_or((Who::process(ProcessId(1)), line));
    let mut words = Spelling::new(call);
    let call = parse_call(&mut words).ok()?;
    words.end().ok()?;
    Some(Begun { by: who.process, call, seldom })
}
