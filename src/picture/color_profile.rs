//! Conversion of images with color information to sRGB, which terminals show.
//!
//! Images without color information are treated as sRGB, as is customary.

use std::borrow::Cow;

use image::RgbaImage;
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, ToneReprCurve,
    TransferCharacteristics, TransformOptions,
};
use tintype_backends::Format;

use super::png_chunks;

/// Gamma of sRGB as stored in PNG, in 100,000ths, and the tolerance within which an image still counts as sRGB.
const SRGB_GAMMA: (u32, u32) = (45_455, 1_000);

/// Returns the color profile of the image in `bytes`: its ICC profile or, in a PNG, a chunk that precedes it (`cICP`)
/// or replaces it (`gAMA`), in the order of the PNG specification, third edition, section 4.3. Broken data is ignored.
pub(super) fn detect(bytes: &[u8], format: Format, icc: Option<Vec<u8>>) -> Option<ColorProfile> {
    let chunk = |wanted: &[u8; 4]| {
        let mut before = png_chunks::png_chunks(bytes).take_while(|(kind, _)| kind != b"IDAT");
        before.find(|(kind, _)| kind == wanted).map(|(_, body)| body).filter(|_| format == Format::Png)
    };
    let coded = chunk(b"cICP").and_then(code_points);
    let profile = coded.or_else(|| ColorProfile::new_from_slice(&icc?).ok());
    profile.or_else(|| if chunk(b"sRGB").is_some() { None } else { gamma(chunk(b"gAMA")?) })
}

/// Parses code points of ITU-T H.273 for displays like ours. HDR is excluded, because its tone mapping is unspecified.
fn code_points(body: &[u8]) -> Option<ColorProfile> {
    let &[primaries, transfer, 0, 1] = body else { return None };
    let color_primaries = CicpColorPrimaries::try_from(primaries).ok()?;
    let transfer_characteristics = TransferCharacteristics::try_from(transfer).ok()?;
    let is_hdr = matches!(transfer_characteristics, TransferCharacteristics::Smpte2084 | TransferCharacteristics::Hlg);
    let matrix_coefficients = MatrixCoefficients::Identity;
    let code = CicpProfile { color_primaries, transfer_characteristics, matrix_coefficients, full_range: true };
    // Only the presence of the curve shows whether the profile could be built.
    Some(ColorProfile::new_from_cicp(code)).filter(|profile| !is_hdr && profile.red_trc.is_some())
}

/// Builds a profile with the primaries of sRGB and another curve: light is the value raised to this power, given in
/// 100,000ths.
fn gamma(body: &[u8]) -> Option<ColorProfile> {
    let gamma = u32::from_be_bytes(body.try_into().ok()?);
    if gamma.abs_diff(SRGB_GAMMA.0) <= SRGB_GAMMA.1 || !(10_000..=1_000_000).contains(&gamma) {
        return None;
    }
    let curve = ToneReprCurve::Parametric(vec![100_000.0 / gamma as f32]);
    let mut profile = ColorProfile::new_srgb();
    // The code points would take precedence over the curve.
    profile.cicp = None;
    (profile.red_trc, profile.green_trc) = (Some(curve.clone()), Some(curve.clone()));
    profile.blue_trc = Some(curve);
    Some(profile)
}

/// Converts `picture` to sRGB if `profile` is a usable RGB profile, or a gray one for a gray image. With any other
/// profile the image is shown unchanged, which is better than rejecting it.
pub(super) fn to_srgb(picture: RgbaImage, profile: &ColorProfile) -> RgbaImage {
    let pixels = picture.as_raw();
    let (source, layout): (Cow<'_, [u8]>, _) = match profile.color_space {
        DataColorSpace::Rgb => (pixels.into(), Layout::Rgba),
        DataColorSpace::Gray if is_gray(pixels) => (gray_alpha(pixels).into(), Layout::GrayAlpha),
        _ => return picture,
    };
    let srgb = ColorProfile::new_srgb();
    let mut converted = vec![0; pixels.len()];
    let done = profile
        .create_transform_8bit(layout, &srgb, Layout::Rgba, TransformOptions::default())
        .and_then(|transform| transform.transform(&source, &mut converted));
    match done {
        Ok(()) => RgbaImage::from_raw(picture.width(), picture.height(), converted).unwrap_or(picture),
        Err(_) => picture,
    }
}

fn is_gray(pixels: &[u8]) -> bool {
    pixels.as_chunks::<4>().0.iter().all(|&[red, green, blue, _]| red == green && green == blue)
}

