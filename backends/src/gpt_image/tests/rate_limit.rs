//! The account's rate limits over real HTTP: learned from refusals, respected by all jobs, reported during the wait,
//! and released when a job leaves.

use fake_openai::{Fault, Faults};
use futures::{FutureExt, future::join_all};
use pretty_assertions::assert_eq;

use super::*;

/// Starts a job that has to wait, checks its status, and cancels it.
async fn wait_and_leave(bench: &Bench, words: &str) {
    let order = bench.order("a lighthouse", &[]);
    let mut drawing = Box::pin(bench.draw(&order));
    // Everything up to the wait happens without the network.
    while !bench.statuses().iter().any(|status| status.contains(words)) {
        assert!((&mut drawing).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn later_jobs_respect_a_limit_that_one_has_learned() {
    let bench = Bench::new("").await;
    bench.server.next(Faults::from(Fault::RateLimitImages).with_value(Fault::RetryAfterMs, 3));
    bench.lighthouse(&[]).await.unwrap();
    assert_eq!(bench.server.requests().len(), 2);
    wait_and_leave(&bench, ": the account allows 5 images per minute").await;
    assert_eq!(bench.server.requests().len(), 2, "nothing is sent to be refused");
    let sent = bench.heard().iter().filter(|update| **update == Update::Sent).count();
    assert_eq!(sent, 2, "what waits and is given up was never sent");
}

#[tokio::test]
async fn a_configured_limit_applies_from_the_first_request() {
    let bench = Bench::with_server(FakeOpenAi::builder().images_per_minute(2), "images_per_minute = 2").await;
    join_all((0..2).map(|_| bench.lighthouse(&[]))).await.into_iter().for_each(|drawn| drop(drawn.unwrap()));
    wait_and_leave(&bench, ": the account allows 2 images per minute").await;
    assert!(bench.server.requests().iter().all(|request| request.status == Some(200)));
}

#[tokio::test]
async fn concurrency_is_bounded_and_every_job_finishes() {
    let bench = Bench::with_server(FakeOpenAi::builder().always(Fault::Gate), "concurrency = 1").await;
    let draw = || bench.lighthouse(&[]);
    let order = async {
        bench.server.wait_until(|server| server.requests().len() == 1).await;
        while !bench.statuses().iter().any(|words| words.starts_with("waiting for ")) {
            tokio::task::yield_now().await;
        }
        assert_eq!(bench.server.requests().len(), 1, "the others wait here, not there");
        bench.server.release(100);
    };
    let (drawn, ()) = tokio::join!(join_all((0..4).map(|_| draw())), order);
    assert!(drawn.iter().all(Result::is_ok));
    assert_eq!(bench.server.requests().len(), 4);
}

#[tokio::test]
async fn backends_of_one_account_share_its_limits() {
    let bench = Bench::new("").await;
    let accounts = crate::Accounts::default();
    let other = |config: &str| {
        let settings = toml::from_str(config).unwrap();
        let base = bench.server.base_url();
        let env = move |name: &str| match name {
            "OPENAI_API_KEY" | "OTHER_KEY" => Some(KEY.to_owned()),
            "OPENAI_BASE_URL" => Some(base.clone()),
            _ => None,
        };
        let table = Table {
            name: "x",
            settings: &settings,
            env: &env,
            folder: Path::new("/"),
            accounts: &accounts,
            renderer: &crate::svg::Renderer::default(),
        };
        let backend = GptImage::build(&table, policy()).unwrap();
        Bench { backend, server: server(), ear: Arc::default(), folder: TempDir::new().unwrap() }
    };
    let (first, second, stranger) = (other("images_per_minute = 1"), other(""), other("api_key_env = 'OTHER_KEY'"));
    first.lighthouse(&[]).await.unwrap();
    wait_and_leave(&second, "the account allows 1 image per minute").await;
    stranger.lighthouse(&[]).await.unwrap();
}

/// Starts a server that receives no requests.
fn server() -> FakeOpenAi {
    FakeOpenAi::builder().start_blocking()
}
