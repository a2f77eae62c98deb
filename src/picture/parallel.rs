//! Parallel processing of pixels on all processor cores.
//!
//! There is no pool and no queue: threads live for one call, and small work stays on the caller's thread.

/// Minimum work for a thread of its own, in bytes of pixels: starting one costs as much as about ten thousand of them.
const MIN_BYTES_PER_THREAD: usize = 1 << 20;

/// Runs `work` on all of `from`, each share together with its part of `to`, for pixels of `bytes` bytes in total. Every
/// item of `from` produces the same number of items of `to`. Returns when all work is done.
pub(super) fn process_in_parallel<A: Sync, B: Send>(
    bytes: usize,
    from: &[A],
    to: &mut [B],
    work: impl Fn(&[A], &mut [B]) + Sync,
) {
    let each = from.len().div_ceil(shares(bytes)).max(1);
    let made = to.len() / from.len().max(1);
    std::thread::scope(|scope| {
        let mut shares = from.chunks(each).zip(to.chunks_mut((each * made).max(1)));
        let (own, work) = (shares.next(), &work);
        for (from, to) in shares {
            scope.spawn(move || work(from, to));
        }
        if let Some((from, to)) = own {
            work(from, to);
        }
    });
}

/// Returns the number of threads for this number of bytes.
fn shares(bytes: usize) -> usize {
    let most = bytes / MIN_BYTES_PER_THREAD;
    std::thread::available_parallelism().map_or(1, usize::from).min(most).max(1)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Mutex, thread};

    use super::*;

    /// Returns the threads that worked, and the result: two items for each input.
    fn shared(bytes: usize, items: usize) -> (HashSet<thread::ThreadId>, Vec<usize>) {
        let (from, mut to) = ((0..items).collect::<Vec<_>>(), vec![usize::MAX; items * 2]);
        let threads = Mutex::default();
        process_in_parallel(bytes, &from, &mut to, |from, to| {
            HashSet::insert(&mut threads.lock().unwrap(), thread::current().id());
            for (item, made) in from.iter().zip(to.as_chunks_mut::<2>().0) {
                *made = [*item, item * 10];
            }
        });
        (threads.into_inner().unwrap(), to)
    }

    #[test]
    fn each_item_is_worked_on_with_its_own_place_however_many_share_them() {
        for items in [0, 1, 2, 7, 100] {
            let expected: Vec<usize> = (0..items).flat_map(|item| [item, item * 10]).collect();
            for bytes in [0, 3 * MIN_BYTES_PER_THREAD, 1000 * MIN_BYTES_PER_THREAD] {
                assert_eq!(shared(bytes, items).1, expected, "{items} items of {bytes} bytes");
            }
        }
    }

    #[test]
    fn small_images_stay_on_one_thread() {
        assert_eq!(shared(2 * MIN_BYTES_PER_THREAD - 1, 100).0, HashSet::from([thread::current().id()]));
    }

    #[test]
    fn large_images_use_all_cores() {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = shared(cores * MIN_BYTES_PER_THREAD, cores * 10).0;
        assert_eq!(threads.len(), cores);
        assert!(threads.contains(&thread::current().id()), "nobody only waits");
    }
}
