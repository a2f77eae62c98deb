//! The result of a response, independent of the API it came through: finished images, a preview, a failure.
//! The wire formats are parsed by each route.

use bytes::Bytes;

use crate::{
    Usage,
    openai::{errors::Fault, harvest::ReceivedImage, payload::BadPayload},
};

/// The meaning of an event.
#[derive(Debug)]
pub(crate) enum Said {
    /// A preview of an image in progress.
    Partial { bytes: Bytes, step: u32 },
    /// A preview that cannot be read.
    Broken,
    /// A finished image, with more information about it to follow.
    Held(Reply),
    /// The finished images.
    Done(Reply),
    /// A failure that the server reports.
    Failed(Fault),
    /// An irrelevant event.
    Nothing,
}

/// The finished images and the facts about them.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) pictures: Vec<Source>,
    pub(crate) size: Option<String>,
    pub(crate) quality: Option<String>,
    pub(crate) background: Option<String>,
    pub(crate) revised_prompt: Option<String>,
    pub(crate) usage: Option<Usage>,
    /// The cost in USD as the server states it.
    pub(crate) stated: Option<f64>,
    /// True if more tokens were used than `usage` counts.
    pub(crate) uncounted: bool,
    pub(crate) request_id: Option<String>,
    pub(crate) response_id: Option<String>,
    /// The text that the model wrote instead of an image.
    pub(crate) words: Option<String>,
    /// The images that are missing, one line each.
    pub(crate) missing: Vec<String>,
    /// Notes on how it arrived.
    pub(crate) notes: Vec<String>,
}

impl Reply {
    /// Returns the refusal in a reply that is text alone.
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

/// The location of a finished image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The image has been received.
    Here(ReceivedImage),
    /// The image has been received and cannot be read.
    Damaged(BadPayload),
    /// The image can be downloaded from this URL.
    At(String),
}
