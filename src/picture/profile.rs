//! Colours of pictures that say what they mean by them, as sRGB, which is what terminals show.
//! Not for pictures without an ICC profile: those are sRGB already, as everybody takes them.

use image::RgbaImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// `picture` in sRGB, if `icc` is a profile of RGB colours that can be understood. A broken profile is no reason to
/// withhold the picture: it is shown as it is.
pub(super) fn to_srgb(picture: RgbaImage, icc: &[u8]) -> RgbaImage {
    let Ok(profile) = ColorProfile::new_from_slice(icc) else { return picture };
    if profile.color_space != DataColorSpace::Rgb {
        return picture;
    }
    let srgb = ColorProfile::new_srgb();
    let mut converted = vec![0; picture.as_raw().len()];
    let done = profile
        .create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, TransformOptions::default())
        .and_then(|transform| transform.transform(picture.as_raw(), &mut converted));
    match done {
        Ok(()) => RgbaImage::from_raw(picture.width(), picture.height(), converted).unwrap_or(picture),
        Err(_) => picture,
    }
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    fn shown(color: [u8; 4], profile: &ColorProfile) -> [u8; 4] {
        let picture = RgbaImage::from_pixel(4, 4, Rgba(color));
        to_srgb(picture, &profile.encode().unwrap()).get_pixel(1, 1).0
    }

    fn near(one: [u8; 4], other: [u8; 4]) -> bool {
        one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= 2)
    }

    /// By the matrices of CSS Color 4, section 10.
    #[test]
    fn colours_of_display_p3_are_shown_as_they_were_meant() {
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
    fn a_tag_that_says_srgb_changes_nothing() {
        for color in [[10, 120, 240, 255], [255, 128, 0, 77], [3, 3, 3, 255]] {
            let seen = shown(color, &ColorProfile::new_srgb());
            assert!(near(seen, color), "{color:?} is shown as {seen:?}");
        }
    }

    #[test]
    fn a_broken_profile_leaves_the_picture_as_it_is() {
        let picture = RgbaImage::from_pixel(4, 4, Rgba([9, 8, 7, 255]));
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        for length in [0, 20, 128, 140, profile.len() / 2] {
            to_srgb(picture.clone(), &profile[..length]);
        }
        assert_eq!(to_srgb(picture.clone(), b"not a profile"), picture);
    }
}
