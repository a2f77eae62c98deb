//! Faults that are an HTTP response instead of an image: known errors in their known wording.
//! Transport faults, which have no well-formed response, are in `transport`.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Fault, Faults};
use crate::error::ApiError;

/// The parts of the request that the response may quote.
pub(crate) struct Quoted<'a> {
    pub(crate) model: &'a str,
    pub(crate) key: &'a str,
    pub(crate) request_id: &'a str,
}

/// Returns the response that one of the faults puts in place of an image.
pub(crate) fn error_response(faults: &Faults, quoted: &Quoted<'_>) -> Option<Response> {
    let mut response = faults.iter().find_map(|fault| answer(fault, quoted))?;
    retry_headers(faults, &mut response);
    Some(response)
}

fn answer(fault: Fault, quoted: &Quoted<'_>) -> Option<Response> {
    error(fault, quoted).map(IntoResponse::into_response).or_else(|| foreign(fault)).or_else(|| page(fault))
}

fn error(fault: Fault, quoted: &Quoted<'_>) -> Option<ApiError> {
    match fault {
        Fault::RateLimit | Fault::RateLimitImages | Fault::Quota | Fault::BillingLimit => limit(fault, quoted),
        Fault::Moderation | Fault::ModerationBare | Fault::ContentPolicy => Some(refusal(fault, quoted)),
        Fault::ServerError | Fault::Overloaded | Fault::Conflict | Fault::RequestTimeout => server(fault, quoted),
        _ => access(fault, quoted),
    }
}

fn limit(fault: Fault, quoted: &Quoted<'_>) -> Option<ApiError> {
    let model = quoted.model;
    let rate = |message: String, kind| {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, kind, Some("rate_limit_exceeded"), message)
            .header("retry-after", "1")
    };
    Some(match fault {
        Fault::RateLimit => rate(
            format!(
                "Rate limit reached for {model} in organization org-fake on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms."
            ),
            "requests",
        ),
        Fault::RateLimitImages => images_per_minute(model, 5, 5, 1),
        Fault::Quota => ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "insufficient_quota",
            Some("insufficient_quota"),
            "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        ),
        Fault::BillingLimit => ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            Some("billing_hard_limit_reached"),
            "Billing hard limit has been reached",
        ),
        _ => return None,
    })
}

/// Returns the error of the images-per-minute limiter.
pub(crate) fn images_per_minute(model: &str, limit: u64, used: u64, requested: u64) -> ApiError {
    let message = format!(
        "Rate limit reached for {model} (for limit gpt-image) in organization org-fake on input-images per min: Limit {limit}, Used {used}, Requested {requested}. Please try again in 12s."
    );
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "input-images", Some("rate_limit_exceeded"), message)
        .header("retry-after", "12")
}

/// Returns the error of the safety system; `stage` is input or output, and without it the details are left out.
pub(crate) fn moderation(stage: Option<&str>, request_id: &str) -> ApiError {
    let message = format!(
        "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the request ID {request_id}. safety_violations=[sexual]."
    );
    let error =
        ApiError::new(StatusCode::BAD_REQUEST, "image_generation_user_error", Some("moderation_blocked"), message);
    match stage {
        Some(stage) => {
            error.with_member("moderation_details", json!({"moderation_stage": stage, "categories": ["sexual"]}))
        }
        None => error,
    }
}

fn refusal(fault: Fault, quoted: &Quoted<'_>) -> ApiError {
    match fault {
        Fault::Moderation => moderation(Some("input"), quoted.request_id),
        Fault::ModerationBare => moderation(None, quoted.request_id),
        _ => ApiError::new(
            StatusCode::BAD_REQUEST,
            "image_generation_user_error",
            Some("content_policy_violation"),
            "Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.",
        ),
    }
}

fn server(fault: Fault, quoted: &Quoted<'_>) -> Option<ApiError> {
    let id = quoted.request_id;
    Some(match fault {
        Fault::ServerError => ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            None,
            format!(
                "The server had an error while processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if the error persists. (Please include the request ID {id} in your message.)"
            ),
        ),
        Fault::Overloaded => {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", Some("slow_down"), "Slow Down")
        }
        Fault::Conflict => ApiError::new(
            StatusCode::CONFLICT,
            "invalid_request_error",
            None,
            "The resource was updated by another request.",
        ),
        Fault::RequestTimeout => ApiError::new(StatusCode::REQUEST_TIMEOUT, "server_error", None, "Request timed out."),
        _ => return None,
    })
}

