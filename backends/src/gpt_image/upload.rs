//! A single outgoing image: its pixels, its file, and errors about it.
//! Its role and its conversions are decided elsewhere.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, metadata::Orientation};

use crate::{BackendError, ErrorKind, Format, RequestImage};

/// An image in the form in which it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) bytes: Bytes,
}

/// Decodes the pixels as displayed, after applying the EXIF orientation.
pub(super) fn decode(input: &RequestImage) -> Result<DynamicImage, BackendError> {
    let failed = |error: image::ImageError| unreadable(input, &error);
    let reader = ImageReader::new(Cursor::new(&input.bytes)).with_guessed_format();
    let mut decoder = reader.map_err(|error| unreadable(input, &error))?.into_decoder().map_err(failed)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(failed)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Encodes an image as a PNG file.
pub(super) fn png(name: &str, picture: &DynamicImage) -> Result<Upload, BackendError> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(|error| unwritable(name, &error))?;
    Ok(Upload { name: renamed(name, "png"), format: Format::Png, bytes: bytes.into() })
}

pub(super) fn unreadable(input: &RequestImage, error: &dyn std::fmt::Display) -> BackendError {
    invalid(format!("`{}` cannot be read: {error}", input.name)).with_hint("open it in an editor and save it again")
}

pub(super) fn unwritable(name: &str, error: &image::ImageError) -> BackendError {
    BackendError::new(ErrorKind::Local, format!("`{name}` cannot be encoded: {error}"))
}

pub(super) fn renamed(name: &str, extension: &str) -> String {
    format!("{}.{extension}", name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

/// Returns the error for an image that cannot be sent.
pub(super) fn invalid(message: impl Into<String>) -> BackendError {
    BackendError::new(ErrorKind::InvalidParameter, message)
}
