//! The landscape that every generated image shows: a sky, a sun and three ridges, all derived from one number.
//! Pixels only; sizes, formats and references are handled in `pictures`.

use image::{Rgba, RgbaImage};

/// One landscape.
pub(crate) struct Scene {
    seed: u64,
    top: [f32; 3],
    horizon: [f32; 3],
    sun: [f32; 2],
    ridges: [Ridge; 3],
    /// True if the sky is left out, which makes the background transparent.
    pub(crate) transparent: bool,
    /// The sun's position on its path, 0 to 1; it distinguishes the frames of an animation.
    pub(crate) phase: f32,
}

struct Ridge {
    base: f32,
    waves: [[f32; 3]; 3],
    color: [f32; 3],
}

/// Scrambles a number so that neighbors are uncorrelated (the finalizer of splitmix64).
pub(crate) const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Returns the seed for a prompt and the number of times it was drawn before.
pub(crate) fn seed(prompt: &str, count: u64) -> u64 {
    let hash = prompt
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    mix(hash ^ mix(count))
}

/// A generator of pseudorandom numbers from 0 to 1.
struct PixelRng(u64);

impl PixelRng {
    fn roll(&mut self) -> f32 {
        self.0 = mix(self.0);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }
}

impl Scene {
    pub(crate) fn new(seed: u64, transparent: bool) -> Self {
        let mut dice = PixelRng(seed);
        let hue = dice.roll();
        let ridges = [0, 1, 2].map(|depth| Ridge::new(&mut dice, depth, hue));
        Self {
            seed,
            top: color(hue, 0.55, 0.55 + 0.3 * dice.roll()),
            horizon: color(hue + 0.35 + 0.2 * dice.roll(), 0.35, 0.95),
            sun: [0.15 + 0.7 * dice.roll(), 0.15 + 0.25 * dice.roll()],
            ridges,
            transparent,
            phase: 0.0,
        }
    }

    /// Draws the landscape. `grain` is the amplitude of fine noise on each channel, which makes it hard to compress.
    pub(crate) fn draw(&self, (width, height): (u32, u32), grain: u64) -> RgbaImage {
        let heights: Vec<[f32; 3]> = (0..width).map(|x| self.heights((x as f32 + 0.5) / width as f32)).collect();
        RgbaImage::from_fn(width, height, |x, y| {
            let point = [(x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32];
            let (rgb, alpha) = self.pixel(point, &heights[x as usize], width as f32 / height as f32);
            let noise = mix(self.seed ^ (u64::from(y) << 32 | u64::from(x)));
            let channel = |index: usize| {
                let speck = if grain == 0 { 0.0 } else { (noise >> (index * 16) & 0xff) as f32 * grain as f32 / 256.0 };
                (rgb[index].mul_add(255.0, speck - grain as f32 / 2.0)).clamp(0.0, 255.0) as u8
            };
            Rgba([channel(0), channel(1), channel(2), alpha])
        })
    }

    fn heights(&self, x: f32) -> [f32; 3] {
        [0, 1, 2].map(|index| self.ridges[index].height(x))
    }

    fn pixel(&self, [x, y]: [f32; 2], heights: &[f32; 3], aspect: f32) -> ([f32; 3], u8) {
        if let Some(index) = (0..3).rev().find(|index| y > heights[*index]) {
            let fade = ((y - heights[index]) * 1.2).min(0.5);
            return (self.ridges[index].color.map(|part| part * (1.0 - fade)), 255);
        }
        let sun = [self.sun[0] + 0.2 * self.phase, self.sun[1] - 0.1 * self.phase];
        let distance = ((x - sun[0]) * aspect).hypot(y - sun[1]);
        if distance < 0.07 {
            return ([1.0, 0.96, 0.82], 255);
        }
        let glow = (1.0 - (distance - 0.07) * 3.0).clamp(0.0, 1.0).powi(2) * 0.5;
        let sky = [0, 1, 2].map(|index| {
            let base = self.top[index] + (self.horizon[index] - self.top[index]) * (y * 1.4).min(1.0);
            base + (1.0 - base) * glow
        });
        (sky, if self.transparent { (glow * 255.0) as u8 } else { 255 })
    }
}

impl Ridge {
    fn new(dice: &mut PixelRng, depth: u8, hue: f32) -> Self {
        let near = f32::from(depth);
        let waves = [3.0, 9.0, 27.0]
            .map(|rate| [0.05 * 3.0 / rate, rate * (0.7 + dice.roll()), dice.roll() * std::f32::consts::TAU]);
        let tint = color(hue + 0.08 * near, 0.25 + 0.15 * near, 0.62 - 0.17 * near);
        Self { base: 0.52 + 0.14 * near, waves, color: tint }
    }

    fn height(&self, x: f32) -> f32 {
        self.base + self.waves.iter().map(|[size, rate, shift]| size * x.mul_add(*rate, *shift).sin()).sum::<f32>()
    }
}

/// Returns a color from hue, saturation and value, each 0 to 1.
fn color(hue: f32, saturation: f32, value: f32) -> [f32; 3] {
    [5.0, 3.0, 1.0].map(|shift: f32| {
        let place = (shift + hue.rem_euclid(1.0) * 6.0) % 6.0;
        let dip = place.min(4.0 - place).clamp(0.0, 1.0);
        value - value * saturation * dip
    })
}

/// Returns plain noise: the worst case for every compressor.
pub(crate) fn noise(seed: u64, (width, height): (u32, u32)) -> RgbaImage {
    let mut state = seed;
    RgbaImage::from_fn(width, height, |_, _| {
        state = mix(state);
        let [red, green, blue, ..] = state.to_le_bytes();
        Rgba([red, green, blue, 255])
    })
}
