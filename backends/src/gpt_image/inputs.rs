//! Reference pictures and masks as the API wants them: checked, and converted where nothing is lost by it.
//! It never changes what a picture shows; where only a guess would help, it refuses and says what to do.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, ImageReader};

use crate::{BackendError, ErrorKind, Format, Input, Request, openai::profile::MaskStyle, svg};

/// The largest picture that the API takes, in bytes.
const LARGEST: usize = 50 << 20;

/// A picture as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) bytes: Bytes,
}

/// The pictures of a request as they are sent.
#[derive(Clone, Default)]
pub(crate) struct Uploads {
    pub(crate) images: Vec<Upload>,
    pub(crate) mask: Option<Upload>,
}

/// Makes the pictures of `request` ready. Decodes, and so takes time: not for an async thread.
pub(crate) fn prepare(request: &Request, style: MaskStyle) -> Result<Uploads, BackendError> {
    let images = request.inputs.iter().map(reference).collect::<Result<_, _>>()?;
    let mask = match (&request.mask, request.inputs.first()) {
        (Some(mask), Some(first)) => Some(prepare_mask(mask, first, style)?),
        _ => None,
    };
    Ok(Uploads { images, mask })
}

fn reference(input: &Input) -> Result<Upload, BackendError> {
    let upload = match input.format {
        Format::Png | Format::Jpeg | Format::Webp => {
            Upload { name: input.name.clone(), format: input.format, bytes: input.bytes.clone() }
        }
        Format::Gif => png(&input.name, &decode(input)?)?,
        Format::Svg => drawing(input)?,
    };
    small_enough(upload)
}

/// A drawing as the picture it describes, in its own size.
fn drawing(input: &Input) -> Result<Upload, BackendError> {
    let text = std::str::from_utf8(&input.bytes).map_err(|_| unreadable(input, &"it is not text"))?;
    let checked = svg::Checked::parse(text, &svg::Limits::default()).map_err(|error| unreadable(input, &error))?;
    let picture = checked.render(checked.size()).and_then(|pixels| pixels.encode_png());
    let bytes = picture.map_err(|error| unreadable(input, &error))?;
    Ok(Upload { name: png_name(&input.name), format: Format::Png, bytes: bytes.into() })
}

fn small_enough(upload: Upload) -> Result<Upload, BackendError> {
    if upload.bytes.len() <= LARGEST {
        return Ok(upload);
    }
    let message = format!("`{}` has {} MiB; the model takes at most 50", upload.name, upload.bytes.len() >> 20);
    Err(invalid(message).with_hint("make it smaller, or save it as jpeg or webp"))
}

fn prepare_mask(mask: &Input, first: &Input, style: MaskStyle) -> Result<Upload, BackendError> {
    if mask.size != first.size {
        let message =
            format!("the mask `{}` is {}, but the picture `{}` is {}", mask.name, mask.size, first.name, first.size);
        return Err(invalid(message).with_hint("a mask is exactly as large as the first picture"));
    }
    if mask.format == Format::Svg {
        return Err(invalid(format!("the mask `{}` is a drawing", mask.name)).with_hint("convert it to png first"));
    }
    let picture = decode(mask)?;
    if !picture.color().has_alpha() {
        return Err(invalid(format!("the mask `{}` has no transparency", mask.name))
            .with_hint("erase what shall be redrawn, so that it is transparent, and save it as png"));
    }
    let alpha = picture.to_rgba8();
    if alpha.pixels().all(|pixel| pixel.0[3] != 0) {
        return Err(invalid(format!("nothing in the mask `{}` is transparent", mask.name))
            .with_hint("erase what shall be redrawn, so that it is transparent"));
    }
    let upload = match style {
        MaskStyle::White => {
            let white = |x, y| image::Luma([if alpha.get_pixel(x, y).0[3] == 0 { 255_u8 } else { 0 }]);
            let luma = image::GrayImage::from_fn(alpha.width(), alpha.height(), white);
            png(&mask.name, &DynamicImage::ImageLuma8(luma))?
        }
        MaskStyle::Alpha if is_rgba_png(&mask.bytes) => {
            Upload { name: mask.name.clone(), format: Format::Png, bytes: mask.bytes.clone() }
        }
        MaskStyle::Alpha => png(&mask.name, &DynamicImage::ImageRgba8(alpha))?,
    };
    small_enough(upload)
}

/// Whether the bytes are a PNG of eight-bit red, green, blue and alpha: what every server takes.
fn is_rgba_png(bytes: &[u8]) -> bool {
    Format::of(bytes) == Some(Format::Png) && bytes.get(24..26) == Some(&[8, 6])
}

fn decode(input: &Input) -> Result<DynamicImage, BackendError> {
    let reader =
        ImageReader::new(Cursor::new(&input.bytes)).with_guessed_format().map_err(|error| unreadable(input, &error))?;
    reader.decode().map_err(|error| unreadable(input, &error))
}

fn unreadable(input: &Input, error: &dyn std::fmt::Display) -> BackendError {
    invalid(format!("`{}` cannot be read: {error}", input.name)).with_hint("open it in an editor and save it again")
}

fn png_name(name: &str) -> String {
    format!("{}.png", name.rsplit_once('.').map_or(name, |(stem, _)| stem))
}

