//! Tracks what the terminal holds and shows besides the frame, and sends the fewest bytes that update it.
//!
//! The painter draws no cells itself: the widget draws the frame, and the frame is on the screen before the painter
//! runs.

mod outbox;
mod shown_image;
mod transfers;

use std::{
    io::{self, Write},
    time::Instant,
};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use self::{
    outbox::Outbox,
    shown_image::{ShownImage, TextImage, persistence},
    transfers::{PendingReplies, RewriteSchedule, TransferState},
};
use super::{
    PreparedImage,
    driver::{Persistence, kitty},
};

/// An image of a frame, with the area that it was rendered into.
pub type PlacedImage<'a> = (&'a PreparedImage, Rect);

/// Keeps the images on the screen in sync with the frames. There is one painter per terminal.
///
/// Pass it each frame and the shown images before and after the frame is written, then call `pump` until nothing is
/// pending. Between two calls, check for keys, and draw if `can_draw` allows it. Pass it the terminal's replies, and
/// call `on_timeout` when it is `due`.
///
/// The images of a frame must not overlap, and must be prepared for the same terminal.
#[derive(Default)]
pub struct Painter {
    /// Images that the terminal keeps under an id, the one shown most recently last.
    held: Vec<Held>,
    shown: Vec<ShownImage>,
    /// Images whose text is on the screen, if they are shown by text, and their positions.
    readable: Vec<TextImage>,
    outbox: Outbox,
    replies: PendingReplies,
    /// Number of times that the text of the visible images was rewritten.
    repeats: RewriteSchedule,
    /// End of the wait for the images on the screen.
    due: Option<Instant>,
}

/// An image that the terminal keeps.
struct Held {
    /// Our id of the image, to detect that the terminal's id was reused for a different one.
    id: u64,
    pixels: u64,
    tmux: bool,
    arrival: TransferState,
    /// True if its text currently uses the alternate spelling.
    respelled: bool,
}

/// Maximum number of images that the terminal is asked to keep besides the visible ones.
const MAX_HIDDEN: usize = 31;

/// Maximum number of pixels over all images that the terminal is asked to keep: 128 MiB of RGBA.
const MAX_PIXELS: u64 = 32 << 20;

