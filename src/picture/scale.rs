//! Resampling: the cut-out part of a picture to the samples that the terminal shows.
//! Not for deciding what is cut out or how large it becomes; that is `fit`.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, create_srgb_mapper,
    images::{Image, ImageRef},
};
use image::RgbaImage;

use super::{
    PictureError,
    fit::{Crop, Plan},
};

/// Pictures larger than this many bytes are averaged as they are: the detour through linear light would be felt.
const LINEAR_LIMIT: usize = 64 << 20;

/// The samples that `plan` asks for. Alpha is multiplied in before mixing pixels, so that the colour of what is
/// transparent never bleeds.
pub(super) fn scale(picture: &RgbaImage, plan: &Plan) -> Result<RgbaImage, PictureError> {
    if plan.samples == picture.dimensions() && plan.crop.width as u32 == picture.width() {
        return Ok(picture.clone());
    }
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x4).map_err(failed)?;
    let shrinks = plan.crop.width >= 2.0 * f64::from(plan.samples.0);
    let pixels = if shrinks && !plan.crisp && picture.as_raw().len() <= LINEAR_LIMIT {
        linear(&source, plan)?
    } else {
        resized(&source, plan, PixelType::U8x4, is_opaque(picture))?
    };
    RgbaImage::from_raw(plan.samples.0, plan.samples.1, pixels.into_vec())
        .ok_or_else(|| failed("the samples do not fill the picture"))
}

/// Averaging sRGB values darkens fine bright detail; stars and windows at night vanish. In linear light they stay.
fn linear(source: &ImageRef<'_>, plan: &Plan) -> Result<Image<'static>, PictureError> {
    let mapper = create_srgb_mapper();
    let mut light = Image::new(source.width(), source.height(), PixelType::U16x4);
    mapper.forward_map(source, &mut light).map_err(failed)?;
    let small = resized(&light, plan, PixelType::U16x4, false)?;
    let mut pixels = Image::new(plan.samples.0, plan.samples.1, PixelType::U8x4);
    mapper.backward_map(&small, &mut pixels).map_err(failed)?;
    Ok(pixels)
}

fn resized(
    source: &impl fast_image_resize::IntoImageView,
    plan: &Plan,
    kind: PixelType,
    opaque: bool,
) -> Result<Image<'static>, PictureError> {
    let Crop { left, top, width, height } = plan.crop;
    let filter = if plan.crisp { ResizeAlg::Nearest } else { ResizeAlg::Convolution(FilterType::Lanczos3) };
    let options = ResizeOptions::new().resize_alg(filter).crop(left, top, width, height).use_alpha(!opaque);
    let mut target = Image::new(plan.samples.0, plan.samples.1, kind);
    Resizer::new().resize(source, &mut target, &options).map_err(failed)?;
    Ok(target)
}

/// Whether no pixel of `picture` lets anything through.
pub(super) fn is_opaque(picture: &RgbaImage) -> bool {
    picture.as_raw().as_chunks::<4>().0.iter().all(|pixel| pixel[3] == u8::MAX)
}

fn failed(error: impl std::fmt::Display) -> PictureError {
    PictureError::Encode(error.to_string())
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;
    use ratatui::layout::Size;

    fn plan(from: (u32, u32), to: (u32, u32), crisp: bool) -> Plan {
        let crop = Crop { left: 0.0, top: 0.0, width: f64::from(from.0), height: f64::from(from.1) };
        Plan { crop, samples: to, cells: Size::new(1, 1), crisp }
    }

    #[test]
    fn black_and_white_lines_average_to_half_the_light() {
        let lines = RgbaImage::from_fn(64, 64, |x, _| Rgba(if x % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] }));
        let small = scale(&lines, &plan((64, 64), (8, 8), false)).unwrap();
        let middle = small.get_pixel(4, 4).0;
        assert!((183..=193).contains(&middle[0]), "half the light is sRGB 188, not {middle:?}");
    }

    #[test]
    fn the_colour_under_transparency_does_not_bleed() {
        let edge = |x: u32| if x < 32 { [255, 255, 255, 255] } else { [255, 0, 0, 0] };
        let picture = RgbaImage::from_fn(64, 64, |x, _| Rgba(edge(x)));
        for size in [24, 48] {
            let small = scale(&picture, &plan((64, 64), (size, size), false)).unwrap();
            for pixel in small.pixels().filter(|p| p.0[3] > 16) {
                assert!(pixel.0[1] > 245, "red bled into {pixel:?} at {size}");
            }
        }
    }

    #[test]
    fn crisp_pixels_are_repeated() {
        let two = RgbaImage::from_raw(2, 1, vec![1, 2, 3, 255, 9, 8, 7, 255]).unwrap();
        let large = scale(&two, &plan((2, 1), (4, 2), true)).unwrap();
        assert_eq!(large.get_pixel(1, 1).0, [1, 2, 3, 255]);
        assert_eq!(large.get_pixel(2, 0).0, [9, 8, 7, 255]);
    }

    #[test]
    fn a_picture_of_the_right_size_is_left_alone() {
        let picture = RgbaImage::from_fn(7, 5, |x, y| Rgba([x as u8, y as u8, 77, 255]));
        assert_eq!(scale(&picture, &plan((7, 5), (7, 5), false)).unwrap(), picture);
    }
}
