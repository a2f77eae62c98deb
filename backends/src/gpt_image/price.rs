//! Image prices: an estimate before the job, from tables and a formula, and the cost after it, from the usage.
//! An unknown price stays unknown; nothing here guesses.

use super::catalog::{GptImagePrices, GptImageSpec, InputTokens};
use crate::{Cost, CostBasis, Estimate, Request, Size, Usage, Usd};

/// The output tokens of one partial preview.
const PARTIAL_TOKENS: u64 = 100;
/// The approximate number of prompt characters per token.
const CHARS_PER_TOKEN: u64 = 4;

/// Returns the expected cost of `request`.
pub(crate) fn estimate(spec: &GptImageSpec, request: &Request, prices_as_of: &str) -> Estimate {
    if spec.costs_nothing {
        return Estimate::FREE;
    }
    let (likely, most) = pictures(spec, request);
    let input_cost = input_cost(spec, request);
    let sum = |picture: Option<Usd>| {
        let partials = spec.prices.image_out.map(|price| Usd::for_tokens(partial_tokens(request), price))?;
        Some((picture? + partials).times(u64::from(request.count.max(1))) + input_cost?)
    };
    // The prices of animations and SVG images are not published.
    if matches!(request.text("format"), Some("gif" | "svg")) {
        return Estimate::default();
    }
    let known = spec.prices != GptImagePrices::default();
    Estimate { usd: sum(likely), upper: sum(most), prices_as_of: known.then(|| prices_as_of.to_owned()), guess: None }
}

fn partial_tokens(request: &Request) -> u64 {
    PARTIAL_TOKENS * request.integer("partial_images").unwrap_or(0).unsigned_abs()
}

/// Returns the likely and the maximum price of one finished image.
fn pictures(spec: &GptImageSpec, request: &Request) -> (Option<Usd>, Option<Usd>) {
    let auto = |quality: &&str| *quality != "auto";
    let quality = request.text("quality").filter(auto);
    let qualities: Vec<&str> = match quality {
        Some(quality) => vec![quality],
        None => spec.qualities.iter().map(String::as_str).filter(auto).collect(),
    };
    let sizes = request.size().map_or_else(|| spec.size.presets.clone(), |size| vec![size]);
    let likely = match (quality, request.size()) {
        (Some(quality), Some(size)) => picture(spec, quality, size),
        _ => None,
    };
    let cells = qualities.iter().flat_map(|quality| sizes.iter().map(|size| bound(spec, quality, *size)));
    let most = cells.collect::<Option<Vec<Usd>>>().and_then(|cells| cells.into_iter().max());
    (likely, most)
}

/// Returns the price of one image: the published one, else that of its tokens.
pub(crate) fn picture(spec: &GptImageSpec, quality: &str, size: Size) -> Option<Usd> {
    let published = spec.each.get(quality).and_then(|sizes| sizes.get(&size)).copied();
    published
        .map(Usd::from_dollars)
        .or_else(|| Some(Usd::for_tokens(tokens(spec, quality, size)?, spec.prices.image_out?)))
}

/// Returns the price of one image, or that of a quality that costs no less.
fn bound(spec: &GptImageSpec, quality: &str, size: Size) -> Option<Usd> {
    let dearer = || spec.at_most.get(quality).and_then(|quality| picture(spec, quality, size));
    picture(spec, quality, size).or_else(dearer)
}

/// Returns the output tokens of one image.
pub(crate) fn tokens(spec: &GptImageSpec, quality: &str, size: Size) -> Option<u64> {
    let listed = spec.tokens.get(quality).and_then(|sizes| sizes.get(&size)).copied();
    listed.or_else(|| spec.axis.get(quality).map(|axis| by_formula(*axis, size)))
}

/// Computes the output tokens with the formula of OpenAI's calculator: `axis` is the number of patches along the long
/// edge.
fn by_formula(axis: u64, size: Size) -> u64 {
    let (long, short) = (u64::from(size.width.max(size.height)), u64::from(size.width.min(size.height)));
    let along_short = (2 * axis * short + long) / (2 * long);
    (axis * along_short * (2_000_000 + size.pixels())).div_ceil(4_000_000)
}

