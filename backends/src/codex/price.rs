//! The price of a drawing: a guess before it, from typical reasoning and output lengths, and the cost after it.
//! The guess is ours, not the provider's: token counts of drawings are not published.

use super::{catalog::CodexSpec, params::canvas};
use crate::{Cost, CostBasis, Estimate, Guess, Request, Usage, Usd};

/// The approximate number of tokens of the instructions.
const INSTRUCTIONS: u64 = 700;
/// The tokens of an input image of up to 1024 by 1024 pixels.
const PICTURE: u64 = 1024;
/// The approximate number of characters per token in a prompt. SVG has fewer, because its numbers are short.
const CHARS_PER_TOKEN: u64 = 4;
const SVG_CHARS_PER_TOKEN: u64 = 2;
/// The tokens of a drawing on a canvas of a million pixels, likely and maximum.
const DRAWING: (u64, u64) = (4_000, 16_000);
/// The factor of uncertainty before this user's drawings have been observed: half the guess, or twice as much.
const SPREAD: u64 = 2;

/// Returns the reasoning tokens before drawing, likely and maximum.
const fn thinking(effort: &str) -> (u64, u64) {
    match effort.as_bytes() {
        b"none" | b"minimal" => (0, 500),
        b"low" => (800, 4_000),
        b"high" => (8_000, 30_000),
        b"xhigh" | b"max" => (20_000, 80_000),
        _ => (2_500, 12_000),
    }
}

/// Returns the expected cost of `request`, and its likely maximum.
pub(crate) fn estimate(spec: &CodexSpec, request: &Request, prices_as_of: &str) -> Estimate {
    let tier = request.text("service_tier").filter(|tier| *tier != "auto").unwrap_or("default");
    let Some(prices) = spec.prices.get(tier) else { return Estimate::default() };
    let passes = request.integer("passes").unwrap_or(0).unsigned_abs();
    let repair = request.integer("repair").unwrap_or(0).unsigned_abs();
    let (likely, most) = output(request);
    let cost = |output: u64, turns: u64| {
        // Each further turn reads the conversation before it.
        let input = (input(request) + output) * turns.saturating_sub(1) + input(request);
        let one = Usd::for_tokens(input, prices.input) + Usd::for_tokens(output * turns, prices.output);
        one.times(u64::from(request.count.max(1)))
    };
    let upper = cost(most, 1 + passes + repair);
    let guess = Guess {
        low: cost(likely / SPREAD, 1 + passes),
        high: cost(likely * SPREAD, 1 + passes).min(upper),
        alike: similar_label(request, tier),
        learned_from: 0,
    };
    Estimate {
        usd: Some(cost(likely, 1 + passes)),
        upper: Some(upper),
        prices_as_of: Some(prices_as_of.to_owned()),
        guess: Some(guess),
    }
}

/// Returns the label of similar jobs: effort, canvas and number of passes determine the lengths, the tier the price.
fn similar_label(request: &Request, tier: &str) -> String {
    let effort = request.text("reasoning").unwrap_or("medium");
    let passes = request.integer("passes").unwrap_or(0);
    let limit = request.integer("max_output_tokens").map(|tokens| format!(", at most {tokens} tokens"));
    format!("{effort}, {}, {passes} passes, {tier}{}", canvas(request), limit.unwrap_or_default())
}

fn input(request: &Request) -> u64 {
    let words = (request.prompt.chars().count() as u64).div_ceil(CHARS_PER_TOKEN);
    let one = |input: &crate::RequestImage| {
        input.svg.as_ref().map_or(PICTURE, |svg| (svg.len() as u64).div_ceil(SVG_CHARS_PER_TOKEN))
    };
    INSTRUCTIONS + words + request.inputs.iter().map(one).sum::<u64>()
}

/// Returns the tokens of one answer, likely and maximum.
fn output(request: &Request) -> (u64, u64) {
    let scale = (canvas(request).pixels() as f64 / 1e6).sqrt().clamp(0.5, 2.0);
    let (thinks, thinks_most) = thinking(request.text("reasoning").unwrap_or("medium"));
    let drawing = |tokens: u64| (tokens as f64 * scale) as u64;
    let limit = request.integer("max_output_tokens").map_or(u64::MAX, i64::unsigned_abs);
    ((thinks + drawing(DRAWING.0)).min(limit), (thinks_most + drawing(DRAWING.1)).min(limit))
}

/// Returns the cost of an answer, by the provider's usage figures and the tier that it reports.
pub(crate) fn cost(spec: &CodexSpec, usage: &Usage, tier: Option<&str>, prices_as_of: &str) -> Option<Cost> {
    let prices = spec.prices.get(tier.filter(|tier| *tier != "auto").unwrap_or("default"))?;
    let cached = usage.cached_tokens.unwrap_or(0);
    let fresh = usage.input_tokens?.saturating_sub(cached);
    let usd = Usd::for_tokens(fresh, prices.input)
        + Usd::for_tokens(cached, prices.cached)
        // Reasoning is part of the output and costs the same.
        + Usd::for_tokens(usage.output_tokens?, prices.output);
    Some(Cost { usd, basis: CostBasis::Usage { prices_as_of: prices_as_of.to_owned() } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codex::catalog::CodexCatalog;

    fn spec() -> CodexSpec {
        CodexCatalog::merged(&toml::Table::new(), None).unwrap().get("gpt-5.3-codex").unwrap().clone()
    }

    #[test]
    fn cached_tokens_are_cheaper_and_reasoning_costs_like_text() {
        let usage = Usage {
            input_tokens: Some(1_000_000),
            cached_tokens: Some(400_000),
            output_tokens: Some(100_000),
            reasoning_tokens: Some(60_000),
            ..Usage::default()
        };
        let usd = |tier| cost(&spec(), &usage, tier, "d").map(|cost| cost.usd.dollars());
        assert!((usd(None).unwrap() - (0.6 * 1.75 + 0.4 * 0.175 + 0.1 * 14.0)).abs() < 1e-9);
        assert!((usd(Some("priority")).unwrap() - (0.6 * 3.5 + 0.4 * 0.35 + 0.1 * 28.0)).abs() < 1e-9);
        assert_eq!(usd(Some("flex")), None, "a tier without a known price");
    }

    #[test]
    fn a_guess_grows_with_effort_canvas_and_passes_and_never_exceeds_its_bound() {
        let guess = |settings: &[(&str, crate::Value)]| {
            let mut request = Request::new("a pelican", "gpt-5.3-codex");
            request.settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let estimate = estimate(&spec(), &request, "d");
            let guess = estimate.guess.unwrap();
            assert!(guess.low <= estimate.usd.unwrap() && estimate.usd.unwrap() <= guess.high);
            assert!(guess.high <= estimate.upper.unwrap());
            estimate.usd.unwrap()
        };
        let plain = guess(&[]);
        assert!(guess(&[("reasoning", "high".into())]) > plain);
        assert!(guess(&[("size", "2048x2048".into())]) > plain);
        assert!(guess(&[("passes", 2.into())]) > plain.times(2));
        assert!(guess(&[("max_output_tokens", 1024.into())]) < plain);
    }
}
