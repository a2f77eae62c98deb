//! A picture that is ready for one terminal and one place: decoded, fitted and encoded.
//! As a widget it fills its cells; what has to be sent beside the frame is the painter's business.

use std::{fmt, sync::Arc};

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    widgets::Widget,
};
use tintype_backends::Format;

use super::{
    CellSize, Protocol,
    driver::{self, Drawn, Encoded},
};

/// A picture that is ready to be shown. Cloning it is cheap.
#[derive(Clone)]
pub struct Fitted(Arc<Inner>);

pub(super) struct Inner {
    pub(super) id: u64,
    pub(super) protocol: Protocol,
    pub(super) tmux: bool,
    pub(super) confirms: bool,
    pub(super) format: Format,
    pub(super) source: (u32, u32),
    pub(super) signed: bool,
    pub(super) cells: Size,
    pub(super) cell: CellSize,
    pub(super) samples: (u32, u32),
    pub(super) encoded: Encoded,
}

impl Fitted {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    /// The cells that it takes, never more than it was prepared for.
    pub fn cells(&self) -> Size {
        self.0.cells
    }

    /// Width and height of the whole picture in its own pixels, upright.
    pub fn source(&self) -> (u32, u32) {
        self.0.source
    }

    /// The format of the file it came from.
    pub fn format(&self) -> Format {
        self.0.format
    }

    /// Whether its file carries a C2PA manifest, which says who made it. Whether that is true is not checked.
    pub fn has_manifest(&self) -> bool {
        self.0.signed
    }

    /// Memory that it holds, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.encoded.bytes() + size_of::<Inner>()
    }

    /// The protocol that it was encoded for.
    pub fn protocol(&self) -> Protocol {
        self.0.protocol
    }

    /// Where it lands when it is drawn into `area`: in the middle. It may stick out if it was prepared for a larger one.
    pub fn place(&self, area: Rect) -> Rect {
        let Size { width, height } = self.cells();
        let (left, top) = (area.width.saturating_sub(width) / 2, area.height.saturating_sub(height) / 2);
        Rect { x: area.x + left, y: area.y + top, width, height }
    }
}

impl fmt::Debug for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { id, protocol, cells, source, .. } = &*self.0;
        write!(f, "Fitted({id:016x} {protocol} {source:?} in {cells})")
    }
}

impl PartialEq for Fitted {
    /// Whether both look the same on the same terminal.
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Widget for &Fitted {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let rect = self.place(area);
        if rect.intersection(area) == rect {
            let drawn = Drawn { id: self.0.id, encoded: &self.0.encoded };
            driver::driver(self.0.protocol).draw(&drawn, rect, buffer);
        }
    }
}
