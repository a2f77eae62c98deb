//! The drawing as it grows: what is finished of it is painted on a thread of its own and shown, the latest only.
//! Never the artifact: the finished drawing is checked and rendered whole, elsewhere.
//!
//! All frames of a drawing together shall cost little more than its final render, whatever its length: every part is
//! painted once (see [`Growing`]), and a budget in bytes holds back the frames whose overhead would add up.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    Format, Preview, Progress, Size,
    svg::{Canvas, Checked, Growing, Limits, extract},
};

/// The shortest time between two frames.
const INTERVAL: Duration = Duration::from_millis(100);
/// The longest edge of a preview, in pixels.
const EDGE: u32 = 640;
/// What a frame costs besides its parts, as so many bytes of drawing: composing it, and writing it as a PNG.
const FRAME: usize = 3 << 10;
/// What all frames may cost, in bytes of drawing: so many for each byte that has come, and some to begin with, since a
/// small drawing costs next to nothing however often it is shown.
const PER_BYTE: usize = 2;
const TO_BEGIN: usize = 64 << 10;

/// When the next frame may be painted. Time is handed in.
#[derive(Debug, Default)]
struct Pace {
    spent: usize,
    last: Option<Instant>,
}

impl Pace {
    /// Whether a frame may be painted at `now`, of a drawing of which `bytes` have come.
    fn allows(&self, now: Instant, bytes: usize) -> bool {
        let rested = self.last.is_none_or(|last| now.saturating_duration_since(last) >= INTERVAL);
        rested && self.spent + FRAME <= TO_BEGIN + PER_BYTE * bytes
    }

    fn paid(&mut self, now: Instant, patch: usize) {
        self.spent += patch + FRAME;
        self.last = Some(now);
    }
}

/// What is shared with the thread that paints.
struct Easel {
    canvas: Mutex<Canvas>,
    size: Size,
    busy: AtomicBool,
    /// How many frames were shown; `None` once nobody looks any more.
    shown: Mutex<Option<u32>>,
    progress: Progress,
    image: u32,
}

/// A drawing that is watched while it is written. Dropping it ends the watching.
pub(crate) struct Live {
    growing: Growing,
    pace: Pace,
    easel: Option<Arc<Easel>>,
}

impl Live {
    /// Watches the drawing of picture `image` on a canvas of this size.
    pub(crate) fn new(canvas: Size, image: u32, progress: &Progress) -> Self {
        let size = preview_size(canvas);
        let easel = Canvas::new(size, &Limits::default()).ok().map(|canvas| {
            Arc::new(Easel {
                canvas: Mutex::new(canvas),
                size,
                busy: AtomicBool::new(false),
                shown: Mutex::new(Some(0)),
                progress: progress.clone(),
                image,
            })
        });
        Self { growing: Growing::new(), pace: Pace::default(), easel }
    }

    /// Takes more of the text and paints a frame, if it is time for one.
    pub(crate) fn push(&mut self, text: &str) {
        self.growing.push(text);
        let Some(easel) = &self.easel else { return };
        let now = Instant::now();
        if !self.pace.allows(now, self.growing.bytes()) || easel.busy.swap(true, Ordering::Acquire) {
            return;
        }
        let Some(patch) = self.growing.patch() else {
            easel.busy.store(false, Ordering::Release);
            return;
        };
        self.pace.paid(now, patch.len());
        let easel = Arc::clone(easel);
        tokio::task::spawn_blocking(move || {
            easel.paint(&patch);
            easel.busy.store(false, Ordering::Release);
        });
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(easel) = &self.easel {
            *locked(&easel.shown) = None;
        }
    }
}

impl Easel {
    fn paint(&self, patch: &str) {
        if locked(&self.shown).is_none() {
            return;
        }
        let Some(png) = self.painted(patch) else { return };
        let mut shown = locked(&self.shown);
        if let Some(step) = shown.as_mut() {
            let bytes = Bytes::from(png);
            self.progress.preview(Preview { image: self.image, step: *step, format: Format::Png, bytes });
            *step += 1;
        }
    }

    /// The picture with the patch; `None` where the patch does not pass, which the finished drawing may or may not.
    fn painted(&self, patch: &str) -> Option<Vec<u8>> {
        let extracted = extract(patch, self.size)?;
        let drawing = Checked::parse(&extracted.svg, &Limits::default())
            .inspect_err(|error| tracing::debug!(%error, "a part of a growing drawing is not shown"))
            .ok()?;
        let mut canvas = locked(&self.canvas);
        canvas.paint(&drawing).ok()?;
        let pixels = canvas.pixels();
        drop(canvas);
        pixels.encode_png().ok()
    }
}

/// What a lock holds; nothing that can fail is left half done under one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn preview_size(canvas: Size) -> Size {
    let long = canvas.width.max(canvas.height);
    if long <= EDGE {
        return canvas;
    }
    let edge = |length: u32| (u64::from(length) * u64::from(EDGE) / u64::from(long)).max(1) as u32;
    Size::new(edge(canvas.width), edge(canvas.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A drawing of about `bytes` bytes, in small parts.
    fn drawing(bytes: usize) -> String {
        let mut text =
            String::from(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000"><g fill="red">"#);
        let mut at = 0;
        while text.len() < bytes {
            at += 7;
            let place = format!("M{} {}", at % 960, at / 960 % 960);
            text.extend(["<path d=\"", &place, " l40 10 l-20 30 Z\" opacity=\"0.8\"/>"]);
        }
        text + "</g></svg>"
    }

    /// Painted at every chance on a clock that runs ten times slower than the frames: the bytes painted and the frames.
    fn painted(text: &str, deltas: usize) -> (usize, usize) {
        let (mut growing, mut pace) = (Growing::new(), Pace::default());
        let (mut now, mut bytes, mut frames) = (Instant::now(), 0, 0);
        let letters: Vec<char> = text.chars().collect();
        for piece in letters.chunks(letters.len().div_ceil(deltas)) {
            growing.push(&piece.iter().collect::<String>());
            now += INTERVAL;
            if pace.allows(now, growing.bytes())
                && let Some(patch) = growing.patch()
            {
                pace.paid(now, patch.len());
                bytes += patch.len();
                frames += 1;
            }
        }
        (bytes, frames)
    }

    #[test]
    fn two_hundred_kilobytes_in_four_thousand_pieces_cost_three_renders_of_bytes() {
        let text = drawing(200_000);
        let (bytes, frames) = painted(&text, 4_000);
        assert!(bytes + frames * FRAME <= 3 * text.len(), "{bytes} bytes in {frames} frames");
        assert!(frames >= 60, "{frames}");
    }

    #[test]
    fn a_small_drawing_is_seen_growing() {
        let (_, frames) = painted(&drawing(6_000), 120);
        assert!(frames >= 15, "{frames}");
    }

    #[test]
    fn frames_keep_their_distance() {
        let mut pace = Pace::default();
        let now = Instant::now();
        assert!(pace.allows(now, 100));
        pace.paid(now, 100);
        assert!(!pace.allows(now + INTERVAL / 2, 100_000));
        assert!(pace.allows(now + INTERVAL, 100_000));
    }

    #[test]
    fn a_preview_keeps_the_shape_of_its_canvas() {
        assert_eq!(preview_size(Size::new(1536, 1024)), Size::new(640, 426));
        assert_eq!(preview_size(Size::new(300, 200)), Size::new(300, 200));
        assert_eq!(preview_size(Size::new(4096, 1)), Size::new(640, 1));
    }
}
