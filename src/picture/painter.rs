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

use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    outbox::Outbox,
    shown_image::{ShownImage, TextImage, outside, persistence},
    transfers::{PendingReplies, RewriteSchedule, TransferState},
};
use super::{
    PreparedImage,
    driver::{Persistence, kitty},
};

/// Keeps the images on the screen in sync with the frames. There is one painter per terminal.
///
/// Pass it each frame and the shown image before and after the frame is written, then call `pump` until nothing is
/// pending. Between two calls, check for keys, and draw if `can_draw` allows it. Pass it the terminal's replies, and
/// call `on_timeout` when it is `due`.
#[derive(Default)]
pub struct Painter {
    /// Images that the terminal keeps under an id, the one shown most recently last.
    held: Vec<Held>,
    shown: Option<ShownImage>,
    /// The image whose text is on the screen, if it is shown by text, and its position.
    readable: Option<TextImage>,
    outbox: Outbox,
    replies: PendingReplies,
    /// Number of times that the text of the visible image was rewritten.
    repeats: RewriteSchedule,
    /// End of the wait for the image on the screen.
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

/// Maximum number of images that the terminal is asked to keep.
const MAX_HELD: usize = 32;

/// Maximum number of pixels over all images that the terminal is asked to keep: 128 MiB of RGBA.
const MAX_PIXELS: u64 = 32 << 20;

impl Painter {
    /// Registers the frame that was just drawn, and its image with the area that it was rendered into. This queues
    /// updates without writing anything; if nothing changed, nothing is queued.
    pub fn after_draw(&mut self, frame: &Buffer, shown: Option<(&PreparedImage, Rect)>, now: Instant) {
        let next = shown.and_then(|(fitted, area)| ShownImage::find(fitted, area, frame));
        if self.shown != next {
            self.due = None;
            self.repeats = RewriteSchedule::default();
            self.update(next, frame);
        }
        self.readable = self.written();
        self.wait(now);
    }

    fn update(&mut self, next: Option<ShownImage>, frame: &Buffer) {
        let before = self.shown.take();
        if let Some(next) = &next {
            self.send_if_needed(next);
        }
        match next.as_ref().map(ShownImage::persistence) {
            Some(Persistence::Placed) => self.place(before.as_ref(), next.as_ref()),
            Some(Persistence::Painted) => return self.paint(before, next, frame),
            _ => {}
        }
        self.erase_previous(before.as_ref(), next.as_ref(), frame);
        self.shown = next;
    }

    /// Prepares a frame that is about to be written, with its image and area. The text that shows an image is held back
    /// until the terminal has the image. Until then the previous image stays if it has the same place.
    pub fn before_draw(&self, frame: &mut Buffer, shown: Option<(&PreparedImage, Rect)>) {
        let Some((fitted, area)) = shown.filter(|(fitted, _)| persistence(fitted) == Persistence::Held) else { return };
        let rect = fitted.place(area);
        match self.held.iter().find(|held| held.id == fitted.inner().id) {
            Some(held) if held.arrival != TransferState::Coming => {
                if held.respelled {
                    shown_image::respell(frame, rect.positions());
                }
                if self.repeats.uses_alternate_spelling() {
                    shown_image::respell_one(frame, rect);
                }
            }
            _ => shown_image::show_previous(frame, rect, self.readable.as_ref().filter(|before| before.rect == rect)),
        }
    }

    /// Returns the time to call `on_timeout`.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Handles a reply that did not come in time, or text that must be rewritten. A frame has to follow.
    pub fn on_timeout(&mut self) {
        self.due = None;
        let Some(id) = self.shown.as_ref().map(|scene| scene.fitted.inner().id) else { return };
        let Some(held) = self.held.iter_mut().find(|held| held.id == id) else { return };
        match held.arrival {
            TransferState::Coming => {
                held.arrival = TransferState::Assumed;
                self.replies.give_up();
            }
            TransferState::Assumed | TransferState::Confirmed => held.respelled ^= self.repeats.count(),
        }
    }

