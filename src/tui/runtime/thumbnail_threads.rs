//! Threads that make thumbnails for the history and the gallery, the latest request first.
//! They draw nothing; their results go back as messages that repeat the request.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use image::{RgbaImage, imageops};
use ratatui::layout::Size;
use tintype_backends::Format;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    image_thread,
    thumbnail_cache::{LONGER_SIDE, ThumbnailCache},
};
use crate::{
    picture::{
        DecodeLimits, DisplayCapabilities, ImageBackground, ImageViewport, PreparedImage, decode, prepare_decoded,
    },
    tui::{
        model::ThumbnailRequest,
        msg::{MadeThumbnail, Msg},
    },
};

/// Maximum number of threads; each holds one decoded image.
const MAX_THREADS: usize = 4;

/// Maximum number of waiting requests: more than a screen shows. Older ones are dropped.
const MAX_WAITING: usize = 256;

struct Job {
    request: ThumbnailRequest,
    matte: ImageBackground,
    facts: Arc<DisplayCapabilities>,
}

/// The requests that wait, the latest last.
#[derive(Default)]
struct Waiting {
    jobs: Vec<Job>,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A thread that panicked holds no half-made state.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the latest request; `None` once the queue is closed.
    fn next(&self) -> Option<Job> {
        let idle = |waiting: &mut Waiting| waiting.jobs.is_empty() && !waiting.closed;
        let waiting = self.arrived.wait_while(self.lock(), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        if waiting.closed { None } else { waiting.jobs.pop() }
    }
}

/// A handle to the threads, which end when it is dropped.
pub(super) struct ThumbnailThreads {
    queue: Arc<Queue>,
    answers: UnboundedSender<Msg>,
}

impl ThumbnailThreads {
    /// Starts the threads. Small copies are kept in the data directory.
    pub(super) fn start(data_dir: PathBuf, answers: UnboundedSender<Msg>) -> std::io::Result<Self> {
        let (queue, cache) = (Arc::new(Queue::default()), ThumbnailCache::new(data_dir));
        let count = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
        for number in 0..count {
            let (queue, cache, answers) = (Arc::clone(&queue), cache.clone(), answers.clone());
            thread::Builder::new().name(format!("thumbnails-{number}")).spawn(move || {
                while let Some(job) = queue.next() {
                    if answers.send(make(&job, &cache)).is_err() {
                        return;
                    }
                }
            })?;
        }
        thread::Builder::new().name("thumbnail-cache".into()).spawn(move || cache.shrink())?;
        Ok(Self { queue, answers })
    }

    /// Requests a thumbnail. If too many wait, the oldest is dropped.
    pub(super) fn request(&self, request: ThumbnailRequest, matte: ImageBackground, facts: Arc<DisplayCapabilities>) {
        let mut waiting = self.queue.lock();
        waiting.jobs.push(Job { request, matte, facts });
        if waiting.jobs.len() > MAX_WAITING {
            let dropped = waiting.jobs.remove(0);
            // The receiver is gone only while the studio exits.
            let _ = self.answers.send(Msg::Thumbnail(dropped.request.key, MadeThumbnail::Dropped));
        }
        drop(waiting);
        self.queue.arrived.notify_one();
    }
}

impl Drop for ThumbnailThreads {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.arrived.notify_all();
    }
}

fn make(job: &Job, cache: &ThumbnailCache) -> Msg {
    let made = small_copy(&job.request, cache).and_then(|copy| fit(job, &copy));
    Msg::Thumbnail(job.request.key, made.map_or(MadeThumbnail::Broken, MadeThumbnail::Ready))
}

fn fit(job: &Job, copy: &RgbaImage) -> Option<PreparedImage> {
    let (width, height) = job.request.key.cells;
    let view = ImageViewport::default();
    prepare_decoded(copy, Format::Png, Size::new(width, height), &view, &job.facts, job.matte).ok()
}

/// Returns the small copy of an image: the cached one, or one that is made of the file.
fn small_copy(request: &ThumbnailRequest, cache: &ThumbnailCache) -> Option<RgbaImage> {
    if let Some(copy) = cache.get(&request.sha256) {
        return Some(copy);
    }
    let copy = shrunk(&request.path)?;
    cache.put(&request.sha256, &copy);
    Some(copy)
}

fn shrunk(path: &Path) -> Option<RgbaImage> {
    let image = decode(&image_thread::read(path).ok()?, DecodeLimits::default()).ok()?;
    let longer = image.width().max(image.height());
    if longer <= LONGER_SIDE {
        return Some(image);
    }
    let scaled = |side: u32| ((u64::from(side) * u64::from(LONGER_SIDE)).div_ceil(u64::from(longer)) as u32).max(1);
    Some(imageops::thumbnail(&image, scaled(image.width()), scaled(image.height())))
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::{
        id::Id,
        picture::{Protocol, TerminalWindow},
        tui::model::ThumbnailKey,
    };

    fn request(path: &Path) -> ThumbnailRequest {
        let key = ThumbnailKey { image: Id::new(), cells: (16, 8) };
        ThumbnailRequest { key, path: path.to_owned(), sha256: "ab".repeat(32) }
    }

    #[test]
    fn an_image_deleted_by_hand_keeps_its_small_copy_and_another_is_broken() {
        let dir = tempfile::tempdir().unwrap();
        let cache = ThumbnailCache::new(dir.path().to_owned());
        let path = dir.path().join("a.png");
        RgbaImage::from_pixel(1024, 512, image::Rgba([9, 9, 9, 255])).save(&path).unwrap();
        assert_eq!(small_copy(&request(&path), &cache).unwrap().dimensions(), (320, 160));
        std::fs::remove_file(&path).unwrap();
        assert!(small_copy(&request(&path), &cache).is_some());
        let other = ThumbnailRequest { sha256: "cd".repeat(32), ..request(&path) };
        assert!(small_copy(&other, &cache).is_none());
    }

    #[tokio::test]
    async fn the_latest_request_comes_first_and_dropped_ones_are_answered() {
        let (queue, (answers, mut received)) = (Arc::new(Queue::default()), unbounded_channel());
        let threads = ThumbnailThreads { queue: Arc::clone(&queue), answers };
        let facts =
            Arc::new(DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::Blocks)));
        let requests: Vec<ThumbnailRequest> = (0..=MAX_WAITING).map(|_| request(Path::new("/none"))).collect();
        for request in &requests {
            threads.request(request.clone(), ImageBackground::Checkerboard, Arc::clone(&facts));
        }
        let Some(Msg::Thumbnail(key, MadeThumbnail::Dropped)) = received.recv().await else { panic!("no answer") };
        assert_eq!(key, requests[0].key);
        assert_eq!(queue.next().unwrap().request.key, requests[MAX_WAITING].key);
        drop(threads);
        assert!(queue.next().is_none());
    }
}
