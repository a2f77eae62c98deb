use std::fs;

use super::{Home, text};

#[test]
fn rows_have_stable_field_names() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let keys: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "id", "job", "parent", "created", "backend", "model", "prompt", "settings", "state", "error", "usage",
        "cost_usd", "seconds", "images",
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
        run.go().json().iter().map(|row| text(row, "prompt").to_owned()).collect()
    };
    assert_eq!(prompts(home.run(["history", "--json"])), ["a blue moon", "two moons", "a red kite"]);
    assert_eq!(prompts(home.run(["history", "moon", "--json"])), ["a blue moon", "two moons"]);
    assert_eq!(prompts(home.run(["history", "--json", "--limit", "1"])), ["a blue moon"]);
    assert_eq!(home.run(["history", "kite"]).go().text().lines().count(), 1);
}

#[test]
fn an_empty_history_is_not_an_error_and_creates_no_library() {
    let home = Home::new();
    home.run(["history"]).go().silent().stderr_has("nothing here yet");
    assert_eq!(home.run(["history", "--json"]).go().silent().stderr, "");
    assert_eq!(home.run(["jobs", "--json"]).go().silent().stderr, "");
    assert!(!home.path("data").exists());
}

#[test]
fn a_deleted_job_can_be_restored() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let short = &text(&row, "id")[28..];
    home.run(["history", "delete", short]).go().silent().stderr_has("to the trash; `tintype history restore");
    assert!(home.run(["history", "--json"]).go().json().is_empty());
    assert_eq!(home.run(["history", "--trash", "--json"]).go().json().len(), 1);
    home.run(["history", "restore", short]).go().silent().stderr_has("restored `");
    assert_eq!(home.run(["history", "--json"]).go().json(), [row]);
}

#[test]
fn emptying_the_trash_needs_confirmation() {
    let home = Home::new();
    let row = home.draw("a red kite");
    home.run(["history", "delete", text(&row, "id")]).go();
    home.run(["history", "empty-trash"])
        .fails(2)
        .go()
        .error("this permanently deletes files", "pass --yes to confirm; `tintype history --trash` lists the files");
    home.run(["history", "empty-trash", "--yes"]).go().stderr_has("1 permanently deleted");
    assert!(home.run(["history", "--trash", "--json"]).go().json().is_empty());
}

#[test]
fn a_job_is_shown_with_all_details() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let shown = home.run(["history", "show", text(&row, "id")]).go().text();
    for words in ["prompt     a red kite", "setting    size = 64x64", "cost       $0", text(&row["images"][0], "path")]
    {
        assert!(shown.contains(words), "no `{words}` in {shown}");
    }
    assert_eq!(home.run(["history", "show", "--json", text(&row, "id")]).go().json(), [row]);
}

#[test]
fn an_image_is_exported_unchanged() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let image = &row["images"][0];
    let out = home.run(["history", "export", text(image, "id"), "-o", "kite.png"]).go().text();
    assert_eq!(out, "kite.png\n");
    let kept = fs::read(text(image, "path")).unwrap();
    assert_eq!(fs::read(home.path("work/kite.png")).unwrap(), kept);
    assert_eq!(home.run(["history", "export", text(&row, "id"), "-o", "-"]).go().stdout, kept);
    home.run(["history", "export", text(image, "id"), "-o", "kite.png"]).fails(2).go().stderr_has("already exists");
}

#[test]
fn a_drawing_is_exported_at_any_size() {
    let home = Home::new();
    home.run(["generate", "a red kite", "--set", "format=svg", "--size", "64x64"]).go().files();
    let row = home.run(["history", "--json"]).go().json().remove(0);
    let export = |name: &str| home.run(["history", "export", text(&row, "id"), "-o", name]);
    assert_eq!(export("kite.png").arg("--size=300x200").go().text(), "kite.png\n");
    assert_eq!(image::image_dimensions(home.path("work/kite.png")).unwrap(), (300, 200));
    assert_eq!(export("kite.svg").arg("--svg").go().text(), "kite.svg\n");
    assert!(fs::read_to_string(home.path("work/kite.svg")).unwrap().contains("<svg"));
    export("huge.png").arg("--size=100000x100000").fails(2).go().silent();
    assert!(!home.path("work/huge.png").exists());
}

#[test]
fn an_id_prefix_is_enough() {
    let home = Home::new();
    let job = home.draw("a red kite");
    let listed = home.run(["history"]).go().text();
    let shown = home.run(["history", "show"]).arg(&listed[..4]).go().text();
    assert!(shown.contains(text(&job, "id")), "{shown}");
    let hint = "use at least four digits from the start or end of an id in `tintype history`";
    let short = home.run(["history", "show"]).arg(&listed[..3]).fails(2).go().silent();
    short.error(&format!("no such id: `{}`", &listed[..3]), hint);
}

#[test]
fn an_unknown_id_is_reported() {
    let home = Home::new();
    home.draw("a red kite");
    for command in ["show", "delete", "restore", "export"] {
        let ran = home.run(["history", command, "ffffffff"]).fails(2).go().silent();
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
    assert_eq!(home.run(["history", "--json"]).go().json()[0]["images"][0]["missing"], true);
    assert!(home.run(["history"]).go().text().contains("1 image missing"));
    assert!(home.run(["history", "show", id]).go().text().contains("missing file"));
    let said = format!("the file of this image is missing: `{path}`");
    for command in [&["show", id][..], &["history", "export", id]] {
        let ran = command.iter().fold(home.run([]), super::CommandRun::arg).fails(1).go();
        ran.error(&said, "look in the system trash, or restore it from a backup");
    }
    assert!(home.run(["doctor"]).go().text().contains(&path));
    home.run(["history", "rebuild"]).go().stderr_has(&path);
}

#[test]
fn a_lost_database_is_rebuilt_from_the_files() {
    let home = Home::new();
    let row = home.draw("a red kite");
    for name in home.names("data").iter().filter(|name| name.starts_with("library.db")) {
        fs::remove_file(home.path("data").join(name)).unwrap();
    }
    home.run(["history", "rebuild"]).go();
    assert_eq!(home.run(["history", "--json"]).go().json()[0]["id"], row["id"]);
}
