use fake_openai::{FAULTS, Fault, Faults};
use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

/// Generates against a server that answers everything with `faults`.
async fn draw_against(faults: impl Into<Faults>) -> (Bench, BackendError) {
    let bench = Bench::with_server(FakeOpenAi::builder().always(faults), "").await;
    let error = bench.lighthouse(&[("quality", "low".into())]).await.unwrap_err();
    bench.assert_secret_kept(&error);
    (bench, error)
}

#[tokio::test]
async fn each_fault_has_a_kind_a_message_and_a_hint() {
    let table: &[(Fault, ErrorKind, &str, &str)] = &[
        (
            Fault::InvalidKey,
            ErrorKind::Credentials,
            "the key in `OPENAI_API_KEY` was not accepted",
            "check `OPENAI_API_KEY`",
        ),
        (Fault::InvalidKeyEcho, ErrorKind::Credentials, "Incorrect API key provided: [key]", "check `OPENAI_API_KEY`"),
        (Fault::Unverified, ErrorKind::NotVerified, "must be verified for this model", "settings/organization/general"),
        (Fault::Region, ErrorKind::Credentials, "access was denied: `Country, region", "check"),
        (Fault::Quota, ErrorKind::Quota, "the account is out of credit", "add credit"),
        (Fault::BillingLimit, ErrorKind::BillingLimit, "spending limit is reached", "raise the limit"),
        (Fault::Moderation, ErrorKind::Refused, "(stage: input; categories: sexual)", "rephrase the prompt"),
        (Fault::ModerationBare, ErrorKind::Refused, "(categories: sexual)", "rephrase the prompt"),
        (Fault::ContentPolicy, ErrorKind::Refused, "the safety system refused the request", "rephrase the prompt"),
        (Fault::AzureContentFilter, ErrorKind::Refused, "(categories: sexual)", "rephrase the prompt"),
        (Fault::AzureBlocked, ErrorKind::Credentials, "temporarily blocked", "check"),
        (
            Fault::MissingModel,
            ErrorKind::ModelRetired,
            "`gpt-image-2.5-flare` is not available on this server",
            "base_url",
        ),
        (Fault::MissingImageModel, ErrorKind::ModelRetired, "is not available on this server", "base_url"),
        (Fault::Overloaded, ErrorKind::Server, "`127.0.0.1` is overloaded: `Slow Down`", "15 minutes"),
        (Fault::Conflict, ErrorKind::InvalidParameter, "updated by another request", "try again"),
        (Fault::RequestTimeout, ErrorKind::Timeout, "timed out while waiting", "try again"),
        (Fault::PaymentRequired, ErrorKind::Quota, "out of credit: `Insufficient credits`", "at the provider"),
        (Fault::Flagged, ErrorKind::Refused, "(categories: violence)", "rephrase the prompt"),
        (Fault::ErrorString, ErrorKind::InvalidParameter, "`prompt required`", "try again"),
        (Fault::ErrorServerString, ErrorKind::Server, "out of memory while sampling", "try again"),
        (Fault::ErrorDetail, ErrorKind::InvalidParameter, "Input should be a valid size", "try again"),
        (Fault::ErrorDetailList, ErrorKind::InvalidParameter, "prompt: Field required", "try again"),
        (Fault::ErrorNumericCode, ErrorKind::Server, "could not load model", "try again"),
        (Fault::ServerError, ErrorKind::Server, "`127.0.0.1` failed (500)", "try again"),
        (Fault::Html502, ErrorKind::Unknown, "502 Bad Gateway from `127.0.0.1`; you may have been charged", "usage"),
        (Fault::Html504, ErrorKind::Unknown, "504 Gateway Timeout from `127.0.0.1`", "usage"),
        (Fault::Html524, ErrorKind::Unknown, "524: A timeout occurred", "usage"),
        (Fault::EmptyError, ErrorKind::Unknown, "502 Bad Gateway from `127.0.0.1`", "usage"),
        (Fault::EmptyBody, ErrorKind::Unknown, "the response is empty", "usage"),
        (Fault::Reset, ErrorKind::Unknown, "did not respond (", "usage"),
        (Fault::Truncated, ErrorKind::Unknown, "may have been charged", "usage"),
        (Fault::ErrorInOk, ErrorKind::Refused, "(stage: output; categories: sexual)", "withheld; try again"),
        (Fault::NoData, ErrorKind::InvalidImage, "returned no image", "rephrase it"),
        (Fault::NotAnImage, ErrorKind::InvalidImage, "is not an image", "spool"),
        (Fault::BadBase64, ErrorKind::Protocol, "base64 is damaged", "spool"),
    ];
    for (fault, kind, message, hint) in table {
        let (bench, error) = draw_against(*fault).await;
        assert_eq!(error.kind, *kind, "{fault:?}: {error}");
        assert!(error.message.contains(message), "{fault:?}: {error}");
        assert!(error.hint.as_ref().is_some_and(|words| words.contains(hint)), "{fault:?}: {:?}", error.hint);
        assert!(error.request_id.is_some(), "{fault:?} has a request id");
        let posts = bench.server.requests().len();
        let retried = *kind == ErrorKind::Server && !matches!(fault, Fault::Overloaded);
        assert_eq!(posts, if retried { 3 } else { 1 }, "{fault:?} is sent again only where that is safe");
    }
}

