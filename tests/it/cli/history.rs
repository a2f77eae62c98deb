use std::fs;

use super::{Home, text};

#[test]
fn rows_have_stable_field_names() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let keys: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "id",
        "job",
        "parent",
        "created",
        "backend",
        "model",
        "prompt",
        "settings",
        "state",
        "error",
        "usage",
        "cost_usd",
        "seconds",
        "title",
        "rating",
        "favorite",
        "tags",
        "collections",
        "recipe",
        "fields",
        "batch",
        "images",
    ];
    assert_eq!(keys, expected);
    let image: Vec<&str> = row["images"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(image, ["id", "path", "width", "height", "format", "bytes", "sha256"]);
}

#[test]
fn the_history_is_newest_first_and_searchable() {
    let home = Home::new();
    for prompt in ["a red kite", "two moons", "a blue moon"] {
        home.draw(prompt);
    }
    let prompts = |run: super::CommandRun<'_>| -> Vec<String> {
        run.run_to_end().json().iter().map(|row| text(row, "prompt").to_owned()).collect()
    };
    assert_eq!(prompts(home.run(["history", "--json"])), ["a blue moon", "two moons", "a red kite"]);
    assert_eq!(prompts(home.run(["history", "moon", "--json"])), ["a blue moon", "two moons"]);
    assert_eq!(prompts(home.run(["history", "--json", "--limit", "1"])), ["a blue moon"]);
    assert_eq!(home.run(["history", "kite"]).run_to_end().text().lines().count(), 1);
}

#[test]
fn an_empty_history_is_not_an_error_and_creates_no_library() {
    let home = Home::new();
    home.run(["history"]).run_to_end().expect_no_stdout().stderr_has("nothing here yet");
    assert_eq!(home.run(["history", "--json"]).run_to_end().expect_no_stdout().stderr, "");
    assert_eq!(home.run(["jobs", "--json"]).run_to_end().expect_no_stdout().stderr, "");
    assert!(!home.path("data").exists());
}

#[test]
fn a_deleted_job_can_be_restored() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let short = &text(&row, "id")[28..];
    home.run(["history", "delete", short])
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("to the trash; `tintype history restore");
    assert!(home.run(["history", "--json"]).run_to_end().json().is_empty());
    assert_eq!(home.run(["history", "--trash", "--json"]).run_to_end().json().len(), 1);
    home.run(["history", "restore", short]).run_to_end().expect_no_stdout().stderr_has("restored `");
    assert_eq!(home.run(["history", "--json"]).run_to_end().json(), [row]);
}

#[test]
fn emptying_the_trash_needs_confirmation() {
    let home = Home::new();
    let row = home.draw("a red kite");
    home.run(["history", "delete", text(&row, "id")]).run_to_end();
    home.run(["history", "empty-trash"])
        .expect_code(2)
        .run_to_end()
        .error("this permanently deletes files", "pass --yes to confirm; `tintype history --trash` lists the files");
    home.run(["history", "empty-trash", "--yes"]).run_to_end().stderr_has("1 permanently deleted");
    assert!(home.run(["history", "--trash", "--json"]).run_to_end().json().is_empty());
}

#[test]
fn a_job_is_shown_with_all_details() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let shown = home.run(["history", "show", text(&row, "id")]).run_to_end().text();
    for words in ["prompt     a red kite", "setting    size = 64x64", "cost       $0", text(&row["images"][0], "path")]
    {
        assert!(shown.contains(words), "no `{words}` in {shown}");
    }
    assert_eq!(home.run(["history", "show", "--json", text(&row, "id")]).run_to_end().json(), [row]);
}

#[test]
fn an_image_is_exported_unchanged() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let image = &row["images"][0];
    let out = home.run(["history", "export", text(image, "id"), "-o", "kite.png"]).run_to_end().text();
    assert_eq!(out, "kite.png\n");
    let kept = fs::read(text(image, "path")).unwrap();
    assert_eq!(fs::read(home.path("work/kite.png")).unwrap(), kept);
    assert_eq!(home.run(["history", "export", text(&row, "id"), "-o", "-"]).run_to_end().stdout, kept);
    home.run(["history", "export", text(image, "id"), "-o", "kite.png"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("already exists");
}

#[test]
fn a_drawing_is_exported_at_any_size() {
    let home = Home::new();
    home.run(["generate", "a red kite", "--set", "format=svg", "--size", "64x64"]).run_to_end().files();
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    let export = |name: &str| home.run(["history", "export", text(&row, "id"), "-o", name]);
    assert_eq!(export("kite.png").arg("--size=300x200").run_to_end().text(), "kite.png\n");
    assert_eq!(image::image_dimensions(home.path("work/kite.png")).unwrap(), (300, 200));
    assert_eq!(export("kite.svg").arg("--svg").run_to_end().text(), "kite.svg\n");
    assert!(fs::read_to_string(home.path("work/kite.svg")).unwrap().contains("<svg"));
    export("huge.png").arg("--size=100000x100000").expect_code(2).run_to_end().expect_no_stdout();
    assert!(!home.path("work/huge.png").exists());
}

#[test]
fn an_id_prefix_is_enough() {
    let home = Home::new();
    let job = home.draw("a red kite");
    let listed = home.run(["history"]).run_to_end().text();
    let shown = home.run(["history", "show"]).arg(&listed[..4]).run_to_end().text();
    assert!(shown.contains(text(&job, "id")), "{shown}");
    let hint = "use at least four digits from the start or end of an id in `tintype history`";
    let short = home.run(["history", "show"]).arg(&listed[..3]).expect_code(2).run_to_end().expect_no_stdout();
    short.error(&format!("no such id: `{}`", &listed[..3]), hint);
}

#[test]
fn an_unknown_id_is_reported() {
    let home = Home::new();
    home.draw("a red kite");
    for command in ["show", "delete", "restore", "export"] {
        let ran = home.run(["history", command, "ffffffff"]).expect_code(2).run_to_end().expect_no_stdout();
        ran.error("no such job or image: `ffffffff`", "run `tintype history` to list the ids");
    }
}

#[test]
fn every_command_reports_a_missing_image_file() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let (id, path) = (text(&row, "id"), text(&row["images"][0], "path").to_owned());
    assert_eq!(row["images"][0].get("missing"), None);
    fs::remove_file(&path).unwrap();
    assert_eq!(home.run(["history", "--json"]).run_to_end().json()[0]["images"][0]["missing"], true);
    assert!(home.run(["history"]).run_to_end().text().contains("1 image missing"));
    assert!(home.run(["history", "show", id]).run_to_end().text().contains("missing file"));
    let said = format!("the file of this image is missing: `{path}`");
    for command in [&["show", id][..], &["history", "export", id]] {
        let ran = command.iter().fold(home.run([]), super::CommandRun::arg).expect_code(1).run_to_end();
        ran.error(&said, "look in the system trash, or restore it from a backup");
    }
    assert!(home.run(["doctor"]).run_to_end().text().contains(&path));
    home.run(["history", "rebuild"]).run_to_end().stderr_has(&path);
}

