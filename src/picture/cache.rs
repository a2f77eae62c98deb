//! Cache of prepared images, limited in bytes, with least recently used eviction.
//!
//! The images that the terminal holds are tracked by the painter.

use indexmap::IndexMap;
use ratatui::layout::Size;

use super::{
    CellSize, ColorDepth, DisplayCapabilities, GlyphSet, ImageBackground, ImageViewport, PreparedImage, Protocol, Zoom,
};

/// Everything that a prepared image depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey {
    image: String,
    area: Size,
    /// The view as bits, because floats cannot be keys.
    view: (u8, u32, u32, u32),
    matte: ImageBackground,
    protocol: Protocol,
    glyphs: GlyphSet,
    color: ColorDepth,
    cell: CellSize,
}

impl CacheKey {
    /// Returns the key of the result of [`super::prepare()`] with these arguments. `image` identifies the image, for
    /// example by its id or checksum.
    pub fn new(
        image: impl Into<String>,
        area: Size,
        view: &ImageViewport,
        facts: &DisplayCapabilities,
        matte: ImageBackground,
    ) -> Self {
        let (zoom, scale) = match view.zoom {
            Zoom::Fit => (0, 0),
            Zoom::Fill => (1, 0),
            Zoom::Scale(scale) => (2, scale.to_bits()),
        };
        let view = (zoom, scale, view.center.0.to_bits(), view.center.1.to_bits());
        let DisplayCapabilities { protocol, glyphs, color, cell, .. } = *facts;
        Self { image: image.into(), area, view, matte, protocol, glyphs, color, cell }
    }
}

/// Prepared images, least recently used first.
#[derive(Debug)]
pub struct Cache {
    entries: IndexMap<CacheKey, PreparedImage>,
    bytes: usize,
    most: usize,
}

impl Cache {
    /// Creates an empty cache that holds up to `most` bytes.
    pub fn new(most: usize) -> Self {
        Self { entries: IndexMap::new(), bytes: 0, most }
    }

    /// Returns the memory used by the cached images, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the image if it is cached, and marks it as just used.
    pub fn get(&mut self, key: &CacheKey) -> Option<PreparedImage> {
        let found = self.entries.get_index_of(key)?;
        self.entries.move_index(found, self.entries.len() - 1);
        self.entries.get(key).cloned()
    }

    /// Inserts an image and evicts others to make room. An image that is larger than the cache is not inserted.
    pub fn insert(&mut self, key: CacheKey, fitted: PreparedImage) {
        if fitted.bytes() > self.most {
            return;
        }
        self.bytes += fitted.bytes();
        if let Some(replaced) = self.entries.shift_remove(&key) {
            self.bytes -= replaced.bytes();
        }
        self.entries.insert(key, fitted);
        while self.bytes > self.most
            && let Some((_, oldest)) = self.entries.shift_remove_index(0)
        {
            self.bytes -= oldest.bytes();
        }
    }

    /// Removes all images, for example after a change of font, protocol or theme.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};
    use tintype_backends::Format;

    use super::*;
    use crate::picture::{TerminalWindow, prepare_decoded};

    const AREA: Size = Size::new(10, 5);

    fn facts() -> DisplayCapabilities {
        DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::Blocks))
    }

    fn fitted() -> PreparedImage {
        let picture = RgbaImage::from_pixel(200, 200, Rgba([1, 2, 3, 255]));
        prepare_decoded(&picture, Format::Png, AREA, &ImageViewport::default(), &facts(), ImageBackground::Checkerboard)
            .unwrap()
    }

    fn key(image: &str) -> CacheKey {
        CacheKey::new(image, AREA, &ImageViewport::default(), &facts(), ImageBackground::Checkerboard)
    }

    #[test]
    fn the_least_recently_used_image_is_evicted_first() {
        let mut cache = Cache::new(fitted().bytes() * 2);
        cache.insert(key("a"), fitted());
        cache.insert(key("b"), fitted());
        assert!(cache.get(&key("a")).is_some());
        cache.insert(key("c"), fitted());
        assert!(cache.get(&key("b")).is_none());
        assert!(cache.get(&key("a")).is_some() && cache.get(&key("c")).is_some());
        assert_eq!(cache.bytes(), fitted().bytes() * 2);
    }

    #[test]
    fn bytes_are_counted_once_for_each_key() {
        let mut cache = Cache::new(1 << 20);
        cache.insert(key("a"), fitted());
        cache.insert(key("a"), fitted());
        assert_eq!(cache.bytes(), fitted().bytes());
        cache.clear();
        assert_eq!(cache.bytes(), 0);
        assert!(cache.get(&key("a")).is_none());
    }

    #[test]
    fn an_image_larger_than_the_cache_is_not_inserted() {
        let mut cache = Cache::new(1);
        cache.insert(key("a"), fitted());
        assert!(cache.get(&key("a")).is_none());
        assert_eq!(cache.bytes(), 0);
    }

    #[test]
    fn everything_that_changes_the_image_changes_the_key() {
        let (facts, view) = (facts(), ImageViewport::default());
        let zoomed = ImageViewport { zoom: Zoom::Scale(2.0), ..view };
        let moved = ImageViewport { center: (0.1, 0.5), ..view };
        let sixel = DisplayCapabilities { protocol: Protocol::Sixel, ..facts.clone() };
        let large = DisplayCapabilities { cell: CellSize { width: 20, height: 40 }, ..facts.clone() };
        let octants = DisplayCapabilities { glyphs: GlyphSet::Octants, ..facts.clone() };
        let gray = ImageBackground::Color([9, 9, 9]);
        let others = [
            CacheKey::new("b", AREA, &view, &facts, ImageBackground::Checkerboard),
            CacheKey::new("a", Size::new(11, 5), &view, &facts, ImageBackground::Checkerboard),
            CacheKey::new("a", AREA, &zoomed, &facts, ImageBackground::Checkerboard),
            CacheKey::new("a", AREA, &moved, &facts, ImageBackground::Checkerboard),
            CacheKey::new("a", AREA, &view, &sixel, ImageBackground::Checkerboard),
            CacheKey::new("a", AREA, &view, &large, ImageBackground::Checkerboard),
            CacheKey::new("a", AREA, &view, &octants, ImageBackground::Checkerboard),
            CacheKey::new("a", AREA, &view, &facts, gray),
        ];
        assert!(others.iter().all(|other| *other != key("a")));
    }
}
