use std::time::Duration;

use image::{Rgba, RgbaImage};
use pretty_assertions::assert_eq;
use ratatui::{
    layout::Size,
    style::Stylize,
    widgets::{Block, Clear, Widget},
};
use tintype_backends::Format;

use super::*;
use crate::picture::{DisplayCapabilities, ImageBackground, ImageViewport, Protocol, TerminalWindow, prepare_decoded};

/// A screen of 20 by 10 cells with a pane in it.
const SCREEN: Rect = Rect::new(0, 0, 20, 10);
const PANE: Rect = Rect::new(2, 1, 10, 5);
const POPUP: Rect = Rect::new(5, 2, 4, 3);

fn fitted(shade: u8, protocol: Protocol) -> PreparedImage {
    fitted_with(&RgbaImage::from_pixel(100, 100, Rgba([shade, 50, 60, 255])), protocol)
}

fn fitted_with(picture: &RgbaImage, protocol: Protocol) -> PreparedImage {
    let facts = DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(protocol));
    let area = Size::new(PANE.width, PANE.height);
    prepare_decoded(picture, Format::Png, area, &ImageViewport::default(), &facts, ImageBackground::Checkerboard)
        .unwrap()
}

/// Returns the bytes that the terminal receives for one frame, besides the frame.
fn frame(painter: &mut Painter, shown: Option<&PreparedImage>, popup: Option<Rect>) -> String {
    let mut buffer = Buffer::empty(SCREEN);
    if let Some(fitted) = shown {
        fitted.render(PANE, &mut buffer);
    }
    if let Some(popup) = popup {
        Clear.render(popup, &mut buffer);
        Block::bordered().on_blue().render(popup, &mut buffer);
    }
    painter.after_draw(&buffer, shown.map(|fitted| (fitted, PANE)).as_slice(), Instant::now());
    sent(painter)
}

fn sent(painter: &mut Painter) -> String {
    let mut bytes = Vec::new();
    while painter.pump(&mut bytes, Instant::now()).unwrap() {}
    assert!(!painter.pending());
    String::from_utf8(bytes).unwrap().replace('\x1b', "^")
}

fn id(fitted: &PreparedImage) -> u32 {
    kitty::held_id(fitted.inner().id)
}

fn sixel(fitted: &PreparedImage) -> String {
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
fn a_held_image_is_sent_once_and_shown_again_with_few_bytes() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlacement));
    let first = frame(&mut painter, Some(&picture), None);
    assert_eq!(first.matches("a=t,").count(), 1);
    assert_eq!(frame(&mut painter, None, None), format!("^_Ga=d,d=i,i={},q=2^\\", id(&picture)));
    let again = frame(&mut painter, Some(&picture), None);
    // The square is 10 by 5 cells of 10 by 20 pixels.
    assert_eq!(again, format!("^7^[2;3H^_Ga=p,i={},p=1,c=10,r=5,C=1,q=2^\\^8", id(&picture)));
}