fn png(name: &str, picture: &DynamicImage) -> Result<Upload, BackendError> {
    let mut bytes = Vec::new();
    picture
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .map_err(|error| BackendError::new(ErrorKind::Local, format!("`{name}` cannot be written as png: {error}")))?;
    Ok(Upload { name: png_name(name), format: Format::Png, bytes: bytes.into() })
}

fn invalid(message: impl Into<String>) -> BackendError {
    BackendError::new(ErrorKind::InvalidParameter, message)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;
    use crate::Size;

    fn input(name: &str, picture: &DynamicImage, format: ImageFormat) -> Input {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        let size = Size::new(picture.width(), picture.height());
        Input { name: name.into(), format: Format::of(&bytes).unwrap(), size, bytes: bytes.into(), svg: None }
    }

    fn photo(width: u32) -> Input {
        input("photo.png", &RgbImage::from_pixel(width, 8, Rgb([9, 9, 9])).into(), ImageFormat::Png)
    }

    /// The left half transparent.
    fn hole() -> DynamicImage {
        RgbaImage::from_fn(8, 8, |x, _| Rgba([1, 2, 3, if x < 4 { 0 } else { 255 }])).into()
    }

    fn masked(mask: Input, style: MaskStyle) -> Result<Upload, String> {
        let mut request = Request::new("x", "m");
        request.inputs = vec![photo(8)];
        request.mask = Some(mask);
        prepare(&request, style).map(|uploads| uploads.mask.unwrap()).map_err(|error| {
            assert!(error.hint.is_some() && error.kind == ErrorKind::InvalidParameter);
            error.message
        })
    }

    #[test]
    fn a_good_mask_goes_as_it_is() {
        let mask = input("mask.png", &hole(), ImageFormat::Png);
        assert_eq!(masked(mask.clone(), MaskStyle::Alpha).unwrap().bytes, mask.bytes);
    }

    #[test]
    fn a_mask_in_another_format_is_converted() {
        let upload = masked(input("mask.webp", &hole(), ImageFormat::WebP), MaskStyle::Alpha).unwrap();
        assert_eq!((upload.name.as_str(), upload.format), ("mask.png", Format::Png));
        assert_eq!(image::load_from_memory(&upload.bytes).unwrap().to_rgba8(), hole().to_rgba8());
    }

    #[test]
    fn a_server_that_wants_white_gets_white() {
        let upload = masked(input("mask.png", &hole(), ImageFormat::Png), MaskStyle::White).unwrap();
        let luma = image::load_from_memory(&upload.bytes).unwrap();
        assert_eq!(luma.color(), image::ColorType::L8);
        assert_eq!((luma.to_luma8().get_pixel(0, 0).0, luma.to_luma8().get_pixel(7, 0).0), ([255], [0]));
    }

    #[test]
    fn a_mask_that_masks_nothing_is_refused() {
        let refused =
            |picture: DynamicImage| masked(input("m.png", &picture, ImageFormat::Png), MaskStyle::Alpha).err();
        assert_eq!(refused(RgbImage::new(8, 8).into()).unwrap(), "the mask `m.png` has no transparency");
        let solid = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 255]));
        assert_eq!(refused(solid.into()).unwrap(), "nothing in the mask `m.png` is transparent");
        let other = RgbaImage::new(9, 8);
        assert_eq!(refused(other.into()).unwrap(), "the mask `m.png` is 9x8, but the picture `photo.png` is 8x8");
    }

    #[test]
    fn references_keep_their_order_and_their_bytes() {
        let mut request = Request::new("x", "m");
        request.inputs = vec![photo(8), photo(16), input("anim.gif", &hole(), ImageFormat::Gif)];
        let uploads = prepare(&request, MaskStyle::Alpha).unwrap();
        assert_eq!(uploads.images[0].bytes, request.inputs[0].bytes);
        assert_eq!(uploads.images[1].bytes, request.inputs[1].bytes);
        assert_eq!((uploads.images[2].name.as_str(), uploads.images[2].format), ("anim.png", Format::Png));
    }

    #[test]
    fn a_drawing_goes_as_the_picture_it_describes() {
        let text = r#"<svg xmlns="http://www.w3.org/2000/svg" width="16" height="8"><rect width="16" height="8" fill="red"/></svg>"#;
        let mut request = Request::new("x", "m");
        let bytes = Bytes::from_static(text.as_bytes());
        request.inputs =
            vec![Input { name: "a.svg".into(), format: Format::Svg, size: Size::new(16, 8), bytes, svg: None }];
        let upload = prepare(&request, MaskStyle::Alpha).unwrap().images.remove(0);
        let picture = image::load_from_memory(&upload.bytes).unwrap().to_rgba8();
        assert_eq!((upload.name.as_str(), picture.dimensions()), ("a.png", (16, 8)));
        assert_eq!(picture.get_pixel(3, 3).0, [255, 0, 0, 255]);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let mut broken = photo(8);
        broken.bytes = Bytes::from_static(b"nonsense");
        assert!(masked(broken, MaskStyle::Alpha).unwrap_err().starts_with("`photo.png` cannot be read"));
    }
}
