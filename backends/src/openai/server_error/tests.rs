use super::*;

fn tell(status: u16, body: &str) -> BackendError {
    let secret = Secret::new("sk-SECRET");
    let error_context = ErrorContext { host: "api.openai.com", key_place: "`OPENAI_API_KEY`", secret: Some(&secret) };
    error_context.describe(
        StatusCode::from_u16(status).ok(),
        &ServerError::from_body(body.as_bytes()),
        Some("req_1".into()),
    )
}

fn check(status: u16, body: &str, kind: ErrorKind, message: &str) {
    let error = tell(status, body);
    assert_eq!((error.kind, error.message.as_str()), (kind, message));
    assert!(error.hint.is_some(), "{kind} has a hint");
    assert_eq!(error.request_id.as_deref(), Some("req_1"));
}

#[test]
fn a_wrong_key_is_redacted_from_the_servers_message() {
    check(
        401,
        r#"{"error":{"message":"Incorrect API key provided: sk-SECRET. Not sk-proj-ab**cd either.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
        ErrorKind::Credentials,
        "the key in `OPENAI_API_KEY` was not accepted: `Incorrect API key provided: [key]. Not [key] either.`",
    );
}

#[test]
fn a_refusal_names_stage_and_categories() {
    check(
        400,
        r#"{"error":{"message":"Your request was rejected by the safety system.","type":"image_generation_user_error","code":"moderation_blocked","moderation_details":{"moderation_stage":"input","categories":["sexual","violence"]}}}"#,
        ErrorKind::Refused,
        "the safety system refused the request (stage: input; categories: sexual, violence)",
    );
    check(
        400,
        r#"{"error":{"message":"Rejected. safety_violations=[sexual].","type":"image_generation_user_error","code":"moderation_blocked"}}"#,
        ErrorKind::Refused,
        "the safety system refused the request (categories: sexual)",
    );
    check(
        400,
        r#"{"created":1,"error":{"code":"contentFilter","message":"Your task failed as a result of our safety system."}}"#,
        ErrorKind::Refused,
        "the safety system refused the request: `Your task failed as a result of our safety system.`",
    );
    check(
        400,
        r#"{"error":{"code":"content_policy_violation","message":"x","inner_error":{"content_filter_results":{"hate":{"filtered":false},"violence":{"filtered":true}}}}}"#,
        ErrorKind::Refused,
        "the safety system refused the request (categories: violence)",
    );
}