#[test]
fn the_next_held_image_appears_before_the_previous_one_goes() {
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

/// A screen with images shown by text, drawn as the studio draws.
struct TestStudio {
    painter: Painter,
    screen: Buffer,
    now: Instant,
}

impl TestStudio {
    fn new() -> Self {
        Self { painter: Painter::default(), screen: Buffer::empty(SCREEN), now: Instant::now() }
    }

    /// Draws a frame, optionally with a popup over a part of the image. Returns the symbols that are written.
    fn draw(&mut self, fitted: &PreparedImage, popup: bool) -> Vec<String> {
        let mut next = Buffer::empty(SCREEN);
        fitted.render(PANE, &mut next);
        if popup {
            Clear.render(POPUP, &mut next);
            Block::bordered().render(POPUP, &mut next);
        }
        self.painter.before_draw(&mut next, &[(fitted, PANE)]);
        let written = self.screen.diff(&next).into_iter().map(|(_, _, cell)| cell.symbol().to_owned()).collect();
        if !self.painter.pending() {
            self.painter.after_draw(&next, &[(fitted, PANE)], self.now);
        }
        self.screen = next;
        written
    }

    fn pump(&mut self) -> String {
        let mut bytes = Vec::new();
        while self.painter.pump(&mut bytes, self.now).unwrap() {}
        String::from_utf8(bytes).unwrap().replace('\x1b', "^")
    }

    /// Advances the time by the painter's wait and returns it.
    fn wait(&mut self) -> Duration {
        let due = self.painter.due().expect("it waits for something");
        let waited = due - self.now;
        self.now = due;
        self.painter.on_timeout();
        waited
    }

    /// Draws until nothing is due any more. Returns the number of cells that each frame wrote.
    fn settle(&mut self, fitted: &PreparedImage, popup: bool) -> Vec<usize> {
        let mut written = Vec::new();
        while self.painter.due().is_some() {
            self.wait();
            written.push(placeholders(&self.draw(fitted, popup)));
            assert_eq!(self.pump(), "", "text is all that is sent");
        }
        written
    }
}

/// An image of 10 by 5 cells shown by text, on a terminal that confirms it or does not.
fn text(shade: u8, confirms: bool) -> PreparedImage {
    let facts =
        DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::KittyPlaceholders));
    let facts = DisplayCapabilities { confirms, ..facts };
    let picture = RgbaImage::from_pixel(100, 100, Rgba([shade, 50, 60, 255]));
    let area = Size::new(PANE.width, PANE.height);
    prepare_decoded(&picture, Format::Png, area, &ImageViewport::default(), &facts, ImageBackground::Checkerboard)
        .unwrap()
}

fn placeholders(written: &[String]) -> usize {
    written.iter().filter(|symbol| symbol.starts_with('\u{10EEEE}')).count()
}

#[test]
fn the_text_of_an_image_is_written_whole_once_the_terminal_has_confirmed_it_and_not_before() {
    let (mut studio, image) = (TestStudio::new(), text(1, true));
    assert_eq!(placeholders(&studio.draw(&image, false)), 0);
    assert!(studio.pump().contains("q=0,"), "a reply is asked for");
    assert_eq!(placeholders(&studio.draw(&image, false)), 0, "a frame in between");
    assert!(studio.painter.reply_is_near());
    studio.painter.on_reply(id(&image));
    assert!(!studio.painter.reply_is_near());
    assert_eq!(placeholders(&studio.draw(&image, false)), 50);
    assert_eq!(studio.pump(), "");
}

#[test]
fn text_is_written_again_for_a_while_for_terminals_that_draw_it_before_the_pixels() {
    let (mut studio, image) = (TestStudio::new(), text(1, true));
    studio.draw(&image, false);
    studio.pump();
    studio.painter.on_reply(id(&image));
    studio.draw(&image, false);
    let began = studio.now;
    assert_eq!(studio.settle(&image, false), [50, 1, 1, 1, 1, 1]);
    assert!(studio.now - began > Duration::from_secs(5), "a busy machine draws late");
    assert_eq!((studio.draw(&image, false).len(), studio.painter.due()), (0, None), "that is all");
    assert_eq!(placeholders(&studio.draw(&image, true)), 0);
    assert!(placeholders(&studio.draw(&image, false)) >= 12, "what was under a popup");
    assert_eq!(studio.settle(&image, false), [50, 1, 1, 1, 1, 1], "that is text that was written");
}

#[test]
fn a_reply_to_another_image_shows_nothing() {
    let (mut studio, image) = (TestStudio::new(), text(1, true));
    studio.draw(&image, false);
    studio.pump();
    studio.painter.on_reply(id(&image) ^ 1);
    assert_eq!(placeholders(&studio.draw(&image, false)), 0);
    assert!(studio.painter.due().is_some());
}

#[test]
fn without_a_reply_all_the_text_is_written_in_the_end_and_once_more_when_the_reply_comes_late() {
    let (mut studio, image) = (TestStudio::new(), text(1, true));
    studio.draw(&image, false);
    studio.pump();
    assert_eq!(studio.wait(), Duration::from_secs(1));
    assert_eq!(placeholders(&studio.draw(&image, false)), 50);
    assert_eq!(studio.settle(&image, false).len(), 6);
    assert!(studio.painter.awaits_reply());
    studio.painter.on_reply(id(&image));
    assert!(placeholders(&studio.draw(&image, false)) >= 49, "but for one that is in the other words already");
    assert_eq!(studio.settle(&image, false), [50, 1, 1, 1, 1, 1]);
}

