use super::*;

#[tokio::test]
async fn words_are_met_from_their_start_in_any_order() {
    let shelf = TestLibrary::new();
    shelf.save("Three CATS under a full moon", 0).await;
    shelf.save("a café by the sea", 0).await;
    assert_eq!(shelf.search("cat").await, ["Three CATS under a full moon"]);
    assert_eq!(shelf.search("moo thr").await, ["Three CATS under a full moon"]);
    assert_eq!(shelf.search("cafe").await, ["a café by the sea"]);
    assert_eq!(shelf.search("ats").await, [""; 0]);
    assert_eq!(shelf.search("pen-1 sea").await, ["a café by the sea"]);
    assert_eq!(shelf.search("  ").await.len(), 2);
}

#[tokio::test]
async fn any_input_is_a_valid_search() {
    let shelf = TestLibrary::new();
    shelf.save("a sign that says \"cats AND dogs\" (100%)", 0).await;
    shelf.save("🐱 at night", 0).await;
    let sign = ["a sign that says \"cats AND dogs\" (100%)"];
    for text in ["\"cats", "cats AND", "\"cats and dogs\"", "(100%)", "says:", "cats*", "-cats", "^cats", "sign\0"] {
        assert_eq!(shelf.search(text).await, sign, "{text}");
    }
    for text in ["cats NOT dogs", "NEAR(cats dogs)", "prompt:cats", "cats OR owl", "'; DROP TABLE jobs; --"] {
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
    shelf.library.set_marked(second.id, true).await.unwrap();
    assert_eq!(shelf.search("cat").await, ["cat two"]);
    let query = |marked, trash| Query { text: "cat".into(), marked, trash };
    assert_eq!(shelf.prompts(query(false, true)).await, ["cat one"]);
    assert_eq!(shelf.prompts(query(true, false)).await, ["cat two"]);
    assert_eq!(shelf.prompts(query(true, true)).await, [""; 0]);
    assert_eq!(shelf.library.position(&query(false, false), first.id).await.unwrap(), None);
}
