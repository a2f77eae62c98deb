//! The overlay on the first reference image: a mask of where it may change, or a markup of what to change.
//! The meaning of an overlay is never altered; where only a guess would help, it is rejected with a hint.

use image::{DynamicImage, GenericImageView, Luma, RgbaImage, imageops::FilterType};

use super::upload::{Upload, decode, invalid, png};
use crate::{BackendError, Format, RequestImage, Size, openai::server_profile::MaskStyle};

/// The largest mask that is sent unchanged, in bytes: OpenAI's API reference says less than 4 MB, its guide 50 MB.
const LARGEST: usize = 4_000_000;

/// The reference image under the overlay.
#[derive(Clone, Copy)]
pub(super) struct OverlayTarget<'a> {
    pub(super) name: &'a str,
    /// Its size as the user has it.
    pub(super) size: Size,
    /// Its size as it is sent.
    pub(super) sent: Size,
}

/// Prepares a mask, whose transparent pixels are redrawn.
pub(super) fn mask(
    mask: &RequestImage,
    below: OverlayTarget<'_>,
    style: MaskStyle,
    notes: &mut Vec<String>,
) -> Result<Upload, BackendError> {
    let picture = decode_with_transparency(("mask", mask), "erase the parts to redraw, so that they are transparent")?;
    let alpha = fit_to_reference(("mask", mask), picture, below, FilterType::Nearest, notes)?;
    notes.push("a mask only guides the model; pixels outside it may have changed too".to_owned());
    if style == MaskStyle::White {
        let white = |x, y| Luma([if alpha.get_pixel(x, y).0[3] == 0 { 255_u8 } else { 0 }]);
        let luma = image::GrayImage::from_fn(alpha.width(), alpha.height(), white);
        return png(&mask.name, &luma.into());
    }
    if can_send_unchanged(mask, &alpha) {
        return Ok(unchanged(mask));
    }
    let upload = png(&mask.name, &DynamicImage::ImageRgba8(alpha.clone()))?;
    if upload.bytes.len() <= LARGEST {
        return Ok(upload);
    }
    // Only the mask's alpha channel is read, and that alone compresses well.
    let bare =
        RgbaImage::from_fn(alpha.width(), alpha.height(), |x, y| image::Rgba([0, 0, 0, alpha.get_pixel(x, y).0[3]]));
    png(&mask.name, &bare.into())
}

/// Prepares a markup: strokes, arrows and text on a transparent background.
pub(super) fn markup(
    markup: &RequestImage,
    below: OverlayTarget<'_>,
    notes: &mut Vec<String>,
) -> Result<Upload, BackendError> {
    let picture = decode_with_transparency(
        ("markup", markup),
        "draw on a separate transparent layer, and save that layer as PNG",
    )?;
    let alpha = fit_to_reference(("markup", markup), picture, below, FilterType::Lanczos3, notes)?;
    if can_send_unchanged(markup, &alpha) { Ok(unchanged(markup)) } else { png(&markup.name, &alpha.into()) }
}

/// Decodes the pixels; fails if none of them are transparent.
fn decode_with_transparency((what, input): (&str, &RequestImage), hint: &str) -> Result<DynamicImage, BackendError> {
    let name = &input.name;
    if input.format == Format::Svg {
        return Err(invalid(format!("the {what} `{name}` is an SVG")).with_hint("convert it to PNG first"));
    }
    let picture = decode(input)?;
    if !picture.color().has_alpha() {
        return Err(invalid(format!("the {what} `{name}` has no transparency")).with_hint(hint));
    }
    if picture.pixels().all(|(_, _, pixel)| pixel.0[3] != 0) {
        return Err(invalid(format!("nothing in the {what} `{name}` is transparent")).with_hint(hint));
    }
    Ok(picture)
}

/// Scales the overlay to the size of the image below. An overlay made for a smaller or larger copy is scaled; one with
/// another aspect ratio is rejected, since only the user knows where it belongs.
fn fit_to_reference(
    (what, input): (&str, &RequestImage),
    picture: DynamicImage,
    below: OverlayTarget<'_>,
    filter: FilterType,
    notes: &mut Vec<String>,
) -> Result<RgbaImage, BackendError> {
    let size = Size::new(picture.width(), picture.height());
    if size == below.sent {
        return Ok(picture.into_rgba8());
    }
    if size != below.size && !size.has_same_aspect_ratio(below.size) {
        let (name, under) = (&input.name, below.name);
        return Err(invalid(format!("the {what} `{name}` is {size}, but the image `{under}` is {}", below.size))
            .with_hint(format!("use a {what} with the size of the first image, or at least its aspect ratio")));
    }
    notes.push(format!("the {what} `{}` was scaled from {size} to {}", input.name, below.sent));
    Ok(image::imageops::resize(&picture.into_rgba8(), below.sent.width, below.sent.height, filter))
}

/// Returns whether the file can be sent unchanged: a PNG with eight-bit red, green, blue and alpha, which every server
/// accepts, not too large, and of the right size.
fn can_send_unchanged(input: &RequestImage, pixels: &RgbaImage) -> bool {
    let is_rgba_png = input.format == Format::Png && input.bytes.get(24..26) == Some(&[8, 6]);
    is_rgba_png && input.bytes.len() <= LARGEST && pixels.dimensions() == (input.size.width, input.size.height)
}

