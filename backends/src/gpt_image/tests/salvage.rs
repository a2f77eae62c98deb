use fake_openai::Fault;
use pretty_assertions::assert_eq;

use super::*;

const RESPONSES: &str = "route = 'responses'\nmain_model = 'gpt-5.5'\n";

fn small(partials: i64) -> [(&'static str, Value); 3] {
    [("quality", "low".into()), ("size", "1024x640".into()), ("partial_images", partials.into())]
}

/// Returns the images that a later process recovers from the directory, as bytes; `None` if nothing is decided.
async fn found(bench: &Bench, config: &str, request: &Request) -> Option<Result<Vec<Bytes>, BackendError>> {
    let later = backend(config, &bench.server.base_url());
    let told = later.salvage(request, bench.folder.path()).await?;
    Some(told.map(|outcome| outcome.images.into_iter().map(|image| image.bytes).collect()))
}

#[tokio::test]
async fn a_complete_response_is_salvaged_on_every_route() {
    let background = format!("{RESPONSES}background = true");
    for (config, partials, count) in [
        ("", 0, 2),
        ("", 2, 1),
        ("", 1, 2),
        (RESPONSES, 0, 1),
        (RESPONSES, 2, 1),
        (&background, 0, 1),
        (&background, 1, 2),
    ] {
        let bench = Bench::new(config).await;
        let mut order = bench.order("a lighthouse", &small(partials));
        order.count = count;
        let outcome = bench.draw(&order).await.unwrap();
        let drawn: Vec<Bytes> = outcome.images.iter().map(|image| image.bytes.clone()).collect();
        assert_eq!(found(&bench, config, &order).await.unwrap().unwrap(), drawn, "{config:?}, {partials} partials");
        let later = backend(config, &bench.server.base_url());
        let again = later.salvage(&order, bench.folder.path()).await.unwrap().unwrap();
        assert_eq!((again.usage, again.cost), (outcome.usage, outcome.cost));
        assert_eq!((again.effective, again.revised_prompt), (outcome.effective, outcome.revised_prompt));
    }
}

#[tokio::test]
async fn a_partial_response_never_becomes_an_image() {
    for partials in [0, 1] {
        let bench = Bench::new("").await;
        let order = bench.order("a lighthouse", &small(partials));
        let whole = bench.draw(&order).await.unwrap().images[0].bytes.clone();
        let (name, answer) = bench.files().remove(0);
        for cut in (1..20).map(|piece| answer.len() * piece / 20) {
            spool(&bench, &name, &answer[..cut]);
            match found(&bench, "", &order).await {
                None => {}
                Some(told) => {
                    assert_eq!(told.unwrap(), std::slice::from_ref(&whole), "cut at {cut} of {}", answer.len());
                }
            }
        }
        spool(&bench, &name, &answer[..answer.len() / 2]);
        assert!(found(&bench, "", &order).await.is_none());
    }
}

fn spool(bench: &Bench, name: &str, bytes: &[u8]) {
    use std::io::Write as _;
    std::fs::File::create(bench.folder.path().join(name)).unwrap().write_all(bytes).unwrap();
}

#[tokio::test]
async fn one_of_two_responses_is_salvaged_with_unknown_cost() {
    let bench = Bench::new("").await;
    let mut order = bench.order("a lighthouse", &small(1));
    order.count = 2;
    let drawn = bench.draw(&order).await.unwrap();
    std::fs::remove_file(bench.folder.path().join("answer-1")).unwrap();
    let later = backend("", &bench.server.base_url());
    let outcome = later.salvage(&order, bench.folder.path()).await.unwrap().unwrap();
    assert_eq!((outcome.images.len(), &outcome.images[0].bytes), (1, &drawn.images[0].bytes));
    assert_eq!(outcome.cost, None);
    assert!(outcome.notes[0].contains("an image is missing"), "{:?}", outcome.notes);
}

#[tokio::test]
async fn a_linked_image_is_downloaded_once() {
    let bench = Bench::with_server(FakeOpenAi::builder().always(Fault::UrlOnly), "").await;
    let order = bench.order("a lighthouse", &small(0));
    let drawn = bench.draw(&order).await.unwrap().images[0].bytes.clone();
    let reads = |bench: &Bench| bench.server.requests().iter().filter(|seen| seen.method == "GET").count();
    let before = reads(&bench);
    assert_eq!(found(&bench, "", &order).await.unwrap().unwrap(), std::slice::from_ref(&drawn));
    assert_eq!(reads(&bench), before, "it was fetched before");
    std::fs::remove_file(bench.folder.path().join("answer-0-picture-0")).unwrap();
    assert_eq!(found(&bench, "", &order).await.unwrap().unwrap(), [drawn]);
}

#[tokio::test]
async fn an_empty_folder_decides_nothing_and_nothing_is_sent() {
    let bench = Bench::new("").await;
    let order = bench.order("a lighthouse", &small(0));
    assert!(found(&bench, "", &order).await.is_none());
    assert!(bench.server.requests().is_empty());
}

#[tokio::test]
async fn an_error_response_is_a_failure() {
    let bench = Bench::new("").await;
    spool(
        &bench,
        "answer-0",
        br#"{"error":{"message":"not that","type":"image_generation_user_error","code":"moderation_blocked"}}"#,
    );
    let order = bench.order("a lighthouse", &small(0));
    assert_eq!(found(&bench, "", &order).await.unwrap().unwrap_err().kind, crate::ErrorKind::Refused);
}

#[tokio::test]
async fn our_request_id_is_used_until_the_server_assigns_one() {
    let bench = Bench::new("").await;
    let outcome = bench.lighthouse(&small(0)).await.unwrap();
    let named: Vec<String> = bench
        .heard()
        .into_iter()
        .filter_map(|update| match update {
            Update::RequestId(id) => Some(id),
            _ => None,
        })
        .collect();
    let request = &bench.server.requests()[0];
    assert_eq!(named, [request.header("x-client-request-id").unwrap(), &request.request_id]);
    assert_eq!(outcome.ids.request_id.as_ref(), Some(&request.request_id));
}

#[tokio::test]
async fn previews_leave_little_on_disk() {
    let bench = Bench::with_server(FakeOpenAi::builder().always(Fault::Noise), "").await;
    let chosen = [("quality", "low".into()), ("partial_images", 3.into())];
    let order = bench.order("a lighthouse", &chosen);
    let drawn = bench.draw(&order).await.unwrap().images.remove(0).bytes;
    assert_eq!(bench.previews().len(), 3);
    let kept = bench.files().remove(0).1.len();
    assert!(kept < 2 * drawn.len(), "{kept} bytes are kept of a picture of {}", drawn.len());
    assert_eq!(found(&bench, "", &order).await.unwrap().unwrap(), [drawn]);
}
