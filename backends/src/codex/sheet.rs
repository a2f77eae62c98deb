//! One drawing: taken out of the model's words, checked, rendered, with what is to be said of it.
//! It asks nobody and mends only what `svg::extract` mends.

use crate::{
    Size,
    svg::{Checked, Limits, SvgError, Validity, extract},
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
    /// The drawing in `text`. Renders, and so takes time: not for an async thread.
    pub(crate) fn read(text: &str, canvas: Size) -> Result<Self, Flaw> {
        let limits = Limits::default();
        let extracted = extract(text, canvas).ok_or(SvgError::NotSvg)?;
        let drawing = Checked::parse(&extracted.svg, &limits)?;
        let png = drawing.render(canvas)?.encode_png()?;
        let validity = if extracted.repairs.is_empty() { Validity::RawValid } else { Validity::AfterRepair };
        let mut notes = extracted.repairs;
        notes.extend_from_slice(drawing.remarks());
        Ok(Self { svg: extracted.svg, png, validity, notes })
    }

    /// The same drawing, which the model mended after it was told what was wrong.
    pub(crate) fn mended(self) -> Self {
        Self { validity: Validity::AfterRepair, ..self }
    }
}
