//! Reference images: piped in, dry-run without paying, converted with a note, never mistaken for a prompt.

use fake_openai::FakeOpenAi;

use super::{CommandRun, Home, edit_and_show::picture, text};

const KEY: &str = "sk-SECRET-0123456789";

fn server() -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).start_blocking()
}

fn paid<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.run(args).arg("--backend=gpt-image").env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url())
}

fn gif() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(8, 8, image::Rgba([9, 9, 9, 255]))
        .write_to(&mut bytes, image::ImageFormat::Gif)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn image_from_stdin_is_a_reference() {
    let (home, server) = (Home::new(), server());
    paid(&home, &server, ["edit", "-", "a hat", "--quality", "low"]).stdin(picture()).run_to_end().files();
    paid(&home, &server, ["generate", "a hat", "--ref", "-", "--quality", "low"]).stdin(picture()).run_to_end().files();
    let sent = server.requests_to("/v1/images/edits");
    assert_eq!(sent.len(), 2);
    for request in &sent {
        let images = request.json().unwrap()["images"].as_array().unwrap().clone();
        assert!(images.len() == 1 && text(&images[0], "image_url").starts_with("data:image/png;base64,"), "{images:?}");
    }
    let id = text(&home.run(["history", "--json", "--limit", "1"]).run_to_end().json()[0], "id").to_owned();
    home.run(["history", "show", &id]).run_to_end().stdout_has("an image from a pipe");
}

#[test]
fn stdin_provides_only_one_input() {
    let home = Home::new();
    let refused = |run: CommandRun<'_>, message: &str| {
        drop(run.stdin(picture()).expect_code(2).run_to_end().expect_no_stdout().stderr_has(message));
    };
    refused(home.run(["edit", "-"]), "stdin cannot carry both the image and the prompt");
    refused(home.run(["generate", "-", "--ref", "-"]), "stdin cannot carry both the image and the prompt");
    refused(home.run(["edit", "-", "a hat", "--ref", "-"]), "stdin can carry only one image");
    home.run(["edit", "-", "a hat"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("cannot use `stdin`: it is empty");
    let no_image = home.run(["edit", "-", "a hat", "-b", "gpt-image"]).env("OPENAI_API_KEY", KEY).stdin("words");
    no_image
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("cannot use `the pipe`: it is not an image in a known format");
}

#[test]
fn dry_run_finds_the_errors_of_a_real_run() {
    let (home, server) = (Home::new(), server());
    home.file("work/cat.png", &picture());
    home.file("work/notes.png", b"words");
    let dry = |args: &[&str], message: &str| {
        let run = args.iter().fold(paid(&home, &server, ["edit", "--dry-run"]), CommandRun::arg);
        run.expect_code(2).run_to_end().expect_no_stdout().stderr_has(message);
    };
    dry(&["notes.png", "a hat"], "cannot use `notes.png`: it is not an image in a known format");
    dry(&["/etc", "a hat"], "cannot use `/etc`: it is not a file");
    dry(&["cat.png", "a hat", "--mask", "gone.png"], "cannot use `gone.png`: there is no such file");
    dry(&["cat.png", "a hat", "--mask", "cat.png"], "nothing in the mask `cat.png` is transparent");
    dry(&["cat.png", "a hat", "-m", "gpt-image-2", "--markup", "cat.png"], "takes no markup");
    let fine = paid(&home, &server, ["edit", "cat.png", "a hat", "--dry-run", "--json"]).run_to_end().json();
    assert_eq!(fine[0]["request"]["inputs"][0], "cat.png");
    assert!(server.requests().is_empty() && !home.path("data").exists());
}

#[test]
fn conversion_of_a_reference_is_announced_and_recorded() {
    let (home, server) = (Home::new(), server());
    home.file("work/moving.gif", &gif());
    let words = "`moving.gif` was sent as png, its first frame; the model does not accept gif";
    paid(&home, &server, ["edit", "moving.gif", "a hat", "--dry-run"]).run_to_end().stderr_has(words);
    paid(&home, &server, ["edit", "moving.gif", "a hat", "--quality", "low"])
        .run_to_end()
        .stderr_has(&format!("note: {words}"));
    let id = text(&home.run(["history", "--json", "--limit", "1"]).run_to_end().json()[0], "id").to_owned();
    home.run(["history", "show", &id]).run_to_end().stdout_has(words);
}

#[test]
fn an_image_path_is_not_sent_as_a_paid_prompt() {
    let (home, server) = (Home::new(), server());
    let file = home.file("work/red fox.png", &picture());
    let prompt = format!("{} make it blue", file.display());
    for command in ["generate", "edit"] {
        let run = if command == "edit" { home.run(["edit", "red fox.png"]) } else { home.run(["generate"]) };
        run.arg(&prompt)
            .arg("-b=gpt-image")
            .env("OPENAI_API_KEY", KEY)
            .env("OPENAI_BASE_URL", &server.base_url())
            .expect_code(2)
            .run_to_end()
            .expect_no_stdout()
            .stderr_has("the prompt starts with an image file")
            .stderr_has(&format!("hint: add the image with `--ref {}`", file.display()));
    }
    assert!(server.requests().is_empty());
    let free = home.run(["generate", &prompt, "--size", "64x64"]).run_to_end();
    assert!(free.stderr.contains("is an image file, but its path is used as text"), "{}", free.stderr);
    let named = format!("a poster of {}", file.display());
    paid(&home, &server, ["generate", &named, "--quality", "low"]).run_to_end().files();
}
