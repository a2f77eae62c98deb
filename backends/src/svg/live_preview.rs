//! Live previews of a drawing that is still being written: finished parts are painted in the background, and only the
//! latest frame is shown. The final image never comes from here: the finished drawing is checked and rendered as a
//! whole elsewhere.
//!
//! All frames of a drawing together cost little more than its final render, whatever its length: every part is painted
//! once (see [`IncrementalParser`]), and a budget in bytes limits the frames whose overhead would add up.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::task::JoinHandle;

use super::{IncrementalParser, Renderer, SvgLimits, extract, renderer::IncrementalCanvas};
use crate::{Format, Preview, Progress, Size};

/// The shortest time between two frames.
const INTERVAL: Duration = Duration::from_millis(100);
/// The pause between two frames is also at least the drawing's age divided by this: each frame shows something new, and
/// the frames of a long drawing are spread over its whole duration.
const AGE_DIVISOR: u32 = 10;
/// The longest edge of a preview, in pixels.
const MAX_PREVIEW_EDGE: u32 = 512;
/// The fixed cost of a frame besides its parts, for composing it and encoding it as a PNG, expressed in bytes of
/// drawing. Measured by the bench, which prints the cost of all frames in full renders.
const FRAME_COST: usize = 8 << 10;
/// The budget for all frames, in bytes of drawing: an amount per byte received, plus an initial amount, because a
/// small drawing costs next to nothing however often it is shown.
const BUDGET_PER_BYTE: usize = 2;
const INITIAL_BUDGET: usize = 256 << 10;

/// The pacing of frames. The time is passed in by the caller.
#[derive(Debug, Default)]
struct FramePacer {
    bytes_spent: usize,
    began: Option<Instant>,
    last: Option<Instant>,
}

impl FramePacer {
    /// Returns true if a frame may be painted at `now`, when `bytes` of the drawing have arrived.
    fn allows(&self, now: Instant, bytes: usize) -> bool {
        let since = |then: Option<Instant>| then.map(|then| now.saturating_duration_since(then));
        let rest = since(self.began).map_or(INTERVAL, |age| INTERVAL.max(age / AGE_DIVISOR));
        let rested = since(self.last).is_none_or(|rested| rested >= rest);
        rested && self.bytes_spent + FRAME_COST <= INITIAL_BUDGET + BUDGET_PER_BYTE * bytes
    }

    fn record_frame(&mut self, now: Instant, patch: usize) {
        self.bytes_spent += patch + FRAME_COST;
        self.began.get_or_insert(now);
        self.last = Some(now);
    }
}

/// The destination of a drawing's frames.
struct FrameSink {
    /// The number of frames shown; `None` once no one is watching.
    frames_shown: Mutex<Option<u32>>,
    is_painting: AtomicBool,
    progress: Progress,
    image: u32,
}

/// A live preview of a drawing that is being written. Dropping it stops the preview and cancels a frame that is being
/// painted.
pub struct LivePreview {
    growing: IncrementalParser,
    pace: FramePacer,
    incremental_canvas: Arc<tokio::sync::Mutex<IncrementalCanvas>>,
    size: Size,
    show: Arc<FrameSink>,
    frame_task: Option<JoinHandle<()>>,
}

impl LivePreview {
    /// Starts the preview of image `image` on a canvas of the given size; frames are painted in `renderer`.
    pub fn new(canvas: Size, image: u32, progress: &Progress, renderer: &Renderer) -> Self {
        let size = preview_size(canvas);
        let incremental_canvas = renderer.incremental_canvas(size, SvgLimits::default());
        let show = FrameSink {
            frames_shown: Mutex::new(Some(0)),
            is_painting: AtomicBool::new(false),
            progress: progress.clone(),
            image,
        };
        Self {
            growing: IncrementalParser::new(),
            pace: FramePacer::default(),
            incremental_canvas: Arc::new(tokio::sync::Mutex::new(incremental_canvas)),
            size,
            show: Arc::new(show),
            frame_task: None,
        }
    }

    /// Appends text, and starts painting a frame if one is due. Must be called within a tokio runtime.
    pub fn push(&mut self, text: &str) {
        self.push_at(text, Instant::now());
    }

