//! Requests that stay pending: events, waits, routines, and what interrupts them.

use std::cell::RefCell;
use std::ptr::without_provenance_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use portres_sim::iphlpapi::LookupPersistentUdpPortReservation;
use portres_sim::model::{Call, Protocol, RequestId, Who};
use portres_sim::windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_IO_INCOMPLETE,
    ERROR_NOT_SUPPORTED, ERROR_OPERATION_ABORTED, HANDLE, STATUS_CANCELLED, STATUS_PENDING,
    WAIT_FAILED, WAIT_IO_COMPLETION, WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use portres_sim::windows_sys::Win32::System::IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED};
use portres_sim::windows_sys::Win32::System::Threading::*;
use portres_sim::{Completes, Pending, Pends};

use super::*;

/// A machine on which every request pends until the test says so.
fn by_hand() -> Machine {
    pending(Completes::ByHand)
}

fn pending(completes: Completes) -> Machine {
    let machine = machine();
    machine.host().set_pending(Pending { pends: Pends::Always, completes });
    machine
}

/// An acquire with what belongs to it. It stays where it is, since the machine writes into it.
struct Acquire {
    range: INET_PORT_RANGE,
    instance: INET_PORT_RESERVATION_INSTANCE,
    structure: OVERLAPPED,
    bytes: u32,
}

// the structure holds a handle as a pointer
unsafe impl Send for Acquire {}

impl Acquire {
    fn new(start: u16, event: WSAEVENT) -> Box<Acquire> {
        Box::new(Acquire {
            range: INET_PORT_RANGE { StartPort: start.to_be(), NumberOfPorts: 20 },
            instance: INET_PORT_RESERVATION_INSTANCE::default(),
            structure: OVERLAPPED { hEvent: as_handle(event), ..Default::default() },
            bytes: 77,
        })
    }

    fn begin(
        &mut self,
        socket: SOCKET,
        routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    ) -> Result<(), i32> {
        let (from, to) = ((&raw const self.range).cast(), (&raw mut self.instance).cast());
        let (bytes, structure) = (&raw mut self.bytes, &raw mut self.structure);
        let code = SIO_ACQUIRE_PORT_RESERVATION;
        said(unsafe { WSAIoctl(socket, code, from, 4, to, 16, bytes, structure, routine) })
    }

    /// `WSAGetOverlappedResult`.
    fn result(&self, socket: SOCKET, wait: bool) -> Result<u32, i32> {
        let (mut bytes, mut flags) = (77, 77);
        let (structure, wait) = (&raw const self.structure, wait.into());
        match unsafe { WSAGetOverlappedResult(socket, structure, &mut bytes, wait, &mut flags) } {
            0 => Err(unsafe { WSAGetLastError() }),
            _ => Ok(bytes),
        }
    }

    /// `GetOverlappedResult`.
    fn file_result(&self, socket: SOCKET, wait: bool) -> Result<u32, u32> {
        let mut bytes = 77;
        let (structure, wait) = (&raw const self.structure, wait.into());
        match unsafe {
            GetOverlappedResult(as_handle(socket as isize), structure, &mut bytes, wait)
        } {
            0 => Err(unsafe { WSAGetLastError() } as u32),
            _ => Ok(bytes),
        }
    }

    fn status(&self) -> i32 {
        unsafe { (&raw const self.structure.Internal).read_volatile() as i32 }
    }

    fn first(&self) -> u16 {
        u16::from_be(self.instance.Reservation.StartPort)
    }
}

fn as_handle(number: isize) -> HANDLE {
    without_provenance_mut(number as usize)
}

fn wait(events: &[WSAEVENT], all: bool, milliseconds: u32, alertable: bool) -> u32 {
    let handles: Vec<HANDLE> = events.iter().map(|event| as_handle(*event)).collect();
    let (count, all, alertable) = (handles.len() as u32, all.into(), alertable.into());
    unsafe { WSAWaitForMultipleEvents(count, handles.as_ptr(), all, milliseconds, alertable) }
}

fn new_event() -> WSAEVENT {
    let event = unsafe { WSACreateEvent() };
    assert_ne!(event, WSA_INVALID_EVENT);
    event
}

/// The one request that is pending completes.
fn complete(machine: &Machine) {
    let pending = machine.host().pending();
    assert_eq!(pending.len(), 1);
    let _ = machine.host().complete(pending[0]);
}

/// Does something as soon as so many threads wait.
fn once_waiting(machine: &Machine, waiters: usize, then: impl FnOnce()) {
    while machine.host().waiters() < waiters {
        thread::yield_now();
    }
    then();
}

