//! Malicious text, planted wherever external text comes in: none of it reaches a terminal unescaped.

use std::{fs, io::Write, sync::mpsc};

use super::{
    Home, RunResult,
    edit_and_show::picture,
    network::{head, listen},
    text,
};
use crate::image_decode::crc32;

/// An escape sequence, a bell, a C1 control, a carriage return, bidirectional overrides, a hidden tag.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{9b}31m\r\u{202e}gnp\u{2066}\u{feff}\u{e0041}y";

fn assert_harmless(ran: &RunResult, what: &str) {
    for words in [ran.text(), ran.stderr.clone()] {
        let found = words.chars().find(|c| *c != '\n' && tintype::sanitize::is_unsafe(*c));
        assert_eq!(found, None, "{what}: {words:?}");
    }
}

/// Starts a server whose every response text is hostile. It runs as long as the receiver is held.
fn server() -> (String, mpsc::Receiver<()>) {
    let error =
        serde_json::json!({ "error": { "message": HOSTILE, "type": HOSTILE, "code": HOSTILE, "param": HOSTILE } });
    let models = serde_json::json!({ "data": [{ "id": HOSTILE, "shutdown_date": HOSTILE }] });
    let (address, heard) = listen(move |mut stream| {
        let lines = head(&mut stream);
        let posted = lines.first().is_some_and(|line| line.starts_with("POST"));
        let (status, body) = if posted { ("400 No", error.to_string()) } else { ("200 OK", models.to_string()) };
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nx-request-id: \u{202e}req\r\ncontent-length: {length}\r\n\r\n{body}");
        // The client sends more than the head, and may not wait for the response.
        let _ = stream.write_all(head.as_bytes());
    });
    (format!("http://{address}/v1"), heard)
}

#[test]
fn server_text_is_sanitized() {
    let (home, (address, _running)) = (Home::new(), server());
    for backend in ["gpt-image", "codex"] {
        let run = |args: [&str; 3]| {
            home.run(args).arg(backend).env("OPENAI_API_KEY", "sk-x").env("OPENAI_BASE_URL", &address)
        };
        let ran = run(["generate", "a fox", "-b"]).expect_code(2).run_to_end();
        assert!(ran.stderr.contains("owned"), "the server's message is shown: {}", ran.stderr);
        assert_harmless(&ran, backend);
        assert_harmless(&run(["generate", "--json", "-b"]).arg("a fox").expect_code(2).run_to_end(), backend);
        assert_harmless(&run(["backends", "check", "--"]).run_to_end(), backend);
    }
    for args in [["history", "--json"], ["jobs", "--json"], ["history", "--limit=9"]] {
        assert_harmless(&home.run(args).run_to_end(), args[0]);
    }
}

#[test]
fn sidecar_text_is_sanitized() {
    let home = Home::new();
    let row = home.draw("a kite");
    let sidecar = std::path::Path::new(text(&row["images"][0], "path")).with_extension("json");
    let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&sidecar).unwrap()).unwrap();
    for name in ["prompt", "backend", "model", "kind", "revised_prompt"] {
        kept["record"][name] = HOSTILE.into();
    }
    kept["record"]["notes"] = serde_json::json!([HOSTILE]);
    kept["record"]["settings"] = serde_json::json!({ HOSTILE: HOSTILE });
    fs::File::create(&sidecar).unwrap().write_all(kept.to_string().as_bytes()).unwrap();
    for name in ["library.db", "library.db-wal", "library.db-shm"] {
        let _ = fs::remove_file(home.path("data").join(name));
    }
    let id = text(&row, "id");
    for args in [&["history"][..], &["history", "--json"], &["history", "show", id], &["jobs"]] {
        let ran = args.iter().fold(home.run([]), super::CommandRun::arg).run_to_end();
        assert_harmless(&ran, args[0]);
    }
    assert!(home.run(["history"]).run_to_end().text().contains("owned"), "the row was rebuilt from its sidecar");
}

#[cfg(unix)]
#[test]
fn file_names_and_image_metadata_are_sanitized() {
    let home = Home::new();
    // A file name cannot contain a zero byte or a slash; everything else is allowed.
    let name = format!("{HOSTILE}.png");
    home.file(&format!("work/{name}"), &with_words(&picture()));
    let ran = home.run(["generate", "a fox", "-b", "gpt-image", "--dry-run", "--ref"]).arg(&name).run_to_end();
    assert_harmless(&ran, "a dry run");
    assert_harmless(&home.run(["show"]).arg(format!("{name}.gone")).expect_code(2).run_to_end(), "a missing file");
    home.file(&format!("work/{name}"), b"no picture");
    assert_harmless(&home.run(["show"]).arg(&name).expect_code(2).run_to_end(), "no picture");
    let ran = home.run(["generate", "a fox", "--size", "64x64", "-o"]).arg(format!("{HOSTILE}-out.png")).run_to_end();
    assert_harmless(&ran, "a copy");
    let run =
        home.run(["generate", "a fox", "--ref"]).arg(&name).env("OPENAI_API_KEY", "sk-x").arg("--backend=gpt-image");
    assert_harmless(&run.expect_code(2).run_to_end(), "a reference");
}

/// Returns the PNG with a text chunk of hostile text behind its header.
fn with_words(png: &[u8]) -> Vec<u8> {
    let data = [b"tEXtComment\0", HOSTILE.as_bytes()].concat();
    let length = (data.len() as u32 - 4).to_be_bytes();
    [&png[..33], &length, &data, &crc32(&data).to_be_bytes(), &png[33..]].concat()
}

#[test]
fn config_and_theme_text_is_sanitized() {
    let quoted = serde_json::to_string(HOSTILE).unwrap().replace('\u{e0041}', "\\U000E0041");
    let home = Home::with_config(&format!("[backends.{quoted}]\nkind = \"sketch\"\n"));
    home.file("themes/evil\u{202e}.toml", format!("about = {quoted}\n[roles]\n").as_bytes());
    for args in
        [&["backends"][..], &["backends", "--json"], &["models"], &["models", "--json"], &["themes"], &["doctor"]]
    {
        assert_harmless(&args.iter().fold(home.run([]), super::CommandRun::arg).run_to_end(), args[0]);
    }
    let home = Home::with_config(&format!(
        "default_backend = {quoted}\n{quoted} = 1\ntheme = {quoted}\n[backends.x]\nkind = {quoted}\n"
    ));
    for args in [["config", "check"], ["backends", "--json"], ["generate", "a fox"]] {
        assert_harmless(&home.run(args).expect_code(2).run_to_end(), args[0]);
    }
}
