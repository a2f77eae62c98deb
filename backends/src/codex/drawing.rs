//! A drawing: extracted from the model's text, checked and rendered, with notes on it.
//! It contacts no server and repairs only what `svg::extract` repairs.

use crate::{
    Format, Image, Size,
    svg::{RenderedSvg, Renderer, SvgError, SvgLimits, SvgValidity, extract},
};

/// A drawing that can be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodexDrawing {
    /// The SVG source as it was rendered.
    pub(crate) svg: String,
    /// The rendered image.
    pub(crate) png: Vec<u8>,
    pub(crate) validity: SvgValidity,
    /// The repairs and the ignored parts, one line each.
    pub(crate) notes: Vec<String>,
}

/// The reason why a drawing cannot be rendered.
pub(crate) type DrawingError = SvgError;

impl CodexDrawing {
    /// Extracts, checks and renders the drawing in `text`.
    pub(crate) async fn read(text: &str, canvas: Size, renderer: &Renderer) -> Result<Self, DrawingError> {
        let extracted = extract(text, canvas).ok_or(SvgError::NotSvg)?;
        let RenderedSvg { png, remarks } = renderer.draw(&extracted.svg, canvas, &SvgLimits::default()).await?;
        let validity = if extracted.repairs.is_empty() { SvgValidity::RawValid } else { SvgValidity::AfterRepair };
        let mut notes = extracted.repairs;
        notes.extend(remarks);
        Ok(Self { svg: extracted.svg, png, validity, notes })
    }

    /// Converts it into an image for the library, with its source.
    pub(crate) fn into_image(self) -> Image {
        Image { bytes: self.png.into(), format: Format::Png, svg: Some(self.svg), file: None }
    }

    /// Marks the drawing as repaired by the model, after the error was sent to it.
    pub(crate) fn after_repair(self) -> Self {
        Self { validity: SvgValidity::AfterRepair, ..self }
    }
}
