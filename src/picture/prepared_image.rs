//! An image prepared for one terminal and one area: decoded, fitted and encoded.
//!
//! As a widget it fills its cells; the painter sends anything beyond the frame.

use std::{fmt, sync::Arc};

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    widgets::Widget,
};
use tintype_backends::Format;

use super::{
    CellSize, Protocol,
    driver::{self, Encoded, EncodedImage},
};

/// An image that is ready to be shown. It is cheap to clone.
#[derive(Clone)]
pub struct PreparedImage(Arc<PreparedInner>);

pub(super) struct PreparedInner {
    pub(super) id: u64,
    pub(super) protocol: Protocol,
    pub(super) tmux: bool,
    pub(super) confirms: bool,
    pub(super) format: Format,
    pub(super) source: (u32, u32),
    pub(super) has_manifest: bool,
    /// Share of changed pixels, if it is a heat map.
    pub(super) changed: Option<f32>,
    pub(super) cells: Size,
    pub(super) cell: CellSize,
    pub(super) samples: (u32, u32),
    pub(super) encoded: Encoded,
}

impl PreparedImage {
    pub(super) fn new(inner: PreparedInner) -> Self {
        Self(Arc::new(inner))
    }

    pub(super) fn inner(&self) -> &PreparedInner {
        &self.0
    }

    /// Returns the cells that it covers, at most the area that it was prepared for.
    pub fn cells(&self) -> Size {
        self.0.cells
    }

    /// Returns the width and height of the whole upright image in its own pixels.
    pub fn source(&self) -> (u32, u32) {
        self.0.source
    }

    /// Returns the format of the source file.
    pub fn format(&self) -> Format {
        self.0.format
    }

    /// Returns whether the source file carries a C2PA manifest, which states its origin. The manifest is not verified.
    pub fn has_manifest(&self) -> bool {
        self.0.has_manifest
    }

    /// Notes the share of changed pixels that a heat map shows, from 0 to 1.
    #[must_use]
    pub fn with_changed(mut self, share: f32) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.changed = Some(share);
        }
        self
    }

    /// Returns the share of changed pixels, if it is a heat map.
    pub fn changed(&self) -> Option<f32> {
        self.0.changed
    }

    /// Returns the memory in use, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.encoded.bytes() + size_of::<PreparedInner>()
    }

    /// Returns the protocol that it was encoded for.
    pub fn protocol(&self) -> Protocol {
        self.0.protocol
    }

    /// Returns the centered rectangle that it covers in `area`. It may exceed an area smaller than the one it was
    /// prepared for.
    pub fn centered_in(&self, area: Rect) -> Rect {
        let Size { width, height } = self.cells();
        let (left, top) = (area.width.saturating_sub(width) / 2, area.height.saturating_sub(height) / 2);
        Rect { x: area.x + left, y: area.y + top, width, height }
    }
}

impl fmt::Debug for PreparedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PreparedInner { id, protocol, cells, source, .. } = &*self.0;
        write!(f, "Fitted({id:016x} {protocol} {source:?} in {cells})")
    }
}

impl PartialEq for PreparedImage {
    /// Returns whether both look the same on the same terminal.
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Widget for &PreparedImage {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let rect = self.centered_in(area);
        if rect.intersection(area) == rect {
            let drawn = EncodedImage { id: self.0.id, encoded: &self.0.encoded };
            driver::driver(self.0.protocol).draw(&drawn, rect, buffer);
        }
    }
}
