//! What the Responses API says it counted.
//! Not the tokens of the tools that it hosts, which are counted apart, and no prices.

use serde_json::Value;

use crate::Usage;

/// What a response counted; `None` where it says nothing, as while it is open.
pub(crate) fn of_response(response: &Value) -> Option<Usage> {
    let usage = response.get("usage").filter(|usage| usage.is_object())?;
    Some(Usage {
        input_tokens: usage["input_tokens"].as_u64(),
        cached_tokens: usage["input_tokens_details"]["cached_tokens"].as_u64(),
        output_tokens: usage["output_tokens"].as_u64(),
        reasoning_tokens: usage["output_tokens_details"]["reasoning_tokens"].as_u64(),
        ..Usage::default()
    })
}
