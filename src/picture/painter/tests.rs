use image::{Rgba, RgbaImage};
use pretty_assertions::assert_eq;
use ratatui::{
    layout::Size,
    style::Stylize,
    widgets::{Block, Clear, Widget},
};
use tintype_backends::Format;

use super::*;
use crate::picture::{Matte, Protocol, TerminalFacts, View, Window, prepare_decoded};

/// A screen of 20 by 10 cells with a pane in it.
const SCREEN: Rect = Rect::new(0, 0, 20, 10);
const PANE: Rect = Rect::new(2, 1, 10, 5);
const POPUP: Rect = Rect::new(5, 2, 4, 3);

fn fitted(shade: u8, protocol: Protocol) -> Fitted {
    fitted_with(&RgbaImage::from_pixel(100, 100, Rgba([shade, 50, 60, 255])), protocol)
}

fn fitted_with(picture: &RgbaImage, protocol: Protocol) -> Fitted {
    let facts = TerminalFacts::unasked(&|_| None, Window::default(), Some(protocol));
    let area = Size::new(PANE.width, PANE.height);
    prepare_decoded(picture, Format::Png, area, &View::default(), &facts, Matte::Checkerboard).unwrap()
}

/// What the terminal receives for one frame, beside the frame.
fn frame(painter: &mut Painter, shown: Option<&Fitted>, popup: Option<Rect>) -> String {
    let mut buffer = Buffer::empty(SCREEN);
    if let Some(fitted) = shown {
        fitted.render(PANE, &mut buffer);
    }
    if let Some(popup) = popup {
        Clear.render(popup, &mut buffer);
        Block::bordered().on_blue().render(popup, &mut buffer);
    }
    painter.after_draw(&buffer, shown.map(|fitted| (fitted, PANE)));
    sent(painter)
}

fn sent(painter: &mut Painter) -> String {
    let mut bytes = Vec::new();
    while painter.pump(&mut bytes).unwrap() {}
    assert!(!painter.pending());
    String::from_utf8(bytes).unwrap().replace('\x1b', "^")
}

fn id(fitted: &Fitted) -> u32 {
    kitty::held_id(fitted.inner().id)
}

fn sixel(fitted: &Fitted) -> String {
    let crate::picture::driver::Encoded::Bytes(bytes) = &fitted.inner().encoded else { panic!("a sixel is bytes") };
    String::from_utf8(bytes.clone()).unwrap().replace('\x1b', "^")
}

#[test]
fn half_blocks_need_nothing_beside_the_frame() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::Blocks));
    assert_eq!(frame(&mut painter, Some(&picture), None), "");
    assert_eq!(frame(&mut painter, Some(&picture), Some(POPUP)), "");
    assert_eq!(frame(&mut painter, None, None), "");
}

#[test]
fn nothing_is_sent_while_nothing_changes() {
    for protocol in [Protocol::KittyPlacement, Protocol::KittyPlaceholders, Protocol::Sixel, Protocol::Iterm2] {
        let (mut painter, picture) = (Painter::default(), fitted(1, protocol));
        assert!(frame(&mut painter, Some(&picture), None).len() > 50, "{protocol}");
        assert_eq!(frame(&mut painter, Some(&picture), None), "", "{protocol}");
        let again = fitted(1, protocol);
        assert_eq!(frame(&mut painter, Some(&again), None), "", "{protocol}: the same picture prepared again");
    }
}

#[test]
fn a_held_picture_is_sent_once_and_shown_again_with_few_bytes() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlacement));
    let first = frame(&mut painter, Some(&picture), None);
    assert_eq!(first.matches("a=t,").count(), 1);
    assert_eq!(frame(&mut painter, None, None), format!("^_Ga=d,d=i,i={},q=2^\\", id(&picture)));
    let again = frame(&mut painter, Some(&picture), None);
    // The square is 10 by 5 cells of 10 by 20 pixels.
    assert_eq!(again, format!("^7^[2;3H^_Ga=p,i={},p=1,c=10,r=5,C=1,q=2^\\^8", id(&picture)));
}

#[test]
fn the_next_held_picture_is_there_before_the_last_one_goes() {
    let mut painter = Painter::default();
    let (one, two) = (fitted(1, Protocol::KittyPlacement), fitted(2, Protocol::KittyPlacement));
    frame(&mut painter, Some(&one), None);
    let bytes = frame(&mut painter, Some(&two), None);
    let at = |text: String| bytes.find(&text).unwrap_or_else(|| panic!("no {text}"));
    let sent = at(format!("a=t,i={}", id(&two)));
    let placed = at(format!("a=p,i={}", id(&two)));
    let hidden = at(format!("a=d,d=i,i={},q=2", id(&one)));
    assert!(sent < placed && placed < hidden);
    let back = frame(&mut painter, Some(&one), None);
    assert!(back.len() < 200 && !back.contains("a=t"), "{back}");
}

