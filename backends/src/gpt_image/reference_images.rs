//! Prepares reference images for the API: the right type, not too large, otherwise byte for byte as they are.
//! Masks and markups are in `overlay`, a single file in `upload`.

use image::codecs::jpeg::JpegEncoder;

use super::{
    mask_and_markup,
    upload::{Upload, decode, invalid, png, renamed, unreadable, unwritable},
};
use crate::{BackendError, Format, Request, RequestImage, Size, openai::server_profile::MaskStyle, svg};

/// The largest image that the API accepts, in bytes.
const LARGEST: usize = 50 << 20;
/// The longest edge to which an oversized image is reduced, in pixels: the longest that any model generates.
const MAX_EDGE: u32 = 3840;

/// The images of a request in the form in which they are sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uploads {
    pub(crate) images: Vec<Upload>,
    pub(crate) mask: Option<Upload>,
    pub(crate) markup: Option<Upload>,
    /// The conversions that the user should know of.
    pub(crate) notes: Vec<String>,
}

impl Uploads {
    /// Returns all images: references, mask and markup.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Upload> {
        self.images.iter().chain(&self.mask).chain(&self.markup)
    }
}

/// Prepares the images of `request`. It decodes them, which takes time: do not call it on an async thread.
pub(crate) fn prepare(request: &Request, style: MaskStyle) -> Result<Uploads, BackendError> {
    prepare_within(request, style, LARGEST)
}

/// Prepares the images with a limit of `largest` bytes for each.
fn prepare_within(request: &Request, style: MaskStyle, largest: usize) -> Result<Uploads, BackendError> {
    let mut uploads = Uploads::default();
    let mut first = None;
    for input in &request.inputs {
        let (upload, size) = reference(input, largest, &mut uploads.notes)?;
        uploads.images.push(upload);
        first.get_or_insert((input, size));
    }
    let Some((first, size)) = first else { return Ok(uploads) };
    let below = mask_and_markup::OverlayTarget { name: &first.name, size: first.size, sent: size };
    if let Some(mask) = &request.mask {
        uploads.mask = Some(mask_and_markup::mask(mask, below, style, &mut uploads.notes)?);
    }
    if let Some(markup) = &request.markup {
        uploads.markup = Some(mask_and_markup::markup(markup, below, &mut uploads.notes)?);
    }
    Ok(uploads)
}

/// Returns a reference image as it is sent, with its size.
fn reference(input: &RequestImage, largest: usize, notes: &mut Vec<String>) -> Result<(Upload, Size), BackendError> {
    let upload = match input.format {
        Format::Png | Format::Jpeg | Format::Webp => {
            Upload { name: input.name.clone(), format: input.format, bytes: input.bytes.clone() }
        }
        Format::Gif => png(&input.name, &decode(input)?)?,
        Format::Svg => drawing(input)?,
    };
    if upload.bytes.len() <= largest {
        notes.extend(conversion_note(input));
        return Ok((upload, input.size));
    }
    let (upload, size) = shrink(input, largest)?;
    notes.push(format!(
        "`{}` is {} MB, more than the model accepts; it was sent as {size} in {}",
        input.name,
        input.bytes.len() / 1_000_000,
        upload.format
    ));
    Ok((upload, size))
}

/// Returns the note on a file that is converted because the model does not accept its format.
fn conversion_note(input: &RequestImage) -> Option<String> {
    let first = match input.format {
        Format::Png | Format::Jpeg | Format::Webp => return None,
        Format::Gif => ", its first frame",
        Format::Svg => "",
    };
    Some(format!("`{}` was sent as png{first}; the model does not accept {}", input.name, input.format))
}

/// Shrinks an oversized image to the largest size that any model generates, with as much compression as needed.
fn shrink(input: &RequestImage, largest: usize) -> Result<(Upload, Size), BackendError> {
    let mut picture = decode(input)?;
    if picture.width().max(picture.height()) > MAX_EDGE {
        picture = picture.resize(MAX_EDGE, MAX_EDGE, image::imageops::FilterType::Lanczos3);
    }
    let size = Size::new(picture.width(), picture.height());
    let lossless = png(&input.name, &picture)?;
    if lossless.bytes.len() <= largest {
        return Ok((lossless, size));
    }
    if picture.color().has_alpha() {
        let message = format!("`{}` is too large for the model, even at {size}", input.name);
        return Err(invalid(message).with_hint("scale it down, or save it as WebP"));
    }
    let mut bytes = Vec::new();
    let written = picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 95));
    written.map_err(|error| unwritable(&input.name, &error))?;
    Ok((Upload { name: renamed(&input.name, "jpg"), format: Format::Jpeg, bytes: bytes.into() }, size))
}

