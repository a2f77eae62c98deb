//! Failure to open the studio: a clear error on stderr, the right exit code, an untouched terminal.

use std::process::{Command, Stdio};

use super::*;

/// Opens the studio with its stderr in a file, and asserts that it refuses.
fn assert_refuses(home: &Home) -> String {
    let studio = home.shell("exec \"$0\" 2>errors.txt");
    let ended = studio.wait_for_end();
    assert_eq!(ended.status, Ok(1), "{}", ended.view);
    ended.assert_restored();
    assert!(!String::from_utf8_lossy(&ended.raw).contains("\x1b[?1049h"), "the other screen was opened");
    fs::read_to_string(home.path("errors.txt")).unwrap()
}

#[test]
fn the_studio_leaves_a_library_of_a_newer_version_untouched() {
    let home = Home::new();
    home.add_records(&["a red fox"]);
    let database = home.data().join("library.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    let errors = assert_refuses(&home);
    assert!(errors.starts_with("error: `") && errors.contains("written by a newer Tintype"), "{errors}");
    assert!(errors.contains("\nhint: update Tintype"), "{errors}");
    let version: i64 = rusqlite::Connection::open(&database)
        .and_then(|connection| connection.pragma_query_value(None, "user_version", |row| row.get(0)))
        .unwrap();
    assert_eq!(version, 999);
}

#[test]
fn a_data_directory_that_cannot_be_created_is_named() {
    let home = Home::new();
    home.write("file", "no directory");
    let inside = home.path("file").join("data");
    let home = home.with("TINTYPE_DATA_DIR", inside.to_string_lossy());
    let errors = assert_refuses(&home);
    assert!(errors.starts_with("error: ") && errors.contains("file") && errors.contains("\nhint: "), "{errors}");
}

#[test]
fn a_corrupt_library_is_set_aside_and_the_images_are_recovered() {
    let home = Home::new();
    quit(home.open_with_picture("a red fox"));
    let database = home.data().join("library.db");
    for beside in ["library.db-wal", "library.db-shm"] {
        let _ = fs::remove_file(home.data().join(beside));
    }
    let length = fs::metadata(&database).unwrap().len() as usize;
    home.write("data/library.db", &"this is no database ".repeat(length / 20 + 1));
    let studio = home.open();
    studio.wait_until("the image", |view| view.has_finished_picture() && view.has("history 1"));
    studio.wait_for("warning: ");
    quit(studio);
}

#[test]
fn the_studio_gives_a_hint_without_a_terminal() {
    let home = Home::new();
    let output = Command::new(TINTYPE)
        .arg("a red fox")
        .env("TINTYPE_DATA_DIR", home.data())
        .env("TINTYPE_CONFIG", home.path("config.toml"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty(), "{:?}", output.stdout);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.starts_with("error: the studio needs a terminal\n"), "{errors}");
    assert!(errors.contains("hint: run `tintype generate \"a red fox\"` instead"), "{errors}");
    assert!(!home.data().exists(), "something was written");
}
