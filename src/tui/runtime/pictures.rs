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
    id::Id,
    picture::{
        Cache, CacheKey, Fitted, Limits, Matte, PictureError, Protocol, Spread, TerminalFacts, View, decode, prepare,
        prepare_decoded,
    },
    tui::{
        effect::Picture,
        model::{PictureKey, PictureSource, strip},
        msg::Msg,
    },
};

/// Memory for images that were shown and may be shown again, in bytes.
const CACHE: usize = 24 << 20;

/// Maximum size of a file that is read for showing, in bytes.
const LARGEST: u64 = 256 << 20;

struct Wish {
    key: PictureKey,
    picture: Picture,
    matte: Matte,
    facts: Arc<TerminalFacts>,
    purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// An image for the screen.
    Shown,
    /// An image that is kept in case it is shown next.
    Ahead,
    /// A thumbnail, small and one of many.
    Thumbnail(Id),
}

/// A handle to the image thread.
pub(super) struct Pictures {
    wishes: Sender<Wish>,
}

impl Pictures {
    /// Starts the thread; it ends when this handle is dropped.
    pub(super) fn start(answers: UnboundedSender<Msg>) -> std::io::Result<Self> {
        let (wishes, inbox) = channel();
        std::thread::Builder::new().name("pictures".into()).spawn(move || serve(&inbox, &answers))?;
        Ok(Self { wishes })
    }

    /// Requests an image for the screen. An older request that was not started yet is dropped.
    pub(super) fn wish(&self, key: PictureKey, picture: Picture, matte: Matte, facts: Arc<TerminalFacts>) {
        // The thread lives as long as this handle.
        let _ = self.wishes.send(Wish { key, picture, matte, facts, purpose: Purpose::Shown });
    }

    /// Requests an image that may be shown next, after those for the screen.
    pub(super) fn ready(&self, key: PictureKey, picture: Picture, matte: Matte, facts: Arc<TerminalFacts>) {
        let _ = self.wishes.send(Wish { key, picture, matte, facts, purpose: Purpose::Ahead });
    }

    /// Requests a thumbnail in half-blocks, after everything else.
    pub(super) fn thumbnail(&self, image: Id, path: PathBuf, matte: Matte, facts: &TerminalFacts) {
        let key = PictureKey { source: PictureSource::Image(image), cells: strip::THUMBNAIL, view: View::default() };
        let facts = Arc::new(TerminalFacts { protocol: Protocol::Blocks, ..facts.clone() });
        let purpose = Purpose::Thumbnail(image);
        let _ = self.wishes.send(Wish { key, picture: Picture::File(path), matte, facts, purpose });
    }
}

fn serve(inbox: &Receiver<Wish>, answers: &UnboundedSender<Msg>) {
    let mut cache = Cache::new(CACHE);
    let mut waiting = Vec::new();
    while let Some(Wish { key, picture, matte, facts, purpose }) = next(inbox, &mut waiting) {
        if let Purpose::Thumbnail(image) = purpose {
            let thumbnail = fit(&key, &picture, matte, &facts).ok();
            if answers.send(Msg::Thumbnail(image, thumbnail)).is_err() {
                return;
            }
            continue;
        }
        let kept = kept_as(&key, &facts, matte);
        let answer = match kept.as_ref().and_then(|kept| cache.get(kept)) {
            Some(fitted) => Ok(fitted),
            None => fit(&key, &picture, matte, &facts),
        };
        if let (Some(kept), Ok(fitted)) = (kept, &answer) {
            cache.insert(kept, fitted.clone());
        }
        if purpose == Purpose::Shown && answers.send(Msg::Prepared(key, answer)).is_err() {
            return;
        }
    }
}

/// Returns the latest request for the screen, or else the first image to keep ready, or else a thumbnail. A request for
/// the screen drops all requests before it except thumbnails.
fn next(inbox: &Receiver<Wish>, waiting: &mut Vec<Wish>) -> Option<Wish> {
    if waiting.is_empty() {
        waiting.push(inbox.recv().ok()?);
    }
    waiting.extend(inbox.try_iter());
    if let Some(latest) = waiting.iter().rposition(|wish| wish.purpose == Purpose::Shown) {
        let wish = waiting.remove(latest);
        let mut before = latest;
        waiting.retain(|wish| {
            let pointless = before > 0 && !matches!(wish.purpose, Purpose::Thumbnail(_));
            before = before.saturating_sub(1);
            !pointless
        });
        return Some(wish);
    }
    let ahead = waiting.iter().position(|wish| wish.purpose == Purpose::Ahead);
    Some(waiting.remove(ahead.unwrap_or(0)))
}

/// Returns the key under which an image is cached; previews of running jobs are not, since none is requested twice.
fn kept_as(key: &PictureKey, facts: &TerminalFacts, matte: Matte) -> Option<CacheKey> {
    Some(CacheKey::new(name(&key.source)?, area(key), &key.view, facts, matte))
}

fn name(source: &PictureSource) -> Option<String> {
    match source {
        PictureSource::Image(id) => Some(id.to_string()),
        PictureSource::Live(..) => None,
        PictureSource::Spread { sources, only, level } => {
            let names: Option<Vec<String>> = sources.iter().map(|source| name(source.as_ref()?)).collect();
            names.map(|names| format!("spread {} {only:?} {level}", names.join(" ")))
        }
    }
}

fn area(key: &PictureKey) -> Size {
    Size::new(key.cells.0, key.cells.1)
}

fn fit(key: &PictureKey, picture: &Picture, matte: Matte, facts: &TerminalFacts) -> Result<Fitted, String> {
    let area = area(key);
    let words = |error: PictureError| error.to_string();
    match picture {
        Picture::Bytes(bytes) => prepare(bytes, area, &key.view, facts, matte).map_err(words),
        Picture::File(path) => {
            let bytes = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            prepare(&bytes, area, &key.view, facts, matte).map_err(words)
        }
        Picture::Spread(pictures) => {
            let pictures = pictures.iter().map(|picture| picture.as_ref().map(pixels).transpose());
            let pictures = pictures.collect::<Result<Vec<_>, _>>()?;
            let (only, level) = match &key.source {
                PictureSource::Spread { only, level, .. } => (*only, *level),
                _ => (None, false),
            };
            let order = Spread { pictures: &pictures, only, level };
            let canvas = order.canvas(area, facts.cell, &key.view, matte).map_err(words)?;
            prepare_decoded(&canvas, Format::Png, area, &View::default(), facts, matte).map_err(words)
        }
    }
}

/// Decodes one of several images.
fn pixels(picture: &Picture) -> Result<RgbaImage, String> {
    let read = |path: &std::path::Path| read(path).map_err(|error| format!("{}: {error}", path.display()));
    let decoded = match picture {
        Picture::Bytes(bytes) => decode(bytes, Limits::default()),
        Picture::File(path) => decode(&read(path)?, Limits::default()),
        Picture::Spread(_) => return Err("a spread holds no spread".to_owned()),
    };
    decoded.map_err(|error| error.to_string())
}

fn read(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Checked before opening, since opening a pipe would block.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
