//! Behavior specific to the GPT Image family: prices, the retired model, reference images, spending.

use std::{fs, process::Command};

use fake_openai::{FakeOpenAi, Fault};
use serde_json::Value;

use super::{CommandRun, Home, edit_and_show::picture, text};

const KEY: &str = "sk-SECRET-0123456789";

fn server() -> FakeOpenAi {
    FakeOpenAi::builder().with_key(KEY).start_blocking()
}

/// Returns a run with a key, against that server.
fn paid<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.run(args).env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url())
}

/// Returns an image of this size whose left half is transparent.
fn half(width: u32, height: u32) -> Vec<u8> {
    let picture =
        image::RgbaImage::from_fn(width, height, |x, _| image::Rgba([255, 0, 0, if x < width / 2 { 0 } else { 255 }]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn images_are_saved_exactly_as_sent() {
    let (home, server) = (Home::new(), server());
    let args = ["generate", "a lighthouse", "-b", "gpt-image", "--size", "1024x1536", "--quality", "low", "-n", "2"];
    let objects = paid(&home, &server, args).arg("--json").run_to_end().json();
    let images: Vec<&Value> = objects.iter().filter(|object| object["event"] == "image").collect();
    let saved: Vec<Vec<u8>> = images.iter().map(|image| fs::read(text(image, "path")).unwrap()).collect();
    assert_eq!(saved, server.images_sent());
    assert_eq!((images.len(), &images[0]["width"], &images[0]["height"]), (2, &1024.into(), &1536.into()));
}

#[test]
fn a_retired_model_suggests_a_working_command_for_its_successor() {
    let (home, server) = (Home::new(), server());
    let args = ["generate", "the keeper's lamp", "-b", "gpt-image-1", "--quality", "low", "--json"];
    let failed = paid(&home, &server, args).expect_code(2).run_to_end().json().pop().unwrap();
    assert_eq!(text(&failed, "kind"), "model_retired");
    assert!(text(&failed, "message").contains("it was shut down on 2026-10-23"), "{failed}");
    let hint = text(&failed, "hint");
    let command = hint.split('`').nth(3).unwrap();
    assert!(hint.contains("`gpt-image-2.5-flare`") && command.starts_with("tintype generate "), "{hint}");
    let row = home.run(["history", "--json"]).run_to_end().json().remove(0);
    assert_eq!((text(&row, "prompt"), text(&row, "state")), ("the keeper's lamp", "failed"));
    let program = env!("CARGO_BIN_EXE_tintype");
    let ran = Command::new("sh")
        .args(["-c", &command.replacen("tintype", program, 1)])
        .current_dir(home.path("work"))
        .env("HOME", home.path(""))
        .env("TINTYPE_DATA_DIR", home.path("data"))
        .env_remove("TINTYPE_CONFIG")
        .env("OPENAI_API_KEY", KEY)
        .env("OPENAI_BASE_URL", server.base_url())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let row = home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0);
    assert_eq!((text(&row, "model"), text(&row, "prompt")), ("gpt-image-2.5-flare", "the keeper's lamp"));
}

#[test]
fn an_upcoming_shutdown_gives_a_warning() {
    let server =
        FakeOpenAi::builder().with_key(KEY).shutdown_date("gpt-image-2.5-flare", "2999-12-31").start_blocking();
    let home = Home::new();
    paid(&home, &server, ["backends", "check", "gpt-image"])
        .run_to_end()
        .stderr_has("will be shut down on 2999-12-31, in ");
    let listed = home.run(["models", "gpt-image"]).run_to_end().text();
    assert!(
        listed.contains("until 2026-12-01, then `gpt-image-2.6-flare`") || listed.contains("shut down on 2026-12-01")
    );
}

#[test]
fn models_are_listed_with_the_price_of_an_image() {
    let home = Home::new();
    let rows = home.run(["models", "--json"]).run_to_end().json();
    let row = |id: &str| rows.iter().find(|row| row["model"] == id).unwrap();
    assert_eq!(row("gpt-image-2")["price_usd"], 0.053);
    assert_eq!(text(row("gpt-image-1"), "shutdown"), "2026-10-23");
    assert_eq!((&row("gpt-image-2")["markup"], &row("gpt-image-2.5-flare")["markup"]), (&false.into(), &true.into()));
    let run = home.run(["models", "gpt-image"]).run_to_end().stderr_has("prices of ");
    let listed = run.text();
    let line = |start: &str| listed.lines().find(|line| line.trim_start().starts_with(start)).unwrap().to_owned();
    assert!(line("USD per image").contains("1024x1536"), "{listed}");
    assert!(listed.lines().any(|line| line.trim_start().starts_with("high") && line.contains("$0.17 ")), "{listed}");
}

#[test]
fn spending_is_summed_by_day_month_and_backend() {
    let (home, server) = (Home::new(), server());
    let nothing = home.run(["history", "--spend", "--json"]).run_to_end().json().remove(0);
    assert_eq!((&nothing["today_usd"], &nothing["backends"]), (&0.0.into(), &serde_json::json!([])));
    paid(&home, &server, ["generate", "a lighthouse", "-b", "gpt-image", "--quality", "low"]).run_to_end();
    let cost = home.run(["history", "--json"]).run_to_end().json().remove(0)["cost_usd"].clone();
    let spend = home.run(["history", "--spend", "--json"]).run_to_end().json().remove(0);
    assert_eq!((&spend["today_usd"], &spend["month_usd"]), (&cost, &cost));
    let row = serde_json::json!({
        "backend": "gpt-image", "today_usd": cost, "month_usd": cost,
        "today_unconfirmed_usd": 0.0, "month_unconfirmed_usd": 0.0,
    });
    assert_eq!(spend["backends"][0], row);
    let told = home.run(["history", "--spend"]).run_to_end().text();
    assert!(told.lines().any(|line| line.starts_with("all ")), "{told}");
}

#[test]
fn spending_survives_deletion_of_the_database() {
    let (home, server) = (Home::new(), server());
    let draw = ["generate", "a lighthouse", "-b", "gpt-image", "--quality", "low"];
    paid(&home, &server, draw).run_to_end();
    let id = text(&home.run(["history", "--json"]).run_to_end().json()[0], "id").to_owned();
    paid(&home, &server, draw).run_to_end();
    home.run(["history", "delete", &id]).run_to_end();
    home.run(["history", "empty-trash", "--yes"]).run_to_end();
    let failing = FakeOpenAi::builder().with_key(KEY).always(Fault::Eof).start_blocking();
    paid(&home, &failing, ["generate", "lost", "-b", "gpt-image", "--set", "partial_images=3"])
        .expect_code(8)
        .run_to_end();
    let spend = || home.run(["history", "--spend", "--json"]).run_to_end().json().remove(0);
    let before = spend();
    for name in home.names("data").iter().filter(|name| name.starts_with("library.db")) {
        fs::remove_file(home.path("data").join(name)).unwrap();
    }
    assert_eq!(spend(), before);
    assert!(before["today_usd"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_mask_or_markup_applies_to_the_first_reference() {
    let (home, server) = (Home::new(), server());
    home.file("work/cat.png", &half(64, 32));
    home.file("work/hat.png", &picture());
    home.file("work/small.png", &half(32, 16));
    let edit = ["edit", "cat.png", "a hat", "-b", "gpt-image", "--quality", "low", "--ref", "hat.png"];
    let ran = paid(&home, &server, edit).arg("--mask").arg("small.png").run_to_end();
    ran.stderr_has("the mask `small.png` was scaled from 32x16 to 64x32").files();
    let body = server.requests_to("/v1/images/edits")[0].json().unwrap().clone();
    assert_eq!(body["images"].as_array().unwrap().len(), 2);
    assert!(body["mask"]["image_url"].as_str().unwrap().starts_with("data:image/png;base64,"));
    paid(&home, &server, edit).arg("--markup").arg("small.png").run_to_end().files();
    let request = &server.requests_to("/v1/images/edits")[1];
    assert!(request.parts().iter().any(|part| part.name == "markup"));
    let both = paid(&home, &server, edit).arg("--mask").arg("small.png").arg("--markup").arg("small.png");
    both.expect_code(2).run_to_end().expect_no_stdout();
    let old = ["edit", "cat.png", "a hat", "-b", "gpt-image", "-m", "gpt-image-2", "--markup", "small.png"];
    paid(&home, &server, old).expect_code(2).run_to_end().stderr_has("`gpt-image-2` takes no markup");
}

#[cfg(target_os = "linux")]
#[test]
fn the_clipboard_image_can_be_a_reference() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, server) = (Home::new(), server());
    let edit = ["edit", "@clipboard", "a hat", "-b", "gpt-image", "--quality", "low"];
    paid(&home, &server, edit).expect_code(2).run_to_end().expect_no_stdout().stderr_has("no clipboard available");
    paid(&home, &server, edit)
        .env("DISPLAY", ":9")
        .expect_code(2)
        .run_to_end()
        .stderr_has("`xclip`, which is not installed");
    let held = home.file("held.png", &picture());
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *TARGETS) printf 'TARGETS\\nimage/png\\n';; *image/png) cat '{}';; *) exit 1;; esac\n",
        held.display()
    );
    let xclip = home.file("bin/xclip", script.as_bytes());
    fs::set_permissions(&xclip, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
    paid(&home, &server, edit).env("DISPLAY", ":9").env("PATH", &path).run_to_end().files();
    assert_eq!(server.requests_to("/v1/images/edits").len(), 1);
    let script = "#!/bin/sh\nprintf 'TARGETS\\ntext/plain\\n'\n";
    home.file("bin/xclip", script.as_bytes());
    let words = paid(&home, &server, edit).env("DISPLAY", ":9").env("PATH", &path).expect_code(2).run_to_end();
    words.expect_no_stdout().stderr_has("there is no image on the clipboard");
}

