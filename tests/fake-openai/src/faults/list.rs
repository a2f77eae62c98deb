//! The list of faults, the single source of their names, help and tests.
//! Their effects are implemented where the response is built.

/// One way for the server to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 429 requests per minute, with Retry-After 1 (see `retry-after`).
    RateLimit,
    /// 429 with the text of the images-per-minute limit.
    RateLimitImages,
    /// 429 insufficient_quota, without Retry-After.
    Quota,
    /// 400 billing_hard_limit_reached.
    BillingLimit,
    /// 403 organization not verified.
    Unverified,
    /// 403 country not supported.
    Region,
    /// 404 model deprecated.
    Retired,
    /// 404 model does not exist.
    MissingModel,
    /// 400 invalid_value, as the Responses image tool words a missing model.
    MissingImageModel,
    /// 401 with the key masked, as the service does.
    InvalidKey,
    /// 401 with the whole key in the text, as careless gateways do.
    InvalidKeyEcho,
    /// A good response that repeats the whole key wherever it has text, as careless gateways do.
    EchoKey,
    /// 500 server_error.
    ServerError,
    /// 503 Slow Down.
    Overloaded,
    /// 409.
    Conflict,
    /// 408.
    RequestTimeout,
    /// 400 moderation_blocked at the input stage, with details.
    Moderation,
    /// 400 moderation_blocked without details.
    ModerationBare,
    /// 400 content_policy_violation, the older code.
    ContentPolicy,
    /// 400 contentFilter, as Azure words it.
    AzureContentFilter,
    /// 403 resource temporarily blocked, as Azure words it.
    AzureBlocked,
    /// 400 whose `error` is a string.
    ErrorString,
    /// 500 whose `error` is a string beside a `message`.
    ErrorServerString,
    /// 422 with `detail` as a string.
    ErrorDetail,
    /// 422 with `detail` as a list of objects.
    ErrorDetailList,
    /// 500 whose code is a number.
    ErrorNumericCode,
    /// 402, as OpenRouter words an empty account.
    PaymentRequired,
    /// 403 with the reasons of a moderation, as OpenRouter words it.
    Flagged,
    /// Number: seconds in Retry-After of the accompanying error; 0 omits the header.
    RetryAfter,
    /// Number: milliseconds in retry-after-ms of the accompanying error.
    RetryAfterMs,
    /// Number: x-should-retry (0 false, 1 true) on the accompanying error.
    ShouldRetry,
    /// 502 with a page of HTML.
    Html502,
    /// 504 with a page of HTML.
    Html504,
    /// 524 with a page of HTML.
    Html524,
    /// 502 with no body.
    EmptyError,
    /// 200 with no body.
    EmptyBody,
    /// The connection is reset before any response.
    Reset,
    /// The connection is accepted, but no response ever comes.
    Hang,
    /// The body comes in 16 slow pieces; number: milliseconds between them (5).
    Drip,
    /// Half of the body, then the connection ends.
    Truncated,
    /// The right body under the wrong Content-Type.
    WrongContentType,
    /// The body compressed as gzip.
    Gzip,
    /// The body compressed as brotli.
    Brotli,
    /// The body compressed as zstd.
    Zstd,
    /// The body compressed as deflate.
    Deflate,
    /// The whole body under a Content-Length that promises more, then the connection ends.
    LongLength,
    /// The whole body in chunks, then the connection ends without the last one.
    NoLastChunk,
    /// The whole body, then silence.
    SilentEnd,
    /// The stream is cut after its partial images, in the middle of an event.
    ResetMidStream,
    /// One partial image fewer than asked for.
    FewerPartials,
    /// One PNG so large that its data line is giant; number: MiB (28).
    GiantLine,
    /// The stream arrives in pieces of this many bytes (1021), wherever that cuts.
    Pieces,
    /// Events carry text beyond ASCII, and the stream is cut inside of the characters.
    SplitUtf8,
    /// Lines end in CR LF.
    Crlf,
    /// Lines end in CR.
    Cr,
    /// Comment lines between the events.
    Comments,
    /// The stream ends with `data: [DONE]`.
    Done,
    /// Data lines without an event line.
    NoEventLine,
    /// One event's data on several data lines.
    MultiLineData,
    /// Events of types that no client knows.
    UnknownEvents,
    /// Events carry only the members of the documentation's examples.
    Minimal,
    /// The stream ends without a completed event.
    Eof,
    /// An error event with an `error` object, after the partial images.
    ErrorNested,
    /// An error event with flat members, after the partial images.
    ErrorFlat,
    /// Moderation_blocked at the output stage, with details, after the partial images.
    ModerationOutput,
    /// The same as `ModerationOutput`, without details.
    ModerationOutputBare,
    /// HTTP 200 whose body is an error object.
    ErrorInOk,
    /// Plain JSON in response to stream:true.
    JsonNotSse,
    /// The completed event carries no image.
    EmptyCompleted,
    /// `data` carries `url` and no b64_json.
    UrlOnly,
    /// `url` is a data URL.
    DataUrl,
    /// `data` carries a `url` that redirects to the image.
    UrlMoved,
    /// No usage in the response.
    NoUsage,
    /// Usage that counts no token.
    ZeroUsage,
    /// Usage that counts a trillion tokens.
    AbsurdUsage,
    /// No `created` in the response.
    NoCreated,
    /// HTTP 200 with an empty `data`.
    NoData,
    /// Members beside b64_json that are null.
    NullFields,
    /// One image fewer than asked for.
    FewerImages,
    /// `data` carries a revised prompt.
    RevisedPrompt,
    /// Usage says that half of the input text was cached.
    CachedTokens,
    /// PNG bytes, whatever format was requested.
    WrongFormat,
    /// Base64 of bytes that are not an image.
    NotAnImage,
    /// A b64_json that is not base64.
    BadBase64,
    /// Unknown and unsuitable parameters are ignored, as compatible servers do.
    Lenient,
    /// Every event, or the response, waits until the test releases it.
    Gate,
    /// Number: milliseconds before every event or the response (100).
    Delay,
    /// Images of incompressible noise.
    Noise,
    /// 400 when a reasoning summary is asked for.
    SummaryUnverified,
    /// 400 when a temperature is given.
    NoTemperature,
    /// The model refuses in words, in a completed response.
    Refusal,
    /// The response ends incomplete: max_output_tokens.
    Incomplete,
    /// The response ends incomplete: content_filter.
    IncompleteFilter,
    /// The response fails after HTTP 200.
    Failed,
    /// The text model answers without any SVG.
    PlainProse,
    /// The text model's SVG stops in the middle.
    BrokenSvg,
    /// The text model wraps its SVG in prose and a code fence.
    FencedSvg,
    /// Number: KiB of SVG that the text model writes at least (200).
    LargeSvg,
    /// Usage without cache_write_tokens.
    NoCacheWrite,
    /// 400 context_length_exceeded.
    ContextTooLong,
    /// 400 with a tool that the model does not have.
    UnsupportedTool,
}