#[test]
fn rate_quota_and_billing_are_distinguished() {
    let error = |code: &str| format!(r#"{{"error":{{"message":"M.","type":"{code}","code":"{code}"}}}}"#);
    let rate = error("rate_limit_exceeded");
    check(429, &rate, ErrorKind::Rate, "too many requests: `M.`");
    let quota = error("insufficient_quota");
    check(429, &quota, ErrorKind::Quota, "the account is out of credit: `M.`");
    let billing = error("billing_hard_limit_reached");
    check(400, &billing, ErrorKind::BillingLimit, "the account's spending limit is reached: `M.`");
}

#[test]
fn an_unverified_organization_is_not_a_key_error() {
    check(
        403,
        r#"{"error":{"message":"Your organization must be verified to use the model.","type":"invalid_request_error","param":null,"code":null}}"#,
        ErrorKind::NotVerified,
        "the organization must be verified for this model: `Your organization must be verified to use the model.`",
    );
}

#[test]
fn a_retired_model_is_recognized_in_each_wording() {
    for body in [
        r#"{"error":{"message":"The model `X` has been deprecated, learn more","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        r#"{"type":"error","error":{"type":"image_generation_user_error","code":"invalid_value","message":"The model 'X' does not exist.","param":"tools"},"status":400}"#,
    ] {
        assert_eq!(tell(404, body).kind, ErrorKind::ModelRetired);
    }
    let other = r#"{"error":{"message":"size does not exist","code":"invalid_value","param":"size"}}"#;
    assert_eq!(tell(400, other).kind, ErrorKind::InvalidParameter);
}

#[test]
fn a_bad_parameter_is_named() {
    check(
        400,
        r#"{"error":{"message":"Unknown parameter: 'response_format'.","type":"invalid_request_error","param":"response_format","code":"unknown_parameter"}}"#,
        ErrorKind::InvalidParameter,
        "the server rejected `response_format`: `Unknown parameter: 'response_format'.`",
    );
}

#[test]
fn error_formats_of_all_servers_are_read() {
    check(
        400,
        r#"{"error":"prompt required"}"#,
        ErrorKind::InvalidParameter,
        "the server rejected the request: `prompt required`",
    );
    check(
        500,
        r#"{"error":"server_error","message":"out of memory"}"#,
        ErrorKind::Server,
        "`api.openai.com` failed (500): `out of memory`",
    );
    check(
        422,
        r#"{"detail":[{"loc":["body","size"],"msg":"bad"}]}"#,
        ErrorKind::InvalidParameter,
        "the server rejected the request: `size: bad`",
    );
    check(
        500,
        r#"{"error":{"code":500,"message":"m","type":""}}"#,
        ErrorKind::Server,
        "`api.openai.com` failed (500): `m`",
    );
    check(500, "", ErrorKind::Server, "`api.openai.com` failed (500)");
}

#[test]
fn an_intermediarys_page_leaves_the_outcome_unknown() {
    let page = "<html><head><title>524: A timeout\n occurred</title></head></html>";
    let error = tell(524, page);
    assert_eq!(error.kind, ErrorKind::Unknown);
    assert!(error.message.ends_with("charged: `524: A timeout occurred`"), "{}", error.message);
    assert_eq!(tell(404, page).kind, ErrorKind::Protocol);
}

#[test]
fn a_page_that_repeats_its_status_is_not_quoted() {
    let told = |status, page: &str| tell(status, page).message;
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    assert_eq!(told(502, page), "502 Bad Gateway from `api.openai.com`; you may have been charged");
    assert_eq!(told(504, ""), "504 Gateway Timeout from `api.openai.com`; you may have been charged");
}

#[test]
fn hints_link_to_openai_only_for_openai() {
    let hint = |host| {
        let error_context = ErrorContext { host, key_place: "`K`", secret: None };
        let fault = ServerError::from_body(br#"{"error":{"message":"Insufficient credits","code":402}}"#);
        let error = error_context.describe(Some(StatusCode::PAYMENT_REQUIRED), &fault, None);
        (error.kind, error.hint.unwrap().contains("openai.com/settings"))
    };
    assert_eq!(hint("api.openai.com"), (ErrorKind::Quota, true));
    assert_eq!(hint("openrouter.ai"), (ErrorKind::Quota, false));
}

#[test]
fn only_moderation_403s_are_refusals() {
    let flagged = r#"{"error":{"code":403,"message":"your input was flagged","metadata":{"reasons":["violence"],"flagged_input":"a"}}}"#;
    check(403, flagged, ErrorKind::Refused, "the safety system refused the request (categories: violence)");
    let closed = r#"{"error":{"code":403,"message":"Forbidden"}}"#;
    assert_eq!(tell(403, closed).kind, ErrorKind::Credentials);
}

#[test]
fn failures_inside_successful_responses_are_read_in_both_shapes() {
    for json in [
        r#"{"type":"error","code":"rate_limit_exceeded","message":"m","param":null,"sequence_number":2}"#,
        r#"{"type":"error","error":{"type":"x","code":"rate_limit_exceeded","message":"m"}}"#,
    ] {
        let fault = ServerError::from_value(&serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!((fault.kind(None), fault.message.as_str()), (ErrorKind::Rate, "m"));
    }
    assert_eq!(ServerError::from_value(&serde_json::json!({"created": 1, "error": null})), None);
}

#[test]
fn words_containing_sk_are_not_redacted() {
    assert_eq!(redact_keys("a task-force and sk-1, sk-abc_D*** at disk-"), "a task-force and [key], [key] at disk-");
}

#[test]
fn server_messages_cannot_control_the_terminal() {
    let body = r#"{"error":{"message":"a\u001b[31mred\u0007\nb","type":"x","code":null}}"#;
    assert!(tell(400, body).message.ends_with("`a [31mred b`"));
}
