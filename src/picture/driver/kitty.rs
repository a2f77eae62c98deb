//! Commands of kitty's graphics protocol that placeholders and placements share, including tmux passthrough.
//!
//! A command suppresses the reply (`q=2`) unless the painter waits for it: an unread reply would arrive as keys.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use ratatui::layout::Rect;

use crate::picture::CellSize;

/// Maximum base64 length in one command.
const CHUNK: usize = 4096;

/// Returns the id under which a terminal holds the image: 24 bits and never 0, because placeholders encode it as their
/// color.
pub(in crate::picture) fn held_id(id: u64) -> u32 {
    (id as u32 & 0x00ff_ffff).max(1)
}

/// Sends a PNG. `what` holds the keys of the first command, such as `a=t,i=7`.
pub(in crate::picture) fn transmit(what: &str, png: &[u8], tmux: bool) -> Vec<u8> {
    in_chunks((what, ""), png, SILENT, tmux)
}

/// Sends a PNG with an id, and requests a reply once the terminal has all of it.
pub(in crate::picture) fn transmit_confirmed(what: &str, png: &[u8]) -> Vec<u8> {
    in_chunks((what, ""), png, CONFIRMED, false)
}

/// No reply, not even for a command that fails.
const SILENT: u8 = 2;

/// A reply to every image.
const CONFIRMED: u8 = 0;

/// Sends a PNG as the next frame of image `held`, shown for `gap` milliseconds.
pub(in crate::picture) fn add_frame(held: u32, gap: u32, png: &[u8], tmux: bool) -> Vec<u8> {
    in_chunks((&format!("a=f,i={held},z={gap}"), &format!("a=f,i={held},")), png, SILENT, tmux)
}

/// Shows the first frame of image `held` for `gap` milliseconds, then loops over all frames forever.
pub(in crate::picture) fn play(held: u32, gap: u32, tmux: bool) -> Vec<u8> {
    let mut out = String::new();
    command(&mut out, &format!("a=a,i={held},r=1,z={gap},q=2"), tmux);
    command(&mut out, &format!("a=a,i={held},s=3,v=1,q=2"), tmux);
    out.into_bytes()
}

/// Splits a PNG into commands. `again` holds the keys that every later chunk repeats.
fn in_chunks((what, again): (&str, &str), png: &[u8], quiet: u8, tmux: bool) -> Vec<u8> {
    let text = STANDARD.encode(png);
    let mut sent = String::with_capacity(text.len() + text.len() / 64 + 256);
    let mut chunks = text.as_bytes().chunks(CHUNK).peekable();
    let mut head = format!("{what},f=100,q={quiet}");
    while let Some(chunk) = chunks.next() {
        let more = u8::from(chunks.peek().is_some());
        let data = String::from_utf8_lossy(chunk);
        command(&mut sent, &format!("{head},m={more};{data}"), tmux);
        head = format!("{again}q={quiet}");
    }
    sent.into_bytes()
}

/// Returns the length of the complete commands at the start of `bytes` that fit into `room`.
pub(in crate::picture) fn whole_commands(bytes: &[u8], room: usize) -> usize {
    if bytes.len() <= room {
        return bytes.len();
    }
    // The next command starts where this one ends. Inside tmux's envelope there is a second opening, which does not
    // count.
    let opening: &[u8] = if bytes.starts_with(b"\x1bP") { b"\x1bPtmux;" } else { b"\x1b_G" };
    (0..=room).rev().find(|&at| bytes[at..].starts_with(opening)).unwrap_or_default()
}

/// Appends one command, wrapped so that tmux passes it through unchanged.
fn command(out: &mut String, body: &str, tmux: bool) {
    let (open, close) = if tmux { ("\x1bPtmux;\x1b\x1b_G", "\x1b\x1b\\\x1b\\") } else { ("\x1b_G", "\x1b\\") };
    out.push_str(open);
    out.push_str(body);
    out.push_str(close);
}

/// Shows parts of an image, with one placement each: the cells of the whole image, and the part of them. Placements
/// beyond these are removed, out of the `before` that were on the screen.
pub(in crate::picture) fn place(
    (id, tmux): (u64, bool),
    parts: &[(Rect, Rect)],
    cell: CellSize,
    before: usize,
) -> Vec<u8> {
    let (mut out, id) = ("\x1b7".to_owned(), held_id(id));
    for ((rect, part), number) in parts.iter().zip(1..) {
        let mut body = format!("a=p,i={id},p={number},c={},r={},C=1,q=2", part.width, part.height);
        if part != rect {
            let (x, y) = (u32::from(part.x - rect.x), u32::from(part.y - rect.y));
            let (across, down) = (u32::from(cell.width), u32::from(cell.height));
            let (width, height) = (u32::from(part.width) * across, u32::from(part.height) * down);
            let _infallible = write!(body, ",x={},y={},w={width},h={height}", x * across, y * down);
        }
        let _infallible = write!(out, "\x1b[{};{}H", part.y + 1, part.x + 1);
        command(&mut out, &body, tmux);
    }
    for number in parts.len() + 1..=before {
        command(&mut out, &format!("a=d,d=i,i={id},p={number},q=2"), tmux);
    }
    out.push_str("\x1b8");
    out.into_bytes()
}

