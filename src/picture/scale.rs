//! Resampling of the cropped part of an image to the samples that the terminal shows.
//!
//! The crop and the size are decided in `fit`.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::RgbaImage;
use tintype_backends::Size;

use super::{
    DisplayError,
    box_filter::BoxFilter,
    fit::{Crop, FitPlan},
    srgb::TransferFunction,
};

/// Size limit in bytes for linear light. Larger images are averaged as they are, because the conversion would cause a
/// noticeable delay.
const LINEAR_LIMIT: usize = 64 << 20;

/// Returns the samples that `plan` asks for. Alpha is premultiplied before pixels are mixed, so that the color of
/// transparent pixels never bleeds.
pub(super) fn scale(picture: &RgbaImage, plan: &FitPlan) -> Result<RgbaImage, DisplayError> {
    if plan.samples == picture.dimensions() && plan.crop.width as u32 == picture.width() {
        return Ok(picture.clone());
    }
    let shrinks = plan.crop.width >= 2.0 * f64::from(plan.samples.0);
    let pixels = if shrinks && !plan.nearest_neighbor && picture.as_raw().len() <= LINEAR_LIMIT {
        let curve = TransferFunction::new();
        curve.to_srgb(&linear(picture, plan, &curve)?)
    } else {
        let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x4);
        resized(&source.map_err(failed)?, plan, PixelType::U8x4, is_opaque(picture))?.into_vec()
    };
    RgbaImage::from_raw(plan.samples.0, plan.samples.1, pixels)
        .ok_or_else(|| failed("the samples do not fill the image"))
}

/// Scales a whole image to `size`, with the quality of the images on screen.
pub fn resize(image: &RgbaImage, size: Size) -> Result<RgbaImage, DisplayError> {
    let crop = Crop { left: 0.0, top: 0.0, width: f64::from(image.width()), height: f64::from(image.height()) };
    let (samples, cells) = ((size.width, size.height), ratatui::layout::Size::ZERO);
    let mut scaled = scale(image, &FitPlan { crop, samples, cells, nearest_neighbor: false })?;
    if is_opaque(image) {
        // Rounding may leave a pixel slightly transparent.
        scaled.pixels_mut().for_each(|pixel| pixel.0[3] = u8::MAX);
    }
    Ok(scaled)
}

/// Resamples in linear light. Averaging sRGB values would darken fine bright detail, so that stars and windows at night
/// vanish.
fn linear(picture: &RgbaImage, plan: &FitPlan, curve: &TransferFunction) -> Result<Image<'static>, DisplayError> {
    match BoxFilter::new(picture.dimensions(), plan) {
        Some(boxes) => {
            let plan = FitPlan { crop: boxes.crop(plan.crop), ..*plan };
            resized(&boxes.averages(picture, curve), &plan, PixelType::U16x4, false)
        }
        None => resample_directly(picture, plan, curve),
    }
}

/// Returns the samples in linear light, from every pixel of the image.
fn resample_directly(
    picture: &RgbaImage,
    plan: &FitPlan,
    curve: &TransferFunction,
) -> Result<Image<'static>, DisplayError> {
    resized(&curve.to_linear(picture), plan, PixelType::U16x4, false)
}

fn resized(
    source: &impl fast_image_resize::IntoImageView,
    plan: &FitPlan,
    kind: PixelType,
    opaque: bool,
) -> Result<Image<'static>, DisplayError> {
    let Crop { left, top, width, height } = plan.crop;
    let filter = if plan.nearest_neighbor { ResizeAlg::Nearest } else { ResizeAlg::Convolution(FilterType::Lanczos3) };
    let options = ResizeOptions::new().resize_alg(filter).crop(left, top, width, height).use_alpha(!opaque);
    let mut target = Image::new(plan.samples.0, plan.samples.1, kind);
    Resizer::new().resize(source, &mut target, &options).map_err(failed)?;
    Ok(target)
}

/// Returns whether every pixel of `picture` is opaque.
pub(super) fn is_opaque(picture: &RgbaImage) -> bool {
    picture.as_raw().as_chunks::<4>().0.iter().all(|pixel| pixel[3] == u8::MAX)
}