/// Returns the cost of the input: the prompt and the reference images; `None` if there are references and their token
/// count is not published.
fn input_cost(spec: &GptImageSpec, request: &Request) -> Option<Usd> {
    let words = (request.prompt.chars().count() as u64).div_ceil(CHARS_PER_TOKEN);
    let text = Usd::for_tokens(words, spec.prices.text_in?);
    if request.inputs.is_empty() {
        return Some(text);
    }
    if spec.inputs == InputTokens::Unknown {
        return None;
    }
    let closely = request.text("input_fidelity") == Some("high");
    let pictures: u64 = request.inputs.iter().map(|input| tiles(input.size, closely)).sum();
    Some(text + Usd::for_tokens(pictures, spec.prices.image_in?))
}

/// Returns the input tokens of an image that is fitted into 2048 pixels, then to a short edge of 512, and cut into
/// tiles of 512.
fn tiles(size: Size, closely: bool) -> u64 {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let fit = (2048.0 / width.max(height)).min(1.0);
    let scale = fit * (512.0 / (width.min(height) * fit)).min(1.0);
    let along = |edge: f64| (edge * scale / 512.0 - 1e-9).ceil().max(1.0) as u64;
    let low = 65 + 129 * along(width) * along(height);
    // An image counts as square if its ratio is nearer to 1:1 than to 2:3.
    let ratio = width.max(height) / width.min(height);
    match (closely, ratio < 1.25) {
        (false, _) => low,
        (true, true) => low + 4160,
        (true, false) => low + 6240,
    }
}

/// Returns the cost of a job from the provider's usage figures.
pub(crate) fn cost(prices: &GptImagePrices, usage: &Usage, prices_as_of: &str) -> Option<Cost> {
    let usd = cached_input_cost(prices, usage)? + output_cost(prices, usage)?;
    Some(Cost { usd, basis: CostBasis::Usage { prices_as_of: prices_as_of.to_owned() } })
}

fn output_cost(prices: &GptImagePrices, usage: &Usage) -> Option<Usd> {
    let text = usage.output_text_tokens.unwrap_or(0);
    let image = usage.output_image_tokens.or_else(|| usage.output_tokens?.checked_sub(text))?;
    Some(token_cost(image, prices.image_out)? + token_cost(text, prices.text_out)?)
}

/// Returns the cost of the input. The split of cached tokens into text and image tokens is not published; text is
/// assumed first, which never underestimates.
fn cached_input_cost(prices: &GptImagePrices, usage: &Usage) -> Option<Usd> {
    let image = usage.input_image_tokens?;
    let text = usage.input_text_tokens.or_else(|| usage.input_tokens?.checked_sub(image))?;
    let cached = usage.cached_tokens.unwrap_or(0);
    let cached_text = cached.min(text);
    let cached_image = (cached - cached_text).min(image);
    let fresh = token_cost(text - cached_text, prices.text_in)? + token_cost(image - cached_image, prices.image_in)?;
    Some(fresh + token_cost(cached_text, prices.cached_text_in)? + token_cost(cached_image, prices.cached_image_in)?)
}

/// Returns the price of `tokens`; zero tokens are free even if their price is unknown.
fn token_cost(tokens: u64, price: Option<f64>) -> Option<Usd> {
    if tokens == 0 { Some(Usd::ZERO) } else { price.map(|price| Usd::for_tokens(tokens, price)) }
}

#[cfg(test)]
mod tests {
    use super::super::catalog::GptImageCatalog;
    use super::*;
    use crate::{Format, RequestImage};

    const SQUARE: &str = "1024x1024";
    const PORTRAIT: &str = "1024x1536";
    const LANDSCAPE: &str = "1536x1024";

    fn spec(id: &str) -> GptImageSpec {
        GptImageCatalog::merged(&toml::Table::new()).unwrap().get(id).unwrap().clone()
    }