/// Removes the image from the screen; the terminal keeps its data.
pub(in crate::picture) fn hide(id: u64, tmux: bool) -> Vec<u8> {
    let mut out = String::new();
    command(&mut out, &format!("a=d,d=i,i={},q=2", held_id(id)), tmux);
    out.into_bytes()
}

/// Removes the image from the screen and frees its data.
pub(in crate::picture) fn forget(held: u32, tmux: bool) -> Vec<u8> {
    let mut out = String::new();
    command(&mut out, &format!("a=d,d=I,i={held},q=2"), tmux);
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn a_small_image_is_one_command() {
        assert_eq!(text(transmit("a=t,i=7", b"png", false)), "^_Ga=t,i=7,f=100,q=2,m=0;cG5n^\\");
    }

    #[test]
    fn tmux_gets_every_escape_doubled_in_an_envelope() {
        assert_eq!(
            text(transmit("a=T,U=1,i=7,c=2,r=1", b"png", true)),
            "^Ptmux;^^_Ga=T,U=1,i=7,c=2,r=1,f=100,q=2,m=0;cG5n^^\\^\\"
        );
    }

    #[test]
    fn a_large_image_is_split_into_chunks_of_4096() {
        let sent = text(transmit("a=t,i=7", &[7; 7000], false));
        let commands: Vec<_> = sent.split_terminator("^\\").collect();
        let lengths: Vec<_> = commands.iter().map(|c| c.split_once(';').unwrap().1.len()).collect();
        assert_eq!(lengths, [4096, 4096, 1144]);
        let heads: Vec<_> = commands.iter().map(|c| c.split_once(';').unwrap().0).collect();
        assert_eq!(heads, ["^_Ga=t,i=7,f=100,q=2,m=1", "^_Gq=2,m=1", "^_Gq=2,m=0"]);
    }

    #[test]
    fn every_chunk_of_a_confirmed_image_asks_for_the_reply() {
        let sent = text(transmit_confirmed("a=T,U=1,i=7", &[7; 7000]));
        let heads: Vec<_> = sent.split_terminator("^\\").map(|c| c.split_once(';').unwrap().0).collect();
        assert_eq!(heads, ["^_Ga=T,U=1,i=7,f=100,q=0,m=1", "^_Gq=0,m=1", "^_Gq=0,m=0"]);
    }

    #[test]
    fn inside_tmux_no_command_goes_without_its_envelope() {
        let rect = Rect::new(4, 2, 30, 10);
        for sent in [place((7, true), &[(rect, rect)], CellSize::TYPICAL, 4), hide(7, true), forget(7, true)] {
            let sent = text(sent);
            assert_eq!(sent.matches("^_G").count(), sent.matches("^Ptmux;^^_G").count(), "{sent}");
        }
    }

    #[test]
    fn a_slice_never_ends_within_a_command() {
        for tmux in [false, true] {
            let sent = transmit("a=t,i=7", &vec![7; 30_000], tmux);
            let (mut rest, mut slices) = (&sent[..], 0);
            while !rest.is_empty() {
                let length = whole_commands(rest, 10_000);
                assert!(length <= 10_000 && rest[..length].ends_with(b"\x1b\\"));
                rest = &rest[length..];
                slices += 1;
            }
            assert_eq!(slices, 5, "two commands of 4096 a slice");
            assert_eq!(whole_commands(&sent, 4000), 0, "not even one has room");
        }
    }

    #[test]
    fn an_image_is_shown_with_few_bytes() {
        let rect = Rect::new(4, 2, 30, 10);
        let sent = text(place((7, false), &[(rect, rect)], CellSize::TYPICAL, 0));
        assert_eq!(sent, "^7^[3;5H^_Ga=p,i=7,p=1,c=30,r=10,C=1,q=2^\\^8");
    }

    #[test]
    fn parts_that_are_left_over_are_removed() {
        let rect = Rect::new(4, 2, 30, 10);
        assert_eq!(
            text(place((7, false), &[(rect, rect)], CellSize::TYPICAL, 4)),
            "^7^[3;5H^_Ga=p,i=7,p=1,c=30,r=10,C=1,q=2^\\^_Ga=d,d=i,i=7,p=2,q=2^\\\
             ^_Ga=d,d=i,i=7,p=3,q=2^\\^_Ga=d,d=i,i=7,p=4,q=2^\\^8"
        );
    }

    #[test]
    fn a_part_shows_its_own_pixels() {
        let rect = Rect::new(4, 2, 30, 10);
        let sent = text(place((7, false), &[(rect, Rect::new(14, 5, 20, 7))], CellSize::TYPICAL, 0));
        assert!(sent.starts_with("^7^[6;15H^_Ga=p,i=7,p=1,c=20,r=7,C=1,q=2,x=100,y=60,w=200,h=140^\\"), "{sent}");
    }

    #[test]
    fn images_are_hidden_and_deleted_by_id() {
        assert_eq!(text(hide(0x0100_0007, false)), "^_Ga=d,d=i,i=7,q=2^\\");
        assert_eq!(text(forget(7, false)), "^_Ga=d,d=I,i=7,q=2^\\");
        assert_eq!(text(forget(7, true)), "^Ptmux;^^_Ga=d,d=I,i=7,q=2^^\\^\\");
    }

    #[test]
    fn ids_fit_a_color_and_are_never_zero() {
        assert_eq!(held_id(0), 1);
        assert_eq!(held_id(0xffff_ffff_ff12_3456), 0x12_3456);
    }
}