#[test]
fn partials_are_reported_but_not_kept() {
    let (home, server) = (Home::new(), server());
    let args = ["generate", "a lighthouse", "-b", "gpt-image", "--set", "partial_images=3", "--json"];
    let objects = paid(&home, &server, args).run_to_end().json();
    let steps: Vec<&Value> = objects.iter().filter(|object| object["event"] == "preview").collect();
    assert_eq!(steps.iter().map(|step| step["index"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1, 2]);
    let image = objects.iter().find(|object| object["event"] == "image").unwrap();
    assert_eq!(fs::read(text(image, "path")).unwrap(), server.images_sent()[0]);
    assert_eq!(home.names("data/spool"), Vec::<String>::new());
    let failing = FakeOpenAi::builder().with_key(KEY).always(Fault::Eof).start_blocking();
    paid(&home, &failing, args).expect_code(8).run_to_end();
    assert_eq!(home.run(["history", "--json", "--limit", "1"]).run_to_end().json()[0]["images"], serde_json::json!([]));
}

#[test]
fn the_environments_organization_is_sent_only_with_its_key() {
    let server = server();
    let url = server.base_url();
    let home = Home::with_config(&format!(
        "[backends.gpt-image]\nkind = \"gpt-image\"\norganization = \"org-file\"\nproject = \"proj_file\"\n\
         [backends.own]\nkind = \"gpt-image\"\napi_key_env = \"OWN_KEY\"\nbase_url = \"{url}\"\nproject = \"proj_own\"\n"
    ));
    let sent = |backend: &str, org: Option<&str>| {
        let run =
            paid(&home, &server, ["generate", "a kite", "--quality", "low", "-b"]).arg(backend).env("OWN_KEY", KEY);
        org.into_iter().fold(run, |run, org| run.env("OPENAI_ORG_ID", org)).run_to_end();
        let request = server.requests_to("/v1/images/generations").pop().unwrap();
        ["openai-organization", "openai-project"].map(|name| request.header(name).map(str::to_owned))
    };
    let headers = |org: Option<&str>, project: &str| [org.map(str::to_owned), Some(project.to_owned())];
    assert_eq!(sent("gpt-image", None), headers(Some("org-file"), "proj_file"));
    assert_eq!(sent("gpt-image", Some("org-env")), headers(Some("org-env"), "proj_file"));
    assert_eq!(sent("own", Some("org-env")), headers(None, "proj_own"));
}
