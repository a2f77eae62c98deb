//! Crash recovery: the program is killed at every step of a job's life and at random times, terminated, denied the
//! disk, and overloaded; afterwards everything that was paid for is there, exactly once.
//!
//! The amount of work is set by the environment: `just crash` does all of it, `cargo test` a few of each.
//! `TINTYPE_CRASH_ROUNDS` is the number of kills at random times, `TINTYPE_CRASH_ROUTES` the number of routes whose
//! every step is tried, `TINTYPE_CRASH_LOAD` the number of concurrent jobs.
//! `TINTYPE_CRASH_SEED` repeats a run.

#![expect(clippy::print_stdout, reason = "a run prints its seed, its counts and the skipped tests")]

mod child;
mod disk;
mod harness;
mod kill;
mod load;
mod termination;

pub(crate) use disk::Mount;

/// Reads a number from the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A pseudorandom generator, reproducible by its seed: SplitMix64, by Steele, Lea and Flood, 2014.
struct SeededRng(u64);

impl SeededRng {
    /// Prints the seed, so that a failure can be reproduced.
    fn new() -> Self {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64);
        let seed = number("TINTYPE_CRASH_SEED", now);
        println!("TINTYPE_CRASH_SEED={seed}");
        Self(seed)
    }

    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }
}