#[test]
fn a_popup_is_cut_out_of_a_placement_and_healed_after() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlacement));
    frame(&mut painter, Some(&picture), None);
    let covered = frame(&mut painter, Some(&picture), Some(POPUP));
    for part in [
        "^[2;3H^_Ga=p,i=ID,p=1,c=10,r=1,C=1,q=2,x=0,y=0,w=100,h=20^\\",
        "^[6;3H^_Ga=p,i=ID,p=2,c=10,r=1,C=1,q=2,x=0,y=80,w=100,h=20^\\",
        "^[3;3H^_Ga=p,i=ID,p=3,c=3,r=3,C=1,q=2,x=0,y=20,w=30,h=60^\\",
        "^[3;10H^_Ga=p,i=ID,p=4,c=3,r=3,C=1,q=2,x=70,y=20,w=30,h=60^\\",
    ] {
        assert!(covered.contains(&part.replace("ID", &id(&picture).to_string())), "{part} in {covered}");
    }
    let healed = frame(&mut painter, Some(&picture), None);
    assert!(healed.contains("p=1,c=10,r=5") && healed.matches("a=d,d=i").count() == 3, "{healed}");
}

#[test]
fn placeholders_are_sent_once_and_need_no_care_under_popups() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlaceholders));
    let first = frame(&mut painter, Some(&picture), None);
    assert!(first.starts_with(&format!("^_Ga=T,U=1,i={},c=10,r=5,f=100,q=2,m=0;", id(&picture))), "{first}");
    assert_eq!(frame(&mut painter, Some(&picture), Some(POPUP)), "");
    assert_eq!(frame(&mut painter, None, None), "");
    assert_eq!(frame(&mut painter, Some(&picture), None), "");
}

/// The cells that a frame with the picture and a popup in it writes although they are as on the last one.
fn written_again(painter: &mut Painter, picture: &Fitted) -> Vec<String> {
    let mut last = Buffer::empty(SCREEN);
    picture.render(PANE, &mut last);
    let popup = Rect { width: 4, height: 2, ..PANE };
    Clear.render(popup, &mut last);
    Block::bordered().render(popup, &mut last);
    let mut next = last.clone();
    painter.before_draw(&mut next, Some((picture, PANE)));
    painter.after_draw(&next, Some((picture, PANE)));
    assert_eq!(sent(painter), "", "nothing is sent twice");
    last.diff(&next).into_iter().map(|(_, _, cell)| cell.symbol().to_owned()).collect()
}

#[test]
fn a_picture_that_comes_after_its_placeholders_has_one_of_them_written_once_more() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlaceholders));
    frame(&mut painter, Some(&picture), None);
    assert!(written_again(&mut painter, &picture).is_empty(), "a frame that comes too early is none");
    assert!(painter.sent_late());
    painter.again();
    let written = written_again(&mut painter, &picture);
    assert!(written.len() == 1 && written[0].starts_with('\u{10EEEE}'), "what lies over it stays: {written:?}");
    assert!(!painter.sent_late() && written_again(&mut painter, &picture).is_empty(), "once");
}

#[test]
fn a_picture_that_the_terminal_has_or_that_has_no_placeholders_needs_nothing_written_again() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlaceholders));
    frame(&mut painter, Some(&picture), None);
    painter.again();
    written_again(&mut painter, &picture);
    frame(&mut painter, None, None);
    frame(&mut painter, Some(&picture), None);
    assert!(!painter.sent_late(), "it is there already");
    for protocol in [Protocol::KittyPlacement, Protocol::Sixel, Protocol::Blocks] {
        let (mut painter, picture) = (Painter::default(), fitted(1, protocol));
        frame(&mut painter, Some(&picture), None);
        assert!(!painter.sent_late(), "{protocol}");
    }
}

#[test]
fn a_sixel_is_painted_at_its_place_with_the_cursor_kept() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::Sixel));
    let bytes = frame(&mut painter, Some(&picture), None);
    assert_eq!(bytes, format!("^7^[2;3H{}^8", sixel(&picture)));
    assert!(sixel(&picture).starts_with("^P") && sixel(&picture).ends_with("^\\"));
}

#[test]
fn pixels_are_wiped_with_the_text_of_the_frame_when_the_picture_goes() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::Sixel));
    frame(&mut painter, Some(&picture), None);
    let bytes = frame(&mut painter, None, None);
    for row in 2..=6 {
        assert!(bytes.contains(&format!("^[{row};3H          ")), "row {row} in {bytes}");
    }
    assert!(!bytes.contains("^P"));
}

#[test]
fn the_next_pixels_come_over_the_last_without_wiping_between() {
    let mut painter = Painter::default();
    let (one, two) = (fitted(1, Protocol::Sixel), fitted(2, Protocol::Sixel));
    frame(&mut painter, Some(&one), None);
    assert_eq!(frame(&mut painter, Some(&two), None), format!("^7^[2;3H{}^8", sixel(&two)));
}

