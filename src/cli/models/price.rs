//! Prices of models: a single price for a listing, and a table by quality and size.
//! Backends compute the prices.

use tintype_backends::{Backend, Estimate, Model, ParamKind, Request, Settings};

/// Estimates the price of one image with the settings in `chosen` and defaults for all others.
pub(super) fn estimate_image(backend: &dyn Backend, model: &Model, chosen: &Settings) -> Estimate {
    // The tokens of a prompt come on top, but are negligible.
    let mut request = Request::new("", &model.id);
    request.settings = model.complete(&backend.capabilities().defaults, chosen).unwrap_or_default();
    backend.estimate(&request)
}

/// Formats a price.
pub(super) fn format_price(estimate: &Estimate) -> String {
    match (estimate.usd, estimate.upper) {
        (Some(usd), _) if usd.nanos() == 0 => "free".to_owned(),
        (Some(usd), _) => usd.to_string(),
        (None, Some(upper)) => format!("up to {upper}"),
        (None, None) => "price unknown".to_owned(),
    }
}

/// Returns a table of prices with a row per quality and a column per size; empty if the model has no such parameters.
pub(super) fn price_table(backend: &dyn Backend, model: &Model) -> Vec<Vec<String>> {
    let qualities = match model.param("quality").map(|param| &param.kind) {
        Some(ParamKind::Choice { choices }) => choices.as_slice(),
        _ => return Vec::new(),
    };
    let sizes = match model.param("size").map(|param| &param.kind) {
        Some(ParamKind::Size { presets, .. }) => presets.as_slice(),
        _ => return Vec::new(),
    };
    let cell = |quality: &str, size: String| {
        let chosen = [("quality".to_owned(), quality.into()), ("size".to_owned(), size.as_str().into())];
        format_price(&estimate_image(backend, model, &chosen.into()))
    };
    let head = std::iter::once("USD per image".to_owned()).chain(sizes.iter().map(ToString::to_string));
    let rows = qualities.iter().map(|quality| {
        std::iter::once(quality.to_string()).chain(sizes.iter().map(|size| cell(quality, size.to_string()))).collect()
    });
    std::iter::once(head.collect()).chain(rows).collect()
}
