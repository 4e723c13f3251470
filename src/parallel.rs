//! Ordered parallel work: the only place that names rayon.
//!
//! Results come in the order of the inputs whatever the number of threads; sums are never reduced
//! in parallel. Not here: what the work is.

use rayon::prelude::*;

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

/// Runs `work` on every item with a buffer made once per worker and reused, never a generator.
pub fn for_each_with<I, B, M, F>(items: I, make_buffer: M, work: F)
where
    I: IntoIterator,
    I::Item: Send,
    B: Send,
    M: Fn() -> B + Sync + Send,
    F: Fn(&mut B, I::Item) + Sync + Send,
{
    let items: Vec<I::Item> = items.into_iter().collect();
    items.into_par_iter().for_each_init(make_buffer, |buffer, item| work(buffer, item));
}

/// Threads that work is spread over here.
pub fn threads() -> usize {
    rayon::current_num_threads()
}

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
