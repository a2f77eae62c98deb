use fake_openai::{FAULTS, Fault, Faults};
use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

/// Draws against a server that answers with `faults` to everything.
async fn draw_against(faults: impl Into<Faults>) -> (Bench, BackendError) {
    let bench = Bench::with(FakeOpenAi::builder().always(faults), "").await;
    let error = bench.lighthouse(&[("quality", "low".into())]).await.unwrap_err();
    bench.assert_secret_kept(&error);
    (bench, error)
}

#[tokio::test]
async fn each_fault_has_its_kind_its_words_and_a_next_step() {
    let table: &[(Fault, ErrorKind, &str, &str)] = &[
        (Fault::InvalidKey, ErrorKind::Credentials, "the key in `OPENAI_API_KEY` was not accepted", "api-keys"),
        (Fault::InvalidKeyEcho, ErrorKind::Credentials, "Incorrect API key provided: [key]", "api-keys"),
        (Fault::Unverified, ErrorKind::NotVerified, "has to be verified", "settings/organization/general"),
        (Fault::Region, ErrorKind::Credentials, "access was denied: `Country, region", "check"),
        (Fault::Quota, ErrorKind::Quota, "the account is out of credit", "add credit"),
        (Fault::BillingLimit, ErrorKind::BillingLimit, "spending limit is reached", "raise the limit"),
        (Fault::Moderation, ErrorKind::Refused, "(stage: input; categories: sexual)", "say it differently"),
        (Fault::ModerationBare, ErrorKind::Refused, "(categories: sexual)", "say it differently"),
        (Fault::ContentPolicy, ErrorKind::Refused, "the safety system refused this", "say it differently"),
        (Fault::AzureContentFilter, ErrorKind::Refused, "(categories: sexual)", "say it differently"),
        (Fault::AzureBlocked, ErrorKind::Credentials, "temporarily blocked", "check"),
        (Fault::MissingModel, ErrorKind::ModelRetired, "`gpt-image-2.5-flare` is not on this server", "base_url"),
        (Fault::MissingImageModel, ErrorKind::ModelRetired, "is not on this server", "base_url"),
        (Fault::Overloaded, ErrorKind::Server, "`127.0.0.1` is overloaded: `Slow Down`", "15 minutes"),
        (Fault::Conflict, ErrorKind::InvalidParameter, "updated by another request", "send it again"),
        (Fault::RequestTimeout, ErrorKind::Timeout, "waited too long", "send it again"),
        (Fault::ErrorString, ErrorKind::InvalidParameter, "`prompt required`", "send it again"),
        (Fault::ErrorServerString, ErrorKind::Server, "out of memory while sampling", "send it again"),
        (Fault::ErrorDetail, ErrorKind::InvalidParameter, "Input should be a valid size", "send it again"),
        (Fault::ErrorDetailList, ErrorKind::InvalidParameter, "prompt: Field required", "send it again"),
        (Fault::ErrorNumericCode, ErrorKind::Server, "could not load model", "send it again"),
        (Fault::ServerError, ErrorKind::Server, "`127.0.0.1` failed (500)", "send it again"),
        (Fault::Html502, ErrorKind::Unknown, "may still have been drawn and billed: `502 Bad Gateway`", "usage"),
        (Fault::Html504, ErrorKind::Unknown, "gave up (504)", "usage"),
        (Fault::Html524, ErrorKind::Unknown, "524: A timeout occurred", "usage"),
        (Fault::EmptyError, ErrorKind::Unknown, "gave up (502)", "usage"),
        (Fault::EmptyBody, ErrorKind::Unknown, "the server's answer is empty", "usage"),
        (Fault::Reset, ErrorKind::Unknown, "gave no answer", "usage"),
        (Fault::Truncated, ErrorKind::Unknown, "may have been billed", "usage"),
        (Fault::ErrorInOk, ErrorKind::Refused, "(stage: output; categories: sexual)", "another try may pass"),
        (Fault::NoData, ErrorKind::InvalidImage, "answered without a picture", "say it differently"),
        (Fault::NotAnImage, ErrorKind::InvalidImage, "is no picture", "spool"),
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
async fn a_server_that_is_not_there_is_not_reached() {
    // Bound and never listening: nobody else is given the port in the meantime.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}/v1", socket.local_addr().unwrap());
    let bench = Bench::new("").await;
    let bench = Bench { backend: backend("", &address), ..bench };
    let error = bench.lighthouse(&[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(error.message.starts_with("`127.0.0.1` was not reached: connection refused"), "{error}");
    assert!(error.hint.unwrap().contains("nothing was billed"));
    assert_eq!(bench.statuses().iter().filter(|words| words.ends_with(": not reached")).count(), 2);
}

#[tokio::test]
async fn a_server_that_hangs_leaves_the_fate_open() {
    let bench = Bench::with(FakeOpenAi::builder().always(Fault::Hang), "timeout = 1").await;
    let error = bench.lighthouse(&[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unknown);
    assert!(error.message.contains("did not answer in time; it may have been billed"), "{error}");
    assert_eq!(bench.server.requests().len(), 1);
}

#[tokio::test]
async fn answers_that_other_servers_shape_are_taken() {
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
async fn fewer_pictures_than_asked_for_are_kept_and_told() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::FewerImages);
    let mut order = bench.order("a lighthouse", &[("quality", "low".into())]);
    order.count = 3;
    let outcome = bench.draw(&order).await.unwrap();
    assert_eq!(outcome.images.len(), 2);
    assert_eq!(outcome.notes, ["the server drew 2 of 3 pictures"]);
}

#[tokio::test]
async fn a_limit_of_images_is_told_apart_from_one_of_money() {
    let (bench, error) = draw_against(Faults::from(Fault::RateLimitImages).with(Fault::ShouldRetry, 0)).await;
    assert_eq!(error.kind, ErrorKind::Rate);
    assert!(error.message.contains("images per min"), "{error}");
    assert_eq!(bench.server.requests().len(), 1);
}

/// Faults that only a text model meets, or that are none: noise is a kind of picture.
const ELSEWHERE: [Fault; 4] = [Fault::NoTemperature, Fault::LargeSvg, Fault::NoCacheWrite, Fault::Noise];

/// The names of faults that some test of this crate plays.
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
fn no_fault_of_the_stand_in_is_unmet() {
    let mut names = Vec::new();
    played(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    let unmet = FAULTS.iter().map(|info| info.fault).filter(|fault| !ELSEWHERE.contains(fault));
    let unmet: Vec<_> = unmet.filter(|fault| !names.contains(&format!("{fault:?}"))).collect();
    assert!(unmet.is_empty(), "{unmet:?} happens to nobody here");
}
