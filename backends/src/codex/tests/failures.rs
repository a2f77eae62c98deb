use fake_openai::Fault;
use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

async fn end(fault: Fault) -> (BackendError, Bench) {
    let bench = Bench::with_server(FakeOpenAi::builder().always(fault), "").await;
    let error = bench.pelican(&[]).await.unwrap_err();
    bench.assert_secret_kept(&error);
    (error, bench)
}

/// Each way to end without a drawing: the kind, words of the message, words of the hint, requests made.
#[tokio::test]
async fn each_failure_has_its_own_message() {
    let ends = [
        (Fault::Refusal, ErrorKind::Refused, "the model declined", "rephrase the prompt", 1),
        (Fault::Incomplete, ErrorKind::InvalidImage, "was cut off", "max_output_tokens", 1),
        (Fault::IncompleteFilter, ErrorKind::Refused, "filter", "rephrase the prompt", 1),
        (Fault::Failed, ErrorKind::Server, "overloaded", "try again", 1),
        (Fault::ErrorFlat, ErrorKind::Server, "overloaded", "try again", 1),
        (Fault::ErrorNested, ErrorKind::Quota, "out of credit", "add credit", 1),
        (Fault::Eof, ErrorKind::Unknown, "ended before the drawing", "usage", 1),
        (Fault::ResetMidStream, ErrorKind::Unknown, "cut off", "usage", 1),
        (Fault::PlainProse, ErrorKind::InvalidImage, "not an SVG", "try again", 2),
        (Fault::InvalidKey, ErrorKind::Credentials, "not accepted", "OPENAI_API_KEY", 1),
        (Fault::Retired, ErrorKind::ModelRetired, "no longer has this model", "", 1),
        (Fault::ContextTooLong, ErrorKind::InvalidParameter, "too long for the model", "shorten", 1),
        (Fault::UnsupportedTool, ErrorKind::InvalidParameter, "the server rejected `tools`", "", 1),
        (Fault::Moderation, ErrorKind::Refused, "safety system", "rephrase the prompt", 1),
        (Fault::Html504, ErrorKind::Unknown, "504 Gateway Timeout from", "usage", 1),
        (Fault::EmptyBody, ErrorKind::Unknown, "empty", "usage", 1),
        (Fault::PaymentRequired, ErrorKind::Quota, "out of credit", "add credit", 1),
        (Fault::Flagged, ErrorKind::Refused, "categories: violence", "rephrase the prompt", 1),
    ];
    for (fault, kind, message, hint, requests) in ends {
        let (error, bench) = end(fault).await;
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert!(error.message.contains(message), "{fault:?}: {error}");
        assert!(error.hint.unwrap_or_default().contains(hint), "{fault:?}");
        assert_eq!(bench.bodies().len(), requests, "{fault:?}");
    }
}

#[tokio::test]
async fn a_whole_answer_that_ends_badly_is_drawn() {
    for fault in [Fault::LongLength, Fault::NoLastChunk, Fault::SilentEnd] {
        for config in ["timeout = 3", "timeout = 3\nbackground = true"] {
            let bench = Bench::new(config).await;
            bench.server.next(fault);
            let outcome = bench.pelican(&[]).await.unwrap();
            assert_eq!((outcome.images.len(), bench.bodies().len()), (1, 1), "{fault:?}");
            assert!(outcome.ids.request_id.is_some() && outcome.cost.is_some(), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn every_content_encoding_is_read() {
    for fault in [Fault::Gzip, Fault::Brotli, Fault::Zstd, Fault::Deflate] {
        let bench = Bench::new("").await;
        bench.server.next(fault);
        assert_eq!(bench.pelican(&[]).await.unwrap().images.len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn rejected_parameters_are_named() {
    let bench = Bench::new("[models.'gpt-5.3-codex']\nefforts = ['ultra']").await;
    let error = bench.pelican(&[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidParameter);
    assert!(error.message.contains("`reasoning.effort`"), "{error}");
    assert_eq!(bench.bodies().len(), 1);
}

#[tokio::test]
async fn a_partial_answer_that_may_be_paid_for_stays_on_disk() {
    let (_, bench) = end(Fault::ResetMidStream).await;
    assert!(std::fs::metadata(bench.folder.path().join("answer-0")).unwrap().len() > 0);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let server = FakeOpenAi::builder().with_key(KEY).start().await;
    let settings = toml::from_str(&format!("base_url = '{}'", server.base_url())).unwrap();
    let table = Table {
        name: "codex",
        settings: &settings,
        env: &|_| None,
        folder: Path::new("/"),
        accounts: &crate::Accounts::default(),
        renderer: &crate::svg::Renderer::default(),
    };
    let backend = Codex::build(&table, policy()).unwrap();
    let bench = Bench { server, backend, ear: Arc::default(), folder: TempDir::new().unwrap() };
    assert_eq!(bench.pelican(&[]).await.unwrap_err().kind, ErrorKind::Credentials);
    assert!(bench.server.requests().is_empty());
}
