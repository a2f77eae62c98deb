//! The picture thread: decodes and fits what the preview wants, the latest wish first.
//! It draws nothing; what it made goes back as a message that repeats the wish.

use std::{
    collections::VecDeque,
    io::Read,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
};

use ratatui::layout::Size;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    picture::{Fitted, Matte, PictureError, TerminalFacts, prepare},
    tui::{
        effect::Picture,
        model::{PictureKey, PictureSource},
        msg::Msg,
    },
};

/// Memory for pictures that were shown and may be shown again, in bytes.
const CACHE: usize = 24 << 20;

/// The largest file that is read for showing, in bytes.
const LARGEST: u64 = 256 << 20;

struct Wish {
    key: PictureKey,
    picture: Picture,
    matte: Matte,
    facts: Arc<TerminalFacts>,
}

/// The line to the picture thread.
pub(super) struct Pictures {
    wishes: Sender<Wish>,
}

impl Pictures {
    /// Starts the thread; it ends when this is dropped.
    pub(super) fn start(answers: UnboundedSender<Msg>) -> std::io::Result<Self> {
        let (wishes, inbox) = channel();
        std::thread::Builder::new().name("pictures".into()).spawn(move || serve(&inbox, &answers))?;
        Ok(Self { wishes })
    }

    /// Wishes for a picture. An older wish that nobody began with is dropped.
    pub(super) fn wish(&self, key: PictureKey, picture: Picture, matte: Matte, facts: Arc<TerminalFacts>) {
        // The thread lives as long as this does.
        let _ = self.wishes.send(Wish { key, picture, matte, facts });
    }
}

fn serve(inbox: &Receiver<Wish>, answers: &UnboundedSender<Msg>) {
    let mut recent = Recent::default();
    while let Ok(first) = inbox.recv() {
        let Wish { key, picture, matte, facts } = inbox.try_iter().last().unwrap_or(first);
        recent.fits(&facts);
        let answer = match recent.get(&key, matte) {
            Some(fitted) => Ok(fitted),
            None => fit(&key, &picture, matte, &facts).inspect(|fitted| recent.keep(&key, matte, fitted)),
        };
        if answers.send(Msg::Prepared(key, answer)).is_err() {
            return;
        }
    }
}

fn fit(key: &PictureKey, picture: &Picture, matte: Matte, facts: &TerminalFacts) -> Result<Fitted, String> {
    let area = Size::new(key.cells.0, key.cells.1);
    let words = |error: PictureError| error.to_string();
    match picture {
        Picture::Bytes(bytes, _) => prepare(bytes, area, &key.view, facts, matte).map_err(words),
        Picture::File(path, _) => {
            let bytes = read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            prepare(&bytes, area, &key.view, facts, matte).map_err(words)
        }
    }
}

fn read(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Pictures made lately, the latest at the end. Previews on their way are never asked for twice and not kept.
#[derive(Default)]
struct Recent {
    facts: Option<Arc<TerminalFacts>>,
    kept: VecDeque<(PictureKey, Matte, Fitted)>,
}

impl Recent {
    /// Forgets what was made for a terminal that has changed.
    fn fits(&mut self, facts: &Arc<TerminalFacts>) {
        if self.facts.as_ref() != Some(facts) {
            self.kept.clear();
            self.facts = Some(facts.clone());
        }
    }

    fn get(&mut self, key: &PictureKey, matte: Matte) -> Option<Fitted> {
        let at = self.kept.iter().position(|(kept, on, _)| kept == key && *on == matte)?;
        let entry = self.kept.remove(at)?;
        let fitted = entry.2.clone();
        self.kept.push_back(entry);
        Some(fitted)
    }

    fn keep(&mut self, key: &PictureKey, matte: Matte, fitted: &Fitted) {
        if matches!(key.source, PictureSource::Live(..)) {
            return;
        }
        self.kept.push_back((key.clone(), matte, fitted.clone()));
        let mut bytes: usize = self.kept.iter().map(|(.., fitted)| fitted.bytes()).sum();
        while bytes > CACHE && self.kept.len() > 1 {
            bytes -= self.kept.pop_front().map_or(0, |(.., fitted)| fitted.bytes());
        }
    }
}