    /// Handles the terminal's reply to the image with this id. A frame has to follow.
    pub fn on_reply(&mut self, id: u32) {
        if !self.replies.take(id) {
            return;
        }
        if self.shown.as_ref().is_some_and(|scene| kitty::held_id(scene.fitted.inner().id) == id) {
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
        self.replies.soon()
    }

    /// Returns whether a reply is still outstanding, however long it has taken.
    pub fn awaits_reply(&self) -> bool {
        self.replies.any()
    }

    /// Writes the next slice and returns whether there is more. A slice is small enough to check for keys after each.
    pub fn pump(&mut self, out: &mut impl Write, now: Instant) -> io::Result<bool> {
        let more = self.outbox.pump(out)?;
        self.wait(now);
        Ok(more)
    }

    /// Sets the end of the wait for the image on the screen once all of it is sent.
    fn wait(&mut self, now: Instant) {
        if self.due.is_some() || !self.outbox.is_empty() {
            return;
        }
        let Some((scene, held)) = self.shown_by_text() else { return };
        let written = self.readable.as_ref().is_some_and(|readable| readable.fitted == scene.fitted);
        self.due = match held.arrival {
            TransferState::Coming => Some(now + self.replies.patience(scene.fitted.inner().confirms)),
            TransferState::Assumed | TransferState::Confirmed => self.repeats.next(now).filter(|_| written),
        };
    }

    /// Returns the image in the last frame if it is shown by text.
    fn shown_by_text(&self) -> Option<(&ShownImage, &Held)> {
        let scene = self.shown.as_ref().filter(|scene| scene.persistence() == Persistence::Held)?;
        Some((scene, self.held.iter().find(|held| held.id == scene.fitted.inner().id)?))
    }

    /// Returns the image whose text is on the screen after a frame: the image of the frame, or the previous one in its
    /// place.
    fn written(&mut self) -> Option<TextImage> {
        let before = self.readable.take();
        let (scene, held) = self.shown_by_text()?;
        match held.arrival {
            TransferState::Coming => before.filter(|before| before.rect == scene.rect),
            TransferState::Assumed | TransferState::Confirmed => {
                Some(TextImage { fitted: scene.fitted.clone(), rect: scene.rect, respelled: held.respelled })
            }
        }
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
        self.shown = None;
        self.readable = None;
        self.due = None;
        for held in std::mem::take(&mut self.held) {
            self.outbox.push(kitty::forget(kitty::held_id(held.id), held.tmux));
        }
    }

    /// Sends the image to the terminal unless the terminal has it, if its protocol keeps images.
    fn send_if_needed(&mut self, scene: &ShownImage) {
        let (inner, persistence) = (scene.fitted.inner(), scene.persistence());
        if !matches!(persistence, Persistence::Held | Persistence::Placed) {
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
        if persistence == Persistence::Held && inner.confirms {
            self.replies.expect(kitty::held_id(inner.id));
        }
        self.outbox.push_picture(&scene.fitted);
        self.evict();
    }

    /// Frees the least recently shown images, but never the newest.
    fn evict(&mut self) {
        let mut pixels: u64 = self.held.iter().map(|held| held.pixels).sum();
        while self.held.len() > 1 && (self.held.len() > MAX_HELD || pixels > MAX_PIXELS) {
            let oldest = self.held.remove(0);
            pixels -= oldest.pixels;
            self.outbox.push(kitty::forget(kitty::held_id(oldest.id), oldest.tmux));
        }
    }

    fn place(&mut self, before: Option<&ShownImage>, next: Option<&ShownImage>) {
        let Some(next) = next else { return };
        let (inner, same) = (next.fitted.inner(), before.is_some_and(|before| before.fitted == next.fitted));
        let bytes = kitty::place((inner.id, inner.tmux), next.rect, &next.visible(), inner.cell, same);
        self.outbox.push(bytes);
    }

    /// Removes what the previous image leaves behind once the next one is shown.
    fn erase_previous(&mut self, before: Option<&ShownImage>, next: Option<&ShownImage>, frame: &Buffer) {
        let Some(before) = before else { return };
        match before.persistence() {
            Persistence::Placed if next.is_none_or(|next| next.fitted != before.fitted) => {
                let inner = before.fitted.inner();
                self.outbox.push(kitty::hide(inner.id, inner.tmux));
            }
            Persistence::Painted => self.outbox.push_cells(frame, before.rect.positions()),
            _ => {}
        }
    }

    /// Updates pixels on the screen: text is written over what must disappear, the image over what must appear, and
    /// popups over the image. An image that a popup damaged is repaired once nothing covers it.
    fn paint(&mut self, before: Option<ShownImage>, next: Option<ShownImage>, frame: &Buffer) {
        let Some(mut next) = next else { return };
        let stays = before.as_ref().is_some_and(|before| before.fitted == next.fitted && before.rect == next.rect);
        if !stays {
            self.erase(before.as_ref(), &next, frame);
        }
        let damaged = stays && before.is_some_and(|before| before.damaged);
        if !stays || (damaged && next.cover.is_none()) {
            self.outbox.push_painting(&next.fitted, next.rect);
            self.outbox.push_cells(frame, next.cover.into_iter().flat_map(Rect::positions));
            next.damaged = next.cover.is_some();
        } else {
            next.damaged = damaged || next.cover.is_some();
        }
        self.shown = Some(next);
    }

    fn erase(&mut self, before: Option<&ShownImage>, next: &ShownImage, frame: &Buffer) {
        match before {
            Some(before) if before.persistence() == Persistence::Painted => {
                self.outbox.push_cells(frame, outside(before.rect, next.filled_cells()));
            }
            before => self.erase_previous(before, Some(next), frame),
        }
    }
}

#[cfg(test)]
mod tests;
