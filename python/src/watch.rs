//! Long work on a thread of its own, while this one listens for Ctrl-C and tells how far it is.
//!
//! In: work that can be stopped. Out: what it made; `KeyboardInterrupt` within a second. Work that
//! does not stop at once (a fit) is left behind: it writes nothing, and ends by itself.

use super::errors;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use wattshift::error::{Error, Problem};
use wattshift::parallel::{self, THREADS};
use wattshift::study::paths::Progress;

/// How far some work is, and whether it is to stop.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    done: AtomicU64,
    total: AtomicU64,
    is_stopped: AtomicBool,
}

impl Progress for Watch {
    fn advance(&self, paths: u64) {
        self.done.fetch_add(paths, Ordering::Relaxed);
    }
    fn expect_more(&self, paths: u64) {
        self.total.fetch_add(paths, Ordering::Relaxed);
    }
    fn interrupted(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }
}

/// Time between two looks at the signals.
const LOOK: Duration = Duration::from_millis(50);
/// Time that stopped work is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Does long work on `threads` threads, one per core if there is no number; `report` is called with
/// the paths done and those in all.
///
/// # Errors
/// What the work says, what `report` raises, `KeyboardInterrupt`.
pub(crate) fn watched<T: Send + 'static>(
    py: Python<'_>,
    threads: Option<usize>,
    report: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    if let Some(asked) = threads.filter(|asked| !THREADS.contains(asked)) {
        let problem = Problem::new("threads is out of range")
            .found(asked.to_string())
            .expected(format!("{} to {} threads, or None", THREADS.start(), THREADS.end()));
        return Err(errors::exception(py, problem.into()));
    }
    let watch = Arc::new(Watch::default());
    let (sender, receiver) = mpsc::channel();
    let own = Arc::clone(&watch);
    thread::Builder::new()
        .name("wattshift".into())
        .spawn(move || {
            let work = || parallel::with_threads(threads, || work(&own));
            let done = catch_unwind(AssertUnwindSafe(work)).map(|done| {
                done.unwrap_or_else(|error| Err(Error::system("start the threads", error)))
            });
            // Nobody waits any more for work that was left behind.
            let _ = sender.send(done);
        })
        .map_err(|error| errors::exception(py, Error::system("start a thread", error)))?;
    let receiver = Mutex::new(receiver);
    let wait = |time| {
        py.detach(|| match receiver.lock() {
            Ok(receiver) => receiver.recv_timeout(time),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        })
    };
    let tell = || {
        let (done, total) =
            (watch.done.load(Ordering::Relaxed), watch.total.load(Ordering::Relaxed));
        report.map_or(Ok(()), |report| report.call1((done, total)).map(|_| ()))
    };
    loop {
        match wait(LOOK) {
            Ok(Ok(done)) => {
                // A signal that came with the last path still counts.
                py.check_signals()?;
                tell()?;
                return done.map_err(|error| errors::exception(py, error));
            }
            Ok(Err(payload)) => return Err(errors::bug(py, &*payload)),
            Err(RecvTimeoutError::Disconnected) => return Err(errors::bug(py, &"no answer")),
            Err(RecvTimeoutError::Timeout) => {
                if let Err(trouble) = py.check_signals().and_then(|()| tell()) {
                    watch.is_stopped.store(true, Ordering::Relaxed);
                    // What it answers is not asked for any more.
                    let _ = wait(PATIENCE);
                    return Err(trouble);
                }
            }
        }
    }
}
