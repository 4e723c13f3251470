//! Ordered parallel work: the only place that names rayon.
//!
//! Results come in the order of the inputs whatever the number of threads; sums are never reduced
//! in parallel. Not here: what the work is.

use rayon::prelude::*;
use std::sync::Mutex;

/// Maps every item on the pool, results in order.
pub fn map<I, T, F>(items: I, work: F) -> Vec<T>
where
    I: IntoIterator,
    I::Item: Send,
    T: Send,
    F: Fn(I::Item) -> T + Sync + Send,
{
    let items: Vec<I::Item> = items.into_iter().collect();
    items.into_par_iter().map(work).collect()
}

/// Runs `work` on every item: a worker that is done with one takes the next, so that none waits behind another.
pub fn for_each<I, F>(items: I, work: F)
where
    I: IntoIterator,
    I::Item: Send,
    F: Fn(I::Item) + Sync + Send,
{
    /// In a frame of its own: a worker that waits for others works for them meanwhile, further up its stack.
    #[inline(never)]
    fn apart<T>(work: impl Fn(T), item: T) {
        work(item);
    }
    let items: Vec<I::Item> = items.into_iter().collect();
    items.into_iter().par_bridge().for_each(|item| apart(&work, item));
}

/// The same with a buffer made once per worker and reused, never a generator.
pub fn for_each_with<I, B, M, F>(items: I, make_buffer: M, work: F)
where
    I: IntoIterator,
    I::Item: Send,
    B: Send,
    M: Fn() -> B + Sync + Send,
    F: Fn(&mut B, I::Item) + Sync + Send,
{
    Buffers::default().for_each(items, make_buffer, work);
}

/// Threads that work is spread over here.
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// Buffers that workers lend each other, so that few are made however often work begins.
#[derive(Debug)]
pub struct Buffers<B> {
    idle: Mutex<Vec<B>>,
}

impl<B> Default for Buffers<B> {
    fn default() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }
}

impl<B: Send> Buffers<B> {
    /// Runs `work` on every item with an idle buffer, or a new one where none is idle.
    pub fn for_each<I, M, F>(&self, items: I, make_buffer: M, work: F)
    where
        I: IntoIterator,
        I::Item: Send,
        M: Fn() -> B + Sync + Send,
        F: Fn(&mut B, I::Item) + Sync + Send,
    {
        for_each(items, |item| {
            let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
            let mut buffer = idle.unwrap_or_else(&make_buffer);
            work(&mut buffer, item);
            // After a panic of another worker the buffers are lost, and nothing else.
            if let Ok(mut idle) = self.idle.lock() {
                idle.push(buffer);
            }
        });
    }
}

/// How many threads may be asked for, so that a mistyped number does not exhaust the machine.
pub const THREADS: std::ops::RangeInclusive<usize> = 1..=1024;

/// Runs `work` on a pool of `threads` workers; `None` takes one per core.
///
/// # Errors
/// If the system refuses the threads.
pub fn with_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> T + Send,
) -> Result<T, std::io::Error> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .build()
        .map_err(std::io::Error::other)?;
    Ok(pool.install(work))
}
