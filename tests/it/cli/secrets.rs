//! A planted key turns up nowhere: in no file, on no stream, in no list of arguments, over a run of everything.

use std::{fs, path::Path};

use fake_openai::{FakeOpenAi, Fault};

use super::{Home, Run, edit_and_show::picture};

const KEY: &str = "sk-SECRET-0123456789";

/// Whether these bytes give the key away.
fn tells(bytes: &[u8]) -> bool {
    bytes.windows(6).any(|window| window == b"SECRET")
}

/// Every file below a folder that gives the key away.
fn telling_files(folder: &Path, found: &mut Vec<String>) -> usize {
    let mut looked_at = 0;
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            looked_at += telling_files(&path, found);
            continue;
        }
        looked_at += 1;
        if tells(&fs::read(&path).unwrap()) || tells(path.as_os_str().as_encoded_bytes()) {
            found.push(path.display().to_string());
        }
    }
    looked_at
}

/// A home whose second backend has its key printed by a command, from a file that lies elsewhere.
fn home(elsewhere: &Path) -> Home {
    fs::File::create(elsewhere.join("key"))
        .and_then(|mut file| std::io::Write::write_all(&mut file, KEY.as_bytes()))
        .unwrap();
    Home::with_config(&format!(
        "[backends.by-command]\nkind = \"gpt-image\"\napi_key_command = [\"cat\", \"{}\"]\n",
        elsewhere.join("key").display()
    ))
}

fn with_key<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> Run<'a> {
    home.run(args).env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url()).arg("-vvv")
}

#[test]
fn the_key_is_in_no_file_and_on_no_stream_after_a_run_of_everything() {
    let (elsewhere, server) = (tempfile::tempdir().unwrap(), FakeOpenAi::builder().with_key(KEY).start_blocking());
    let home = home(elsewhere.path());
    home.file("work/cat.png", &picture());
    let draw = |backend, prompt: &str, code| {
        let run = with_key(&home, &server, ["generate", prompt, "-b", backend, "--json"]);
        run.fails(code).go()
    };
    let mut runs = vec![
        draw("gpt-image", "a lighthouse", 0),
        draw("by-command", "a lighthouse", 0),
        draw("codex", "a lighthouse", 0),
        draw("gpt-image", "[fault:invalid-key-echo] a fox", 3),
        draw("by-command", "[fault:invalid-key-echo] a fox", 3),
        draw("codex", "[fault:invalid-key-echo] a fox", 3),
        draw("gpt-image", "[fault:html-504] a fox", 8),
        draw("gpt-image", "[fault:not-an-image] a fox", 1),
        with_key(&home, &server, ["edit", "cat.png", "a hat", "-b", "gpt-image"]).go(),
        with_key(&home, &server, ["generate", "a fox", "--direct", "-b", "sketch", "--size", "64x64"]).go(),
    ];
    let listings: [&[&str]; 13] = [
        &["backends"],
        &["backends", "--json"],
        &["backends", "check", "gpt-image"],
        &["backends", "check", "by-command"],
        &["models"],
        &["models", "--json"],
        &["config", "print"],
        &["config", "check"],
        &["history"],
        &["history", "--json"],
        &["jobs"],
        &["jobs", "--json"],
        &["doctor"],
    ];
    for words in listings {
        runs.push(words.iter().fold(with_key(&home, &server, []), Run::arg).go());
    }
    assert!(
        server
            .requests()
            .iter()
            .any(|request| request.header("authorization").is_some_and(|value| value.contains(KEY)))
    );
    for ran in runs {
        assert!(!tells(&ran.stdout) && !tells(ran.stderr.as_bytes()), "{} {}", ran.text(), ran.stderr);
    }
    let mut found = Vec::new();
    assert!(telling_files(&home.path(""), &mut found) > 20, "the run left files to look at");
    assert_eq!(found, [] as [String; 0]);
    assert!(home.names("data").contains(&"tintype.log".to_owned()), "the log was written too");
}

#[cfg(target_os = "linux")]
#[test]
fn the_key_is_in_no_list_of_arguments() {
    let elsewhere = tempfile::tempdir().unwrap();
    let server = FakeOpenAi::builder().with_key(KEY).always(Fault::Gate).start_blocking();
    let home = home(elsewhere.path());
    let mut child = with_key(&home, &server, ["generate", "a lighthouse", "-b", "by-command"]).start();
    tokio::runtime::Runtime::new().unwrap().block_on(server.wait_until(|server| !server.requests().is_empty()));
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!arguments.is_empty() && !tells(&arguments));
    server.release(100);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_key_that_was_put_into_the_config_is_refused_and_not_repeated() {
    for line in [
        "api_key = \"sk-SECRET-0123\"",
        "api_key_env = \"sk-SECRET-0123\"",
        "token = \"SECRET\"",
        "api_key_env = sk-SECRET",
    ] {
        let home = Home::with_config(&format!("[backends.mine]\nkind = \"gpt-image\"\n{line}\n"));
        for args in [["config", "check"], ["generate", "a fox"], ["backends", "--json"]] {
            let ran = home.run(args).fails(2).go();
            assert!(!tells(&ran.stdout) && !tells(ran.stderr.as_bytes()), "{line}: {} {}", ran.text(), ran.stderr);
            assert!(ran.stderr.contains("config.toml:3:"), "{}", ran.stderr);
        }
        let printed = home.run(["config", "print"]);
        let printed = if line.ends_with('"') { printed } else { printed.fails(2) }.go();
        assert!(!tells(&printed.stdout) && !tells(printed.stderr.as_bytes()), "{}", printed.text());
    }
}
