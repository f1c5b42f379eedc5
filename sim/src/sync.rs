//! The one lock of a host. Nothing else in this crate locks, sleeps or wakes.
//!
//! It is parking_lot's. With the feature `shuttle` it is shuttle's, in the same shape: under it a test explores schedules.

use std::ops::{Deref, DerefMut};
use std::task::Waker;
#[cfg(feature = "win32")]
use std::time::Instant;

/// What each thread has for itself.
#[cfg(all(feature = "win32", feature = "shuttle"))]
pub(crate) use shuttle::thread_local;
#[cfg(all(feature = "win32", not(feature = "shuttle")))]
pub(crate) use std::thread_local;

#[cfg(feature = "shuttle")]
use explored::{Condvar, Mutex, MutexGuard};
#[cfg(not(feature = "shuttle"))]
use parking_lot::{Condvar, Mutex, MutexGuard};

/// What is behind the lock, and tells whom to wake.
pub(crate) trait News {
    /// Whether something has happened that sleepers wait for since this was last asked, and the tasks that wait for it.
    fn take_news(&mut self) -> Option<Vec<Waker>>;
}

/// A lock, and those who sleep until what is behind it has news.
pub(crate) struct Monitor<T> {
    mutex: Mutex<T>,
    news: Condvar,
}

/// Holds the lock. Letting go of it wakes whoever waits for what has happened: no caller can forget to.
pub(crate) struct Held<'a, T: News> {
    monitor: &'a Monitor<T>,
    guard: MutexGuard<'a, T>,
    /// Dropped behind the guard: a waker may run what takes the lock.
    tasks: Tasks,
}

struct Tasks(Vec<Waker>);

impl<T: News> Monitor<T> {
    pub(crate) fn new(value: T) -> Monitor<T> {
        Monitor { mutex: Mutex::new(value), news: Condvar::new() }
    }

    #[inline]
    pub(crate) fn lock(&self) -> Held<'_, T> {
        Held { monitor: self, guard: self.mutex.lock(), tasks: Tasks(Vec::new()) }
    }
}

impl<T: News> Held<'_, T> {
    /// Lets go of the lock until there are news, perhaps of something else.
    ///
    /// # Panics
    /// If the holder itself has news: it would sleep on them.
    pub(crate) fn sleep(&mut self) {
        assert!(self.guard.take_news().is_none(), "whoever falls asleep has told the others");
        self.monitor.news.wait(&mut self.guard);
    }

    /// The same, but not for longer than that.
    #[cfg(feature = "win32")]
    pub(crate) fn sleep_until(&mut self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return self.sleep() };
        assert!(self.guard.take_news().is_none(), "whoever falls asleep has told the others");
        self.monitor.news.wait_until(&mut self.guard, deadline);
    }
}

impl<T: News> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: News> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: News> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(tasks) = self.guard.take_news() {
            self.monitor.news.notify_all();
            self.tasks.0 = tasks;
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Waker::wake);
    }
}

#[cfg(feature = "shuttle")]
mod explored {
    //! shuttle's lock as parking_lot shapes it. Its own stand-in for parking_lot has no condition variable.

    use std::ops::{Deref, DerefMut};
    use std::sync::PoisonError;

    pub(super) struct Mutex<T>(shuttle::sync::Mutex<T>);

    pub(super) struct MutexGuard<'a, T>(Option<shuttle::sync::MutexGuard<'a, T>>);

    pub(super) struct Condvar(shuttle::sync::Condvar);

    impl<T> Mutex<T> {
        pub(super) fn new(value: T) -> Mutex<T> {
            Mutex(shuttle::sync::Mutex::new(value))
        }

        pub(super) fn lock(&self) -> MutexGuard<'_, T> {
            MutexGuard(Some(self.0.lock().unwrap_or_else(PoisonError::into_inner)))
        }
    }

    impl Condvar {
        pub(super) fn new() -> Condvar {
            Condvar(shuttle::sync::Condvar::new())
        }

        pub(super) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            let held = guard.0.take().expect("the lock is held");
            guard.0 = Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner));
        }

        /// Where schedules are explored there is no time: a deadline does not pass.
        #[cfg(feature = "win32")]
        pub(super) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: std::time::Instant) {
            self.wait(guard);
        }

        pub(super) fn notify_all(&self) {
            self.0.notify_all();
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.0.as_ref().expect("the lock is held")
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0.as_mut().expect("the lock is held")
        }
    }
}
