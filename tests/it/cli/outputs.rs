//! The extension of `-o` is the format of the file; a mismatch is rejected before anything is paid.

use std::{fs, path::Path};

use fake_openai::FakeOpenAi;
use image::ImageFormat;
use serde_json::Value;

use super::{CommandRun, Home, text};

const KEY: &str = "sk-SECRET-0123456789";

fn format(path: &Path) -> ImageFormat {
    image::guess_format(&fs::read(path).unwrap()).unwrap()
}

fn server() -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).start_blocking()
}

fn paid<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.run(args).arg("--backend=gpt-image").env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url())
}

fn asked(server: &FakeOpenAi) -> Value {
    server.requests_to("/v1/images/generations").last().unwrap().json().unwrap().clone()
}

#[test]
fn output_extension_sets_the_requested_format() {
    let (home, server) = (Home::new(), server());
    for (name, wanted, format_of) in [("x.jpg", "jpeg", ImageFormat::Jpeg), ("x.webp", "webp", ImageFormat::WebP)] {
        paid(&home, &server, ["generate", "a lighthouse", "--quality", "low", "-o", name]).run_to_end();
        assert_eq!(asked(&server)["output_format"], wanted);
        let copy = home.path("work").join(name);
        assert_eq!(
            (format(&copy), &fs::read(&copy).unwrap()[..]),
            (format_of, &server.images_sent().pop().unwrap()[..])
        );
    }
}

#[test]
fn conflicting_output_extension_is_rejected_without_cost() {
    let (home, server) = (Home::new(), server());
    paid(&home, &server, ["generate", "a lighthouse", "--set", "format=png", "-o", "x.jpg"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("`x.jpg` and `format=png` conflict", "remove `format`; the file extension selects jpeg");
    paid(&home, &server, ["generate", "a lighthouse", "-o", "x.tiff"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("cannot write `.tiff` files");
    paid(&home, &server, ["generate", "a lighthouse", "-m", "gpt-image-2", "-o", "x.svg"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("`gpt-image-2` does not support SVG output");
    assert!(server.requests_to("/v1/images/generations").is_empty());
}

#[test]
fn unsupported_output_format_is_converted_with_a_note() {
    let home = Home::new();
    let kinds = [("x.jpg", ImageFormat::Jpeg), ("x.jpeg", ImageFormat::Jpeg), ("x.webp", ImageFormat::WebP)];
    for (name, kind) in kinds.into_iter().chain([("x.gif", ImageFormat::Gif), ("x.png", ImageFormat::Png)]) {
        let ran = home.run(["generate", "a cat", "--size", "64x64", "-o", name]).run_to_end();
        assert_eq!(format(&home.path("work").join(name)), kind, "{name}");
        assert_eq!(ran.stderr.contains(&format!("note: `{name}` was converted from png to ")), name != "x.png");
    }
    home.run(["generate", "a cat", "--size", "64x64", "-o", "x.svg"]).run_to_end();
    assert!(fs::read_to_string(home.path("work/x.svg")).unwrap().starts_with("<svg"));
    let row = home.run(["history", "--json", "--limit", "9"]).run_to_end().json();
    assert!(row.iter().all(|row| row["images"][0]["format"] != "jpeg"), "the library keeps what was delivered");
}

#[test]
fn export_converts_by_extension() {
    let home = Home::new();
    let row = home.draw("a kite");
    let export = |name: &str| home.run(["history", "export", text(&row, "id"), "-o", name]);
    export("x.jpg").run_to_end().stderr_has("was converted from png to jpeg");
    assert_eq!(format(&home.path("work/x.jpg")), ImageFormat::Jpeg);
    export("x.svg").run_to_end();
    assert!(fs::read_to_string(home.path("work/x.svg")).unwrap().starts_with("<svg"), "the source, where there is one");
    home.run(["history", "export", text(&row, "id"), "--svg", "-o", "y.png"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("--svg conflict");
    export("x.heic").expect_code(2).run_to_end().expect_no_stdout().stderr_has("cannot write `.heic` files");
}
