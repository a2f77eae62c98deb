//! The examples, the skeletons and a backend in a fourth language: each passes the conformance tests, and the messages
//! of both sides match the schema.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
};

use pretty_assertions::assert_eq;
use serde_json::{Value as Json, json};

use super::*;
use crate::{
    Settings, Value,
    conformance::{ConformanceDepth, ConformanceVerdict, examine},
    external::protocol::{HostMessage, InputDescription, InputImage},
};

/// Creates a backend with this table.
fn backend(table: &str) -> SharedBackend {
    let settings = toml::from_str(table).unwrap();
    let env = |name: &str| std::env::var(name).ok();
    build(&Table {
        name: "mine",
        settings: &settings,
        env: &env,
        folder: &examples(),
        accounts: &Accounts::default(),
        renderer: &crate::svg::Renderer::default(),
    })
    .unwrap()
}

/// Runs all conformance tests against a backend; none may fail or be skipped.
async fn passes(table: &str) {
    let (met, scratch) = (backend(table).initialize().await.unwrap(), tempfile::tempdir().unwrap());
    let findings = examine(&*met, scratch.path(), ConformanceDepth::Full).await;
    let bad: Vec<String> = findings
        .iter()
        .filter(|finding| finding.verdict != ConformanceVerdict::Kept)
        .map(ToString::to_string)
        .collect();
    assert_eq!(bad, Vec::<String>::new(), "{table}");
}

/// Returns the example in Rust. `cargo test` builds it; a run of selected tests may not.
fn rings() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    let rings = program.parent().and_then(Path::parent).unwrap().join("examples/rings");
    if !rings.exists() {
        println!("skipped: `{}` was not built; `cargo test` without a choice of targets does so", rings.display());
    }
    rings.exists().then_some(rings)
}

#[tokio::test]
async fn the_shell_example_passes_and_has_thirty_lines() {
    passes("command = ['poster/poster.sh']").await;
    let lines = fs::read_to_string(examples().join("poster/poster.sh")).unwrap().lines().count();
    assert!(lines <= 30, "{lines}");
}

#[tokio::test]
async fn the_rust_example_passes() {
    if let Some(rings) = rings() {
        passes(&format!("command = ['{}']", rings.display())).await;
    }
}

#[tokio::test]
async fn fourth_language_backend_passes() {
    if has("perl", &["-MJSON::PP", "-e", "1"]) {
        passes("command = ['perl', 'moons/moons.pl']").await;
    }
}

#[tokio::test]
async fn a_fresh_skeleton_passes_in_every_language() {
    for language in SKELETON_LANGUAGES {
        if language == "python" && !has("python3", &["--version"]) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let skeleton = Skeleton::new("mine", language, &folder.path().display().to_string()).unwrap();
        for file in &skeleton.files {
            fs::write(folder.path().join(&file.name), &file.text).unwrap();
        }
        let config: toml::Table = toml::from_str(&skeleton.table).unwrap();
        let mut table = config["backends"]["mine"].as_table().unwrap().clone();
        table.remove("kind");
        passes(&table.to_string()).await;
        assert!(skeleton.files[1].text.contains("generate \"hello\" -b mine"), "{}", skeleton.files[1].text);
    }
    assert_eq!(Skeleton::new("mine", "cobol", "x"), None);
}

/// A mock ComfyUI server, which ends when this is dropped.
struct MockComfyUi {
    url: String,
    process: Child,
    _stdin: ChildStdin,
}

