//! The book's tables for other servers, used verbatim except for the URL, which is the stand-in's.

use std::fs;

use fake_openai::{FakeOpenAi, Fault, Faults};

use super::{CommandRun, Home, edit_and_show::picture};

const KEY: &str = "sk-SECRET-0123456789";

/// Returns the book's table of that backend, pointed at `server`.
fn table(name: &str, server: &FakeOpenAi) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/backends/other-servers.md")).unwrap();
    let start = page.find(&format!("\n[backends.{name}]\n")).unwrap_or_else(|| panic!("no table for {name}"));
    let rest = &page[start + 1..];
    let table = &rest[..rest.find("\n\n").into_iter().chain(rest.find("\n```")).min().unwrap()];
    let address = table.lines().find_map(|line| line.strip_prefix("base_url = \"")).unwrap();
    let host = address.split('/').take(3).collect::<Vec<_>>().join("/");
    // OpenRouter's base URL has a path before the version; the stand-in's has none.
    table.replace(host.trim_end_matches('"'), &server.origin()).replace("/api/v1", "/v1")
}

/// Returns a run of the program with only this backend in its config.
fn run<'a, const N: usize>(home: &'a Home, name: &str, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.file("config.toml", table(name, server).as_bytes());
    let keys = ["AZURE_OPENAI_API_KEY", "OPENROUTER_API_KEY", "RELAY_API_KEY"];
    let run = home.run(args).arg("--backend").arg(name);
    keys.into_iter().fold(run, |run, variable| run.env(variable, KEY))
}

fn server(faults: impl Into<Faults>) -> FakeOpenAi {
    FakeOpenAi::builder().without_key().always(faults).deployment("pictures", "gpt-image-2").start_blocking()
}

/// Generates an image with the book's table. Returns the request that arrived at `path`.
/// Asserts that the image was saved unchanged.
fn generate_with_table(name: &str, faults: impl Into<Faults>, path: &str) -> fake_openai::RecordedRequest {
    let (home, server) = (Home::new(), server(faults));
    let saved = run(&home, name, &server, ["generate", "a lighthouse"]).run_to_end().text();
    assert_eq!(fs::read(saved.trim_end()).unwrap(), server.images_sent()[0], "{name}");
    let request = server.requests_to(path).pop().unwrap_or_else(|| panic!("{name} asked elsewhere"));
    let log = home.run(["history", "--json"]).run_to_end().text();
    assert!(!log.contains("SECRET"));
    request
}

#[test]
fn azure_works_in_both_url_styles() {
    let new = generate_with_table("azure", Faults::none(), "/openai/v1/images/generations");
    let old =
        generate_with_table("azure-deployment", Faults::none(), "/openai/deployments/pictures/images/generations");
    for request in [&new, &old] {
        assert_eq!((request.header("api-key"), request.header("authorization")), (Some(KEY), None));
    }
    assert_eq!((new.query.as_str(), old.query.as_str()), ("", "api-version=2025-04-01-preview"));
    assert_eq!(new.json().unwrap()["model"], "gpt-image-2");
}

#[test]
fn a_local_server_gets_only_known_parameters_and_no_key() {
    let path = "/v1/images/generations";
    let fields = |name: &str, faults: &[Fault]| {
        let faults =
            faults.iter().fold(Faults::from([Fault::Lenient, Fault::NoUsage]), |all, fault| all.with_fault(*fault));
        let request = generate_with_table(name, faults, path);
        assert_eq!(request.header("authorization"), None, "{name}");
        let mut fields: Vec<String> = request.json().unwrap().as_object().unwrap().keys().cloned().collect();
        fields.sort();
        fields.join(" ")
    };
    assert_eq!(fields("localai", &[Fault::UrlOnly]), "model prompt response_format size");
    assert_eq!(fields("sd-cpp", &[Fault::NoCreated]), "model prompt size");
    assert_eq!(fields("ollama", &[]), "model prompt response_format size");
    assert_eq!(fields("vllm", &[Fault::NullFields, Fault::NoCreated]), "model prompt response_format size");
}

#[test]
fn openrouter_and_relays_get_their_own_key() {
    let chat = generate_with_table("openrouter", Faults::none(), "/v1/chat/completions");
    assert_eq!(chat.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(chat.json().unwrap()["modalities"], serde_json::json!(["image", "text"]));
    let relay = generate_with_table("relay", Fault::Lenient, "/v1/images/generations");
    assert_eq!(relay.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
}

#[test]
fn errors_of_other_servers_are_reported_alike() {
    let told = [
        ("azure", Fault::AzureContentFilter, 4, "(categories: sexual)"),
        ("sd-cpp", Fault::ErrorString, 2, "prompt required"),
        ("sd-cpp", Fault::ErrorServerString, 6, "out of memory while sampling"),
        ("vllm", Fault::ErrorDetailList, 2, "prompt: Field required"),
        ("localai", Fault::ErrorNumericCode, 6, "could not load model"),
        ("relay", Fault::NoData, 1, "returned no image"),
    ];
    for (name, fault, code, words) in told {
        let server = server(Faults::from([fault, Fault::Lenient]).with_value(Fault::ShouldRetry, 0));
        run(&Home::new(), name, &server, ["generate", "a lighthouse"])
            .expect_code(code)
            .run_to_end()
            .expect_no_stdout()
            .stderr_has(words);
    }
}

#[test]
fn edits_use_the_format_of_the_server() {
    let (home, server) = (Home::new(), server(Fault::Lenient));
    home.file("work/cat.png", &picture());
    run(&home, "sd-cpp", &server, ["edit", "cat.png", "a hat"]).run_to_end().files();
    let request = server.requests_to("/v1/images/edits").pop().unwrap();
    assert!(
        request.parts().iter().any(|part| part.name == "image[]"),
        "stable-diffusion.cpp reads lists in forms only"
    );
    run(&home, "ollama", &server, ["edit", "cat.png", "a hat"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("takes no reference images");
}
