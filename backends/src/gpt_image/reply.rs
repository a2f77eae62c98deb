//! What an answer comes to, whichever route it came by: finished pictures, one on its way, a failure.
//! Nothing of the wire; each route reads its own.

use bytes::Bytes;

use crate::{
    Usage,
    openai::{errors::Fault, harvest::ReceivedImage, payload::BadPayload},
};

/// What an event means.
#[derive(Debug)]
pub(crate) enum Said {
    /// A picture on its way.
    Partial { bytes: Bytes, step: u32 },
    /// A preview that cannot be read.
    Broken,
    /// A finished picture; more is to be said about it.
    Held(Reply),
    /// The finished pictures.
    Done(Reply),
    /// A failure.
    Failed(Fault),
    /// Nothing that concerns us.
    Nothing,
}

/// The finished pictures and the facts about them.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) pictures: Vec<Source>,
    pub(crate) size: Option<String>,
    pub(crate) quality: Option<String>,
    pub(crate) background: Option<String>,
    pub(crate) revised_prompt: Option<String>,
    pub(crate) usage: Option<Usage>,
    /// What the server itself says that it cost, in USD.
    pub(crate) stated: Option<f64>,
    /// Whether more was used than `usage` counts.
    pub(crate) uncounted: bool,
    pub(crate) request_id: Option<String>,
    pub(crate) response_id: Option<String>,
    /// What the model said instead of an image.
    pub(crate) words: Option<String>,
    /// Images that are not here, a line each.
    pub(crate) missing: Vec<String>,
    /// Remarks on how it arrived.
    pub(crate) notes: Vec<String>,
}

impl Reply {
    /// The refusal in a reply of words alone.
    pub(crate) fn declined(&self) -> Option<Fault> {
        let words = self.words.as_ref().filter(|words| self.pictures.is_empty() && !words.trim().is_empty());
        words.map(|words| Fault::words(words))
    }
}

impl From<Result<ReceivedImage, BadPayload>> for Source {
    fn from(image: Result<ReceivedImage, BadPayload>) -> Self {
        image.map_or_else(Self::Damaged, Self::Here)
    }
}

/// Where a finished picture is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Here.
    Here(ReceivedImage),
    /// Here, and not to be read.
    Damaged(BadPayload),
    /// At an address.
    At(String),
}