#[tokio::test]
async fn a_missing_server_is_a_network_error() {
    // Bound but never listening: no other process gets the port in the meantime.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}/v1", socket.local_addr().unwrap());
    let bench = Bench::new("").await;
    let bench = Bench { backend: backend("", &address), ..bench };
    let error = bench.lighthouse(&[]).await.unwrap_err();
    assert!(error.kind == ErrorKind::Network && error.unsent, "{error:?}");
    assert!(error.message.starts_with("could not connect to `127.0.0.1`: connection refused"), "{error}");
    assert!(error.hint.unwrap().contains("nothing was sent or charged"));
    assert_eq!(bench.statuses().iter().filter(|words| words.starts_with("not connected, retrying")).count(), 2);
}

#[tokio::test]
async fn a_hanging_server_leaves_the_outcome_unknown() {
    let bench = Bench::with_server(FakeOpenAi::builder().always(Fault::Hang), "timeout = 1").await;
    let error = bench.lighthouse(&[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unknown);
    assert!(error.message.contains("did not respond in time; you may have been charged"), "{error}");
    assert_eq!(bench.server.requests().len(), 1);
}

#[tokio::test]
async fn response_shapes_of_other_servers_are_accepted() {
    for fault in
        [Fault::UrlOnly, Fault::DataUrl, Fault::NoCreated, Fault::NullFields, Fault::WrongContentType, Fault::Drip]
    {
        let bench = Bench::new("").await;
        bench.server.next(fault);
        let outcome = bench.lighthouse(&[("quality", "low".into())]).await.unwrap();
        assert_eq!(outcome.images[0].bytes, bench.server.images_sent()[0], "{fault:?}");
        bench.assert_secret_kept(&outcome);
    }
}

#[tokio::test]
async fn fewer_images_than_requested_are_kept_with_a_note() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::FewerImages);
    let mut order = bench.order("a lighthouse", &[("quality", "low".into())]);
    order.count = 3;
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.images.len(), 2);
    assert_eq!(outcome.notes, ["the server returned 2 of 3 images"]);
}

#[tokio::test]
async fn image_limits_and_spending_limits_are_distinguished() {
    let (bench, error) = draw_against(Faults::from(Fault::RateLimitImages).with_value(Fault::ShouldRetry, 0)).await;
    assert_eq!(error.kind, ErrorKind::Rate);
    assert!(error.message.contains("images per min"), "{error}");
    assert_eq!(bench.server.requests().len(), 1);
}

#[tokio::test]
async fn a_stall_before_the_request_is_not_reported_as_sent() {
    // It accepts connections and stays silent, so no TLS connection is established.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/v1", listener.local_addr().unwrap());
    let bench = Bench { backend: backend("timeout = 1", &address), ..Bench::new("").await };
    let error = bench.lighthouse(&[]).await.unwrap_err();
    assert!(error.kind == ErrorKind::Timeout && error.unsent, "{error:?}");
    assert_eq!(error.message, "could not connect to `127.0.0.1`: it timed out");
    assert!(error.hint.unwrap().ends_with("nothing was sent or charged"));
}

#[tokio::test]
async fn a_key_in_a_successful_response_is_redacted() {
    let bench = Bench::new("").await;
    let secrets = crate::Secrets::default();
    secrets.add("key", &crate::Secret::new(KEY));
    let clean = crate::redaction::redact_backend(Arc::new(backend("", &bench.server.base_url())), &secrets);
    let progress = Progress::new(Arc::clone(&bench.ear) as Arc<dyn Listener>, bench.folder.path());
    bench.server.next(Fault::EchoKey);
    let outcome = clean.generate(&bench.order("a lighthouse", &[]), &progress).await.unwrap();
    assert!(outcome.revised_prompt.as_ref().is_some_and(|words| words.contains("[key]")), "{outcome:?}");
    let told = format!("{outcome:?} {:?}", bench.heard());
    assert!(!told.contains("SECRET"), "{told}");
}

/// Faults that only a text model encounters, or that are none: noise is a kind of image.
const ELSEWHERE: [Fault; 4] = [Fault::NoTemperature, Fault::LargeSvg, Fault::NoCacheWrite, Fault::Noise];

/// Collects the names of the faults that some test of this crate plays.
fn played(folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            played(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = |rest: &str| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
            names.extend(text.split("Fault::").skip(1).map(name));
        }
    }
}

#[test]
fn every_fault_of_the_stand_in_is_tested() {
    let mut names = Vec::new();
    played(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    let unmet = FAULTS.iter().map(|info| info.fault).filter(|fault| !ELSEWHERE.contains(fault));
    let unmet: Vec<_> = unmet.filter(|fault| !names.contains(&format!("{fault:?}"))).collect();
    assert!(unmet.is_empty(), "{unmet:?} happens to nobody here");
}