fn unchanged(input: &RequestImage) -> Upload {
    Upload { name: input.name.clone(), format: Format::Png, bytes: input.bytes.clone() }
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, RgbImage, Rgba};
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        ErrorKind, Request,
        gpt_image::reference_images::{
            Uploads, prepare,
            tests::{hole, input, photo},
        },
    };

    fn laid(change: impl FnOnce(&mut Request), style: MaskStyle) -> Result<Uploads, String> {
        let mut request = Request::new("x", "m");
        request.inputs = vec![photo(8)];
        change(&mut request);
        prepare(&request, style).map_err(|error| {
            assert!(error.hint.is_some() && error.kind == ErrorKind::InvalidParameter);
            error.message
        })
    }

    fn masked(mask: RequestImage, style: MaskStyle) -> Result<Upload, String> {
        laid(|request| request.mask = Some(mask), style).map(|uploads| uploads.mask.unwrap())
    }

    fn marked(markup: RequestImage) -> Result<Upload, String> {
        laid(|request| request.markup = Some(markup), MaskStyle::Alpha).map(|uploads| uploads.markup.unwrap())
    }

    #[test]
    fn a_valid_mask_is_sent_unchanged() {
        let mask = input("mask.png", &hole(), ImageFormat::Png);
        assert_eq!(masked(mask.clone(), MaskStyle::Alpha).unwrap().bytes, mask.bytes);
        assert_eq!(marked(mask.clone()).unwrap().bytes, mask.bytes);
    }

    #[test]
    fn a_mask_in_another_format_is_converted() {
        let upload = masked(input("mask.webp", &hole(), ImageFormat::WebP), MaskStyle::Alpha).unwrap();
        assert_eq!((upload.name.as_str(), upload.format), ("mask.png", Format::Png));
        assert_eq!(image::load_from_memory(&upload.bytes).unwrap().to_rgba8(), hole().to_rgba8());
        let gray = DynamicImage::ImageLumaA8(hole().to_luma_alpha8());
        let upload = masked(input("grey.png", &gray, ImageFormat::Png), MaskStyle::Alpha).unwrap();
        assert_eq!(image::load_from_memory(&upload.bytes).unwrap().color(), image::ColorType::Rgba8);
    }

    #[test]
    fn only_masks_of_the_same_aspect_ratio_are_scaled() {
        let small = image::imageops::resize(&hole().to_rgba8(), 4, 4, FilterType::Nearest);
        let uploads =
            laid(|request| request.mask = Some(input("small.png", &small.into(), ImageFormat::Png)), MaskStyle::Alpha)
                .unwrap();
        let sent = image::load_from_memory(&uploads.mask.unwrap().bytes).unwrap();
        assert_eq!(sent.to_rgba8().enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] == 0).count(), 32);
        assert_eq!(uploads.notes[0], "the mask `small.png` was scaled from 4x4 to 8x8");
        let other = RgbaImage::new(9, 8);
        let refused = masked(input("m.png", &other.into(), ImageFormat::Png), MaskStyle::Alpha).unwrap_err();
        assert_eq!(refused, "the mask `m.png` is 9x8, but the image `photo.png` is 8x8");
    }

    #[test]
    fn an_oversized_mask_loses_only_its_colors() {
        let mut state = 1_u32;
        let noisy = RgbaImage::from_fn(1100, 1100, |x, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgba([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8, if x < 500 { 0 } else { 255 }])
        });
        let mut request = Request::new("x", "m");
        request.inputs = vec![input("photo.png", &RgbImage::new(1100, 1100).into(), ImageFormat::Png)];
        let mask = input("mask.png", &noisy.clone().into(), ImageFormat::Png);
        let (style, large) =
            (MaskStyle::Alpha, RequestImage { bytes: [&mask.bytes[..], &vec![0; LARGEST]].concat().into(), ..mask });
        request.mask = Some(large);
        let sent = prepare(&request, style).unwrap().mask.unwrap();
        assert!(sent.bytes.len() < LARGEST);
        let sent = image::load_from_memory(&sent.bytes).unwrap().to_rgba8();
        assert!(sent.pixels().zip(noisy.pixels()).all(|(sent, was)| sent.0[3] == was.0[3]));
    }

    #[test]
    fn a_server_that_wants_white_gets_white() {
        let upload = masked(input("mask.png", &hole(), ImageFormat::Png), MaskStyle::White).unwrap();
        let luma = image::load_from_memory(&upload.bytes).unwrap();
        assert_eq!(luma.color(), image::ColorType::L8);
        assert_eq!((luma.to_luma8().get_pixel(0, 0).0, luma.to_luma8().get_pixel(7, 0).0), ([255], [0]));
    }

    #[test]
    fn empty_masks_and_markups_are_rejected() {
        let file = |picture: DynamicImage| input("m.png", &picture, ImageFormat::Png);
        let refused = |picture| masked(file(picture), MaskStyle::Alpha).unwrap_err();
        assert_eq!(refused(RgbImage::new(8, 8).into()), "the mask `m.png` has no transparency");
        let solid = RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 255]));
        assert_eq!(refused(solid.clone().into()), "nothing in the mask `m.png` is transparent");
        assert_eq!(marked(file(solid.into())).unwrap_err(), "nothing in the markup `m.png` is transparent");
    }

    #[test]
    fn files_that_are_no_image_are_rejected() {
        let mut broken = photo(8);
        broken.bytes = bytes::Bytes::from_static(b"nonsense");
        assert!(masked(broken, MaskStyle::Alpha).unwrap_err().starts_with("`photo.png` cannot be read"));
    }
}
