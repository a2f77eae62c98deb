//! The SVG that the stand-in's text model writes: one landscape of many elements, so that a live preview can grow.
//! The same prompt gives the same drawing.

use std::fmt::Write as _;

use crate::scene::{mix, seed};

/// Returns an SVG of this size in user units, of at least `bytes` bytes.
pub(super) fn svg(words: &str, (width, height): (u32, u32), bytes: usize) -> String {
    let seed = seed(words, 0);
    let mut dice = (0_u64..).map(move |index| (mix(seed ^ mix(index)) >> 40) as f32 / (1_u64 << 24) as f32);
    let mut roll = move || dice.next().unwrap_or_default();
    let (wide, high) = (width as f32, height as f32);
    let hue = (roll() * 360.0) as u32;
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<title>A landscape</title>
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="hsl({hue}, 60%, 40%)"/><stop offset="1" stop-color="hsl({}, 70%, 85%)"/></linearGradient></defs>
<rect width="{width}" height="{height}" fill="url(#sky)"/>
<circle cx="{:.0}" cy="{:.0}" r="{:.0}" fill="#fff4d1"/>
"##,
        (hue + 150) % 360,
        wide * (0.2 + 0.6 * roll()),
        high * (0.15 + 0.2 * roll()),
        high * 0.07
    );
    for depth in 0..3_u16 {
        let base = high * (0.5 + 0.15 * f32::from(depth));
        let _ = write!(out, r#"<path d="M0 {base:.0}"#);
        for step in 1..=16_u16 {
            let _ = write!(out, " L{:.0} {:.0}", wide * f32::from(step) / 16.0, base - high * 0.1 * roll());
        }
        let _ = writeln!(out, r#" V{height} H0 Z" fill="hsl({hue}, 35%, {}%)"/>"#, 45 - 12 * depth);
    }
    let mut count = 0;
    while count < 24 || out.len() < bytes {
        let (x, y, radius) = (wide * roll(), high * (0.85 + 0.13 * roll()), high * (0.004 + 0.012 * roll()));
        let _ = writeln!(
            out,
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius:.1}" fill="hsl({}, 55%, 60%)"/>"#,
            (hue + 60 + count) % 360
        );
        count += 1;
    }
    out + "</svg>\n"
}

/// Returns the first `WIDTHxHEIGHT` in a text, or a square.
pub(super) fn size(text: &str) -> (u32, u32) {
    let words = text.split(|letter: char| !letter.is_ascii_digit() && letter != 'x');
    let side = |word: &str| word.parse().ok().filter(|side| (16..=8192).contains(side));
    words
        .filter_map(|word| word.split_once('x'))
        .find_map(|(wide, high)| Some((side(wide)?, side(high)?)))
        .unwrap_or((1024, 1024))
}