#[test]
fn a_terminal_that_let_one_image_wait_is_not_waited_for_again_until_it_replies() {
    let mut studio = TestStudio::new();
    for (shade, least, most) in [(1, 1000, 1000), (2, 1, 100)] {
        studio.draw(&text(shade, true), false);
        studio.pump();
        let waited = studio.wait().as_millis();
        assert!((least..=most).contains(&waited), "{waited} ms for the image {shade}");
    }
    studio.painter.on_reply(id(&text(2, true)));
    studio.draw(&text(3, true), false);
    studio.pump();
    assert_eq!(studio.wait(), Duration::from_secs(1));
}

#[test]
fn where_no_reply_can_come_the_text_follows_the_image_and_goes_around_a_popup() {
    let (mut studio, image) = (TestStudio::new(), text(1, false));
    assert_eq!(placeholders(&studio.draw(&image, true)), 0);
    assert!(studio.pump().contains("q=2,"), "nothing that would be taken for keys");
    assert!(!studio.painter.awaits_reply());
    assert!(studio.wait() < Duration::from_millis(100));
    assert_eq!(placeholders(&studio.draw(&image, true)), 50 - 12);
    assert_eq!(studio.settle(&image, true), [38, 1, 1, 1, 1, 1]);
}

#[test]
fn the_last_image_stays_until_the_next_one_is_there() {
    let (mut studio, one, two) = (TestStudio::new(), text(1, true), text(2, true));
    studio.draw(&one, false);
    studio.pump();
    studio.painter.on_reply(id(&one));
    studio.draw(&one, false);
    studio.settle(&one, false);
    assert!(studio.draw(&two, false).len() <= 1, "the same cells");
    studio.pump();
    assert!(studio.draw(&two, false).len() <= 1);
    studio.painter.on_reply(id(&two));
    assert_eq!(placeholders(&studio.draw(&two, false)), 50);
    assert_eq!(placeholders(&studio.draw(&one, false)), 50, "one that is there is shown in the same frame");
}

#[test]
fn an_image_sent_twice_waits_for_both_replies() {
    let (mut studio, image) = (TestStudio::new(), text(1, true));
    studio.draw(&image, false);
    studio.painter.reset();
    studio.pump();
    studio.draw(&image, false);
    studio.pump();
    studio.painter.on_reply(id(&image));
    assert_eq!(placeholders(&studio.draw(&image, false)), 0, "the first one was freed");
    studio.painter.on_reply(id(&image));
    assert_eq!(placeholders(&studio.draw(&image, false)), 50);
}