/// Returns gray and alpha of each pixel.
fn gray_alpha(pixels: &[u8]) -> Vec<u8> {
    pixels.as_chunks::<4>().0.iter().flat_map(|&[gray, _, _, alpha]| [gray, alpha]).collect()
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    fn shown(color: [u8; 4], profile: &ColorProfile) -> [u8; 4] {
        let picture = RgbaImage::from_pixel(4, 4, Rgba(color));
        let said = detect(&[], Format::Jpeg, Some(profile.encode().unwrap())).unwrap();
        to_srgb(picture, &said).get_pixel(1, 1).0
    }

    fn near(one: [u8; 4], other: [u8; 4]) -> bool {
        one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 2)
    }

    /// Reference values are from the matrices of CSS Color 4, section 10.
    #[test]
    fn display_p3_is_converted_to_srgb() {
        let profile = ColorProfile::new_display_p3();
        for (p3, srgb) in TABLE {
            let seen = shown(p3, &profile);
            assert!(near(seen, srgb), "{p3:?} is shown as {seen:?}, not {srgb:?}");
        }
    }

    const TABLE: [([u8; 4], [u8; 4]); 4] = [
        ([200, 100, 50, 255], [215, 93, 31, 255]),
        ([90, 160, 120, 128], [61, 162, 117, 128]),
        ([128, 128, 128, 255], [128, 128, 128, 255]),
        ([60, 70, 140, 255], [57, 70, 145, 255]),
    ];

    #[test]
    fn an_srgb_profile_changes_nothing() {
        for color in [[10, 120, 240, 255], [255, 128, 0, 77], [3, 3, 3, 255]] {
            let seen = shown(color, &ColorProfile::new_srgb());
            assert!(near(seen, color), "{color:?} is shown as {seen:?}");
        }
    }

    #[test]
    fn gray_profiles_apply_to_gray_images_only() {
        let linear = ColorProfile::new_gray_with_gamma(1.0);
        let seen = shown([55, 55, 55, 99], &linear);
        assert!(near(seen, [128, 128, 128, 99]), "{seen:?}");
        assert_eq!(shown([55, 56, 55, 255], &linear), [55, 56, 55, 255]);
    }

    #[test]
    fn a_broken_profile_leaves_the_image_unchanged() {
        let picture = RgbaImage::from_pixel(4, 4, Rgba([9, 8, 7, 255]));
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        for length in [0, 20, 128, 140, profile.len() / 2] {
            let said = detect(&[], Format::Jpeg, Some(profile[..length].to_vec()));
            said.map(|said| to_srgb(picture.clone(), &said));
        }
        assert!(detect(&[], Format::Jpeg, Some(b"not a profile".to_vec())).is_none());
    }

    /// Returns the start of a PNG with these chunks.
    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let chunk = |(kind, body): &(&[u8; 4], &[u8])| {
            [&(body.len() as u32).to_be_bytes(), kind.as_slice(), body, b"\0\0\0\0"].concat()
        };
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.iter().flat_map(chunk).collect()].concat()
    }

    #[test]
    fn code_points_go_before_a_profile_and_before_a_gamma() {
        let icc = ColorProfile::new_srgb().encode().unwrap();
        let bytes = png(&[(b"gAMA", &100_000_u32.to_be_bytes()), (b"cICP", &[12, 13, 0, 1])]);
        let said = detect(&bytes, Format::Png, Some(icc)).unwrap();
        for (p3, srgb) in TABLE {
            let seen = to_srgb(RgbaImage::from_pixel(1, 1, Rgba(p3)), &said).get_pixel(0, 0).0;
            assert!(near(seen, srgb), "{p3:?} is shown as {seen:?}, not {srgb:?}");
        }
    }

    #[test]
    fn gamma_applies_without_a_better_profile() {
        let linear = (b"gAMA", &100_000_u32.to_be_bytes()[..]);
        let said = detect(&png(&[linear]), Format::Png, None).unwrap();
        let seen = to_srgb(RgbaImage::from_pixel(1, 1, Rgba([55, 0, 255, 255])), &said).get_pixel(0, 0).0;
        assert!(near(seen, [128, 0, 255, 255]), "{seen:?}");
        assert!(detect(&png(&[(b"sRGB", &[0]), linear]), Format::Png, None).is_none());
        for same in [45_455_u32, 45_000, 0, u32::MAX] {
            assert!(detect(&png(&[(b"gAMA", &same.to_be_bytes())]), Format::Png, None).is_none(), "{same}");
        }
    }

    #[test]
    fn unsupported_code_points_are_ignored() {
        for code in
            [&[9, 16, 0, 1][..], &[9, 18, 0, 1], &[1, 13, 1, 1], &[1, 13, 0, 0], &[2, 2, 0, 1], &[1], &[250, 250, 0, 1]]
        {
            assert!(detect(&png(&[(b"cICP", code)]), Format::Png, None).is_none(), "{code:?}");
        }
        assert!(detect(&png(&[(b"IDAT", &[]), (b"cICP", &[12, 13, 0, 1])]), Format::Png, None).is_none(), "too late");
        assert!(detect(&png(&[(b"cICP", &[12, 13, 0, 1])]), Format::Webp, None).is_none());
    }
}
