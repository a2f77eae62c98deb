//! The image thread: decodes and fits images for the preview, the latest request first.
//! It draws nothing; its results go back as messages that repeat the request.

use std::{
    io::Read,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
};

use image::RgbaImage;
use ratatui::layout::Size;
use tintype_backends::Format;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    picture::{
        Cache, CacheKey, DecodeLimits, DisplayCapabilities, DisplayError, ImageBackground, ImageViewport,
        PreparedImage, SideBySide, decode, difference, draw_markup, prepare, prepare_decoded, tint_mask,
    },
    tui::{
        effect::ImageData,
        model::{PreviewKey, PreviewSource},
        msg::Msg,
    },
};

/// Memory for images that were shown and may be shown again, in bytes.
const CACHE_BYTES: usize = 24 << 20;

/// Maximum size of a file that is read for showing, in bytes.
const MAX_FILE_BYTES: u64 = 256 << 20;

struct DecodeRequest {
    key: PreviewKey,
    picture: ImageData,
    matte: ImageBackground,
    facts: Arc<DisplayCapabilities>,
    purpose: DecodePurpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DecodePurpose {
    /// An image for the screen.
    Display,
    /// One of several images for the screen, each of which is wanted.
    Grid,
    /// An image that is kept in case it is shown next.
    Prefetch,
}

/// A handle to the image thread.
pub(super) struct ImageThread {
    requests: Sender<DecodeRequest>,
}

impl ImageThread {
    /// Starts the thread; it ends when this handle is dropped.
    pub(super) fn start(answers: UnboundedSender<Msg>) -> std::io::Result<Self> {
        let (requests, inbox) = channel();
        std::thread::Builder::new().name("pictures".into()).spawn(move || run_image_thread(&inbox, &answers))?;
        Ok(Self { requests })
    }

    /// Requests an image for the screen. An older request that was not started yet is dropped.
    pub(super) fn request(
        &self,
        key: PreviewKey,
        picture: ImageData,
        matte: ImageBackground,
        facts: Arc<DisplayCapabilities>,
    ) {
        // The thread lives as long as this handle.
        let _ = self.requests.send(DecodeRequest { key, picture, matte, facts, purpose: DecodePurpose::Display });
    }

    /// Requests one of several images for the screen. An older request for an earlier preview of it is dropped.
    pub(super) fn request_grid_image(
        &self,
        key: PreviewKey,
        picture: ImageData,
        matte: ImageBackground,
        facts: Arc<DisplayCapabilities>,
    ) {
        let _ = self.requests.send(DecodeRequest { key, picture, matte, facts, purpose: DecodePurpose::Grid });
    }

