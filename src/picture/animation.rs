//! Animated GIFs in terminals that play them on their own: kitty takes the frames, iTerm2's protocol takes the file.
//!
//! Other terminals would need every frame sent forever, so they show the first frame.

use std::io::Cursor;

use image::{AnimationDecoder, Frame, ImageDecoder, codecs::gif::GifDecoder};
use tintype_backends::Format;

use super::{
    DecodeLimits, DisplayError, PreparedImage, Protocol, TerminalKind,
    driver::{driver, iterm2, kitty, png},
    prepare::{PrepareOptions, canvas},
};

/// Maximum number of frames. A longer animation counts as a film.
const MAX_FRAMES: usize = 500;

/// Maximum number of pixels over all frames that the terminal is asked to keep: 128 MiB of RGBA.
const MAX_PIXELS: u64 = 32 << 20;

/// Size limit in bytes for a file that is passed on unchanged.
const MAX_BYTES: usize = 16 << 20;

/// Display time in milliseconds of frames with a delay of 10 ms or less, as in browsers.
const DEFAULT_FRAME_MS: u32 = 100;

/// Returns the bytes that replace the first frame, if `bytes` is animated and the terminal can play it.
pub(super) fn animated_bytes(bytes: &[u8], fitted: &PreparedImage, order: &PrepareOptions<'_>) -> Option<Vec<u8>> {
    let plays = match order.facts.protocol {
        Protocol::KittyPlaceholders | Protocol::KittyPlacement => order.facts.brand == TerminalKind::Kitty,
        Protocol::Iterm2 => bytes.len() <= MAX_BYTES,
        Protocol::Sixel | Protocol::Mosaic | Protocol::Blocks | Protocol::Viuer => false,
    };
    if !plays || order.format != Format::Gif {
        return None;
    }
    let frames = frames(bytes, fitted)?;
    match order.facts.protocol {
        Protocol::Iterm2 => Some(iterm2::inline(bytes, fitted.cells())),
        _ => in_kitty(&frames, fitted, order).ok(),
    }
}

/// Returns the complete frames, or `None` if there is only one, if there are too many, or if the file is damaged.
fn frames(bytes: &[u8], fitted: &PreparedImage) -> Option<Vec<Frame>> {
    let mut decoder = GifDecoder::new(Cursor::new(bytes)).ok()?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(DecodeLimits::default().memory);
    decoder.set_limits(limits).ok()?;
    let (source, samples) = (fitted.source(), fitted.inner().samples);
    let pixels = (u64::from(source.0) * u64::from(source.1)).max(u64::from(samples.0) * u64::from(samples.1));
    let most = usize::try_from(MAX_PIXELS / pixels.max(1)).unwrap_or(usize::MAX).min(MAX_FRAMES);
    let frames: Vec<Frame> = decoder.into_frames().take(most + 1).collect::<Result<_, _>>().ok()?;
    (2..=most).contains(&frames.len()).then_some(frames)
}

fn in_kitty(frames: &[Frame], fitted: &PreparedImage, order: &PrepareOptions<'_>) -> Result<Vec<u8>, DisplayError> {
    let (cells, tmux, driver) = (fitted.cells(), order.facts.tmux, driver(order.facts.protocol));
    let placed = order.facts.protocol == Protocol::KittyPlacement;
    // An image printed for the second time must not remove the first from the screen.
    let id = fitted.inner().id ^ if placed { u64::from(std::process::id()) } else { 0 };
    let held = kitty::held_id(id);
    let how = if placed { "C=1" } else { "U=1" };
    let (mut sent, mut first_gap) = (Vec::new(), DEFAULT_FRAME_MS);
    for (number, frame) in frames.iter().enumerate() {
        let png = png::whole_cells(&canvas(frame.buffer(), order, driver)?)?;
        if number == 0 {
            first_gap = gap(frame);
            let what = format!("a=T,{how},i={held},c={},r={}", cells.width, cells.height);
            sent.extend(kitty::transmit(&what, &png, tmux));
        } else {
            sent.extend(kitty::add_frame(held, gap(frame), &png, tmux));
        }
    }
    sent.extend(kitty::play(held, first_gap, tmux));
    Ok(sent)
}

