//! Sizes: the fixed three, or anything within the published limits.
//! `auto` becomes one of the three, after the first reference if there is one.

use crate::catalog::{CatalogModel, Sizes};
use crate::error::ApiError;

const FIXED: [(u32, u32); 3] = [(1024, 1024), (1536, 1024), (1024, 1536)];

/// Returns the size in pixels for a request.
pub(super) fn resolve(model: &CatalogModel, text: &str, first: Option<(u32, u32)>) -> Result<(u32, u32), ApiError> {
    if text == "auto" {
        return Ok(first.map_or(FIXED[0], nearest));
    }
    let refuse = |code: &str, message: String| Err(ApiError::invalid(code, "size", message));
    let supported = "Supported values are: '1024x1024', '1024x1536', '1536x1024', and 'auto'.";
    match (parse(text), model.family.sizes) {
        (Some(size), Sizes::Free) => free(text, size),
        (Some(size), Sizes::Fixed) if FIXED.contains(&size) => Ok(size),
        (Some(_), Sizes::Fixed) => refuse("unsupported_value", format!("Invalid value: '{text}'. {supported}")),
        (None, Sizes::Fixed) => refuse("invalid_value", format!("Invalid value: '{text}'. {supported}")),
        (None, Sizes::Free) => {
            refuse("invalid_value", format!("Invalid size '{text}'. Expected WIDTHxHEIGHT or 'auto'."))
        }
    }
}

/// Parses `WIDTHxHEIGHT` in pixels.
pub(super) fn parse(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    let plain = |side: &str| side.bytes().all(|byte| byte.is_ascii_digit()).then(|| side.parse().ok())?;
    Some((plain(width)?, plain(height)?))
}

fn free(text: &str, (width, height): (u32, u32)) -> Result<(u32, u32), ApiError> {
    let pixels = u64::from(width) * u64::from(height);
    let reason = if width == 0 || height == 0 || width % 16 != 0 || height % 16 != 0 {
        "Width and height must both be divisible by 16."
    } else if width.max(height) > 3840 {
        "The longest edge must not exceed 3840 pixels."
    } else if width.max(height) > 3 * width.min(height) {
        "The aspect ratio must be between 1:3 and 3:1."
    } else if !(655_360..=8_294_400).contains(&pixels) {
        "The total number of pixels must be between 655360 and 8294400."
    } else {
        return Ok((width, height));
    };
    Err(ApiError::invalid("invalid_value", "size", format!("Invalid size '{text}'. {reason}")))
}

/// Returns the fixed size with the closest aspect ratio.
fn nearest((width, height): (u32, u32)) -> (u32, u32) {
    let ratio = f64::from(width) / f64::from(height.max(1));
    match ratio {
        wide if wide > 1.25 => FIXED[1],
        tall if tall < 0.8 => FIXED[2],
        _ => FIXED[0],
    }
}
