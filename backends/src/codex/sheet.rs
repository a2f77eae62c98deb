//! A drawing: extracted from the model's text, checked and rendered, with notes on it.
//! It contacts no server and repairs only what `svg::extract` repairs.

use crate::{
    Format, Image, Size,
    svg::{Drawn, Limits, SvgError, Validity, Workshop, extract},
};

/// A drawing that can be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// The SVG source as it was rendered.
    pub(crate) svg: String,
    /// The rendered image.
    pub(crate) png: Vec<u8>,
    pub(crate) validity: Validity,
    /// The repairs and the ignored parts, one line each.
    pub(crate) notes: Vec<String>,
}

/// The reason why a drawing cannot be rendered.
pub(crate) type Flaw = SvgError;

impl Sheet {
    /// Extracts, checks and renders the drawing in `text`.
    pub(crate) async fn read(text: &str, canvas: Size, workshop: &Workshop) -> Result<Self, Flaw> {
        let extracted = extract(text, canvas).ok_or(SvgError::NotSvg)?;
        let Drawn { png, remarks } = workshop.draw(&extracted.svg, canvas, &Limits::default()).await?;
        let validity = if extracted.repairs.is_empty() { Validity::RawValid } else { Validity::AfterRepair };
        let mut notes = extracted.repairs;
        notes.extend(remarks);
        Ok(Self { svg: extracted.svg, png, validity, notes })
    }

    /// Converts it into an image for the library, with its source.
    pub(crate) fn into_image(self) -> Image {
        Image { bytes: self.png.into(), format: Format::Png, svg: Some(self.svg), file: None }
    }

    /// Marks the drawing as repaired by the model, after the error was sent to it.
    pub(crate) fn mended(self) -> Self {
        Self { validity: Validity::AfterRepair, ..self }
    }
}