/// Renders an SVG drawing at its own size.
fn drawing(input: &RequestImage) -> Result<Upload, BackendError> {
    let text = std::str::from_utf8(&input.bytes).map_err(|_| unreadable(input, &"it is not text"))?;
    let checked =
        svg::CheckedSvg::parse(text, &svg::SvgLimits::default()).map_err(|error| unreadable(input, &error))?;
    let picture = checked.render(checked.size()).and_then(|pixels| pixels.encode_png());
    let bytes = picture.map_err(|error| unreadable(input, &error))?;
    Ok(Upload { name: renamed(&input.name, "png"), format: Format::Png, bytes: bytes.into() })
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use bytes::Bytes;
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    /// Makes an image file.
    pub(in crate::gpt_image) fn input(name: &str, picture: &DynamicImage, format: ImageFormat) -> RequestImage {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        let size = Size::new(picture.width(), picture.height());
        RequestImage {
            name: name.into(),
            format: Format::detect(&bytes).unwrap(),
            size,
            bytes: bytes.into(),
            svg: None,
        }
    }

    /// Makes a photo of that width, eight pixels high.
    pub(in crate::gpt_image) fn photo(width: u32) -> RequestImage {
        input("photo.png", &RgbImage::from_pixel(width, 8, Rgb([9, 9, 9])).into(), ImageFormat::Png)
    }

    /// Makes an image of eight by eight pixels, the left half transparent.
    pub(in crate::gpt_image) fn hole() -> DynamicImage {
        RgbaImage::from_fn(8, 8, |x, _| Rgba([1, 2, 3, if x < 4 { 0 } else { 255 }])).into()
    }

    /// Makes noise, which no format can compress.
    fn noise(width: u32, height: u32) -> RgbImage {
        let mut state = 1_u32;
        RgbImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
        })
    }

    fn asking(inputs: Vec<RequestImage>) -> Request {
        Request { inputs, ..Request::new("x", "m") }
    }

    #[test]
    fn references_keep_their_order_and_their_bytes() {
        let request = asking(vec![photo(8), photo(16), input("anim.gif", &hole(), ImageFormat::Gif)]);
        let uploads = prepare(&request, MaskStyle::Alpha).unwrap();
        assert_eq!(uploads.images[0].bytes, request.inputs[0].bytes);
        assert_eq!(uploads.images[1].bytes, request.inputs[1].bytes);
        assert_eq!((uploads.images[2].name.as_str(), uploads.images[2].format), ("anim.png", Format::Png));
        assert_eq!(uploads.notes, ["`anim.gif` was sent as png, its first frame; the model does not accept gif"]);
    }

    #[test]
    fn an_oversized_image_is_shrunk_with_a_note() {
        let large = input("large.png", &noise(3848, 12).into(), ImageFormat::Png);
        let request = asking(vec![large.clone()]);
        let uploads = prepare_within(&request, MaskStyle::Alpha, large.bytes.len() - 1).unwrap();
        let sent = image::load_from_memory(&uploads.images[0].bytes).unwrap();
        assert_eq!((sent.width(), uploads.images[0].format), (3840, Format::Png));
        assert_eq!(uploads.notes.len(), 1);
        assert!(uploads.notes[0].contains("it was sent as 3840x12 in png"), "{:?}", uploads.notes);
        // If that is not enough, an opaque image becomes a JPEG.
        let uploads = prepare_within(&request, MaskStyle::Alpha, 1 << 10).unwrap();
        assert_eq!((uploads.images[0].name.as_str(), uploads.images[0].format), ("large.jpg", Format::Jpeg));
        let clear = input("clear.png", &DynamicImage::from(noise(64, 64)).to_rgba8().into(), ImageFormat::Png);
        let error = prepare_within(&asking(vec![clear]), MaskStyle::Alpha, 1 << 10).unwrap_err();
        assert_eq!(error.message, "`clear.png` is too large for the model, even at 64x64");
    }

    #[test]
    fn a_mask_is_scaled_with_its_image() {
        let mut request = asking(vec![input("large.png", &noise(7680, 8).into(), ImageFormat::Png)]);
        let hole = RgbaImage::from_fn(7680, 8, |x, _| Rgba([0, 0, 0, if x < 3840 { 0 } else { 255 }]));
        request.mask = Some(input("mask.png", &hole.into(), ImageFormat::Png));
        let uploads = prepare_within(&request, MaskStyle::Alpha, 1 << 10).unwrap();
        let mask = image::load_from_memory(&uploads.mask.unwrap().bytes).unwrap();
        assert_eq!((mask.width(), mask.height()), (3840, 4));
    }

    #[test]
    fn a_drawing_is_sent_rendered() {
        let text = r#"<svg xmlns="http://www.w3.org/2000/svg" width="16" height="8"><rect width="16" height="8" fill="red"/></svg>"#;
        let bytes = Bytes::from_static(text.as_bytes());
        let drawing =
            RequestImage { name: "a.svg".into(), format: Format::Svg, size: Size::new(16, 8), bytes, svg: None };
        let mut uploads = prepare(&asking(vec![drawing]), MaskStyle::Alpha).unwrap();
        assert_eq!(uploads.notes, ["`a.svg` was sent as png; the model does not accept svg"]);
        let upload = uploads.images.remove(0);
        let picture = image::load_from_memory(&upload.bytes).unwrap().to_rgba8();
        assert_eq!((upload.name.as_str(), picture.dimensions()), ("a.png", (16, 8)));
        assert_eq!(picture.get_pixel(3, 3).0, [255, 0, 0, 255]);
    }
}
