//! One drawing: taken out of the model's words, checked, rendered, with what is to be said of it.
//! It asks nobody and mends only what `svg::extract` mends.

use crate::{
    Format, Image, Size,
    svg::{Drawn, Limits, SvgError, Validity, Workshop, extract},
};

/// A drawing that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// The source, as it was rendered.
    pub(crate) svg: String,
    /// The picture.
    pub(crate) png: Vec<u8>,
    pub(crate) validity: Validity,
    /// What was mended and what was passed over, a line each.
    pub(crate) notes: Vec<String>,
}

/// Why a drawing cannot be shown.
pub(crate) type Flaw = SvgError;

impl Sheet {
    /// The drawing in `text`, checked and rendered in `workshop`.
    pub(crate) async fn read(text: &str, canvas: Size, workshop: &Workshop) -> Result<Self, Flaw> {
        let extracted = extract(text, canvas).ok_or(SvgError::NotSvg)?;
        let Drawn { png, remarks } = workshop.draw(&extracted.svg, canvas, &Limits::default()).await?;
        let validity = if extracted.repairs.is_empty() { Validity::RawValid } else { Validity::AfterRepair };
        let mut notes = extracted.repairs;
        notes.extend(remarks);
        Ok(Self { svg: extracted.svg, png, validity, notes })
    }

    /// The picture as it goes into the library, with its source.
    pub(crate) fn into_image(self) -> Image {
        Image { bytes: self.png.into(), format: Format::Png, svg: Some(self.svg), file: None }
    }

    /// The same drawing, which the model mended after it was told what was wrong.
    pub(crate) fn mended(self) -> Self {
        Self { validity: Validity::AfterRepair, ..self }
    }
}