fn access(fault: Fault, quoted: &Quoted<'_>) -> Option<ApiError> {
    let model = quoted.model;
    Some(match fault {
        Fault::Unverified => ApiError::new(
            StatusCode::FORBIDDEN,
            "invalid_request_error",
            None,
            format!(
                "Your organization must be verified to use the model `{model}`. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization. If you just verified, it can take up to 15 minutes for access to propagate."
            ),
        ),
        Fault::Region => ApiError::new(
            StatusCode::FORBIDDEN,
            "request_forbidden",
            Some("unsupported_country_region_territory"),
            "Country, region, or territory not supported",
        ),
        Fault::Retired => ApiError::model_retired(model),
        Fault::MissingModel => ApiError::model_missing(model),
        Fault::MissingImageModel => {
            ApiError::invalid("invalid_value", "tools", format!("The model '{model}' does not exist."))
                .kind("image_generation_user_error")
        }
        Fault::ContextTooLong => {
            let message =
                "Your input exceeds the context window of this model. Please adjust your input and try again.";
            ApiError::invalid("context_length_exceeded", "input", message)
        }
        Fault::UnsupportedTool => {
            let message = format!("Tool 'image_generation' is not supported with {model}.");
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_request_error", None, message).param("tools")
        }
        Fault::InvalidKey => invalid_key(&masked(quoted.key)),
        Fault::InvalidKeyEcho => invalid_key(quoted.key),
        _ => return None,
    })
}

/// Returns the error for an invalid key; `shown` is the quoted form of the key.
pub(crate) fn invalid_key(shown: &str) -> ApiError {
    let message = format!(
        "Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com/account/api-keys."
    );
    ApiError::new(StatusCode::UNAUTHORIZED, "invalid_request_error", Some("invalid_api_key"), message)
}

/// Masks a key as the service does, leaving its first eight and last four characters.
pub(crate) fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    if letters.len() <= 12 {
        return "*".repeat(letters.len());
    }
    let (head, tail) = (&letters[..8], &letters[letters.len() - 4..]);
    head.iter().collect::<String>() + &"*".repeat(letters.len() - 12) + &tail.iter().collect::<String>()
}

fn foreign(fault: Fault) -> Option<Response> {
    let (status, body): (u16, Value) = match fault {
        Fault::AzureContentFilter => (
            400,
            json!({"created": 1_713_833_628, "error": {"code": "contentFilter", "message": "Your task failed as a result of our safety system.",
                "inner_error": {"code": "ResponsibleAIPolicyViolation",
                    "content_filter_results": {"sexual": {"filtered": true, "severity": "high"}, "violence": {"filtered": false, "severity": "safe"}}}}}),
        ),
        Fault::AzureBlocked => (
            403,
            json!({"error": {"code": "Forbidden", "message": "Your resource has been temporarily blocked because we detected behavior that may violate our content policy."}}),
        ),
        Fault::ErrorString => (400, json!({"error": "prompt required"})),
        Fault::ErrorServerString => (500, json!({"error": "server_error", "message": "out of memory while sampling"})),
        Fault::ErrorDetail => (422, json!({"detail": "Input should be a valid size"})),
        Fault::ErrorDetailList => (
            422,
            json!({"detail": [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": {}}]}),
        ),
        Fault::ErrorNumericCode => {
            (500, json!({"error": {"code": 500, "message": "could not load model: rpc error", "type": ""}}))
        }
        Fault::PaymentRequired => (402, json!({"error": {"code": 402, "message": "Insufficient credits"}})),
        Fault::Flagged => (
            403,
            json!({"error": {"code": 403, "message": "The model requires moderation; your input was flagged",
                "metadata": {"reasons": ["violence"], "flagged_input": "a lighthouse", "provider_name": "Stand-in"}}}),
        ),
        _ => return None,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some((status, Json(body)).into_response())
}

fn page(fault: Fault) -> Option<Response> {
    let (status, title) = match fault {
        Fault::Html502 => (502, "502 Bad Gateway"),
        Fault::Html504 => (504, "504 Gateway Time-out"),
        Fault::Html524 => (524, "524: A timeout occurred"),
        Fault::EmptyError => (502, ""),
        Fault::EmptyBody => (200, ""),
        _ => return None,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    if title.is_empty() {
        return Some(status.into_response());
    }
    let html = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    );
    Some((status, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], html).into_response())
}

fn retry_headers(faults: &Faults, response: &mut Response) {
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    if let Some(seconds) = faults.value(Fault::RetryAfter) {
        set("retry-after", seconds.to_string());
    }
    if let Some(milliseconds) = faults.value(Fault::RetryAfterMs) {
        set("retry-after-ms", milliseconds.to_string());
    }
    if let Some(yes) = faults.value(Fault::ShouldRetry) {
        set("x-should-retry", (yes != 0).to_string());
    }
    if faults.value(Fault::RetryAfter) == Some(0) {
        response.headers_mut().remove(header::RETRY_AFTER);
    }
}
