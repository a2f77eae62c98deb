//! Limits on the size of a response, derived from the request: a server that keeps sending is disconnected.
//! The time limit of an exchange is separate; it is the backend's `timeout`.

use super::base64_stream::Base64Decoder;
use crate::Size;

/// The most that is accepted of one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResponseBounds {
    /// The number of images, previews included.
    pub(crate) images: usize,
    /// The size of one image in bytes.
    pub(crate) image: usize,
    /// The size of all images together in bytes.
    pub(crate) total: usize,
    /// The bytes outside of images: text, white space, comments, unknown fields.
    pub(crate) text: u64,
    /// The number of events in a stream.
    pub(crate) events: usize,
}

impl ResponseBounds {
    /// The assumed size of one image in bytes where its dimensions are unknown.
    const ASSUMED_IMAGE_SIZE: usize = 16 << 20;
    /// The size in bytes that is accepted for any image: more than the longest line that servers are known to send.
    const MIN_IMAGE_LIMIT: usize = 64 << 20;

    /// Returns the bounds for a response with `count` images of that size and `partials` previews of each.
    pub(crate) fn for_images(count: u32, partials: u32, size: Option<Size>) -> Self {
        let pixels = size.map(|size| size.width as usize * size.height as usize);
        let usual = pixels.map_or(Self::ASSUMED_IMAGE_SIZE, |pixels| pixels.saturating_mul(5).saturating_add(1 << 20));
        let image = usual.saturating_mul(2).clamp(Self::MIN_IMAGE_LIMIT, Base64Decoder::LARGEST);
        // Some servers send the finished images twice: one event for each, then all of them with the last event.
        let images = 2 * count as usize + (count * partials) as usize + 2;
        let total = image.saturating_add((images - 1).saturating_mul(usual.min(image)));
        Self { images, image, total, text: 8 << 20, events: 10_000 }
    }

    /// Returns the bounds for a text response: several times the longest that any model writes, at one word per event.
    pub(crate) const fn for_text() -> Self {
        Self {
            images: 4,
            image: Self::ASSUMED_IMAGE_SIZE,
            total: 2 * Self::ASSUMED_IMAGE_SIZE,
            text: 64 << 20,
            events: 500_000,
        }
    }
}

impl Default for ResponseBounds {
    fn default() -> Self {
        Self::for_images(10, 3, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_follow_from_the_request() {
        let small = ResponseBounds::for_images(1, 0, Some(Size::new(1024, 1024)));
        let large = ResponseBounds::for_images(10, 3, Some(Size::new(3840, 2160)));
        assert_eq!((small.images, small.image), (4, 64 << 20));
        assert!(small.total < 100 << 20 && large.total > 2 * large.image && large.images == 52);
        assert_eq!(ResponseBounds::for_images(1, 0, Some(Size::new(u32::MAX, u32::MAX))).image, Base64Decoder::LARGEST);
    }
}