#[test]
fn a_lost_database_is_rebuilt_from_the_files() {
    let home = Home::new();
    let row = home.draw("a red kite");
    for name in home.names("data").iter().filter(|name| name.starts_with("library.db")) {
        fs::remove_file(home.path("data").join(name)).unwrap();
    }
    home.run(["history", "rebuild"]).run_to_end();
    assert_eq!(home.run(["history", "--json"]).run_to_end().json()[0]["id"], row["id"]);
}

#[test]
fn jobs_are_labeled_and_found_by_their_labels() {
    let home = Home::new();
    let fox = home.run(["generate", "a fox", "--tag", "Animal", "--title", "Reynard", "--json"]).run_to_end().json();
    let owl = home.draw("an owl");
    let (fox, owl) = (text(&fox[0], "job").to_owned(), text(&owl, "id").to_owned());
    home.run(["history", "tag", &fox, &owl, "+night", "-draft"])
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("2 jobs changed");
    home.run(["history", "rate", &owl, "4"]).run_to_end().stderr_has("1 job changed");
    home.run(["history", "collect", &owl, "My mugs"]).run_to_end().stderr_has("1 job changed");
    home.run(["history", "title", &owl, "Night owl"]).run_to_end();
    let found = |words: &[&str]| -> Vec<String> {
        let words: Vec<&str> = ["history", "--json"].iter().chain(words).copied().collect();
        home.run_words(&words).run_to_end().json().iter().map(|row| text(row, "prompt").to_owned()).collect()
    };
    assert_eq!(found(&["tag:night"]), ["an owl", "a fox"]);
    assert_eq!(found(&["tag:animal", "-rating:4"]), ["a fox"]);
    assert_eq!(found(&["reynard"]), ["a fox"]);
    assert_eq!(found(&["collection:\"my mugs\""]), ["an owl"]);
    let row = &home.run(["history", "rating:>=4", "--json"]).run_to_end().json()[0];
    let labels = ["title", "rating", "favorite", "tags", "collections"].map(|name| row[name].to_string());
    assert_eq!(labels, ["\"Night owl\"", "4", "false", "[\"night\"]", "[\"My mugs\"]"]);
    fs::remove_file(home.path("data/library.db")).unwrap();
    assert_eq!(found(&["tag:night", "rating:4"]), ["an owl"], "the sidecars have the labels");
}

#[test]
fn a_mistyped_subcommand_is_suggested_where_nothing_matches() {
    let home = Home::new();
    let row = home.draw("a fox");
    let run = home.run(["history", "delet", text(&row, "id")]);
    run.run_to_end().expect_no_stdout().stderr_has("did you mean `tintype history delete`?");
    assert_eq!(home.run(["history", "delete"]).expect_code(2).run_to_end().stdout, b"");
}

#[test]
fn what_is_no_label_or_no_filter_is_refused_with_the_remedy() {
    let home = Home::new();
    let row = home.draw("a fox");
    let id = text(&row, "id");
    for (words, hint) in [
        (&["history", "ratng:4"][..], "did you mean `rating:4`?"),
        (&["history", "tag", id, "+red fox"], "use `red-fox`"),
        (&["history", "tag", id, "+a,b"], "pass each tag by itself"),
        (&["history", "tag", id, "fox"], "write `+fox` to add a tag"),
        (&["history", "tag", id, "+a\u{1b}[31m"], "remove these characters"),
        (&["history", "tag", id], "add tags after the ids"),
        (&["history", "rate", id], "pass ids, then the rating"),
        (&["history", "rate", id, "9"], "use 1 to 5"),
        (&["history", "title", id, &"x".repeat(100_000)], "shorten it"),
        (&["generate", "a fox", "--tag", "two words"], "use `two-words`"),
    ] {
        home.run_words(words).expect_code(2).run_to_end().stderr_has(hint);
    }
    let row = &home.run(["history", "--json"]).run_to_end().json()[0];
    assert_eq!((row["tags"].to_string(), row["title"].is_null()), ("[]".to_owned(), true));
}
