//! PNG encoding of a canvas in whole cells, for the protocols that take files.
//!
//! Optimized for encoding speed rather than file size.

use image::{
    DynamicImage, ImageEncoder, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
    imageops,
};

use super::Samples;
use crate::picture::DisplayError;

/// Encodes the image centered in its cells. The margin is transparent, so that the pane shows through.
pub(in crate::picture) fn whole_cells(canvas: &Samples) -> Result<Vec<u8>, DisplayError> {
    let width = u32::from(canvas.cells.width) * u32::from(canvas.cell.width);
    let height = u32::from(canvas.cells.height) * u32::from(canvas.cell.height);
    let pixels = &canvas.pixels;
    if pixels.dimensions() == (width, height) {
        return encode(&DynamicImage::from(pixels.clone()).into_rgb8().into());
    }
    let mut padded = RgbaImage::new(width, height);
    let (left, top) = ((width - pixels.width().min(width)) / 2, (height - pixels.height().min(height)) / 2);
    imageops::replace(&mut padded, pixels, left.into(), top.into());
    encode(&padded.into())
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, DisplayError> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
        .write_image(picture.as_bytes(), picture.width(), picture.height(), picture.color().into())
        .map_err(|e| DisplayError::Encode(e.to_string()))?;
    Ok(bytes)
}