#[test]
fn images_that_are_not_shown_by_text_wait_for_nothing() {
    for protocol in [Protocol::KittyPlacement, Protocol::Sixel, Protocol::Blocks] {
        let (mut painter, picture) = (Painter::default(), fitted(1, protocol));
        frame(&mut painter, Some(&picture), None);
        assert!(painter.due().is_none() && !painter.reply_is_near(), "{protocol}");
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
fn pixels_are_erased_by_the_text_of_the_frame() {
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
fn the_margin_of_a_narrower_image_is_erased() {
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
fn an_image_that_no_longer_fits_is_removed() {
    let (mut painter, picture) = (Painter::default(), fitted(1, Protocol::KittyPlacement));
    frame(&mut painter, Some(&picture), None);
    let mut buffer = Buffer::empty(SCREEN);
    let small = Rect { width: 4, ..PANE };
    picture.render(small, &mut buffer);
    painter.after_draw(&buffer, &[(&picture, small)], Instant::now());
    assert!(sent(&mut painter).contains("a=d,d=i"));
}

#[test]
fn the_number_of_held_images_is_limited() {
    let mut painter = Painter::default();
    let mut freed = 0;
    for shade in 0..40 {
        freed += frame(&mut painter, Some(&fitted(shade, Protocol::KittyPlacement)), None).matches("d=I").count();
    }
    assert_eq!(freed, 8);
    assert_eq!(painter.held.len(), MAX_HIDDEN + 1);
    painter.reset();
    assert_eq!(sent(&mut painter).matches("a=d,d=I,").count(), MAX_HIDDEN + 1);
}

#[test]
fn after_a_reset_everything_is_sent_again() {
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
fn a_large_image_is_sent_in_slices() {
    let noise = |x: u32, y: u32| (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761) >> 24;
    let picture =
        RgbaImage::from_fn(100, 100, |x, y| Rgba([noise(x, y) as u8, noise(y, x) as u8, noise(x, x ^ y) as u8, 255]));
    let (mut painter, picture) = (Painter::default(), fitted_with(&picture, Protocol::KittyPlacement));
    let mut buffer = Buffer::empty(SCREEN);
    picture.render(PANE, &mut buffer);
    painter.after_draw(&buffer, &[(&picture, PANE)], Instant::now());
    let (mut whole, mut slices) = (Vec::new(), 0);
    while painter.pending() {
        let mut slice = Vec::new();
        painter.pump(&mut slice, Instant::now()).unwrap();
        assert!(slice.len() <= 32 << 10);
        whole.extend(slice);
        slices += 1;
    }
    assert!(slices > 1, "{} bytes in {slices}", whole.len());
    assert!(String::from_utf8(whole).unwrap().ends_with("C=1,q=2\x1b\\\x1b8"));
}

/// Two columns of two images each, below each other.
const GRID: [Rect; 4] =
    [Rect::new(0, 0, 10, 5), Rect::new(10, 0, 10, 5), Rect::new(0, 5, 10, 5), Rect::new(10, 5, 10, 5)];

/// Returns the bytes for a frame with images at these areas.
fn grid(painter: &mut Painter, shown: &[PlacedImage<'_>], popup: Option<Rect>) -> String {
    let mut buffer = Buffer::empty(SCREEN);
    for (image, area) in shown {
        image.render(*area, &mut buffer);
    }
    if let Some(popup) = popup {
        Clear.render(popup, &mut buffer);
    }
    painter.after_draw(&buffer, shown, Instant::now());
    sent(painter)
}

#[test]
fn several_images_are_sent_once_each_and_scrolling_sends_only_the_new_ones() {
    for (protocol, data) in [(Protocol::KittyPlacement, "a=t,"), (Protocol::KittyPlaceholders, "a=T,")] {
        let images: Vec<PreparedImage> = (1..=6).map(|shade| fitted(shade, protocol)).collect();
        let page = |from: usize| -> Vec<PlacedImage<'_>> { images[from..].iter().zip(GRID).collect() };
        let mut painter = Painter::default();
        assert_eq!(grid(&mut painter, &page(0), None).matches(data).count(), 4, "{protocol}");
        assert_eq!(grid(&mut painter, &page(0), None), "", "{protocol}: nothing changed");
        let scrolled = grid(&mut painter, &page(2), None);
        assert_eq!(scrolled.matches(data).count(), 2, "{protocol}: one row is new");
        let back = grid(&mut painter, &page(0), None);
        assert!(back.len() < 600 && !back.contains(data), "{protocol}: {back}");
    }
}

#[test]
fn images_that_stay_are_left_alone_when_another_one_changes() {
    for protocol in [Protocol::KittyPlacement, Protocol::Sixel, Protocol::Iterm2] {
        let images: Vec<PreparedImage> = (1..=5).map(|shade| fitted(shade, protocol)).collect();
        let mut painter = Painter::default();
        let mut shown: Vec<PlacedImage<'_>> = images.iter().zip(GRID).collect();
        grid(&mut painter, &shown, None);
        let all = grid(&mut Painter::default(), &shown, None).len();
        shown[3].0 = &images[4];
        let one = grid(&mut painter, &shown, None);
        assert!(!one.is_empty() && one.len() < all / 2, "{protocol}: {} of {all} bytes", one.len());
        assert!(!one.contains("^[1;1H"), "{protocol}: the first image is not touched");
    }
}

#[test]
fn pixels_of_a_neighbor_survive_the_erasure_of_an_image() {
    let images = [fitted(1, Protocol::Sixel), fitted(2, Protocol::Sixel)];
    let mut painter = Painter::default();
    grid(&mut painter, &[(&images[0], GRID[0]), (&images[1], GRID[1])], None);
    let bytes = grid(&mut painter, &[(&images[1], GRID[1])], None);
    assert!(!bytes.contains("^P"), "the neighbor is not sent again");
    for row in 1..=5 {
        assert!(bytes.contains(&format!("^[{row};1H          ")), "row {row} in {bytes}");
        assert!(!bytes.contains(&format!("^[{row};11H")), "row {row} of the neighbor in {bytes}");
    }
}

#[test]
fn a_popup_over_two_images_is_cut_out_of_both_and_repaired() {
    let popup = Rect::new(7, 1, 6, 2);
    for protocol in [Protocol::KittyPlacement, Protocol::Sixel] {
        let images = [fitted(1, protocol), fitted(2, protocol), fitted(3, protocol)];
        let shown: Vec<PlacedImage<'_>> = images.iter().zip(GRID).collect();
        let mut painter = Painter::default();
        grid(&mut painter, &shown, None);
        grid(&mut painter, &shown, Some(popup));
        let repaired = grid(&mut painter, &shown, None);
        assert_eq!(repaired.matches(if protocol == Protocol::Sixel { "^P" } else { "p=1," }).count(), 2, "{protocol}");
        assert_eq!(grid(&mut painter, &shown, None), "", "{protocol}");
    }
}

#[test]
fn the_same_image_can_be_shown_twice() {
    let image = fitted(1, Protocol::KittyPlacement);
    let mut painter = Painter::default();
    let both = grid(&mut painter, &[(&image, GRID[0]), (&image, GRID[3])], None);
    assert_eq!((both.matches("a=t,").count(), both.matches("a=p,").count()), (1, 2));
    let one = grid(&mut painter, &[(&image, GRID[3])], None);
    assert!(one.contains("p=1,") && one.contains(&format!("a=d,d=i,i={},p=2,", id(&image))), "{one}");
    assert_eq!(grid(&mut painter, &[], None), format!("^_Ga=d,d=i,i={},q=2^\\", id(&image)));
}

#[test]
fn visible_images_are_never_evicted() {
    let images: Vec<PreparedImage> = (0..200).map(|shade| fitted(shade as u8, Protocol::KittyPlacement)).collect();
    let mut painter = Painter::default();
    let first = grid(&mut painter, &[(&images[0], GRID[0]), (&images[1], GRID[1])], None);
    assert!(!first.contains("d=I"));
    for image in &images[2..] {
        let bytes = grid(&mut painter, &[(&images[0], GRID[0]), (image, GRID[1])], None);
        assert!(!bytes.contains(&format!("d=I,i={},", id(&images[0]))));
    }
    assert_eq!(painter.held.len(), MAX_HIDDEN + 2);
}

#[test]
fn the_text_of_each_of_several_images_waits_for_its_own_confirmation() {
    let (one, two) = (text(1, true), text(2, true));
    let shown = [(&one, GRID[0]), (&two, GRID[1])];
    let (mut painter, now) = (Painter::default(), Instant::now());
    let draw = |painter: &mut Painter| {
        let mut buffer = Buffer::empty(SCREEN);
        for (image, area) in shown {
            image.render(area, &mut buffer);
        }
        painter.before_draw(&mut buffer, &shown);
        painter.after_draw(&buffer, &shown, now);
        sent(painter);
        GRID[..2]
            .iter()
            .map(|area| area.positions().filter(|at| buffer[*at].symbol().starts_with('\u{10EEEE}')).count())
            .collect::<Vec<_>>()
    };
    assert_eq!(draw(&mut painter), [0, 0]);
    painter.on_reply(id(&two));
    assert_eq!(draw(&mut painter), [0, 50]);
    assert!(painter.reply_is_near());
    painter.on_reply(id(&one));
    assert_eq!(draw(&mut painter), [50, 50]);
    assert!(painter.due().is_some(), "the text is rewritten for a while");
}