impl Painter {
    /// Registers the frame that was just drawn, and its images. This queues updates without writing anything; if
    /// nothing changed, nothing is queued.
    pub fn after_draw(&mut self, frame: &Buffer, shown: &[PlacedImage<'_>], now: Instant) {
        let next: Vec<ShownImage> =
            shown.iter().filter_map(|(image, area)| ShownImage::find(image, *area, frame)).collect();
        if self.shown != next {
            self.due = None;
            self.repeats = RewriteSchedule::default();
            self.update(&next, frame);
        }
        self.readable = self.written();
        self.wait(now);
    }

    /// Sends what the terminal lacks, then shows it, and removes what is gone last, so that nothing flickers.
    fn update(&mut self, next: &[ShownImage], frame: &Buffer) {
        let before = std::mem::replace(&mut self.shown, next.to_vec());
        for image in next {
            self.send_if_needed(image);
        }
        self.evict();
        for image in next {
            if image.persistence() == Persistence::Placed {
                self.place(&before, image);
            }
        }
        self.remove(&before, frame);
        self.paint(&before, frame);
    }

    /// Prepares a frame that is about to be written, with its images. The text that shows an image is held back until
    /// the terminal has the image. Until then the previous image stays if it has the same place.
    pub fn before_draw(&self, frame: &mut Buffer, shown: &[PlacedImage<'_>]) {
        let by_text = shown.iter().filter(|(image, _)| persistence(image) == Persistence::ById);
        for (image, area) in by_text {
            self.prepare_text(frame, image, image.centered_in(*area));
        }
    }

    fn prepare_text(&self, frame: &mut Buffer, image: &PreparedImage, rect: Rect) {
        match self.held(image) {
            Some(held) if held.arrival != TransferState::Coming => {
                if held.respelled {
                    shown_image::respell(frame, rect.positions());
                }
                if self.repeats.uses_alternate_spelling() {
                    shown_image::respell_one(frame, rect);
                }
            }
            _ => shown_image::show_previous(frame, rect, self.readable.iter().find(|before| before.rect == rect)),
        }
    }

    fn held(&self, image: &PreparedImage) -> Option<&Held> {
        self.held.iter().find(|held| held.id == image.inner().id)
    }

    /// Returns the time to call `on_timeout`.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Handles replies that did not come in time, or text that must be rewritten. A frame has to follow.
    pub fn on_timeout(&mut self) {
        self.due = None;
        let visible: Vec<u64> = self.shown_by_text().map(|(image, _)| image.fitted.inner().id).collect();
        if visible.is_empty() {
            return;
        }
        let coming = self.held.iter().any(|held| is_coming(held) && visible.contains(&held.id));
        let rewritten = !coming && self.repeats.count_rewrite();
        for held in self.held.iter_mut().filter(|held| visible.contains(&held.id)) {
            if is_coming(held) {
                held.arrival = TransferState::Assumed;
            } else {
                held.respelled ^= rewritten;
            }
        }
        if coming {
            self.replies.give_up();
        }
    }

    /// Handles the terminal's reply to the image with this id. A frame has to follow.
    pub fn on_reply(&mut self, id: u32) {
        if !self.replies.confirm(id) {
            return;
        }
        if self.shown.iter().any(|image| kitty::held_id(image.fitted.inner().id) == id) {
            self.due = None;
            self.repeats = RewriteSchedule::default();
        }
        let Some(held) = self.held.iter_mut().find(|held| kitty::held_id(held.id) == id) else { return };
        // The text is already on the screen and came too early.
        held.respelled ^= held.arrival == TransferState::Assumed;
        held.arrival = TransferState::Confirmed;
    }

    /// Returns whether a reply of the terminal is expected soon.
    pub fn reply_is_near(&self) -> bool {
        self.replies.is_expected_soon()
    }

    /// Returns whether a reply is still outstanding, however long it has taken.
    pub fn awaits_reply(&self) -> bool {
        self.replies.is_outstanding()
    }

    /// Writes the next slice and returns whether there is more. A slice is small enough to check for keys after each.
    pub fn pump(&mut self, out: &mut impl Write, now: Instant) -> io::Result<bool> {
        let more = self.outbox.pump(out)?;
        self.wait(now);
        Ok(more)
    }

    /// Sets the end of the wait for the images on the screen once all of them are sent.
    fn wait(&mut self, now: Instant) {
        if self.due.is_some() || !self.outbox.is_empty() {
            return;
        }
        let coming = self.shown_by_text().find(|(_, held)| is_coming(held));
        let confirms = coming.map(|(image, _)| image.fitted.inner().confirms);
        let written = |image: &ShownImage| self.readable.iter().any(|text| text.fitted == image.fitted);
        let all_written =
            self.shown_by_text().next().is_some() && self.shown_by_text().all(|(image, _)| written(image));
        self.due = match confirms {
            Some(confirms) => Some(now + self.replies.patience(confirms)),
            None => self.repeats.next_rewrite(now).filter(|_| all_written),
        };
    }

    /// Returns the images in the last frame that are shown by text.
    fn shown_by_text(&self) -> impl Iterator<Item = (&ShownImage, &Held)> {
        let by_text = self.shown.iter().filter(|image| image.persistence() == Persistence::ById);
        by_text.filter_map(|image| Some((image, self.held(&image.fitted)?)))
    }

    /// Returns the images whose text is on the screen after a frame: the images of the frame, or the previous ones in
    /// their place.
    fn written(&mut self) -> Vec<TextImage> {
        let mut before = std::mem::take(&mut self.readable);
        let mut written = Vec::new();
        for (image, held) in self.shown_by_text() {
            if !is_coming(held) {
                let (fitted, rect, respelled) = (image.fitted.clone(), image.rect, held.respelled);
                written.push(TextImage { fitted, rect, respelled });
            } else if let Some(at) = before.iter().position(|before| before.rect == image.rect) {
                written.push(before.swap_remove(at));
            }
        }
        written
    }

    /// Returns whether a frame may be drawn now: while output is pending, only if text cannot split it. Do not pass
    /// such a frame to `after_draw`; pass the first one after the last slice.
    pub fn can_draw(&self) -> bool {
        self.outbox.between_commands()
    }

    /// Returns whether output is pending.
    pub fn pending(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Forgets the screen contents and frees the images that the terminal holds: after it was cleared, resized or
    /// reset, before another program takes over, and at the end.
    pub fn reset(&mut self) {
        self.shown.clear();
        self.readable.clear();
        self.due = None;
        for held in std::mem::take(&mut self.held) {
            self.outbox.push(kitty::forget(kitty::held_id(held.id), held.tmux));
        }
    }

    /// Sends the image to the terminal unless the terminal has it, if its protocol keeps images.
    fn send_if_needed(&mut self, image: &ShownImage) {
        let (inner, persistence) = (image.fitted.inner(), image.persistence());
        if !matches!(persistence, Persistence::ById | Persistence::Placed) {
            return;
        }
        if let Some(known) = self.held.iter().position(|held| held.id == inner.id) {
            let known = self.held.remove(known);
            return self.held.push(known);
        }
        // Sending this image overwrites another image with the same number.
        self.held.retain(|held| kitty::held_id(held.id) != kitty::held_id(inner.id));
        let pixels = u64::from(inner.samples.0) * u64::from(inner.samples.1);
        let (arrival, respelled) = (TransferState::Coming, false);
        self.held.push(Held { id: inner.id, pixels, tmux: inner.tmux, arrival, respelled });
        if persistence == Persistence::ById && inner.confirms {
            self.replies.expect(kitty::held_id(inner.id));
        }
        self.outbox.push_picture(&image.fitted);
    }

    /// Frees the least recently shown images, but none that is visible.
    fn evict(&mut self) {
        let visible = |held: &Held| self.shown.iter().any(|image| image.fitted.inner().id == held.id);
        // Visible images were just moved to the end.
        let mut hidden = self.held.iter().take_while(|held| !visible(held)).count();
        let mut pixels: u64 = self.held.iter().map(|held| held.pixels).sum();
        while hidden > 0 && (hidden > MAX_HIDDEN || pixels > MAX_PIXELS) {
            let oldest = self.held.remove(0);
            (hidden, pixels) = (hidden - 1, pixels - oldest.pixels);
            self.outbox.push(kitty::forget(kitty::held_id(oldest.id), oldest.tmux));
        }
    }

    /// Places an image, unless all its placements are on the screen. The first of several equal images does it for all.
    fn place(&mut self, before: &[ShownImage], image: &ShownImage) {
        let inner = image.fitted.inner();
        let [old, new] = [before, &self.shown].map(|images| placements(images, &image.fitted));
        let is_first =
            self.shown.iter().find(|other| other.fitted == image.fitted).is_some_and(|it| it.rect == image.rect);
        if is_first && old != new {
            self.outbox.push(kitty::place((inner.id, inner.tmux), &new, inner.cell, old.len()));
        }
    }

    /// Removes previous images that are no longer shown.
    fn remove(&mut self, before: &[ShownImage], frame: &Buffer) {
        for image in before {
            match image.persistence() {
                Persistence::Placed if self.shown.iter().all(|next| next.fitted != image.fitted) => {
                    let inner = image.fitted.inner();
                    self.outbox.push(kitty::hide(inner.id, inner.tmux));
                }
                Persistence::Painted if !self.shown.iter().any(|next| next.is_same(image)) => {
                    let painted = self.shown.iter().filter(|next| next.persistence() == Persistence::Painted);
                    let filled: Vec<Rect> = painted.map(ShownImage::filled_cells).collect();
                    let bare = |at: &Position| !filled.iter().any(|rect| rect.contains(*at));
                    self.outbox.push_cells(frame, image.rect.positions().filter(bare));
                }
                _ => {}
            }
        }
    }

    /// Updates pixels on the screen: the image is written over what must appear, and popups over the image. An image
    /// that a popup damaged is repaired once nothing covers it.
    fn paint(&mut self, before: &[ShownImage], frame: &Buffer) {
        for next in self.shown.iter_mut().filter(|next| next.persistence() == Persistence::Painted) {
            let same = before.iter().find(|before| before.is_same(next));
            let damaged = same.is_some_and(|before| before.damaged);
            if same.is_none() || (damaged && next.cover.is_none()) {
                self.outbox.push_painting(&next.fitted, next.rect);
                self.outbox.push_cells(frame, next.cover.into_iter().flat_map(Rect::positions));
                next.damaged = next.cover.is_some();
            } else {
                next.damaged = damaged || next.cover.is_some();
            }
        }
    }
}

fn is_coming(held: &Held) -> bool {
    held.arrival == TransferState::Coming
}

/// Returns the visible parts of every occurrence of an image, each with the whole rectangle that it belongs to.
fn placements(images: &[ShownImage], image: &PreparedImage) -> Vec<(Rect, Rect)> {
    let same = images.iter().filter(|shown| shown.fitted == *image);
    same.flat_map(|shown| shown.visible().into_iter().map(|part| (shown.rect, part))).collect()
}

#[cfg(test)]
mod tests;