    /// Requests an image that may be shown next, after those for the screen.
    pub(super) fn prefetch(
        &self,
        key: PreviewKey,
        picture: ImageData,
        matte: ImageBackground,
        facts: Arc<DisplayCapabilities>,
    ) {
        let _ = self.requests.send(DecodeRequest { key, picture, matte, facts, purpose: DecodePurpose::Prefetch });
    }
}

fn run_image_thread(inbox: &Receiver<DecodeRequest>, answers: &UnboundedSender<Msg>) {
    let mut cache = Cache::new(CACHE_BYTES);
    let mut waiting = Vec::new();
    while let Some(DecodeRequest { key, picture, matte, facts, purpose }) = next(inbox, &mut waiting) {
        let kept = cache_key(&key, &facts, matte);
        let answer = match kept.as_ref().and_then(|kept| cache.get(kept)) {
            Some(fitted) => Ok(fitted),
            None => prepare_image(&key, &picture, matte, &facts),
        };
        if let (Some(kept), Ok(fitted)) = (kept, &answer) {
            cache.insert(kept, fitted.clone());
        }
        let awaited = matches!(purpose, DecodePurpose::Display | DecodePurpose::Grid);
        if awaited && answers.send(Msg::Prepared(key, answer)).is_err() {
            return;
        }
    }
}

/// Returns the latest request for the screen, or else one of several images for it, or else the first image to keep
/// ready. A request for the screen drops all requests before it except those of a grid.
fn next(inbox: &Receiver<DecodeRequest>, waiting: &mut Vec<DecodeRequest>) -> Option<DecodeRequest> {
    if waiting.is_empty() {
        waiting.push(inbox.recv().ok()?);
    }
    waiting.extend(inbox.try_iter());
    if let Some(latest) = waiting.iter().rposition(|wish| wish.purpose == DecodePurpose::Display) {
        let wish = waiting.remove(latest);
        let mut before = latest;
        waiting.retain(|wish| {
            let pointless = before > 0 && wish.purpose != DecodePurpose::Grid;
            before = before.saturating_sub(1);
            !pointless
        });
        return Some(wish);
    }
    if let Some(first) = waiting.iter().position(|wish| wish.purpose == DecodePurpose::Grid) {
        let wish = waiting.remove(first);
        // A later preview of the same image takes its turn.
        let later = waiting.iter().rposition(|other| other.purpose == wish.purpose && wish.key.precedes(&other.key));
        let wish = later.map_or(wish, |later| waiting.remove(later));
        waiting.retain(|other| other.purpose != wish.purpose || !other.key.precedes(&wish.key));
        return Some(wish);
    }
    let ahead = waiting.iter().position(|wish| wish.purpose == DecodePurpose::Prefetch);
    Some(waiting.remove(ahead.unwrap_or(0)))
}

/// Returns the key under which an image is cached; previews of running jobs are not, since none is requested twice.
fn cache_key(key: &PreviewKey, facts: &DisplayCapabilities, matte: ImageBackground) -> Option<CacheKey> {
    Some(CacheKey::new(name(&key.source)?, area(key), &key.view, facts, matte))
}

fn name(source: &PreviewSource) -> Option<String> {
    match source {
        PreviewSource::Image(id) => Some(id.to_string()),
        PreviewSource::SideBySide { sources, only, level } => {
            let names: Option<Vec<String>> = sources.iter().map(|source| name(source.as_ref()?)).collect();
            names.map(|names| format!("spread {} {only:?} {level}", names.join(" ")))
        }
        PreviewSource::Difference { before, after } => Some(format!("difference {} {}", name(before)?, name(after)?)),
        // A file may change at any time.
        PreviewSource::Preview(..)
        | PreviewSource::File(_)
        | PreviewSource::Memory(_)
        | PreviewSource::Overlaid { .. } => None,
    }
}

fn area(key: &PreviewKey) -> Size {
    Size::new(key.cells.0, key.cells.1)
}

fn prepare_image(
    key: &PreviewKey,
    picture: &ImageData,
    matte: ImageBackground,
    facts: &DisplayCapabilities,
) -> Result<PreparedImage, String> {
    let area = area(key);
    let words = |error: DisplayError| error.to_string();
    match picture {
        ImageData::Bytes(bytes) => prepare(bytes, area, &key.view, facts, matte).map_err(words),
        ImageData::File(path) => {
            let bytes = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            prepare(&bytes, area, &key.view, facts, matte).map_err(words)
        }
        ImageData::SideBySide(pictures) => {
            let pictures = pictures.iter().map(|picture| picture.as_ref().map(decode_image).transpose());
            let pictures = pictures.collect::<Result<Vec<_>, _>>()?;
            let (only, level) = match &key.source {
                PreviewSource::SideBySide { only, level, .. } => (*only, *level),
                _ => (None, false),
            };
            let order = SideBySide { images: &pictures, solo: only, equal_resolution: level };
            let canvas = order.canvas(area, facts.cell, &key.view, matte).map_err(words)?;
            prepare_decoded(&canvas, Format::Png, area, &ImageViewport::default(), facts, matte).map_err(words)
        }
        ImageData::Overlaid { source, mask, markup, tint } => {
            let overlay = |path: &PathBuf| decode_image(&ImageData::File(path.clone()));
            let mut canvas = decode_image(source)?;
            if let Some(mask) = mask {
                tint_mask(&mut canvas, &overlay(mask)?, *tint).map_err(words)?;
            }
            if let Some(markup) = markup {
                draw_markup(&mut canvas, &overlay(markup)?).map_err(words)?;
            }
            prepare_decoded(&canvas, Format::Png, area, &key.view, facts, matte).map_err(words)
        }
        ImageData::Difference { before, after, tint } => {
            let found = difference(&decode_image(before)?, &decode_image(after)?, *tint).map_err(words)?;
            let prepared = prepare_decoded(&found.heat_map, Format::Png, area, &key.view, facts, matte);
            prepared.map(|heat_map| heat_map.with_changed(found.changed)).map_err(words)
        }
    }
}

/// Decodes one of several images.
fn decode_image(picture: &ImageData) -> Result<RgbaImage, String> {
    let read = |path: &std::path::Path| read(path).map_err(|error| format!("{}: {error}", path.display()));
    let decoded = match picture {
        ImageData::Bytes(bytes) => decode(bytes, DecodeLimits::default()),
        ImageData::File(path) => decode(&read(path)?, DecodeLimits::default()),
        ImageData::SideBySide(_) | ImageData::Overlaid { .. } | ImageData::Difference { .. } => {
            return Err("composed images cannot be nested".to_owned());
        }
    };
    decoded.map_err(|error| error.to_string())
}

pub(super) fn read(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Checked before opening, since opening a pipe would block.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    std::fs::File::open(path)?.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
