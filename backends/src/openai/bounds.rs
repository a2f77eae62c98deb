//! Bounds for all of an answer, from what was asked: a server that sends more without an end is hung up on.
//! Not the time an exchange may take: that is `timeout` of the backend.

use super::payload::Decoder;
use crate::Size;

/// What is at most taken of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The images, previews included.
    pub(crate) images: usize,
    /// The bytes of one image.
    pub(crate) image: usize,
    /// The bytes of all images.
    pub(crate) total: usize,
    /// The bytes besides the images: text, white space, comments, fields that mean nothing.
    pub(crate) text: u64,
    /// The events of a stream.
    pub(crate) events: usize,
}

impl Bounds {
    /// What one image is taken to have where its size is not known, in bytes.
    const USUAL: usize = 16 << 20;
    /// What one image may have in any case: more than the largest line that servers are known to send.
    const LEAST: usize = 64 << 20;

    /// The bounds of an answer with `count` images of that size and `partials` previews of each.
    pub(crate) fn of_images(count: u32, partials: u32, size: Option<Size>) -> Self {
        let pixels = size.map(|size| size.width as usize * size.height as usize);
        let usual = pixels.map_or(Self::USUAL, |pixels| pixels.saturating_mul(5).saturating_add(1 << 20));
        let image = usual.saturating_mul(2).clamp(Self::LEAST, Decoder::LARGEST);
        // Some servers send the finished images twice: each as an event, then all with the last one.
        let images = 2 * count as usize + (count * partials) as usize + 2;
        let total = image.saturating_add((images - 1).saturating_mul(usual.min(image)));
        Self { images, image, total, text: 8 << 20, events: 10_000 }
    }

    /// The bounds of an answer in words: several times the longest that any model writes, a word an event.
    pub(crate) const fn of_words() -> Self {
        Self { images: 4, image: Self::USUAL, total: 2 * Self::USUAL, text: 64 << 20, events: 500_000 }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::of_images(10, 3, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_follow_from_what_was_asked() {
        let small = Bounds::of_images(1, 0, Some(Size::new(1024, 1024)));
        let large = Bounds::of_images(10, 3, Some(Size::new(3840, 2160)));
        assert_eq!((small.images, small.image), (4, 64 << 20));
        assert!(small.total < 100 << 20 && large.total > 2 * large.image && large.images == 52);
        assert_eq!(Bounds::of_images(1, 0, Some(Size::new(u32::MAX, u32::MAX))).image, Decoder::LARGEST);
    }
}
