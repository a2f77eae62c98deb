use fake_openai::{Fault, Faults};
use pretty_assertions::assert_eq;

use super::*;
use crate::ErrorKind;

#[tokio::test]
async fn a_rate_limit_is_waited_out_with_a_status() {
    let bench = Bench::new("").await;
    let busy = || Faults::from(Fault::RateLimit).with_value(Fault::RetryAfterMs, 3);
    bench.server.script([busy(), busy()]);
    bench.lighthouse(&[("quality", "low".into())]).await.unwrap();
    assert_eq!(bench.server.requests().len(), 3);
    let waiting = bench.statuses().into_iter().filter(|words| words == "rate limited, retrying in 1 s").count();
    assert!(waiting >= 2, "{:?}", bench.statuses());
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_an_error() {
    let bench = Bench::new("").await;
    bench.server.next(Faults::from(Fault::RateLimit).with_value(Fault::RetryAfter, 600));
    let error = bench.lighthouse(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.hint.as_deref()), (ErrorKind::Rate, Some("the server asked to wait 600 seconds")));
    assert_eq!(bench.server.requests().len(), 1);
}

#[tokio::test]
async fn a_failing_server_is_retried_twice() {
    let bench = Bench::new("").await;
    bench.server.script([Fault::ServerError, Fault::ServerError]);
    bench.lighthouse(&[("quality", "low".into())]).await.unwrap();
    assert_eq!(bench.server.requests().len(), 3);
}

#[tokio::test]
async fn should_retry_false_is_respected() {
    let bench = Bench::new("").await;
    bench.server.next(Faults::from(Fault::ServerError).with_value(Fault::ShouldRetry, 0));
    assert_eq!(bench.lighthouse(&[]).await.unwrap_err().kind, ErrorKind::Server);
    assert_eq!(bench.server.requests().len(), 1);
}

#[tokio::test]
async fn should_retry_true_is_respected() {
    let bench = Bench::new("").await;
    bench.server.next(Faults::from(Fault::Conflict).with_value(Fault::ShouldRetry, 1));
    bench.lighthouse(&[("quality", "low".into())]).await.unwrap();
    bench.server.next(Faults::from(Fault::Moderation).with_value(Fault::ShouldRetry, 1));
    assert_eq!(bench.lighthouse(&[]).await.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(bench.server.requests().len(), 3);
}

#[tokio::test]
async fn each_attempt_has_its_own_id() {
    let bench = Bench::new("").await;
    bench.server.next(Fault::ServerError);
    bench.lighthouse(&[("quality", "low".into())]).await.unwrap();
    let requests = bench.server.requests();
    let ids: Vec<_> = requests.iter().map(|request| request.header("x-client-request-id").unwrap()).collect();
    assert_ne!(ids[0], ids[1]);
}
