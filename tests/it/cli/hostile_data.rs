//! A data directory that was tampered with, and output paths that would damage it.

use std::{fs, os::unix::fs::symlink};

use super::{Home, text};

#[test]
fn an_output_never_overwrites_library_files() {
    let home = Home::new();
    let row = home.draw("a red kite");
    // SQLite's own files come and go with the last process to close the database.
    let names =
        || -> Vec<String> { home.names("data").into_iter().filter(|name| !name.starts_with("library.db-")).collect() };
    let before = names();
    symlink(home.path("data/library.db"), home.path("link.png")).unwrap();
    for target in
        ["data/library.db", "data/images/x.png", "data/spool/x.png", "data/session.json", "link.png", "data/trash/"]
    {
        let target = home.path(target);
        let refused = |ran: super::CommandRun<'_>| {
            drop(ran.arg(&target).expect_code(2).run_to_end().stderr_has("belongs to the library"));
        };
        refused(home.run(["generate", "a red kite", "--yes", "-o"]));
        refused(home.run(["history", "export", text(&row, "id"), "--yes", "-o"]));
        refused(home.run(["edit", text(&row, "id"), "a blue kite", "--yes", "-o"]));
    }
    assert_eq!(names(), before);
    assert_eq!(
        home.run(["history", "--json"]).run_to_end().json(),
        std::slice::from_ref(&row),
        "nothing was drawn either"
    );
    home.run(["history", "export", text(&row, "id"), "-o"]).arg(home.path("data/kite.png")).run_to_end();
}

#[test]
fn an_export_does_not_follow_a_symlinked_image() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let image = text(&row["images"][0], "path");
    fs::remove_file(image).unwrap();
    symlink(home.file("secret", b"secret"), image).unwrap();
    let target = home.path("out.png");
    home.run(["history", "export", text(&row, "id"), "-o"])
        .arg(&target)
        .expect_code(1)
        .run_to_end()
        .stderr_has("it is a link");
    assert!(!target.exists());
}

#[test]
fn a_named_pipe_among_a_jobs_files_does_not_block() {
    let home = Home::new();
    home.draw("a red kite");
    let folder = home.path("data/spool/019ad000-0000-7000-8000-000000000000");
    fs::create_dir(&folder).unwrap();
    for name in ["outcome.json", "job.json", "lease"] {
        let made = std::process::Command::new("mkfifo").arg(folder.join(name)).status().unwrap();
        assert!(made.success());
    }
    assert_eq!(home.run(["history", "--json"]).run_to_end().json().len(), 1);
}
