use super::*;

#[tokio::test]
async fn words_are_met_from_their_start_in_any_order() {
    let shelf = TestLibrary::new();
    shelf.save("Three CATS under a full moon", 0).await;
    shelf.save("a café by the sea", 0).await;
    assert_eq!(shelf.search("cat").await, ["Three CATS under a full moon"]);
    assert_eq!(shelf.search("moo thr").await, ["Three CATS under a full moon"]);
    assert_eq!(shelf.search("cafe").await, ["a café by the sea"]);
    assert_eq!(shelf.search("zebra").await, [""; 0]);
    assert_eq!(shelf.search("pen-1 sea").await, ["a café by the sea"]);
    assert_eq!(shelf.search("  ").await.len(), 2);
}

#[tokio::test]
async fn any_input_is_a_valid_search() {
    let shelf = TestLibrary::new();
    shelf.save("a sign that says \"cats AND dogs\" (100%)", 0).await;
    shelf.save("🐱 at night", 0).await;
    let sign = ["a sign that says \"cats AND dogs\" (100%)"];
    for text in ["\"cats", "cats AND", "\"cats and dogs\"", "(100%)", "says:", "cats*", "sign -owl", "^cats", "sign\0"]
    {
        assert_eq!(shelf.search(text).await, sign, "{text}");
    }
    for text in ["cats NOT dogs", "NEAR(cats dogs)", "cats -cats", "cats OR owl", "'; DROP TABLE jobs; --"] {
        assert_eq!(shelf.search(text).await, [""; 0], "{text}");
    }
    assert_eq!(shelf.search("🐱").await, ["🐱 at night"]);
    assert_eq!(shelf.search("night 🐱").await, ["🐱 at night"]);
    assert_eq!(shelf.search("🐶").await, [""; 0]);
    assert_eq!(shelf.search("\" ( *").await.len(), 2);
}

#[tokio::test]
async fn a_search_keeps_to_its_shelf_and_follows_changes() {
    let shelf = TestLibrary::new();
    let (first, second) = (shelf.save("cat one", 1).await, shelf.save("cat two", 1).await);
    assert_eq!(shelf.search("cat").await, ["cat two", "cat one"]);
    shelf.library.trash(first.id).await.unwrap();
    shelf.library.set_favorite(second.id, true).await.unwrap();
    assert_eq!(shelf.search("cat").await, ["cat two"]);
    assert_eq!(shelf.search("cat is:trashed").await, ["cat one"]);
    assert_eq!(shelf.search("cat is:favorite").await, ["cat two"]);
    assert_eq!(shelf.search("cat is:favorite is:trashed").await, [""; 0]);
    assert_eq!(shelf.library.position(&Query::new("cat"), first.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_word_without_a_match_finds_similar_words() {
    let shelf = TestLibrary::new();
    shelf.save("a lighthouse at night", 0).await;
    shelf.save("a boat", 0).await;
    for text in ["lgthouse", "house", "lighthuose", "lighthous"] {
        assert_eq!(shelf.search(text).await, ["a lighthouse at night"], "{text}");
    }
    assert_eq!(shelf.search("zebra").await, [""; 0]);
    assert_eq!(shelf.search("boat -house").await, ["a boat"]);
    let typo = shelf.save("a lgthouse", 0).await;
    shelf.library.trash(typo.id).await.unwrap();
    assert_eq!(shelf.search("lgthouse").await, ["a lighthouse at night"], "the trash does not count");
}

#[tokio::test]
async fn symbols_are_found_in_titles() {
    let shelf = TestLibrary::new();
    let mug = shelf.save("a mug", 0).await;
    let title = LabelChange { title: Some(Some("🦊 mug".into())), ..LabelChange::default() };
    shelf.library.change_labels(vec![mug.id], title).await.unwrap();
    assert_eq!(shelf.search("🦊").await, ["a mug"]);
}

#[tokio::test]
async fn filters_select_by_label_and_by_fact() {
    let shelf = TestLibrary::new();
    let (fox, owl) = (shelf.save("a fox", 1).await, shelf.save("an owl", 1).await);
    shelf.save("a failure", 0).await;
    let change = |ids: Vec<Id>, change| shelf.library.change_labels(ids, change);
    change(vec![fox.id, owl.id], LabelChange::parse_tags(["animal"]).unwrap()).await.unwrap();
    change(vec![fox.images[0].id], LabelChange::rating(Some(4))).await.unwrap();
    let mugs = ["My mugs".to_owned()].into();
    change(vec![owl.id], LabelChange { add_collections: mugs, ..LabelChange::default() }).await.unwrap();
    let title = LabelChange { title: Some(Some("Reynard".into())), ..LabelChange::default() };
    change(vec![fox.id], title).await.unwrap();
    for (text, found) in [
        ("tag:animal", &["an owl", "a fox"][..]),
        ("tag:ANIMAL sort:oldest", &["a fox", "an owl"]),
        ("animal", &["an owl", "a fox"]),
        ("reynard", &["a fox"]),
        ("rating:>=4", &["a fox"]),
        ("rating:none", &["a failure", "an owl"]),
        ("-rating:4", &["a failure", "an owl"]),
        ("sort:rating", &["a fox", "a failure", "an owl"]),
        ("collection:\"my mugs\"", &["an owl"]),
        ("size:>=64 -tag:animal", &[]),
        ("size:64 aspect:wide", &["an owl", "a fox"]),
        ("aspect:square", &[]),
        ("cost:>0.10 cost:<0.13 tag:animal", &["an owl", "a fox"]),
        ("state:saved backend:PE model:pen", &["a failure", "an owl", "a fox"]),
        ("after:today -before:today", &["a failure", "an owl", "a fox"]),
        ("after:2100", &[]),
        ("before:9999-12-31 -animal", &["a failure"]),
        ("is:edit", &[]),
        ("is:unfinished", &[]),
        ("\"a fox\"", &["a fox"]),
    ] {
        assert_eq!(shelf.search(text).await, found, "{text}");
    }
    let known = shelf.library.known_values().await.unwrap();
    assert_eq!((known.tags, known.collections), (vec!["animal".to_owned()], vec!["My mugs".to_owned()]));
    let error = shelf.library.page(Query::new("ratng:4"), 0, 1).await.unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `rating:4`?");
    assert_eq!(shelf.library.check().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_result_in_another_order_knows_its_positions() {
    let shelf = TestLibrary::new();
    let (first, second) = (shelf.save("cat one", 1).await, shelf.save("cat two", 1).await);
    let query = Query::new("sort:oldest");
    assert_eq!(shelf.library.position(&query, first.id).await.unwrap(), Some(0));
    assert_eq!(shelf.library.position(&query, second.id).await.unwrap(), Some(1));
}
