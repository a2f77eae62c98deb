use pretty_assertions::assert_eq;

use super::*;

#[tokio::test]
async fn complete_answers_become_the_same_drawings() {
    for (config, count, passes) in [("", 1, 0), ("", 2, 0), ("", 1, 1), ("background = true", 1, 0)] {
        let bench = Bench::new(config).await;
        let mut order = bench.order("a pelican", &[("size", "256x256".into()), ("passes", i64::from(passes).into())]);
        order.count = count;
        let drawn = bench.draw(&order).await.unwrap();
        let asked = bench.bodies().len();
        let later = backend(config, &bench.server.base_url());
        let found = later.salvage(&order, bench.folder.path()).await.unwrap().unwrap();
        let mut expected: Vec<_> = drawn.images.iter().map(|image| image.svg.clone()).collect();
        let mut got: Vec<_> = found.images.iter().map(|image| image.svg.clone()).collect();
        // Two concurrent conversations may be answered in any order.
        expected.sort();
        got.sort();
        assert_eq!(got, expected, "{config:?}, {count} with {passes} further looks");
        assert_eq!((found.usage, found.cost), (drawn.usage, drawn.cost));
        assert_eq!(bench.bodies().len(), asked, "the model is asked nothing");
    }
}

#[tokio::test]
async fn a_partial_answer_is_no_drawing() {
    let bench = Bench::new("").await;
    let order = bench.order("a pelican", &[("size", "256x256".into())]);
    bench.draw(&order).await.unwrap();
    let path = bench.folder.path().join("answer-0");
    let answer = std::fs::read(&path).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(answer.len() as u64 / 2).unwrap();
    let later = backend("", &bench.server.base_url());
    assert!(later.salvage(&order, bench.folder.path()).await.is_none());
}
