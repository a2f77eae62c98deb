//! File names are bytes: names that are not valid UTF-8 work like any others.

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use fake_openai::FakeOpenAi;

use super::{CommandRun, Home, edit_and_show::picture, text};

const KEY: &str = "sk-SECRET-0123456789";

fn non_utf8_name(name: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(name))
}

fn write(path: &Path, bytes: &[u8]) {
    fs::File::create(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn an_image_with_a_non_utf8_name_can_be_shown_and_referenced() {
    let (home, server) = (Home::new(), FakeOpenAi::builder().with_key(KEY).start_blocking());
    let name = non_utf8_name(b"caf\xe9.png");
    write(&home.path("work").join(&name), &picture());
    assert!(home.run(["show", "--width", "8"]).arg(&name).run_to_end().text().lines().count() > 1);
    let paid = |run: CommandRun<'_>| {
        let run = run.arg("-b=gpt-image").arg("--quality=low").env("OPENAI_API_KEY", KEY);
        run.env("OPENAI_BASE_URL", &server.base_url()).run_to_end().files();
    };
    paid(home.run(["edit"]).arg(&name).arg("a hat"));
    paid(home.run(["generate", "a hat", "--ref"]).arg(&name));
    let row = home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0);
    assert_eq!(text(&row, "state"), "saved");
    home.run(["history", "show", text(&row, "id")]).run_to_end().stdout_has("caf\u{fffd}.png");
    fs::remove_file(home.path("data/library.db")).unwrap();
    assert_eq!(home.run(["history", "--json"]).run_to_end().json().len(), 2, "the sidecars tell of it too");
}

#[test]
fn a_copy_to_a_non_utf8_path_prints_the_exact_path() {
    let home = Home::new();
    let name = non_utf8_name(b"caf\xe9.png");
    let ran = home.run(["generate", "a cat", "--size", "64x64", "-n", "2", "-o"]).arg(&name).run_to_end();
    assert_eq!(ran.stdout, b"caf\xe9-1.png\ncaf\xe9-2.png\n");
    assert!(home.path("work").join(non_utf8_name(b"caf\xe9-2.png")).is_file());
}

#[test]
fn data_directory_and_config_may_have_non_utf8_names() {
    let home = Home::new();
    let (data, config) =
        (home.path("work").join(non_utf8_name(b"d\xe9ta")), home.path("work").join(non_utf8_name(b"c\xe9nf.toml")));
    write(&config, b"default_backend = \"sketch\"\n");
    let run = |args: &[&str]| {
        let run = args.iter().fold(home.run([]), CommandRun::arg);
        run.env("TINTYPE_DATA_DIR", &data).env("TINTYPE_CONFIG", &config)
    };
    run(&["generate", "a cat", "--size", "64x64"]).run_to_end();
    assert_eq!(run(&["history", "--json"]).run_to_end().json().len(), 1);
    assert!(data.join("library.db").is_file() && !home.path("data").exists());
    let by_flag = home.run(["history", "--json", "--data-dir"]).arg(&data).run_to_end().json();
    assert_eq!(by_flag[0]["prompt"], "a cat");
    write(&data.join("library.db"), b"this is no database, this is no database");
    assert_eq!(run(&["history", "--json"]).run_to_end().json().len(), 1, "a damaged one is set aside and rebuilt");
    let path = run(&["config", "path"]).run_to_end().stdout;
    assert!(path.starts_with(config.as_os_str().as_bytes()), "{path:?}");
}
