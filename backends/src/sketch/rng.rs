//! Deterministic random numbers: the same seed gives the same image on every machine. Not suitable for secrets.

/// A stream of random numbers from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// Creates a stream from a seed and a name, so that each part of the image has its own stream.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let start = name
            .bytes()
            .fold(seed ^ 0x9e37_79b9_7f4a_7c15, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(start)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from `low` up to `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        let part = (self.next() >> 40) as f32 / (1u32 << 24) as f32;
        low + (high - low) * part
    }

    /// Returns a number in `0..count`, or 0 if `count` is 0.
    pub(super) fn index_below(&mut self, count: usize) -> usize {
        if count == 0 { 0 } else { (self.next() % count as u64) as usize }
    }

    /// Returns true or false with equal probability.
    pub(super) fn coin_flip(&mut self) -> bool {
        self.next() & 1 == 1
    }
}
