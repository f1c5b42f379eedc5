//! The modules of the crate `windows-sys` that matter for ports, each under its path there.
#![expect(non_snake_case, reason = "the names are those of that crate")]

pub use ::windows_sys::core;

/// Hides functions of `windows-sys` that a module passes on with everything else of a module there.
macro_rules! not_simulated {
    ($($name:ident)*) => {
        $(
            // what stands here is found before what has the same name elsewhere, and is private
            #[allow(non_upper_case_globals, dead_code, hidden_glob_reexports, reason = "it hides a function")]
            const $name: () = ();
        )*
    };
}
pub(crate) use not_simulated;

/// `windows_sys::Win32`.
pub mod Win32 {
    /// `windows_sys::Win32::Foundation`: its types and constants, and the last error.
    pub mod Foundation {
        #![expect(unsafe_code, reason = "the functions have the signatures of the real ones")]
        pub use ::windows_sys::Win32::Foundation::*;

        use crate::win32::machine;

        /// `GetLastError`: what `WSAGetLastError` says.
        ///
        /// # Safety
        /// It takes nothing, and is unsafe because the real one is.
        pub unsafe extern "system" fn GetLastError() -> WIN32_ERROR {
            machine::last_error()
        }

        /// `SetLastError`.
        ///
        /// # Safety
        /// It takes a number, and is unsafe because the real one is.
        pub unsafe extern "system" fn SetLastError(dwerrcode: WIN32_ERROR) {
            machine::set_last_error(dwerrcode);
        }

        /// `CloseHandle` of an event. Other handles are none here: a socket is closed by `closesocket`.
        ///
        /// # Safety
        /// It takes a number, and is unsafe because the real one is.
        pub unsafe extern "system" fn CloseHandle(hobject: HANDLE) -> ::windows_sys::core::BOOL {
            crate::win32::winsock::event::close(&machine::current(), hobject.addr())
        }

        crate::win32::windows_sys::not_simulated! {
            CompareObjectHandles DuplicateHandle FreeLibrary
            GetHandleInformation GlobalFree LocalFree RtlNtStatusToDosError
            SetHandleInformation SetLastErrorEx SysAddRefString SysAllocString
            SysAllocStringByteLen SysAllocStringLen SysFreeString SysReAllocString
            SysReAllocStringLen SysReleaseString SysStringByteLen SysStringLen
        }
    }

    /// `windows_sys::Win32::Networking`.
    pub mod Networking {
        pub use crate::win32::winsock as WinSock;
    }

    /// `windows_sys::Win32::NetworkManagement`.
    pub mod NetworkManagement {
        pub use crate::win32::iphlpapi as IpHelper;
    }

    /// `windows_sys::Win32::System`.
    pub mod System {
        pub use crate::win32::threading as Threading;

        /// `windows_sys::Win32::System::IO`: its types and constants, and `CancelIoEx`.
        pub mod IO {
            pub use ::windows_sys::Win32::System::IO::*;

            pub use crate::win32::winsock::overlapped::{CancelIoEx, GetOverlappedResult};

            crate::win32::windows_sys::not_simulated! {
                BindIoCompletionCallback CancelIo CancelSynchronousIo CreateIoCompletionPort
                DeviceIoControl GetOverlappedResultEx
                GetQueuedCompletionStatus GetQueuedCompletionStatusEx
                PostQueuedCompletionStatus
            }
        }
    }
}
