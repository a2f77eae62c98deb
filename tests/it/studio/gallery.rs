//! The story of many images: generated, rated, tagged, found, exported, deleted, restored and edited in the gallery.

use fake_openai::FakeOpenAi;

use super::*;

/// Types a text, waits until it is on screen, and presses Enter.
fn enter(studio: &Pty, text: &str) {
    studio.send(text);
    studio.wait_for(text);
    studio.send(ENTER);
}

fn files(dir: PathBuf) -> Vec<String> {
    let names = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn jobs(home: &Home, query: &str) -> Vec<Record> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let library = Library::open(&home.data()).unwrap();
    let page = runtime.block_on(library.page(tintype::library::Query::new(query), 0, 100)).unwrap();
    runtime.block_on(library.close());
    page.records
}

#[test]
fn images_are_rated_tagged_found_exported_deleted_and_restored() {
    let home = Home::new();
    for prompt in ["a red fox", "a blue whale", "an owl", "a green tree"] {
        assert_eq!(home.shell(&format!("\"$0\" generate '{prompt}'")).wait_for_end().status, Ok(0));
    }
    let studio = home.open();
    studio.wait_for("history 4");
    studio.send(F5);
    studio.wait_for("4   sort newest");
    // The newest and the next: a green tree and an owl.
    studio.send("5");
    studio.wait_for("★5");
    studio.send("  ");
    studio.wait_for("2 selected");
    studio.send("t");
    studio.wait_for("Tags of 2 jobs");
    enter(&studio, "forest night");
    studio.wait_for("Labeled 2 jobs");
    studio.send(ESC);
    studio.wait_until("no selection", |view| !view.has("2 selected"));
    studio.send("/");
    enter(&studio, "tag:forest -rating:5");
    studio.wait_until("the owl alone", |view| view.has("1 of 4") && view.has(" an owl · sketch"));
    studio.wait_for("Space select");
    studio.send("x");
    studio.wait_for("Export");
    studio.send(ctrl('u'));
    enter(&studio, "out --format jpeg --xmp");
    studio.wait_for("Exported 1 image to out");
    let exported = files(home.path("out"));
    assert_eq!(exported.len(), 2, "{exported:?}");
    assert!(exported[1] == format!("{}.xmp", exported[0]) && exported[0].contains(".jpg"), "{exported:?}");
    let metadata = fs::read_to_string(home.path("out").join(&exported[1])).unwrap();
    assert!(metadata.contains("<rdf:li>forest</rdf:li>") && metadata.contains("an owl"), "{metadata}");
    studio.send("d");
    studio.wait_for("Moved to trash: an owl");
    studio.wait_for("no matches");
    studio.send("u");
    studio.wait_until("the owl again", |view| view.has("1 of 4") && view.has("an owl"));
    quit(studio);
    assert_eq!(jobs(&home, "tag:night").len(), 2);
    assert_eq!(jobs(&home, "rating:5")[0].prompt, "a green tree");
    assert!(jobs(&home, "is:trashed").is_empty());
}

#[test]
fn an_image_of_the_gallery_is_edited() {
    let server = FakeOpenAi::builder().with_key("sk-test-0123456789").start_blocking();
    let home = Home::with_config("default_backend = \"gpt-image\"\n")
        .with("OPENAI_API_KEY", "sk-test-0123456789")
        .with("OPENAI_BASE_URL", server.base_url());
    assert_eq!(home.shell("\"$0\" generate 'a red fox'").wait_for_end().status, Ok(0));
    let studio = home.start();
    studio.wait_for("history 1");
    studio.send(F5);
    studio.wait_for("1   sort newest");
    studio.send("e");
    studio.wait_for("Describe the change…");
    enter(&studio, "make it night");
    studio.wait_until("the finished edit", |view| view.has("history 2") && view.has("1024x1024 png"));
    studio.send(F5);
    studio.wait_for("2   sort newest");
    studio.send("L");
    let tree = studio.wait_for("Lineage");
    assert!(tree.has("a red fox") && tree.has("make it night"), "{tree}");
    studio.send(ESC);
    studio.wait_until("the gallery", |view| !view.has("Lineage"));
    studio.send(ENTER);
    studio.wait_until("the image in the whole window", |view| !view.has("sort newest"));
    studio.send(ESC);
    studio.wait_for("2   sort newest");
    quit(studio);
    assert_eq!(jobs(&home, "is:edit").len(), 1);
}