/// Returns the display time of a frame in milliseconds.
fn gap(frame: &Frame) -> u32 {
    let (numerator, denominator) = frame.delay().numer_denom_ms();
    match numerator / denominator.max(1) {
        0..=10 => DEFAULT_FRAME_MS,
        gap => gap,
    }
}

#[cfg(test)]
mod tests {
    use image::{Delay, Rgba, RgbaImage, codecs::gif::GifEncoder};
    use ratatui::layout::Size;

    use super::*;
    use crate::picture::{DisplayCapabilities, ImageBackground, PrintOptions, TerminalWindow, print};

    fn gif(frames: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        for shade in 0..frames {
            let picture = RgbaImage::from_pixel(200, 100, Rgba([shade * 60, 80, 200, 255]));
            let delay = Delay::from_numer_denom_ms(70 + u32::from(shade) * 10, 1);
            encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
        }
        drop(encoder);
        bytes
    }

    fn printed(bytes: &[u8], protocol: Protocol, brand: TerminalKind) -> String {
        let facts = DisplayCapabilities {
            brand,
            ..DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(protocol))
        };
        let window = Size::new(80, 24);
        let options = PrintOptions {
            window,
            width: Some(20),
            height: None,
            matte: ImageBackground::Checkerboard,
            interactive: false,
        };
        let mut out = Vec::new();
        print(&mut out, bytes, &options, &facts).unwrap();
        String::from_utf8(out).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn kitty_is_sent_every_frame_once_and_plays_them() {
        let sent = printed(&gif(3), Protocol::KittyPlacement, TerminalKind::Kitty);
        let id = sent.split("a=T,C=1,i=").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        for part in ["a=T,C=1,i=ID,c=20,r=5,f=100,q=2,", "a=f,i=ID,z=80,f=100,q=2,", "a=f,i=ID,z=90,f=100,q=2,"] {
            assert_eq!(sent.matches(&part.replace("ID", id)).count(), 1, "{part}");
        }
        let play = "^_Ga=a,i=ID,r=1,z=70,q=2^\\^_Ga=a,i=ID,s=3,v=1,q=2^\\^8^[5B".replace("ID", id);
        assert!(sent.contains(&play), "{play}");
    }

    #[test]
    fn inline_images_are_the_file_itself() {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let bytes = gif(3);
        let sent = printed(&bytes, Protocol::Iterm2, TerminalKind::WezTerm);
        let head = format!("size={};width=20;height=5;", bytes.len());
        assert!(sent.contains(&head) && sent.contains(&STANDARD.encode(&bytes)), "{head}");
    }

    #[test]
    fn other_terminals_show_the_first_frame() {
        for (protocol, brand) in
            [(Protocol::KittyPlacement, TerminalKind::Konsole), (Protocol::Sixel, TerminalKind::Foot)]
        {
            let moving = printed(&gif(3), protocol, brand);
            assert!(!moving.contains("a=f") && moving == printed(&gif(1), protocol, brand), "{protocol}");
        }
        assert!(!printed(&gif(1), Protocol::KittyPlacement, TerminalKind::Kitty).contains("a=f"));
    }

    #[test]
    fn truncated_animations_never_panic() {
        let bytes = gif(3);
        let facts =
            DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::KittyPlacement));
        let facts = DisplayCapabilities { brand: TerminalKind::Kitty, ..facts };
        let options = PrintOptions {
            window: Size::new(80, 24),
            width: Some(4),
            height: None,
            matte: ImageBackground::Checkerboard,
            interactive: false,
        };
        for length in (0..bytes.len()).step_by(7) {
            let _either = print(&mut std::io::sink(), &bytes[..length], &options, &facts);
        }
    }
}