fn failed(error: impl std::fmt::Display) -> DisplayError {
    DisplayError::Encode(error.to_string())
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;
    use ratatui::layout::Size as Cells;

    fn plan(from: (u32, u32), to: (u32, u32), nearest_neighbor: bool) -> FitPlan {
        let crop = Crop { left: 0.0, top: 0.0, width: f64::from(from.0), height: f64::from(from.1) };
        FitPlan { crop, samples: to, cells: Cells::new(1, 1), nearest_neighbor }
    }

    #[test]
    fn black_and_white_lines_average_to_half_the_light() {
        let lines = RgbaImage::from_fn(64, 64, |x, _| Rgba(if x % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] }));
        let small = scale(&lines, &plan((64, 64), (8, 8), false)).unwrap();
        let middle = small.get_pixel(4, 4).0;
        assert!((183..=193).contains(&middle[0]), "half the light is sRGB 188, not {middle:?}");
    }

    #[test]
    fn opaque_image_stays_opaque_at_any_size() {
        let image = RgbaImage::from_fn(256, 160, |x, y| Rgba([x as u8, y as u8, (x * y) as u8, 255]));
        for width in [7, 100, 128, 255, 300] {
            let resized = resize(&image, Size::new(width, 90)).unwrap();
            assert!(resized.dimensions() == (width, 90) && is_opaque(&resized), "{width}");
        }
    }

    #[test]
    fn the_color_under_transparency_does_not_bleed() {
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
    fn the_color_under_transparency_does_not_bleed_into_a_box() {
        let edge = |x: u32| if x < 152 { [255, 255, 255, 255] } else { [255, 0, 0, 0] };
        let picture = RgbaImage::from_fn(300, 300, |x, _| Rgba(edge(x)));
        let small = scale(&picture, &plan((300, 300), (20, 20), false)).unwrap();
        assert!(small.pixels().any(|p| (17..250).contains(&p.0[3])), "no sample lies on the edge");
        for pixel in small.pixels().filter(|p| p.0[3] > 16) {
            assert!(pixel.0[1] > 250, "red bled into {pixel:?}");
        }
    }

    /// Returns the result of `scale` for `picture` without boxes.
    fn direct(picture: &RgbaImage, plan: &FitPlan) -> RgbaImage {
        let curve = TransferFunction::new();
        let pixels = curve.to_srgb(&resample_directly(picture, plan, &curve).unwrap());
        RgbaImage::from_raw(plan.samples.0, plan.samples.1, pixels).unwrap()
    }

    /// Returns the similarity of two images: peak signal-to-noise ratio, in dB.
    fn psnr(one: &RgbaImage, other: &RgbaImage) -> f64 {
        let squares = one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
        10.0 * (255.0 * 255.0 * one.as_raw().len() as f64 / squares.sum::<f64>().max(1e-9)).log10()
    }

    #[test]
    fn averaging_boxes_first_looks_as_averaging_every_pixel() {
        let mut random = fastrand::Rng::with_seed(11);
        let noise = RgbaImage::from_fn(503, 701, |_, _| Rgba([random.u8(..), random.u8(..), random.u8(..), 255]));
        let gradient = RgbaImage::from_fn(503, 701, |x, y| Rgba([(x / 3) as u8, (y / 4) as u8, 70, 200]));
        let mut grain = gradient.clone();
        grain.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|level| level + random.u8(..48)));
        let sizes = [(33, 46), (60, 90), (66, 46)];
        for (picture, sizes) in [(noise, &sizes[..1]), (gradient, &sizes), (grain, &sizes)] {
            for &samples in sizes {
                let whole = plan((503, 701), samples, false);
                let crop = Crop { left: 33.7, top: 51.2, width: 411.3, height: 602.9 };
                for plan in [whole, FitPlan { crop, ..whole }] {
                    let psnr = psnr(&scale(&picture, &plan).unwrap(), &direct(&picture, &plan));
                    assert!((45.0..100.0).contains(&psnr), "{psnr:.1} dB for {plan:?}");
                }
            }
        }
    }

    #[test]
    fn a_crop_between_boxes_is_placed_right() {
        let crop = Crop { left: 101.7, top: 0.0, width: 640.0, height: 640.0 };
        let plan = FitPlan { crop, ..plan((0, 0), (40, 40), false) };
        let edge = |bright: bool| Rgba(if bright { [255; 4] } else { [0, 0, 0, 255] });
        for at in 500..506 {
            let picture = RgbaImage::from_fn(1003, 1003, |x, _| edge(x < at));
            let small = scale(&picture, &plan).unwrap();
            let curve = TransferFunction::new();
            let row = (0..40).map(|x| f64::from(curve.light[usize::from(small.get_pixel(x, 20).0[0])]) / 65535.0);
            let (seen, right) = (row.sum::<f64>(), (f64::from(at) - 101.7) / 16.0);
            assert!((seen - right).abs() < 0.25, "the edge is at {seen:.2} samples, not {right:.2}");
        }
    }

    #[test]
    fn a_slightly_shrunk_image_is_averaged_from_every_pixel() {
        let picture = RgbaImage::from_fn(295, 295, |x, y| Rgba([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8, 255]));
        let (little, much) = (plan((295, 295), (50, 50), false), plan((295, 295), (49, 49), false));
        assert_eq!(scale(&picture, &little).unwrap(), direct(&picture, &little));
        assert!(BoxFilter::new((295, 295), &little).is_none() && BoxFilter::new((295, 295), &much).is_some());
    }

    #[test]
    fn crisp_pixels_are_repeated() {
        let two = RgbaImage::from_raw(2, 1, vec![1, 2, 3, 255, 9, 8, 7, 255]).unwrap();
        let large = scale(&two, &plan((2, 1), (4, 2), true)).unwrap();
        assert_eq!(large.get_pixel(1, 1).0, [1, 2, 3, 255]);
        assert_eq!(large.get_pixel(2, 0).0, [9, 8, 7, 255]);
    }

    #[test]
    fn an_image_of_the_right_size_is_unchanged() {
        let picture = RgbaImage::from_fn(7, 5, |x, y| Rgba([x as u8, y as u8, 77, 255]));
        assert_eq!(scale(&picture, &plan((7, 5), (7, 5), false)).unwrap(), picture);
    }
}