    /// Does the same as [`push`](Self::push), with the time passed in.
    pub fn push_at(&mut self, text: &str, now: Instant) {
        self.growing.push(text);
        if !self.pace.allows(now, self.growing.bytes()) || self.show.is_painting.swap(true, Ordering::Acquire) {
            return;
        }
        let Some(patch) = self.growing.patch() else {
            self.show.is_painting.store(false, Ordering::Release);
            return;
        };
        self.pace.record_frame(now, patch.len());
        let (incremental_canvas, show, size) =
            (Arc::clone(&self.incremental_canvas), Arc::clone(&self.show), self.size);
        self.frame_task = Some(tokio::spawn(async move {
            if let Some(png) = paint_frame(&incremental_canvas, &patch, size).await {
                show.frame(png);
            }
            show.is_painting.store(false, Ordering::Release);
        }));
    }

    /// Waits until the frame that is being painted has been shown.
    pub async fn finish_frame(&mut self) {
        if let Some(frame_task) = self.frame_task.take() {
            // Painting does not panic, and if it did, there would be no frame.
            let _ = frame_task.await;
        }
    }
}

impl Drop for LivePreview {
    fn drop(&mut self) {
        *lock(&self.show.frames_shown) = None;
        if let Some(frame_task) = &self.frame_task {
            frame_task.abort();
        }
    }
}

impl std::fmt::Debug for LivePreview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({} bytes)", self.growing.bytes())
    }
}

impl FrameSink {
    fn frame(&self, png: Vec<u8>) {
        let mut shown = lock(&self.frames_shown);
        if let Some(step) = shown.as_mut() {
            let bytes = Bytes::from(png);
            self.progress.preview(Preview { image: self.image, step: *step, format: Format::Png, bytes });
            *step += 1;
        }
    }
}

/// Paints the patch and returns the image; `None` if the patch is rejected, which does not mean that the finished
/// drawing will be.
async fn paint_frame(
    incremental_canvas: &tokio::sync::Mutex<IncrementalCanvas>,
    patch: &str,
    size: Size,
) -> Option<Vec<u8>> {
    let extracted = extract(patch, size)?;
    let painted = incremental_canvas.lock().await.paint(extracted.svg).await;
    painted.inspect_err(|error| tracing::debug!(%error, "could not show a partial drawing")).ok()
}

/// Locks a mutex. Nothing that can fail is left half done under a lock, so poisoning is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn preview_size(canvas: Size) -> Size {
    let long = canvas.width.max(canvas.height);
    if long <= MAX_PREVIEW_EDGE {
        return canvas;
    }
    let edge = |length: u32| (u64::from(length) * u64::from(MAX_PREVIEW_EDGE) / u64::from(long)).max(1) as u32;
    Size::new(edge(canvas.width), edge(canvas.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a drawing of about `bytes` bytes, in small parts.
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

    /// Paints at every opportunity on a clock ten times slower than the frame interval; returns the bytes painted and
    /// the number of frames.
    fn painted(text: &str, deltas: usize) -> (usize, usize) {
        let (mut growing, mut pace) = (IncrementalParser::new(), FramePacer::default());
        let (mut now, mut bytes, mut frames) = (Instant::now(), 0, 0);
        let letters: Vec<char> = text.chars().collect();
        for piece in letters.chunks(letters.len().div_ceil(deltas)) {
            growing.push(&piece.iter().collect::<String>());
            now += INTERVAL;
            if pace.allows(now, growing.bytes())
                && let Some(patch) = growing.patch()
            {
                pace.record_frame(now, patch.len());
                bytes += patch.len();
                frames += 1;
            }
        }
        (bytes, frames)
    }

    #[test]
    fn long_stream_costs_less_than_four_renders() {
        let text = drawing(200_000);
        let (bytes, frames) = painted(&text, 4_000);
        assert!(bytes + frames * FRAME_COST < 4 * text.len(), "{bytes} bytes in {frames} frames");
        assert!(frames >= 40, "{frames}");
    }

    #[test]
    fn small_drawing_has_several_frames() {
        let (_, frames) = painted(&drawing(6_000), 120);
        assert!(frames >= 15, "{frames}");
    }

    #[test]
    fn frames_keep_their_distance() {
        let mut pace = FramePacer::default();
        let now = Instant::now();
        assert!(pace.allows(now, 100));
        pace.record_frame(now, 100);
        assert!(!pace.allows(now + INTERVAL / 2, 100_000));
        assert!(pace.allows(now + INTERVAL, 100_000));
        let later = now + INTERVAL * 100;
        pace.record_frame(later, 100);
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
