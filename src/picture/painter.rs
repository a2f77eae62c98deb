//! What the terminal holds and shows beside the frame, and the fewest bytes that bring it up to date.
//! It never draws cells of its own accord: the frame is the widget's, and it is on the screen before this runs.

mod outbox;
mod scene;

use std::io::{self, Write};

use ratatui::{buffer::Buffer, layout::Rect};

use self::{
    outbox::Outbox,
    scene::{Scene, outside},
};
use super::{
    Fitted,
    driver::{Life, kitty},
};

/// Keeps the pictures on the screen in step with the frames. There is one for a terminal.
///
/// Hand it each frame and what the view showed, before it is written and after, then `pump` until nothing is pending:
/// between two pumps is the place to look for keys, and to draw where it lets.
#[derive(Default)]
pub struct Painter {
    /// Pictures that the terminal keeps under an id, the one shown last at the end.
    held: Vec<Held>,
    shown: Option<Scene>,
    outbox: Outbox,
    placeholders: Placeholders,
}

/// How the placeholders on the screen stand to their picture.
///
/// Rio (0.4.5) draws a frame now and then after it has read a picture and before it has that picture's pixels, and draws
/// no other until text changes: the picture stays hidden. Text that comes with the picture is in the same frame; text
/// that comes later shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Placeholders {
    #[default]
    Right,
    /// Their picture is on its way, or has just been sent.
    Early,
    /// One of them has to be written once more, with the next frame.
    Due,
}

/// A picture that the terminal keeps.
struct Held {
    /// Ours: tells whether the terminal's id still means the same picture.
    id: u64,
    pixels: u64,
    tmux: bool,
}

/// The most pictures that the terminal is asked to keep.
const MOST_HELD: usize = 32;

/// The most pixels that the terminal is asked to keep, over all pictures: 128 MiB of RGBA.
const MOST_PIXELS: u64 = 32 << 20;

impl Painter {
    /// Takes note of the frame that was just drawn, and of the picture in it with the area that it was rendered into.
    /// Nothing is written here; if nothing changed, nothing will be.
    pub fn after_draw(&mut self, frame: &Buffer, shown: Option<(&Fitted, Rect)>) {
        let next = shown.and_then(|(fitted, area)| Scene::find(fitted, area, frame));
        if self.shown == next {
            return;
        }
        let before = self.shown.take();
        if let Some(next) = &next {
            self.hold(next);
        }
        match next.as_ref().map(Scene::life) {
            Some(Life::Placed) => self.place(before.as_ref(), next.as_ref()),
            Some(Life::Painted) => return self.paint(before, next, frame),
            _ => {}
        }
        self.leave(before.as_ref(), next.as_ref(), frame);
        self.shown = next;
    }

    /// Readies a frame that is about to be written, with the picture in it and its area.
    pub fn before_draw(&mut self, frame: &mut Buffer, shown: Option<(&Fitted, Rect)>) {
        if self.placeholders == Placeholders::Due {
            self.placeholders = Placeholders::Right;
            let positions = shown.into_iter().flat_map(|(fitted, area)| fitted.place(area).positions());
            scene::rewrite_one(frame, positions);
        }
    }

    /// Whether a picture was sent whose placeholders have to be written `again` a little later.
    pub fn sent_late(&self) -> bool {
        self.placeholders == Placeholders::Early && self.outbox.is_empty()
    }

    /// Has the next frame write one of the placeholders once more.
    pub fn again(&mut self) {
        self.placeholders = Placeholders::Due;
    }

    /// Writes the next slice; whether there is more. A slice is small enough to look for keys after each.
    pub fn pump(&mut self, out: &mut impl Write) -> io::Result<bool> {
        self.outbox.pump(out)
    }

    /// Whether a frame may be drawn now: while something waits to be written, only where text cannot tear it in two.
    /// Such a frame is not for `after_draw`; the first one after the last slice is.
    pub fn lets_draw(&self) -> bool {
        self.outbox.between_commands()
    }

    /// Whether something waits to be written.
    pub fn pending(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Forgets what is on the screen and frees what the terminal holds: after it was cleared, resized or reset, before
    /// it is left to someone else, and at the end.
    pub fn reset(&mut self) {
        self.shown = None;
        for held in std::mem::take(&mut self.held) {
            self.outbox.push(kitty::forget(kitty::held_id(held.id), held.tmux));
        }
    }

    /// Sees to it that the terminal has the picture, if it is one that terminals keep.
    fn hold(&mut self, scene: &Scene) {
        let (inner, life) = (scene.fitted.inner(), scene.life());
        if !matches!(life, Life::Held | Life::Placed) {
            return;
        }
        let known = self.held.iter().position(|held| held.id == inner.id);
        // Another picture under the same number is overwritten by sending this one.
        self.held.retain(|held| kitty::held_id(held.id) != kitty::held_id(inner.id));
        let pixels = u64::from(inner.samples.0) * u64::from(inner.samples.1);
        self.held.push(Held { id: inner.id, pixels, tmux: inner.tmux });
        if known.is_none() {
            if life == Life::Held {
                self.placeholders = Placeholders::Early;
            }
            self.outbox.push_picture(&scene.fitted);
            self.evict();
        }
    }

    /// Frees the pictures that were not shown for longest, but never the newest.
    fn evict(&mut self) {
        let mut pixels: u64 = self.held.iter().map(|held| held.pixels).sum();
        while self.held.len() > 1 && (self.held.len() > MOST_HELD || pixels > MOST_PIXELS) {
            let oldest = self.held.remove(0);
            pixels -= oldest.pixels;
            self.outbox.push(kitty::forget(kitty::held_id(oldest.id), oldest.tmux));
        }
    }

    fn place(&mut self, before: Option<&Scene>, next: Option<&Scene>) {
        let Some(next) = next else { return };
        let (inner, same) = (next.fitted.inner(), before.is_some_and(|before| before.fitted == next.fitted));
        let bytes = kitty::place(inner.id, next.rect, &next.visible(), inner.cell, same);
        self.outbox.push(bytes);
    }

    /// Removes what the last picture leaves behind once the next one is there.
    fn leave(&mut self, before: Option<&Scene>, next: Option<&Scene>, frame: &Buffer) {
        let Some(before) = before else { return };
        match before.life() {
            Life::Placed if next.is_none_or(|next| next.fitted != before.fitted) => {
                self.outbox.push(kitty::hide(before.fitted.inner().id));
            }
            Life::Painted => self.outbox.push_cells(frame, before.rect.positions()),
            _ => {}
        }
    }

    /// Pixels on the screen: text is written over what has to go, the picture over what has to come, and popups over
    /// the picture. A picture that a popup damaged is repaired when nothing covers it any more.
    fn paint(&mut self, before: Option<Scene>, next: Option<Scene>, frame: &Buffer) {
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

    fn erase(&mut self, before: Option<&Scene>, next: &Scene, frame: &Buffer) {
        match before {
            Some(before) if before.life() == Life::Painted => {
                self.outbox.push_cells(frame, outside(before.rect, next.solid()));
            }
            before => self.leave(before, Some(next), frame),
        }
    }
}

#[cfg(test)]
mod tests;
