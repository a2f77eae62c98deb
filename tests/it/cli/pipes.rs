use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use super::{CommandRun, Home};

#[test]
fn a_closed_pipe_is_not_an_error() {
    let home = Home::new();
    for prompt in ["one kite", "two kites"] {
        home.draw(prompt);
    }
    for args in [vec!["history", "--json"], vec!["themes"], vec!["completions", "bash"], vec!["--help"]] {
        let mut command = home.run([]).command();
        let mut child = command.args(args).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_job_is_saved_even_if_its_path_is_not_read() {
    let home = Home::new();
    let run = home.run(["generate", "a kite", "--json", "--size", "64x64"]);
    let mut child = run.start();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("started"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!(row["state"], "saved");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_an_error() {
    let home = Home::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = home.run(["themes"]).command();
    let output = command.stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: cannot write to stdout: the disk is full\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_copy_that_fails_on_a_full_disk_loses_nothing() {
    let home = Home::new();
    let run = home.run(["generate", "a kite", "--size", "64x64", "-o", "/dev/full"]);
    let ran = run
        .expect_code(1)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("error: cannot write `/dev/full`: the disk is full");
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    let kept = row["images"][0]["path"].as_str().unwrap();
    ran.stderr_has(&format!("note: the image is kept in `{kept}`"));
}

#[test]
fn a_folder_with_a_trailing_slash_is_created() {
    let home = Home::new();
    let draw = |folder: &str| home.run(["generate", "cats", "--size", "64x64", "-n", "2", "-o", folder]);
    draw("some/night/").arg("--dry-run").run_to_end().expect_no_stdout();
    assert!(!home.path("work/some").exists(), "a dry run makes nothing");
    let files: Vec<_> =
        draw("some/night/").run_to_end().text().lines().map(|file| home.path("work").join(file)).collect();
    assert!(files.len() == 2 && files.iter().all(|file| file.is_file()), "{files:?}");
    home.file("work/taken", b"a file");
    for flags in [None, Some("--dry-run")] {
        let run = flags.into_iter().fold(draw("taken/night/"), CommandRun::arg);
        run.expect_code(2)
            .run_to_end()
            .expect_no_stdout()
            .error("`taken` is not a folder", "pass another folder to -o");
    }
}
