//! The token usage of a request: the published table and algorithm for output, the published tiles for input.
//! No prices: the service reports tokens and leaves the cost to the client.

use serde_json::{Value, json};

use crate::catalog::{CatalogModel, Tokens};

/// Output tokens of one delivered partial image.
pub(crate) const PARTIAL: u64 = 100;

/// The tokens of one response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) text_in: u64,
    pub(crate) image_in: u64,
    pub(crate) image_out: u64,
    /// The part of the input text that is reported as cached.
    pub(crate) cached: Option<u64>,
    /// True if the usage breaks its output down into details.
    pub(crate) output_details: bool,
}

impl Usage {
    pub(crate) fn json(self) -> Value {
        let input = self.text_in + self.image_in;
        let mut value = json!({
            "total_tokens": input + self.image_out, "input_tokens": input, "output_tokens": self.image_out,
            "input_tokens_details": {"text_tokens": self.text_in, "image_tokens": self.image_in},
        });
        if self.output_details {
            value["output_tokens_details"] = json!({"image_tokens": self.image_out, "text_tokens": 0});
        }
        if let Some(cached) = self.cached {
            value["input_tokens_details"]["cached_tokens"] = cached.into();
        }
        value
    }
}

/// Returns the output tokens of one finished image of this quality and size in pixels.
pub(crate) fn output_tokens(model: &CatalogModel, quality: &str, (width, height): (u32, u32)) -> u64 {
    match &model.family.tokens {
        Tokens::Table(_) => table(quality, width, height),
        Tokens::Axis(axes) => formula(axes.get(quality).copied().unwrap_or(0), width.into(), height.into()),
    }
}

fn table(quality: &str, width: u32, height: u32) -> u64 {
    let row = match quality {
        "low" => [272, 408, 400],
        "medium" => [1056, 1584, 1568],
        _ => [4160, 6240, 6208],
    };
    match width.cmp(&height) {
        std::cmp::Ordering::Equal => row[0],
        std::cmp::Ordering::Less => row[1],
        std::cmp::Ordering::Greater => row[2],
    }
}

fn formula(axis: u64, width: u64, height: u64) -> u64 {
    let (long, short) = (width.max(height), width.min(height));
    let across = (2 * axis * short + long) / (2 * long);
    (axis * across * (2_000_000 + width * height)).div_ceil(4_000_000)
}

/// Returns the text tokens of a prompt. No tokenizer is published: a quarter of its characters.
pub(crate) fn text_tokens(prompt: &str) -> u64 {
    (prompt.chars().count() as u64).div_ceil(4)
}

/// Returns the input tokens of reference images in pixels. Only the first gets the extra detail of high fidelity.
/// Models without a published formula (gpt-image-2 and later) use the same one, always at high fidelity.
pub(crate) fn image_tokens(images: &[(u32, u32)], high: bool) -> u64 {
    let tiles: u64 = images.iter().map(|size| 65 + 129 * tiles(*size)).sum();
    let detail = match images.first() {
        Some((width, height)) if high && width == height => 4160,
        Some(_) if high => 6240,
        _ => 0,
    };
    tiles + detail
}

/// Returns the number of 512-pixel tiles of an image fitted into 2048x2048 and then to a shortest side of 512.
fn tiles((width, height): (u32, u32)) -> u64 {
    let (width, height) = (f64::from(width), f64::from(height));
    let fit = (2048.0 / width.max(height)).min(1.0);
    let scale = fit * (512.0 / (width * fit).min(height * fit)).min(1.0);
    let count = |side: f64| ((side * scale / 512.0) - 1e-9).ceil().max(1.0) as u64;
    count(width) * count(height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ModelCatalog;

    fn tokens(model: &str, quality: &str, size: (u32, u32)) -> u64 {
        output_tokens(ModelCatalog::embedded().find(model).unwrap(), quality, size)
    }

    #[test]
    fn gpt_image_1_matches_the_published_table() {
        let sizes = [(1024, 1024), (1024, 1536), (1536, 1024)];
        let rows = [("low", [272, 408, 400]), ("medium", [1056, 1584, 1568]), ("high", [4160, 6240, 6208])];
        for (quality, cells) in rows {
            for (size, cell) in sizes.into_iter().zip(cells) {
                assert_eq!(tokens("gpt-image-1", quality, size), cell, "{quality} {size:?}");
            }
        }
    }

    #[test]
    fn gpt_image_2_matches_the_published_figures() {
        let sizes = [(1024, 1024), (1536, 1024), (2048, 2048), (2048, 1152), (3840, 2160)];
        let rows = [
            ("low", [196, 158, 397, 157, 371]),
            ("medium", [1756, 1372, 3568, 1413, 3336]),
            ("high", [7024, 5488, 14272, 5650, 13342]),
        ];
        for (quality, cells) in rows {
            for (size, cell) in sizes.into_iter().zip(cells) {
                assert_eq!(tokens("gpt-image-2", quality, size), cell, "{quality} {size:?}");
                assert_eq!(tokens("gpt-image-2", quality, (size.1, size.0)), cell, "{quality} {size:?} turned");
            }
        }
    }

    #[test]
    fn gpt_image_2_5_has_five_qualities() {
        let row = ["low", "medium", "high", "xhigh", "max"].map(|q| tokens("gpt-image-2.5-flare", q, (1024, 1024)));
        assert_eq!(row, [196, 439, 1756, 3122, 7024]);
    }

    #[test]
    fn reference_of_1024_pixels_costs_what_the_guide_states() {
        assert_eq!(image_tokens(&[(1024, 1024)], false), 194);
        assert_eq!(image_tokens(&[(1024, 1024)], true), 4354);
        assert_eq!(image_tokens(&[(1024, 1536)], true), 65 + 129 * 2 + 6240);
        assert_eq!(image_tokens(&[], true), 0);
    }
}