    fn request(id: &str, quality: &str, size: &str) -> Request {
        let mut request = Request::new("", id);
        request.settings = [("quality".to_owned(), quality.into()), ("size".to_owned(), size.into())].into();
        request
    }

    fn usd(id: &str, quality: &str, size: &str) -> Option<f64> {
        estimate(&spec(id), &request(id, quality, size), "2026-11-22").usd.map(Usd::dollars)
    }

    fn upper(id: &str, quality: &str, size: &str) -> Option<f64> {
        estimate(&spec(id), &request(id, quality, size), "2026-11-22").upper.map(Usd::dollars)
    }

    /// Compares with OpenAI's table of prices for one image: square, portrait, landscape.
    #[test]
    fn the_estimate_equals_the_published_price_in_every_cell() {
        let table: [(&str, [[f64; 3]; 3]); 4] = [
            ("gpt-image-1", [[0.011, 0.016, 0.016], [0.042, 0.063, 0.063], [0.167, 0.25, 0.25]]),
            ("gpt-image-1-mini", [[0.005, 0.006, 0.006], [0.011, 0.015, 0.015], [0.036, 0.052, 0.052]]),
            ("gpt-image-1.5", [[0.009, 0.013, 0.013], [0.034, 0.05, 0.05], [0.133, 0.2, 0.2]]),
            ("gpt-image-2", [[0.006, 0.005, 0.005], [0.053, 0.041, 0.041], [0.211, 0.165, 0.165]]),
        ];
        for (id, rows) in table {
            for (quality, row) in ["low", "medium", "high"].iter().zip(rows) {
                for (size, price) in [SQUARE, PORTRAIT, LANDSCAPE].iter().zip(row) {
                    assert_eq!(usd(id, quality, size), Some(price), "{id} {quality} {size}");
                    assert_eq!(upper(id, quality, size), Some(price), "{id} {quality} {size}");
                }
            }
        }
    }

    /// Compares with OpenAI's table of tokens for one image: square, portrait, landscape.
    #[test]
    fn tokens_equal_the_published_table_in_every_cell() {
        for id in ["gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5"] {
            let rows = [("low", [272, 408, 400]), ("medium", [1056, 1584, 1568]), ("high", [4160, 6240, 6208])];
            for (quality, row) in rows {
                for (size, count) in [SQUARE, PORTRAIT, LANDSCAPE].iter().zip(row) {
                    assert_eq!(tokens(&spec(id), quality, size.parse().unwrap()), Some(count), "{id} {quality} {size}");
                }
            }
        }
    }

    #[test]
    fn the_formula_gives_the_known_counts() {
        let rows = [
            (16, [196, 158, 397, 157, 371]),
            (24, [439, 343, 892, 367, 865]),
            (48, [1756, 1372, 3568, 1413, 3336]),
            (64, [3122, 2459, 6343, 2511, 5930]),
            (96, [7024, 5488, 14272, 5650, 13342]),
        ];
        for (axis, row) in rows {
            for (size, count) in [SQUARE, LANDSCAPE, "2048x2048", "2048x1152", "3840x2160"].iter().zip(row) {
                assert_eq!(by_formula(axis, size.parse().unwrap()), count, "{axis} {size}");
            }
        }
    }

    /// Compares token prices with published ones. Those are rounded; only those of gpt-image-1-mini differ more, by
    /// about $0.0025 each.
    #[test]
    fn published_prices_are_the_price_of_the_tokens() {
        for id in ["gpt-image-1", "gpt-image-1.5", "gpt-image-2", "gpt-image-1-mini"] {
            let spec = spec(id);
            for (quality, sizes) in &spec.each {
                for (size, price) in sizes {
                    let count = tokens(&spec, quality, *size).unwrap();
                    let by_tokens = Usd::for_tokens(count, spec.prices.image_out.unwrap()).dollars();
                    let allowed = if id == "gpt-image-1-mini" { 0.002..0.0035 } else { -0.002..0.002 };
                    assert!(allowed.contains(&(price - by_tokens)), "{id} {quality} {size}: {price} and {by_tokens}");
                }
            }
        }
    }

