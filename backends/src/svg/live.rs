//! The drawing as it grows: what is finished of it is painted away from here and shown, the latest only.
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
use tokio::task::JoinHandle;

use super::{Growing, Limits, Workshop, extract, workshop::Easel};
use crate::{Format, Preview, Progress, Size};

/// The shortest time between two frames.
const INTERVAL: Duration = Duration::from_millis(100);
/// From then on a frame waits until the drawing is older by one part in so many: each shows something new, and the
/// frames of a long drawing are spread over all of it.
const STEPS: u32 = 10;
/// The longest edge of a preview, in pixels.
const EDGE: u32 = 512;
/// What a frame costs besides its parts, as so many bytes of drawing: composing it, and writing it as a PNG. By the
/// bench, which prints what all frames cost in renders of the whole.
const FRAME: usize = 8 << 10;
/// What all frames may cost, in bytes of drawing: so many for each byte that has come, and some to begin with, since a
/// small drawing costs next to nothing however often it is shown.
const PER_BYTE: usize = 2;
const TO_BEGIN: usize = 256 << 10;

/// When the next frame may be painted. Time is handed in.
#[derive(Debug, Default)]
struct Pace {
    spent: usize,
    began: Option<Instant>,
    last: Option<Instant>,
}

impl Pace {
    /// Whether a frame may be painted at `now`, of a drawing of which `bytes` have come.
    fn allows(&self, now: Instant, bytes: usize) -> bool {
        let since = |then: Option<Instant>| then.map(|then| now.saturating_duration_since(then));
        let rest = since(self.began).map_or(INTERVAL, |age| INTERVAL.max(age / STEPS));
        let rested = since(self.last).is_none_or(|rested| rested >= rest);
        rested && self.spent + FRAME <= TO_BEGIN + PER_BYTE * bytes
    }

    fn paid(&mut self, now: Instant, patch: usize) {
        self.spent += patch + FRAME;
        self.began.get_or_insert(now);
        self.last = Some(now);
    }
}

/// Where the frames of a drawing go.
struct Show {
    /// How many were shown; `None` once nobody looks any more.
    shown: Mutex<Option<u32>>,
    busy: AtomicBool,
    progress: Progress,
    image: u32,
}

/// A drawing that is watched while it is written. Dropping it ends the watching, and a frame that is being painted.
pub struct Live {
    growing: Growing,
    pace: Pace,
    easel: Arc<tokio::sync::Mutex<Easel>>,
    size: Size,
    show: Arc<Show>,
    painting: Option<JoinHandle<()>>,
}

impl Live {
    /// Watches the drawing of picture `image` on a canvas of this size; frames are painted in `workshop`.
    pub fn new(canvas: Size, image: u32, progress: &Progress, workshop: &Workshop) -> Self {
        let size = preview_size(canvas);
        let easel = workshop.easel(size, Limits::default());
        let show = Show { shown: Mutex::new(Some(0)), busy: AtomicBool::new(false), progress: progress.clone(), image };
        Self {
            growing: Growing::new(),
            pace: Pace::default(),
            easel: Arc::new(tokio::sync::Mutex::new(easel)),
            size,
            show: Arc::new(show),
            painting: None,
        }
    }

    /// Takes more of the text and has a frame painted, if it is time for one. To be called within a tokio runtime.
    pub fn push(&mut self, text: &str) {
        self.push_at(text, Instant::now());
    }

    /// The same with the time handed in.
    pub fn push_at(&mut self, text: &str, now: Instant) {
        self.growing.push(text);
        if !self.pace.allows(now, self.growing.bytes()) || self.show.busy.swap(true, Ordering::Acquire) {
            return;
        }
        let Some(patch) = self.growing.patch() else {
            self.show.busy.store(false, Ordering::Release);
            return;
        };
        self.pace.paid(now, patch.len());
        let (easel, show, size) = (Arc::clone(&self.easel), Arc::clone(&self.show), self.size);
        self.painting = Some(tokio::spawn(async move {
            if let Some(png) = painted(&easel, &patch, size).await {
                show.frame(png);
            }
            show.busy.store(false, Ordering::Release);
        }));
    }

    /// Waits until the frame that is being painted is shown.
    pub async fn settle(&mut self) {
        if let Some(painting) = self.painting.take() {
            // Painting does not panic; and if it did, there would be no frame.
            let _ = painting.await;
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        *locked(&self.show.shown) = None;
        if let Some(painting) = &self.painting {
            painting.abort();
        }
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({} bytes)", self.growing.bytes())
    }
}

impl Show {
    fn frame(&self, png: Vec<u8>) {
        let mut shown = locked(&self.shown);
        if let Some(step) = shown.as_mut() {
            let bytes = Bytes::from(png);
            self.progress.preview(Preview { image: self.image, step: *step, format: Format::Png, bytes });
            *step += 1;
        }
    }
}

/// The picture with the patch; `None` where the patch does not pass, which the finished drawing may or may not.
async fn painted(easel: &tokio::sync::Mutex<Easel>, patch: &str, size: Size) -> Option<Vec<u8>> {
    let extracted = extract(patch, size)?;
    let painted = easel.lock().await.paint(extracted.svg).await;
    painted.inspect_err(|error| tracing::debug!(%error, "a part of a growing drawing is not shown")).ok()
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
    fn two_hundred_kilobytes_in_four_thousand_pieces_cost_less_than_four_renders_of_bytes() {
        let text = drawing(200_000);
        let (bytes, frames) = painted(&text, 4_000);
        assert!(bytes + frames * FRAME < 4 * text.len(), "{bytes} bytes in {frames} frames");
        assert!(frames >= 40, "{frames}");
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
        let later = now + INTERVAL * 100;
        pace.paid(later, 100);
        assert!(!pace.allows(later + INTERVAL * 9, 100_000), "a minute on, tenths of a second show nothing new");
        assert!(pace.allows(later + INTERVAL * 12, 100_000));
    }

    #[test]
    fn a_preview_keeps_the_shape_of_its_canvas() {
        assert_eq!(preview_size(Size::new(1536, 1024)), Size::new(512, 341));
        assert_eq!(preview_size(Size::new(300, 200)), Size::new(300, 200));
        assert_eq!(preview_size(Size::new(4096, 1)), Size::new(512, 1));
    }
}