#[test]
fn what_a_narrower_picture_leaves_is_wiped() {
    let mut painter = Painter::default();
    let wide = fitted(1, Protocol::Sixel);
    let tall = fitted_with(&RgbaImage::from_pixel(130, 260, Rgba([9, 9, 9, 255])), Protocol::Sixel);
    assert_eq!(tall.cells(), Size::new(5, 5));
    frame(&mut painter, Some(&wide), None);
    let bytes = frame(&mut painter, Some(&tall), None);
    let text = bytes.split("^P").next().unwrap();
    // Two columns on the left of it, three on its right.
    assert!(text.contains("^[2;3H  ^[2;10H   "), "{text}");
}

#[test]
fn a_popup_lies_over_pixels_and_they_are_repaired_when_it_is_gone() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::Sixel));
    frame(&mut painter, Some(&picture), None);
    assert_eq!(frame(&mut painter, Some(&picture), Some(POPUP)), "", "text wipes pixels by itself");
    let smaller = Rect { height: 2, ..POPUP };
    assert_eq!(frame(&mut painter, Some(&picture), Some(smaller)), "", "not while something covers it");
    assert_eq!(frame(&mut painter, Some(&picture), None), format!("^7^[2;3H{}^8", sixel(&picture)));
    assert_eq!(frame(&mut painter, Some(&picture), None), "");
}

#[test]
fn pixels_that_arrive_under_a_popup_do_not_hide_it() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::Sixel));
    let bytes = frame(&mut painter, Some(&picture), Some(POPUP));
    let popup = bytes.split("^\\").last().unwrap();
    assert!(popup.contains("┌──┐") && popup.contains("└──┘"), "{popup}");
    assert_eq!(frame(&mut painter, Some(&picture), None), format!("^7^[2;3H{}^8", sixel(&picture)));
}

#[test]
fn a_picture_that_does_not_fit_its_area_any_more_is_taken_away() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlacement));
    frame(&mut painter, Some(&picture), None);
    let mut buffer = Buffer::empty(SCREEN);
    let small = Rect { width: 4, ..PANE };
    picture.render(small, &mut buffer);
    painter.after_draw(&buffer, Some((&picture, small)));
    assert!(sent(&mut painter).contains("a=d,d=i"));
}

#[test]
fn the_terminal_is_not_filled_with_pictures() {
    let mut painter = Painter::default();
    let mut freed = 0;
    for shade in 0..40 {
        freed += frame(&mut painter, Some(&fitted(shade, Protocol::KittyPlacement)), None).matches("d=I").count();
    }
    assert_eq!(freed, 8);
    assert_eq!(painter.held.len(), MOST_HELD);
    painter.reset();
    assert_eq!(sent(&mut painter).matches("a=d,d=I,").count(), MOST_HELD);
}

#[test]
fn after_a_reset_all_is_sent_anew() {
    for protocol in [Protocol::KittyPlacement, Protocol::KittyPlaceholders, Protocol::Sixel] {
        let (mut painter, picture) = (Painter::default(), fitted(1, protocol));
        let first = frame(&mut painter, Some(&picture), None);
        painter.reset();
        sent(&mut painter);
        assert_eq!(frame(&mut painter, Some(&picture), None), first, "{protocol}");
    }
}

#[test]
fn another_protocol_takes_over_cleanly() {
    let mut painter = Painter::default();
    frame(&mut painter, Some(&fitted(1, Protocol::Sixel)), None);
    let bytes = frame(&mut painter, Some(&fitted(1, Protocol::KittyPlacement)), None);
    assert!(bytes.contains("^[2;3H          "), "the sixel is wiped: {bytes}");
    let bytes = frame(&mut painter, Some(&fitted(1, Protocol::Blocks)), None);
    assert!(bytes.contains("a=d,d=i"), "the placement is removed: {bytes}");
}

#[test]
fn a_large_picture_comes_in_slices() {
    let noise = |x: u32, y: u32| (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761) >> 24;
    let picture =
        RgbaImage::from_fn(100, 100, |x, y| Rgba([noise(x, y) as u8, noise(y, x) as u8, noise(x, x ^ y) as u8, 255]));
    let (mut painter, picture) = (Painter::default(), fitted_with(&picture, Protocol::KittyPlacement));
    let mut buffer = Buffer::empty(SCREEN);
    picture.render(PANE, &mut buffer);
    painter.after_draw(&buffer, Some((&picture, PANE)));
    let (mut whole, mut slices) = (Vec::new(), 0);
    while painter.pending() {
        let mut slice = Vec::new();
        painter.pump(&mut slice).unwrap();
        assert!(slice.len() <= 32 << 10);
        whole.extend(slice);
        slices += 1;
    }
    assert!(slices > 1, "{} bytes in {slices}", whole.len());
    assert!(String::from_utf8(whole).unwrap().ends_with("C=1,q=2\x1b\\\x1b8"));
}
