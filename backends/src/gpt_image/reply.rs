//! The result of a response, independent of the API it came through: finished images, a preview, a failure.
//! The wire formats are parsed by each route.

use bytes::Bytes;

use crate::{
    Usage,
    openai::{base64_stream::ImageDataError, image_extractor::ReceivedImage, server_error::ServerError},
};

/// The meaning of an event.
#[derive(Debug)]
pub(crate) enum GptImageEvent {
    /// A preview of an image in progress.
    Partial { bytes: Bytes, step: u32 },
    /// A preview that cannot be read.
    BrokenPreview,
    /// A finished image, with more information about it to follow.
    Finished(GptImageReply),
    /// The finished images.
    Done(GptImageReply),
    /// A failure that the server reports.
    Failed(ServerError),
    /// An irrelevant event.
    Nothing,
}

/// The finished images and the facts about them.
#[derive(Debug, Default)]
pub(crate) struct GptImageReply {
    pub(crate) images: Vec<ImageSource>,
    pub(crate) size: Option<String>,
    pub(crate) quality: Option<String>,
    pub(crate) background: Option<String>,
    pub(crate) revised_prompt: Option<String>,
    pub(crate) usage: Option<Usage>,
    /// The cost in USD as the server states it.
    pub(crate) stated_cost: Option<f64>,
    /// True if more tokens were used than `usage` counts.
    pub(crate) has_unreported_usage: bool,
    pub(crate) request_id: Option<String>,
    pub(crate) response_id: Option<String>,
    /// The text that the model wrote instead of an image.
    pub(crate) words: Option<String>,
    /// The images that are missing, one line each.
    pub(crate) missing: Vec<String>,
    /// Notes on how it arrived.
    pub(crate) notes: Vec<String>,
}

impl GptImageReply {
    /// Returns the refusal in a reply that is text alone.
    pub(crate) fn declined(&self) -> Option<ServerError> {
        let words = self.words.as_ref().filter(|words| self.images.is_empty() && !words.trim().is_empty());
        words.map(|words| ServerError::words(words))
    }
}

impl From<Result<ReceivedImage, ImageDataError>> for ImageSource {
    fn from(image: Result<ReceivedImage, ImageDataError>) -> Self {
        image.map_or_else(Self::Damaged, Self::Received)
    }
}

/// The location of a finished image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ImageSource {
    /// The image has been received.
    Received(ReceivedImage),
    /// The image has been received and cannot be read.
    Damaged(ImageDataError),
    /// The image can be downloaded from this URL.
    Linked(String),
}