/// A fault with its name and its description.
#[derive(Clone, Copy, Debug)]
pub struct FaultInfo {
    pub fault: Fault,
    /// The name of the fault in a header, a prompt or on the command line.
    pub name: &'static str,
    pub about: &'static str,
}

const fn info(fault: Fault, name: &'static str, about: &'static str) -> FaultInfo {
    FaultInfo { fault, name, about }
}

/// All faults.
pub const FAULTS: &[FaultInfo] = &[
    info(Fault::RateLimit, "rate-limit", "429 requests per minute, with Retry-After 1 (see `retry-after`)"),
    info(Fault::RateLimitImages, "rate-limit-images", "429 with the text of the images-per-minute limit"),
    info(Fault::Quota, "quota", "429 insufficient_quota, without Retry-After"),
    info(Fault::BillingLimit, "billing-limit", "400 billing_hard_limit_reached"),
    info(Fault::Unverified, "unverified", "403 organization not verified"),
    info(Fault::Region, "region", "403 country not supported"),
    info(Fault::Retired, "retired", "404 model deprecated"),
    info(Fault::MissingModel, "missing-model", "404 model does not exist"),
    info(
        Fault::MissingImageModel,
        "missing-image-model",
        "400 invalid_value, as the Responses image tool words a missing model",
    ),
    info(Fault::InvalidKey, "invalid-key", "401 with the key masked, as the service does"),
    info(Fault::InvalidKeyEcho, "invalid-key-echo", "401 with the whole key in the text, as careless gateways do"),
    info(Fault::EchoKey, "echo-key", "a valid response that repeats the whole key wherever it has text"),
    info(Fault::ServerError, "server-error", "500 server_error"),
    info(Fault::Overloaded, "overloaded", "503 Slow Down"),
    info(Fault::Conflict, "conflict", "409"),
    info(Fault::RequestTimeout, "request-timeout", "408"),
    info(Fault::Moderation, "moderation", "400 moderation_blocked at the input stage, with details"),
    info(Fault::ModerationBare, "moderation-bare", "400 moderation_blocked without details"),
    info(Fault::ContentPolicy, "content-policy", "400 content_policy_violation, the older code"),
    info(Fault::AzureContentFilter, "azure-content-filter", "400 contentFilter, as Azure words it"),
    info(Fault::AzureBlocked, "azure-blocked", "403 resource temporarily blocked, as Azure words it"),
    info(Fault::ErrorString, "error-string", "400 whose `error` is a string"),
    info(Fault::ErrorServerString, "error-server-string", "500 whose `error` is a string beside a `message`"),
    info(Fault::ErrorDetail, "error-detail", "422 with `detail` as a string"),
    info(Fault::ErrorDetailList, "error-detail-list", "422 with `detail` as a list of objects"),
    info(Fault::ErrorNumericCode, "error-numeric-code", "500 whose code is a number"),
    info(Fault::PaymentRequired, "payment-required", "402, as OpenRouter words an empty account"),
    info(Fault::Flagged, "flagged", "403 with the reasons of a moderation, as OpenRouter words it"),
    info(
        Fault::RetryAfter,
        "retry-after",
        "number: seconds in Retry-After of the error beside it; 0 leaves the header out",
    ),
    info(Fault::RetryAfterMs, "retry-after-ms", "number: milliseconds in retry-after-ms of the error beside it"),
    info(Fault::ShouldRetry, "should-retry", "number: x-should-retry 0 false, 1 true, on the error beside it"),
    info(Fault::Html502, "html-502", "502 with a page of HTML"),
    info(Fault::Html504, "html-504", "504 with a page of HTML"),
    info(Fault::Html524, "html-524", "524 with a page of HTML"),
    info(Fault::EmptyError, "empty-error", "502 with no body"),
    info(Fault::EmptyBody, "empty-body", "200 with no body"),
    info(Fault::Reset, "reset", "the connection is reset before any response"),
    info(Fault::Hang, "hang", "accepts, then never responds"),
    info(Fault::Drip, "drip", "the body comes in 16 slow pieces; number: milliseconds between them (5)"),
    info(Fault::Truncated, "truncated", "half of the body, then the connection closes"),
    info(Fault::WrongContentType, "wrong-content-type", "the right body under the wrong Content-Type"),
    info(Fault::Gzip, "gzip", "the body compressed as gzip"),
    info(Fault::Brotli, "brotli", "the body compressed as brotli"),
    info(Fault::Zstd, "zstd", "the body compressed as zstd"),
    info(Fault::Deflate, "deflate", "the body compressed as deflate"),
    info(
        Fault::LongLength,
        "long-length",
        "the whole body, less than Content-Length promises, then the connection closes",
    ),
    info(
        Fault::NoLastChunk,
        "no-last-chunk",
        "the whole body in chunks, then the connection closes without the last one",
    ),
    info(Fault::SilentEnd, "silent-end", "the whole body, then silence"),
    info(
        Fault::ResetMidStream,
        "reset-mid-stream",
        "a stream is cut after its partial images, in the middle of an event",
    ),
    info(Fault::FewerPartials, "fewer-partials", "one partial image fewer than requested"),
    info(Fault::GiantLine, "giant-line", "one PNG so large that its data line is giant; number: MiB (28)"),
    info(Fault::Pieces, "pieces", "the stream arrives in pieces of this many bytes (1021), wherever that cuts"),
    info(Fault::SplitUtf8, "split-utf8", "events carry non-ASCII text and the stream is cut inside its characters"),
    info(Fault::Crlf, "crlf", "lines end in CR LF"),
    info(Fault::Cr, "cr", "lines end in CR"),
    info(Fault::Comments, "comments", "comment lines between the events"),
    info(Fault::Done, "done", "the stream ends with `data: [DONE]`"),
    info(Fault::NoEventLine, "no-event-line", "data lines without an event line"),
    info(Fault::MultiLineData, "multi-line-data", "one event's data on several data lines"),
    info(Fault::UnknownEvents, "unknown-events", "events of types that no client knows"),
    info(Fault::Minimal, "minimal", "events carry only the members of the documentation's examples"),
    info(Fault::Eof, "eof", "the stream ends without a completed event"),
    info(Fault::ErrorNested, "error-nested", "an error event with an `error` object, after the partial images"),
    info(Fault::ErrorFlat, "error-flat", "an error event with flat members, after the partial images"),
    info(
        Fault::ModerationOutput,
        "moderation-output",
        "moderation_blocked at the output stage, with details, after the partial images",
    ),
    info(Fault::ModerationOutputBare, "moderation-output-bare", "the same without details"),
    info(Fault::ErrorInOk, "error-in-ok", "HTTP 200 whose body is an error object"),
    info(Fault::JsonNotSse, "json-not-sse", "plain JSON in response to stream:true"),
    info(Fault::EmptyCompleted, "empty-completed", "the completed event carries no image"),
    info(Fault::UrlOnly, "url-only", "data carries `url` and no b64_json"),
    info(Fault::DataUrl, "data-url", "`url` is a data URL"),
    info(Fault::UrlMoved, "url-moved", "data carries a `url` that redirects to the image"),
    info(Fault::NoUsage, "no-usage", "no usage in the response"),
    info(Fault::ZeroUsage, "zero-usage", "usage that counts no token"),
    info(Fault::AbsurdUsage, "absurd-usage", "usage that counts a trillion tokens"),
    info(Fault::NoCreated, "no-created", "no `created` in the response"),
    info(Fault::NoData, "no-data", "HTTP 200 with an empty `data`"),
    info(Fault::NullFields, "null-fields", "members beside b64_json that are null"),
    info(Fault::FewerImages, "fewer-images", "one image fewer than requested"),
    info(Fault::RevisedPrompt, "revised-prompt", "data carries a revised prompt"),
    info(Fault::CachedTokens, "cached-tokens", "usage says that half of the input text was cached"),
    info(Fault::WrongFormat, "wrong-format", "PNG bytes, whatever format was requested"),
    info(Fault::NotAnImage, "not-an-image", "base64 of bytes that are not an image"),
    info(Fault::BadBase64, "bad-base64", "b64_json that is not base64"),
    info(Fault::Lenient, "lenient", "unknown and unsuitable parameters are ignored, as compatible servers do"),
    info(Fault::Gate, "gate", "every event, or the response, waits until the test releases it"),
    info(Fault::Delay, "delay", "number: milliseconds before every event or the response (100)"),
    info(Fault::Noise, "noise", "images of incompressible noise"),
    info(Fault::SummaryUnverified, "summary-unverified", "400 when a reasoning summary is requested"),
    info(Fault::NoTemperature, "no-temperature", "400 when a temperature is given"),
    info(Fault::Refusal, "refusal", "the model refuses in text, in a completed response"),
    info(Fault::Incomplete, "incomplete", "the response ends incomplete: max_output_tokens"),
    info(Fault::IncompleteFilter, "incomplete-filter", "the response ends incomplete: content_filter"),
    info(Fault::Failed, "failed", "the response fails after HTTP 200"),
    info(Fault::PlainProse, "plain-prose", "the text model answers without any SVG"),
    info(Fault::BrokenSvg, "broken-svg", "the text model's SVG is cut off in the middle"),
    info(Fault::FencedSvg, "fenced-svg", "the text model wraps its SVG in prose and a code fence"),
    info(Fault::LargeSvg, "large-svg", "number: KiB of SVG that the text model writes at least (200)"),
    info(Fault::NoCacheWrite, "no-cache-write", "usage without cache_write_tokens"),
    info(Fault::ContextTooLong, "context-too-long", "400 context_length_exceeded"),
    info(Fault::UnsupportedTool, "unsupported-tool", "400 with a tool that the model does not have"),
];

impl Fault {
    /// Returns the fault of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        FAULTS.iter().find(|info| info.name == name).map(|info| info.fault)
    }
}