    #[test]
    fn auto_has_a_bound_but_no_estimate() {
        assert_eq!(usd("gpt-image-1", "auto", SQUARE), None);
        assert_eq!(upper("gpt-image-1", "auto", SQUARE), Some(0.167));
        assert_eq!(upper("gpt-image-1", "low", "auto"), Some(0.016));
        assert_eq!(upper("gpt-image-2.5-flare", "auto", SQUARE), Some(0.21072));
    }

    #[test]
    fn animations_and_svg_have_no_published_price() {
        let mut request = request("gpt-image-2.6-flare", "high", SQUARE);
        request.settings.insert("format".into(), "svg".into());
        assert_eq!(estimate(&spec("gpt-image-2.6-flare"), &request, ""), Estimate::default());
    }

    #[test]
    fn an_unpublished_quality_has_only_a_bound() {
        assert_eq!(usd("gpt-image-2.6-flare", "low", SQUARE), None);
        assert_eq!(upper("gpt-image-2.6-flare", "low", SQUARE), usd("gpt-image-2.6-flare", "high", SQUARE));
    }

    #[test]
    fn prompt_count_and_partials_are_added() {
        let spec = spec("gpt-image-1");
        let mut request = request("gpt-image-1", "low", SQUARE);
        request.prompt = "x".repeat(4000);
        request.count = 2;
        request.settings.insert("partial_images".into(), 3.into());
        let usd = estimate(&spec, &request, "").usd.unwrap().dollars();
        assert!((usd - (2.0 * (0.011 + 0.012) + 0.005)).abs() < 1e-9, "{usd}");
    }

    #[test]
    fn references_are_counted_in_tiles_where_published() {
        assert_eq!(tiles(Size::new(1024, 1024), false), 194);
        assert_eq!(tiles(Size::new(1024, 1024), true), 4354);
        assert_eq!(tiles(Size::new(1024, 1536), false), 65 + 2 * 129);
        assert_eq!(tiles(Size::new(4096, 1024), true), 65 + 4 * 129 + 6240);
        let input = RequestImage {
            name: "a".into(),
            format: Format::Png,
            size: Size::new(1024, 1024),
            bytes: bytes::Bytes::new(),
            svg: None,
        };
        let mut order = request("gpt-image-1", "low", SQUARE);
        order.inputs = vec![input];
        assert_eq!(estimate(&spec("gpt-image-1"), &order, "").usd, Some(Usd::from_dollars(0.011 + 0.00194)));
        assert_eq!(estimate(&spec("gpt-image-2"), &order, "").upper_bound(), None);
    }

    #[test]
    fn the_cost_is_computed_from_the_usage() {
        let usage = |cached| Usage {
            input_tokens: Some(150),
            input_text_tokens: Some(50),
            input_image_tokens: Some(100),
            cached_tokens: cached,
            output_tokens: Some(272),
            ..Usage::default()
        };
        let prices = spec("gpt-image-1").prices;
        let usd = |cached| cost(&prices, &usage(cached), "").unwrap().usd;
        assert_eq!(usd(None).nanos(), 50 * 5_000 + 100 * 10_000 + 272 * 40_000);
        assert_eq!(usd(Some(60)).nanos(), 50 * 1_250 + 10 * 2_500 + 90 * 10_000 + 272 * 40_000);
    }

    #[test]
    fn a_count_that_is_incomplete_has_no_cost() {
        let prices = spec("gpt-image-2").prices;
        assert_eq!(cost(&prices, &Usage::default(), ""), None);
        let with_words = Usage {
            input_image_tokens: Some(0),
            input_text_tokens: Some(1),
            output_tokens: Some(10),
            output_text_tokens: Some(5),
            ..Usage::default()
        };
        assert_eq!(cost(&prices, &with_words, ""), None, "gpt-image-2 has no price for words");
    }
}
