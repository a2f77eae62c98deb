//! The token usage that the Responses API reports.
//! The tokens of hosted tools are counted separately, and prices are elsewhere.

use serde_json::Value;

use crate::Usage;

/// More tokens than any response takes; a larger count is discarded.
const MAX_TOKENS: u64 = 10_000_000_000_000;

/// Reads a token count; returns `None` for what cannot be one: a negative number, a fraction, a word, more than any
/// response takes.
pub(crate) fn count(value: &Value) -> Option<u64> {
    let whole = |number: f64| (number.fract() == 0.0 && number >= 0.0).then_some(number as u64);
    value.as_u64().or_else(|| whole(value.as_f64()?)).filter(|tokens| *tokens <= MAX_TOKENS)
}

/// Returns the usage of a response, or `None` if it states none, as while it is running.
pub(crate) fn response_usage(response: &Value) -> Option<Usage> {
    let usage = response.get("usage").filter(|usage| usage.is_object())?;
    Some(Usage {
        input_tokens: count(&usage["input_tokens"]),
        cached_tokens: count(&usage["input_tokens_details"]["cached_tokens"]),
        output_tokens: count(&usage["output_tokens"]),
        reasoning_tokens: count(&usage["output_tokens_details"]["reasoning_tokens"]),
        ..Usage::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn invalid_counts_are_none() {
        for (value, expected) in [
            (json!(272), Some(272)),
            (json!(272.0), Some(272)),
            (json!(0), Some(0)),
            (json!(-1), None),
            (json!(0.5), None),
            (json!("272"), None),
            (json!(null), None),
            (json!(1e300), None),
            (json!(u64::MAX), None),
        ] {
            assert_eq!(count(&value), expected, "{value}");
        }
    }
}