#[test]
fn a_request_completes_through_the_event_of_its_structure() {
    let machine = by_hand();
    started(&machine).run(|| {
        let (socket, event) = (udp(), new_event());
        // it is reset when a request begins
        assert_eq!(unsafe { WSASetEvent(event) }, 1);
        let mut acquire = Acquire::new(5000, event);
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        assert_eq!(acquire.status(), STATUS_PENDING);
        assert_eq!(acquire.result(socket, false), Err(WSA_IO_INCOMPLETE));
        assert_eq!(acquire.file_result(socket, false), Err(ERROR_IO_INCOMPLETE));
        assert_eq!(wait(&[event], false, 0, false), WSA_WAIT_TIMEOUT);
        thread::scope(|scope| {
            scope.spawn(|| once_waiting(&machine, 1, || complete(&machine)));
            assert_eq!(wait(&[event], false, WSA_INFINITE, false), WSA_WAIT_EVENT_0 as u32);
        });
        // nobody has asked for the result, and it is there
        assert_eq!((acquire.status(), acquire.first()), (0, 5000));
        assert_eq!(acquire.structure.InternalHigh, 16);
        assert_eq!(
            (acquire.result(socket, true), acquire.file_result(socket, true)),
            (Ok(16), Ok(16))
        );
        assert_eq!(associate(udp(), acquire.instance.Token.Token), Ok(()));
        // it stays set
        assert_eq!(wait(&[event], false, 0, false), 0);
        assert_eq!(unsafe { (WSAResetEvent(event), WSACloseEvent(event)) }, (1, 1));
        assert_eq!(wait(&[event], false, 0, false), WSA_WAIT_FAILED);
        assert_eq!(unsafe { WSAGetLastError() } as u32, ERROR_INVALID_HANDLE);
    });
}

#[test]
fn who_asks_with_wait_waits() {
    let machine = by_hand();
    started(&machine).run(|| {
        let (socket, event) = (udp(), new_event());
        type Ask = fn(&Acquire, SOCKET) -> Result<u32, u32>;
        let winsock: Ask = |acquire, socket| acquire.result(socket, true).map_err(|e| e as u32);
        let kernel: Ask = |acquire, socket| acquire.file_result(socket, true);
        for (ask, event, start) in
            [(winsock, 0, 5000), (winsock, event, 5100), (kernel, event, 5200), (kernel, 0, 5300)]
        {
            let mut acquire = Acquire::new(start, event);
            assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
            thread::scope(|scope| {
                scope.spawn(|| once_waiting(&machine, 1, || complete(&machine)));
                assert_eq!((ask(&acquire, socket), acquire.first()), (Ok(16), start));
            });
        }
    });
}

#[test]
fn closing_and_cancelling_from_another_thread_interrupt_a_waiter() {
    let machine = by_hand();
    let program = started(&machine);
    for closes in [true, false] {
        program.run(|| {
            let socket = udp();
            let mut acquire = Acquire::new(5000, 0);
            assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
            thread::scope(|scope| {
                scope.spawn(|| {
                    program.run(|| {
                        once_waiting(&machine, 1, || unsafe {
                            match closes {
                                true => assert_eq!(said(closesocket(socket)), Ok(())),
                                false => {
                                    assert_eq!(CancelIoEx(as_handle(socket as isize), null()), 1)
                                }
                            }
                        });
                    });
                });
                assert_eq!(acquire.result(socket, true), Err(WSA_OPERATION_ABORTED));
            });
            assert_eq!(acquire.status(), STATUS_CANCELLED);
            assert_eq!(acquire.file_result(socket, true), Err(ERROR_OPERATION_ABORTED));
        });
    }
}

#[test]
fn a_threads_end_cancels_what_it_has_begun_and_nothing_else() {
    let machine = by_hand();
    let program = started(&machine);
    program.run(|| {
        let (socket, ours) = (udp(), new_event());
        let theirs = new_event();
        let mut own = Acquire::new(5000, ours);
        assert_eq!(own.begin(socket, None), Err(WSA_IO_PENDING));
        let mut other = Acquire::new(6000, theirs);
        let clone = program.clone();
        let ended = thread::spawn(move || {
            clone.run(|| assert_eq!(other.begin(socket, None), Err(WSA_IO_PENDING)));
            other
        });
        let other = ended.join().expect("a thread");
        assert_eq!(machine.host().pending().len(), 1);
        assert_eq!(wait(&[ours, theirs], false, 0, false), 1);
        // it might have been on the stack of the thread, so it has not been written until somebody asks
        assert_eq!(other.status(), STATUS_PENDING);
        assert_eq!(other.result(socket, false), Err(WSA_OPERATION_ABORTED));
        assert_eq!((other.status(), own.status()), (STATUS_CANCELLED, STATUS_PENDING));
        assert_eq!(own.result(socket, false), Err(WSA_IO_INCOMPLETE));
    });
}