impl MockComfyUi {
    fn start() -> Option<Self> {
        if !has("python3", &["--version"]) {
            return None;
        }
        let mut command = Command::new("python3");
        command.arg(examples().join("comfyui/stand_in.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (stdin, stdout) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut url = String::new();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        Some(Self { url: url.trim().to_owned(), process, _stdin: stdin })
    }

    fn table(&self) -> String {
        format!(
            "command = ['python3', 'comfyui/comfyui.py']\nenv = ['COMFYUI_URL={}', 'COMFYUI_POLL=0.02']\n",
            self.url
        )
    }

    /// Returns the requests that the server received.
    fn told(&self) -> Json {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(stream, "GET /told HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for MockComfyUi {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test]
async fn the_comfyui_example_passes() {
    let Some(server) = MockComfyUi::start() else { return };
    passes(&server.table()).await;
    let met = backend(&server.table()).initialize().await.unwrap();
    let can = met.capabilities();
    assert_eq!(can.default_model, "sd_xl_base_1.0.safetensors");
    let samplers = can.models[0].param("sampler").unwrap().expects();
    assert_eq!(samplers, "one of euler, dpmpp_2m");
}

/// Returns a request to ComfyUI with all settings at their defaults.
fn order(met: &SharedBackend, prompt: &str) -> Request {
    let can = met.capabilities();
    let mut request = Request::new(prompt, can.default_model.clone());
    request.settings = can.models[0].complete(&can.defaults, &Settings::new()).unwrap();
    request.settings.insert("size".into(), "64x64".into());
    request
}

#[tokio::test]
async fn comfyui_generates_from_prompt_reference_and_mask() {
    let Some(server) = MockComfyUi::start() else { return };
    let (met, stage) = (backend(&server.table()).initialize().await.unwrap(), ScriptedBackend::new(""));
    let mut request = order(&met, "a \"red\" fox");
    request.count = 2;
    request.settings.insert("seed".into(), Value::Integer(7));
    let outcome = met.generate(&request, &stage.progress().0).await.unwrap();
    assert_eq!((outcome.images.len(), &outcome.effective["seed"]), (2, &Value::Integer(7)));
    request.inputs = vec![input("fox.svg", b"<svg>fox")];
    met.generate(&request, &stage.progress().0).await.unwrap();
    request.mask = Some(input("mask.svg", b"<svg>mask"));
    met.generate(&request, &stage.progress().0).await.unwrap();
    let told = server.told();
    let graphs = told["prompts"].as_array().unwrap();
    assert_eq!(graphs[0]["positive"]["inputs"]["text"], "a \"red\" fox");
    assert_eq!(
        (&graphs[0]["sampler"]["inputs"]["seed"], &graphs[0]["sampler"]["inputs"]["cfg"]),
        (&json!(7), &json!(7.0))
    );
    assert_eq!(graphs[1]["latent"]["class_type"], "VAEEncode");
    assert_eq!(graphs[1]["sampler"]["inputs"]["denoise"], 0.75);
    assert_eq!(graphs[2]["latent"]["class_type"], "VAEEncodeForInpaint");
    let sizes: Vec<&Json> = told["uploads"].as_object().unwrap().values().collect();
    assert_eq!(sizes, [&json!(8), &json!(8), &json!(9)]);
}

#[tokio::test]
async fn comfyui_passes_on_server_errors() {
    let Some(server) = MockComfyUi::start() else { return };
    let (met, stage) = (backend(&server.table()).initialize().await.unwrap(), ScriptedBackend::new(""));
    let error = met.generate(&order(&met, "broken"), &stage.progress().0).await.unwrap_err();
    assert_eq!(error.message, "`mine`: the server failed: out of memory");
    let mut stranger = order(&met, "x");
    stranger.model = "gone.ckpt".into();
    let error = met.generate(&stranger, &stage.progress().0).await.unwrap_err();
    assert!(error.message.contains("ckpt_name: 'gone.ckpt' not in list"), "{error}");
    let nobody = server.table().replace(&server.url, "http://127.0.0.1:9");
    let met = backend(&nobody).initialize().await.unwrap();
    let Readiness::Missing { what, hint } = &met.capabilities().readiness else { panic!() };
    assert!(what.starts_with("no server at http://127.0.0.1:9") && hint.contains("COMFYUI_URL"), "{what} {hint}");
}

/// Waits until the server has received such a request.
async fn until(server: &MockComfyUi, is_so: impl Fn(&Json) -> bool) {
    let begun = Instant::now();
    while !is_so(&server.told()) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", server.told());
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn comfyui_cancels_and_resumes_jobs() {
    let Some(server) = MockComfyUi::start() else { return };
    let (met, stage) = (backend(&server.table()).initialize().await.unwrap(), ScriptedBackend::new(""));
    let (request, (progress, ears)) = (order(&met, "forever"), stage.progress());
    tokio::select! {
        ended = met.generate(&request, &progress) => panic!("{ended:?}"),
        () = ears.wait_for("drawing") => {}
    }
    until(&server, |told| told["interrupted"].as_array().is_some_and(|jobs| jobs.len() == 1)).await;
    let (request, (progress, ears)) = (order(&met, "slowly a fox"), stage.progress());
    let left = async {
        ears.wait_for("drawing").await;
        progress.detach();
    };
    tokio::select! {
        ended = met.generate(&request, &progress) => panic!("{ended:?}"),
        () = left => {}
    }
    let ticket = ears.tickets.lock().unwrap()[0].clone();
    let outcome = met.resume(&ticket, &stage.progress().0).await.unwrap();
    assert_eq!(outcome.images.len(), 1);
    let told = server.told();
    let count = |what: &str| told[what].as_array().unwrap().len();
    assert_eq!((count("prompts"), count("interrupted"), count("deleted")), (2, 1, 1), "{told}");
}

#[tokio::test]
async fn comfyui_accepts_a_custom_workflow() {
    let Some(server) = MockComfyUi::start() else { return };
    let stage = ScriptedBackend::new("");
    let workflow = json!({"7": {"class_type": "EmptyLatentImage", "inputs": {"width": "%width%", "height": "%height%", "batch_size": "%count%", "text": "photo of %prompt%, best"}}});
    fs::write(stage.path("workflow.json"), workflow.to_string()).unwrap();
    let path = stage.path("workflow.json").display().to_string();
    let table = server.table().replace("env = [", &format!("env = ['COMFYUI_WORKFLOW={path}', "));
    let met = backend(&table).initialize().await.unwrap();
    met.generate(&order(&met, "a fox"), &stage.progress().0).await.unwrap();
    let inputs = &server.told()["prompts"][0]["7"]["inputs"];
    assert_eq!((&inputs["width"], &inputs["text"]), (&json!(64), &json!("photo of a fox, best")));
}

/// Returns every message that the host can send.
fn orders(scratch: &str) -> Vec<String> {
    let settings = json!(Settings::from([
        ("size".to_owned(), Value::from("64x64")),
        ("paper".to_owned(), Value::from("khaki")),
        ("seed".to_owned(), Value::from(7)),
        ("evening".to_owned(), Value::from(true)),
    ]));
    let settings = settings.as_object().unwrap();
    let picture = |name: &'static str| InputImage {
        path: format!("{name}.png"),
        name,
        format: Format::Png,
        width: 8,
        height: 8,
        svg: Some(format!("{name}.svg")),
    };
    let (v, job, model, prompt) = (2, "job-1", "rings", "a \"cat\"\nand a dog");
    let (anything, schema) = (json!({"a": [1]}), json!({"type": "object"}));
    let messages = [
        HostMessage::Generate {
            v,
            job,
            scratch,
            model,
            count: 1,
            prompt,
            settings,
            inputs: vec![picture("input-0")],
            mask: Some(picture("mask")),
            markup: Some(picture("markup")),
            continues: Some(&anything),
        },
        HostMessage::Resume { v, job, scratch, ticket: &anything },
        HostMessage::Ask {
            v,
            job,
            scratch,
            model,
            prompt,
            instructions: "be brief",
            settings,
            inputs: vec![picture("input-0")],
            schema: Some(&schema),
            max_output_tokens: Some(9),
        },
        HostMessage::Estimate {
            v,
            job,
            model,
            count: 2,
            prompt,
            settings,
            inputs: vec![InputDescription { name: "a.png", format: Format::Png, width: 8, height: 8 }],
        },
        HostMessage::Kept { v, job },
        HostMessage::Cancel { v, job },
    ];
    messages.iter().map(HostMessage::line).collect()
}

/// Returns a program's response to one request.
fn said(command: &[&str], env: &[(&str, &str)], order: &str) -> Vec<String> {
    let mut process = Command::new(command[0]);
    process.args(&command[1..]).current_dir(examples()).envs(env.iter().copied());
    let mut process = process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(order.as_bytes()).unwrap();
    if command.len() > 1 && command[1].contains("comfyui") {
        stdin.write_all(b"{\"type\":\"kept\",\"v\":1,\"job\":\"job-1\"}\n").unwrap();
    }
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut said = Vec::new();
    for line in lines {
        let last = line.contains("\"done\"") || line.contains("\"error\"");
        said.push(line);
        if last {
            break;
        }
    }
    drop(stdin);
    process.wait().unwrap();
    said
}

/// A script that reads lines and reports which do not match the named part of the schema.
const VALIDATE: &str = r##"
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
part = {"$schema": schema["$schema"], "$ref": "#/$defs/" + sys.argv[2], "$defs": schema["$defs"]}
check = jsonschema.Draft202012Validator(part)
bad = [(line, error.message) for line in sys.stdin for error in check.iter_errors(json.loads(line))]
sys.exit("\n".join(map(str, bad)) or 0)
"##;

/// Returns the schema violations of these messages.
fn schema_violations(part: &str, messages: &[String]) -> String {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/external/protocol.schema.json");
    let mut python = Command::new("python3");
    python.args(["-c", VALIDATE]).arg(schema).arg(part).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut stdin = python.stdin.take().unwrap();
    for message in messages {
        writeln!(stdin, "{}", message.trim_end()).unwrap();
    }
    drop(stdin);
    String::from_utf8(python.wait_with_output().unwrap().stderr).unwrap()
}

#[test]
fn host_and_example_messages_match_the_schema() {
    if !has("python3", &["-c", "import jsonschema"]) {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let orders = orders(scratch.path().to_str().unwrap());
    assert_eq!(schema_violations("fromHost", &orders), "");
    let mut heard = said(&["sh", "poster/poster.sh"], &[], &orders[0]);
    if let Some(rings) = rings().as_deref().and_then(Path::to_str) {
        heard.extend(said(&[rings], &[], &orders[0]));
        heard.extend(said(&[rings], &[], &orders[2]));
    }
    if has("perl", &["-MJSON::PP", "-e", "1"]) {
        heard.extend(said(&["perl", "moons/moons.pl"], &[], &orders[0]));
    }
    if let Some(server) = MockComfyUi::start() {
        let env = [("COMFYUI_URL", server.url.as_str()), ("COMFYUI_POLL", "0.02")];
        let comfyui = ["python3", "comfyui/comfyui.py"];
        heard.extend(said(&comfyui, &env, &orders[1]));
        heard.extend(said(&comfyui, &[("COMFYUI_URL", "http://127.0.0.1:9")], &orders[1]));
    }
    assert!(heard.len() > 15, "{heard:?}");
    assert_eq!(schema_violations("fromProgram", &heard), "");
    // The validation can also fail.
    assert_ne!(schema_violations("fromProgram", &[r#"{"type":"image"}"#.to_owned()]), "");
}

#[test]
fn schema_and_docs_cover_every_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/external");
    let schema: Json = serde_json::from_str(&fs::read_to_string(folder.join("protocol.schema.json")).unwrap()).unwrap();
    let description = fs::read_to_string(folder.join("PROTOCOL.md")).unwrap();
    // Both sides have an `estimate`, so a part is named by the message that it describes.
    let parts = |side: &str| -> BTreeMap<String, Json> {
        let parts = schema["$defs"][side]["oneOf"].as_array().unwrap().iter();
        let named = parts.map(|part| &schema["$defs"][part["$ref"].as_str().unwrap().rsplit('/').next().unwrap()]);
        named.map(|part| (part["properties"]["type"]["const"].as_str().unwrap().to_owned(), part.clone())).collect()
    };
    let (from_program, from_host) = (parts("fromProgram"), parts("fromHost"));
    assert!(from_program.len() > 8 && from_host.len() > 5, "{from_program:?}\n{from_host:?}");
    for name in from_program.keys().chain(from_host.keys()) {
        assert!(description.contains(&format!("`{name}`")) || description.contains(&format!("\"{name}\"")), "{name}");
    }
    for name in from_program.keys() {
        let read = protocol::read(format!(r#"{{"type":"{name}"}}"#).as_bytes(), |_| ());
        assert_ne!(read.ok().flatten().map(|said| said.what), Some(protocol::MessageBody::Unknown), "{name}");
    }
    for order in orders("/scratch") {
        let order: Json = serde_json::from_str(&order).unwrap();
        let properties = from_host[order["type"].as_str().unwrap()]["properties"].as_object().unwrap();
        assert!(order.as_object().unwrap().keys().eq(properties.keys()), "{order}");
    }
}

/// Returns the property names of a part of the schema.
fn properties(part: &Json) -> Vec<String> {
    let mut names: Vec<String> = part["properties"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

#[test]
fn docs_schema_and_parser_agree_on_fields() {
    use crate::external::known_fields::{FREE, HELLO, KINDS, MODEL, PARAM, PRICE};
    let schema: Json = serde_json::from_str(include_str!("../protocol.schema.json")).unwrap();
    let parts = &schema["$defs"];
    let with_when = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(properties(&parts["hello"]), with_when(HELLO));
    assert_eq!(properties(&parts["model"]), with_when(MODEL));
    assert_eq!(properties(&parts["price"]), with_when(PRICE));
    let common: Vec<&str> = PARAM.iter().copied().filter(|name| *name != "kind").collect();
    assert_eq!(properties(&parts["param"]), with_when(&common));
    let description = include_str!("../PROTOCOL.md");
    let fields = [HELLO, MODEL, PRICE, PARAM, FREE].concat();
    let messages =
        ["status", "percent", "image", "usage", "done", "error"].map(|name| properties(&parts[name])).concat();
    for name in fields.into_iter().map(str::to_owned).chain(messages) {
        let told = [format!("`{name}`"), format!("\"{name}\""), format!("`\"{name}\"")];
        assert!(told.iter().any(|told| description.contains(told)), "PROTOCOL.md does not tell of `{name}`");
    }
    for kind in parts["error"]["properties"]["kind"]["enum"].as_array().unwrap() {
        let read: ErrorKind = serde_json::from_value(kind.clone()).unwrap();
        assert!(description.contains(&format!("`{read}`")), "PROTOCOL.md does not tell of the error `{read}`");
    }
    for (kind, more) in KINDS {
        let of_schema = parts["param"]["oneOf"].as_array().unwrap().iter();
        let of_schema = of_schema.into_iter().find(|part| part["properties"]["kind"]["const"] == *kind).unwrap();
        let mut names = properties(of_schema);
        names.retain(|name| name != "kind");
        assert_eq!(&names, &with_when(more), "{kind}");
        let required = of_schema["required"].as_array().cloned().unwrap_or_default();
        let required: Vec<&str> = required.iter().filter_map(Json::as_str).collect();
        needs_no_more_than(kind, &required);
    }
}

/// Asserts that a setting of that kind is parsed with these fields, and is rejected without any one of them.
fn needs_no_more_than(kind: &str, required: &[&str]) {
    let least = json!({"name": "x", "kind": kind, "choices": ["a"], "min": 1, "max": 2});
    let with = |left_out: Option<&str>| {
        let mut param = least.clone();
        param.as_object_mut().unwrap().retain(|name, _| {
            (["name", "kind"].contains(&name.as_str()) || required.contains(&name.as_str()))
                && Some(name.as_str()) != left_out
        });
        serde_json::from_value::<crate::Param>(param)
    };
    assert!(with(None).is_ok(), "{kind} needs more than {required:?}");
    for name in required.iter().chain(&["name", "kind"]) {
        assert!(with(Some(name)).is_err(), "{kind} does not need `{name}`");
    }
}

#[test]
fn documented_messages_parse() {
    let description = include_str!("../PROTOCOL.md");
    let block = |fence: &str| description.split(&format!("\n{fence}\n")).nth(1).unwrap().split("\n```").next().unwrap();
    let shown = |line: &str| line.find('{').map(|from| line[from..=line.rfind('}').unwrap()].to_owned());
    let (from_host, from_program): (Vec<&str>, Vec<&str>) =
        block("```").lines().filter(|line| line.contains('{')).partition(|line| line.starts_with(' '));
    assert_eq!((from_host.len(), from_program.len()), (1, 4), "the first block shows a whole job");
    for line in from_program {
        let said = protocol::read(shown(line).unwrap().as_bytes(), |_| ()).unwrap().unwrap();
        assert_ne!(said.what, protocol::MessageBody::Unknown, "{line}");
    }
    let order: Json = serde_json::from_str(&shown(from_host[0]).unwrap()).unwrap();
    assert_eq!(order["type"], "generate");
    let config: toml::Table = toml::from_str(block("```toml")).unwrap();
    let mut table = config["backends"]["mine"].as_table().unwrap().clone();
    assert_eq!(table.remove("kind").unwrap().as_str(), Some("external"));
    let table = Table {
        name: "mine",
        settings: &table,
        env: &|_| None,
        folder: Path::new("/"),
        accounts: &Accounts::default(),
        renderer: &crate::svg::Renderer::default(),
    };
    let program = ExternalProgram::read(&table).unwrap();
    assert_eq!((program.silence_limit.as_secs(), program.hello_timeout.as_secs()), (600, 10));
}
