//! How far the work is, on stderr: a bar on a terminal, a few plain lines elsewhere.
//!
//! In: paths done, from any thread. Out: stderr. Not here: what a path is.

use super::engine::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wattshift::error::Error;
use wattshift::report::number::count;

/// Whether the user asked the run to stop; set by the signal, read by the engine.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Longest silence between plain lines.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Makes Ctrl-C (and a polite kill) ask the run to stop.
pub(crate) fn listen() -> Result<(), Error> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))
        .map_err(|error| Error::system("listen to Ctrl-C", std::io::Error::other(error)))
}

/// Whether Ctrl-C came.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Shows nothing, but tells the work that the user wants it to stop.
pub(crate) struct Unshown;

impl Progress for Unshown {
    fn advance(&self, _: u64) {}
    fn interrupted(&self) -> bool {
        interrupted()
    }
}

/// Watches a run of so many paths.
pub(crate) struct Watch {
    total: AtomicU64,
    began: Instant,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

/// The state of plain lines: paths done, quarters told, when something was told last.
struct Lines {
    done: u64,
    quarters: u64,
    told: Instant,
}

impl Watch {
    /// Begins; says nothing, ever, if `quiet`.
    pub(crate) fn begin(total: u64, quiet: bool) -> Self {
        let began = Instant::now();
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            let style = "{wide_bar} {percent:>3} %  {human_pos} of {human_len} paths  {eta} left";
            let style = ProgressStyle::with_template(style).expect("the template is a constant");
            Shown::Bar(ProgressBar::new(total).with_style(style))
        } else {
            super::tell(&format!("simulating {} paths", count(total)));
            Shown::Lines(Mutex::new(Lines { done: 0, quarters: 0, told: began }))
        };
        Self { total: total.into(), began, shown }
    }

    /// Ends with how long it took.
    pub(crate) fn end(self) {
        match &self.shown {
            Shown::Nothing => return,
            Shown::Bar(bar) => bar.finish_and_clear(),
            Shown::Lines(_) => {}
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let paths = count(self.total.into_inner());
        super::tell(&format!("simulated {paths} paths in {seconds:.1} s"));
    }
}

impl Lines {
    /// Of a larger total fewer quarters are done.
    fn grow(&mut self, total: u64) {
        self.quarters = (4 * self.done).checked_div(total).unwrap_or(4);
    }
    /// The line to tell after `paths` more of `total`, if it is time for one.
    fn advance(&mut self, paths: u64, total: u64, now: Instant) -> Option<String> {
        self.done += paths;
        let quarters = (4 * self.done).checked_div(total).unwrap_or(4);
        let due = quarters > self.quarters || now.duration_since(self.told) >= SILENCE_MAX;
        // The end has a line of its own.
        if !due || self.done >= total {
            return None;
        }
        (self.quarters, self.told) = (quarters, now);
        Some(format!(
            "{} % ({} of {} paths)",
            100 * self.done / total,
            count(self.done),
            count(total)
        ))
    }
}

impl Progress for Watch {
    fn advance(&self, paths: u64) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.inc(paths),
            Shown::Lines(lines) => {
                let mut lines = lines.lock().expect("no holder of this lock panics");
                let total = self.total.load(Ordering::Relaxed);
                if let Some(line) = lines.advance(paths, total, Instant::now()) {
                    super::tell(&line);
                }
            }
        }
    }
    fn expect_more(&self, paths: u64) {
        let total = self.total.fetch_add(paths, Ordering::Relaxed) + paths;
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.inc_length(paths),
            Shown::Lines(lines) => {
                lines.lock().expect("no holder of this lock panics").grow(total);
                super::tell(&format!("{} paths are simulated again", count(paths)));
            }
        }
    }
    fn interrupted(&self) -> bool {
        interrupted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_come_at_quarters_or_after_a_silence() {
        let now = Instant::now();
        let mut lines = Lines { done: 0, quarters: 0, told: now };
        assert_eq!(lines.advance(100, 1000, now), None);
        let quarter = lines.advance(150, 1000, now);
        assert_eq!(quarter.as_deref(), Some("25 % (250 of 1,000 paths)"));
        assert_eq!(lines.advance(10, 1000, now + SILENCE_MAX / 2), None);
        let late = lines.advance(10, 1000, now + SILENCE_MAX);
        assert_eq!(late.as_deref(), Some("27 % (270 of 1,000 paths)"));
        assert_eq!(lines.advance(730, 1000, now + SILENCE_MAX), None);
        // Paths that are simulated again are shown as any.
        lines.grow(2000);
        let half = lines.advance(100, 2000, now + SILENCE_MAX);
        assert_eq!(half, None);
        let next = lines.advance(400, 2000, now + SILENCE_MAX);
        assert_eq!(next.as_deref(), Some("75 % (1,500 of 2,000 paths)"));
    }
}