thread_local! {
    static RAN: RefCell<Vec<(u32, u32, usize)>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "system" fn ran(error: u32, bytes: u32, structure: *mut OVERLAPPED, _flags: u32) {
    let status = unsafe { (*structure).Internal };
    RAN.with_borrow_mut(|ran| ran.push((error, bytes, status)));
}

#[test]
fn routines_run_in_an_alertable_wait_of_the_thread_that_has_begun_the_request() {
    let machine = by_hand();
    let program = started(&machine);
    program.run(|| {
        let (socket, event) = (udp(), new_event());
        // with a routine the event of the structure is the program's own
        let mut acquire = Acquire::new(5000, event);
        assert_eq!(acquire.begin(socket, Some(ran)), Err(WSA_IO_PENDING));
        assert_eq!(unsafe { SleepEx(0, 1) }, 0);
        thread::scope(|scope| {
            let (in_vain, said) = channel();
            let (program, machine) = (&program, &machine);
            scope.spawn(move || {
                program.run(|| {
                    once_waiting(machine, 1, || complete(machine));
                    in_vain.send(unsafe { SleepEx(0, 1) }).expect("a receiver");
                });
            });
            let waited = wait(&[event], false, WSA_INFINITE, true);
            assert_eq!(waited, WSA_WAIT_IO_COMPLETION as u32);
            assert_eq!(said.recv(), Ok(0), "it is no routine of another thread");
        });
        assert_eq!(RAN.take(), [(0, 16, 0)]);
        assert_eq!(wait(&[event], false, 0, true), WSA_WAIT_TIMEOUT);

        // all that are to run do, in the order in which they completed, and one that was cancelled is told so
        let mut both = [6000, 7000].map(|start| Acquire::new(start, 0));
        for acquire in &mut both {
            assert_eq!(acquire.begin(socket, Some(ran)), Err(WSA_IO_PENDING));
        }
        let pending = machine.host().pending();
        let handle = as_handle(socket as isize);
        assert_eq!(unsafe { CancelIoEx(handle, &both[1].structure) }, 1);
        assert!(machine.host().complete(pending[0]).is_ok());
        // a wait that is not alertable runs none, and an event that is set comes first
        assert_eq!(unsafe { (SleepEx(0, 0), WSASetEvent(event)) }, (0, 1));
        assert_eq!(wait(&[event], false, 0, true), 0);
        assert_eq!(RAN.take(), []);
        assert_eq!(unsafe { SleepEx(INFINITE, 1) }, WAIT_IO_COMPLETION);
        let cancelled = (ERROR_OPERATION_ABORTED, 0, STATUS_CANCELLED as u32 as usize);
        assert_eq!(RAN.take(), [cancelled, (0, 16, 0)]);
    });
}

#[test]
fn time_passes_by_calls_and_whoever_waits_lets_it_pass() {
    started(&pending(Completes::After { calls: 2 })).run(|| {
        let (socket, event) = (udp(), new_event());
        let mut acquire = Acquire::new(5000, event);
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        let looks = [wait(&[event], false, 0, false), wait(&[event], false, 0, false)];
        assert_eq!(looks, [WSA_WAIT_TIMEOUT; 2]);
        assert_eq!(wait(&[event], false, 0, false), 0);
        let mut acquire = Acquire::new(6000, event);
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        assert_eq!((wait(&[event], false, 1000, false), acquire.first()), (0, 6000));
    });
    // nobody ever waits
    started(&pending(Completes::WhenAsked)).run(|| {
        let (socket, event) = (udp(), new_event());
        let mut acquire = Acquire::new(5000, event);
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        assert_eq!((wait(&[event], false, 0, false), acquire.first()), (0, 5000));
        let mut acquire = Acquire::new(6000, 0);
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        assert_eq!((acquire.file_result(socket, false), acquire.first()), (Ok(16), 6000));
        let mut acquire = Acquire::new(7000, 0);
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        assert_eq!(said(unsafe { closesocket(socket) }), Ok(()));
        assert_eq!(acquire.status(), STATUS_CANCELLED, "nobody can ask any more");
    });
}

#[test]
fn events_are_waited_for_one_or_all() {
    let program = program();
    program.run(|| unsafe {
        let events = [new_event(), new_event(), new_event()];
        assert_eq!(wait(&events, false, 1, false), WSA_WAIT_TIMEOUT);
        assert_eq!((WSASetEvent(events[1]), WSASetEvent(events[2])), (1, 1));
        assert_eq!(wait(&events, false, WSA_INFINITE, false), 1);
        assert_eq!(wait(&events, true, 0, false), WSA_WAIT_TIMEOUT);
        thread::scope(|scope| {
            scope.spawn(|| {
                program.run(|| {
                    once_waiting(program.machine(), 1, || assert_eq!(WSASetEvent(events[0]), 1));
                });
            });
            assert_eq!(wait(&events, true, WSA_INFINITE, false), 0);
        });
        for (count, handles) in [(0, events.as_ptr()), (65, events.as_ptr()), (1, null())] {
            let failed = WSAWaitForMultipleEvents(count, handles.cast(), 0, 0, 0);
            assert_eq!(
                (failed, WSAGetLastError() as u32),
                (WSA_WAIT_FAILED, ERROR_INVALID_PARAMETER)
            );
        }
        for wrong in [0, udp() as isize, events[0] + 1] {
            assert_eq!(wait(&[events[0], wrong], false, 0, false), WSA_WAIT_FAILED);
            assert_eq!((WSASetEvent(wrong), WSAResetEvent(wrong), WSACloseEvent(wrong)), (0, 0, 0));
            assert_eq!(WSAGetLastError() as u32, ERROR_INVALID_HANDLE);
        }
    });
    // its own page wants Winsock started
    machine().start(Credentials::default()).run(|| unsafe {
        assert_eq!((WSACreateEvent(), WSAGetLastError()), (WSA_INVALID_EVENT, WSANOTINITIALISED));
        assert_eq!(
            (wait(&[4], false, 0, false), WSAGetLastError()),
            (WSA_WAIT_FAILED, WSANOTINITIALISED)
        );
    });
}

#[test]
fn events_of_the_kernel_do_the_same_and_may_reset_themselves() {
    started(&by_hand()).run(|| unsafe {
        let socket = udp();
        let [manual, own] = [1, 0].map(|manual| CreateEventW(null(), manual, 0, null()));
        let mut acquire = Acquire::new(5000, 0);
        acquire.structure.hEvent = own;
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        assert_eq!((WaitForSingleObject(own, 0), SetEvent(manual)), (WAIT_TIMEOUT, 1));
        assert_eq!(CancelIoEx(as_handle(socket as isize), null()), 1);
        let both = [own, manual];
        assert_eq!(WaitForMultipleObjects(2, both.as_ptr(), 1, INFINITE), WAIT_OBJECT_0);
        assert_eq!(WaitForMultipleObjectsEx(2, both.as_ptr(), 0, 0, 1), WAIT_OBJECT_0 + 1);
        assert_eq!(WaitForSingleObjectEx(own, 0, 1), WAIT_TIMEOUT);
        assert_eq!((ResetEvent(manual), WaitForSingleObject(manual, 0)), (1, WAIT_TIMEOUT));
        assert_eq!((CloseHandle(own), CloseHandle(own)), (1, 0));
        assert_eq!(WaitForSingleObject(own, INFINITE), WAIT_FAILED);
        let name = [u16::from(b'x'), 0];
        assert!(CreateEventW(null(), 1, 0, name.as_ptr()).is_null());
        assert_eq!(WSAGetLastError() as u32, ERROR_NOT_SUPPORTED);
        let set = CreateEventW(null(), 0, 1, null());
        assert_eq!((WaitForSingleObject(set, 0), WaitForSingleObject(set, 0)), (0, WAIT_TIMEOUT));
    });
}

#[test]
fn a_waiter_whose_process_ends_is_released() {
    let machine = by_hand();
    let installer = machine.host().process("root").elevated().start();
    installer.create(Protocol::Udp, 5000, 1).expect("a reservation");
    let program = started(&machine);
    program.run(|| {
        let (socket, event) = (udp(), new_event());
        let mut acquire = Acquire::new(5000, event);
        assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
        thread::scope(|scope| {
            let waits: [fn(WSAEVENT) -> u32; 2] = [
                |event| wait(&[event], false, WSA_INFINITE, false),
                |_| unsafe { SleepEx(INFINITE, 1) },
            ];
            let program = &program;
            let waiting = waits.map(|wait| scope.spawn(move || program.run(|| wait(event))));
            once_waiting(&machine, 2, || machine.host().restart());
            let released = waiting.map(|waiter| waiter.join().expect("a waiter"));
            assert_eq!(released, [WSA_WAIT_FAILED, 0]);
        });
        // nor does it come to life again
        assert_eq!(unsafe { socket_or_error() }, Err(WSANOTINITIALISED));
        assert!(machine.host().look(|world| world.process(program.process()).is_none()));
        let mut token = 0;
        assert_ne!(
            unsafe { LookupPersistentUdpPortReservation(5000_u16.to_be(), 1, &mut token) },
            0
        );
        assert_eq!(acquire.status(), STATUS_PENDING);
    });
}

unsafe fn socket_or_error() -> Result<SOCKET, i32> {
    match unsafe { socket(AF_INET.into(), SOCK_DGRAM, IPPROTO_UDP) } {
        INVALID_SOCKET => Err(unsafe { WSAGetLastError() }),
        socket => Ok(socket),
    }
}

#[test]
fn a_structure_is_used_again_and_one_that_was_refused_keeps_its_request() {
    let machine = by_hand();
    started(&machine).run(|| {
        let (socket, event) = (udp(), new_event());
        let mut acquire = Acquire::new(5000, event);
        for start in [5000_u16, 6000] {
            acquire.range.StartPort = start.to_be();
            assert_eq!(acquire.begin(socket, None), Err(WSA_IO_PENDING));
            assert_eq!(wait(&[event], false, 0, false), WSA_WAIT_TIMEOUT);
            // no request comes of it, and what is set stays set
            assert_eq!(unsafe { WSASetEvent(event) }, 1);
            assert_eq!(acquire.begin(4, None), Err(WSAENOTSOCK));
            assert_eq!((wait(&[event], false, 0, false), unsafe { WSAResetEvent(event) }), (0, 1));
            complete(&machine);
            assert_eq!((wait(&[event], false, 0, false), acquire.first()), (0, start));
            assert_eq!(acquire.result(socket, false), Ok(16));
        }
    });
}

#[test]
fn threads_have_numbers_of_their_own_in_a_record() {
    let machine = machine();
    let program = started(&machine);
    machine.host().record();
    program.run(|| {
        let socket = udp();
        thread::scope(|scope| {
            scope.spawn(|| program.run(|| said(unsafe { closesocket(socket) })));
        });
    });
    let who: Vec<Who> = machine.host().recorded().iter().map(|recorded| recorded.who).collect();
    let process = program.process();
    assert_eq!(who, [1, 2].map(|thread| Who { process, thread }));
}

/// Counts a thread that is over.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Eight threads begin, and wait in every way; others complete, cancel and close. Everybody comes to an end.
#[test]
fn nobody_is_forgotten() {
    let machine = by_hand();
    let program = started(&machine);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for place in 0..8_u16 {
            let (program, done) = (&program, &done);
            scope.spawn(move || {
                // also when it panics: the last one would wait for ever
                let _done = Done(done);
                program.run(|| {
                    for round in 0..200_u16 {
                        let (socket, event) = (udp(), new_event());
                        let mut acquire = Acquire::new(0, event);
                        let routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE = Some(ran);
                        let routine = routine.filter(|_| (place + round) % 4 == 0);
                        // whoever closes a socket that is closed already may close that of another thread
                        let begun = acquire.begin(socket, routine);
                        if begun == Err(WSAENOTSOCK) {
                            continue;
                        }
                        assert_eq!(begun, Err(WSA_IO_PENDING));
                        match (place + round) % 4 {
                            0 => assert_eq!(unsafe { SleepEx(INFINITE, 1) }, WAIT_IO_COMPLETION),
                            1 => assert_eq!(wait(&[event], true, WSA_INFINITE, true), 0),
                            2 => drop(acquire.result(socket, true)),
                            _ => drop(acquire.file_result(socket, true)),
                        }
                        assert_ne!(acquire.status(), STATUS_PENDING);
                        unsafe { (closesocket(socket), WSACloseEvent(event)) };
                    }
                });
            });
        }
        scope.spawn(|| {
            let mut round = 0;
            while done.load(Ordering::SeqCst) < 8 {
                for request in machine.host().pending() {
                    round += 1;
                    interrupt(&machine, request, round);
                }
                thread::yield_now();
            }
        });
    });
}

/// It completes, is cancelled, or its socket is closed.
fn interrupt(machine: &Machine, request: RequestId, round: u32) {
    let host = machine.host();
    let found = host.look(|world| world.request(request).map(|r| (r.process, r.call.socket())));
    let Some((process, Some(socket))) = found else { return };
    match round % 3 {
        0 => drop(host.complete(request)),
        1 => drop(host.call(process, &Call::Cancel { socket, request: Some(request) })),
        _ => drop(host.call(process, &Call::CloseSocket { socket })),
    }
}
