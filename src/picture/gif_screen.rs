//! Repair of GIF files whose screen has no size: browsers use the size of the first frame.

use std::borrow::Cow;

/// Position of the screen's width and height, four bytes.
const SCREEN: std::ops::Range<usize> = 6..10;
const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2c;

/// Returns `bytes` with the size of the first frame in place of a screen of 0x0. Other files are unchanged.
pub fn repair_screen(bytes: &[u8]) -> Cow<'_, [u8]> {
    let has_no_size = bytes.get(SCREEN) == Some(&[0; 4]);
    let Some(size) = has_no_size.then(|| first_frame(bytes)).flatten() else { return bytes.into() };
    let mut bytes = bytes.to_vec();
    bytes[SCREEN].copy_from_slice(&size);
    bytes.into()
}

/// Returns the width and height that the first frame needs, as encoded in the file.
fn first_frame(bytes: &[u8]) -> Option<[u8; 4]> {
    let flags = *bytes.get(10)?;
    let palette = if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut rest = bytes.get(13 + palette..)?;
    while let [EXTENSION, _, blocks @ ..] = rest {
        rest = after_blocks(blocks)?;
    }
    let [FRAME, x0, x1, y0, y1, w0, w1, h0, h1, ..] = *rest else { return None };
    let sum = |a: [u8; 2], b: [u8; 2]| u16::from_le_bytes(a).checked_add(u16::from_le_bytes(b)).map(u16::to_le_bytes);
    let ([w0, w1], [h0, h1]) = (sum([x0, x1], [w0, w1])?, sum([y0, y1], [h0, h1])?);
    Some([w0, w1, h0, h1])
}

/// Skips length-prefixed blocks up to and including the empty one.
fn after_blocks(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let (&length, rest) = bytes.split_first()?;
        bytes = rest.get(usize::from(length)..)?;
        if length == 0 {
            return Some(bytes);
        }
    }
}
