//! A planted key appears nowhere: in no file, no stream and no process's arguments, during a run of every feature.

use std::{fs, path::Path};

use fake_openai::{FakeOpenAi, Fault};

use super::{CommandRun, Home, edit_and_show::picture};

const KEY: &str = "sk-SECRET-0123456789";

/// Returns whether these bytes reveal the key.
fn reveals_key(bytes: &[u8]) -> bool {
    bytes.windows(6).any(|window| window == b"SECRET")
}

/// Collects every file below a folder that reveals the key. Returns the number of files searched.
fn files_with_key(folder: &Path, found: &mut Vec<String>) -> usize {
    let mut looked_at = 0;
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            looked_at += files_with_key(&path, found);
            continue;
        }
        looked_at += 1;
        if reveals_key(&fs::read(&path).unwrap()) || reveals_key(path.as_os_str().as_encoded_bytes()) {
            found.push(path.display().to_string());
        }
    }
    looked_at
}

/// Creates a home whose second backend gets its key from a command that reads a file outside of the home.
fn home(elsewhere: &Path) -> Home {
    fs::File::create(elsewhere.join("key"))
        .and_then(|mut file| std::io::Write::write_all(&mut file, KEY.as_bytes()))
        .unwrap();
    Home::with_config(&format!(
        "[backends.by-command]\nkind = \"gpt-image\"\napi_key_command = [\"cat\", \"{}\"]\n",
        elsewhere.join("key").display()
    ))
}

fn with_key<'a, const N: usize>(home: &'a Home, server: &FakeOpenAi, args: [&str; N]) -> CommandRun<'a> {
    home.run(args).env("OPENAI_API_KEY", KEY).env("OPENAI_BASE_URL", &server.base_url()).arg("-vvv")
}

#[test]
fn the_key_is_in_no_file_and_no_output_after_using_every_feature() {
    let (elsewhere, server) = (tempfile::tempdir().unwrap(), FakeOpenAi::builder().with_key(KEY).start_blocking());
    let home = home(elsewhere.path());
    home.file("work/cat.png", &picture());
    let draw = |backend, prompt: &str, code| {
        let run = with_key(&home, &server, ["generate", prompt, "-b", backend, "--json"]);
        run.expect_code(code).run_to_end()
    };
    let mut runs = vec![
        draw("gpt-image", "a lighthouse", 0),
        draw("by-command", "a lighthouse", 0),
        draw("codex", "a lighthouse", 0),
        draw("gpt-image", "[fault:invalid-key-echo] a fox", 3),
        draw("by-command", "[fault:invalid-key-echo] a fox", 3),
        draw("codex", "[fault:invalid-key-echo] a fox", 3),
        draw("gpt-image", "[fault:echo-key] a whale", 0),
        draw("by-command", "[fault:echo-key] a whale", 0),
        draw("codex", "[fault:echo-key] a whale", 0),
        draw("gpt-image", "[fault:html-504] a fox", 8),
        draw("gpt-image", "[fault:not-an-image] a fox", 1),
        with_key(&home, &server, ["edit", "cat.png", "a hat", "-b", "gpt-image"]).run_to_end(),
        with_key(&home, &server, ["edit", "cat.png", "[fault:echo-key] a hat", "-b", "gpt-image"]).run_to_end(),
        with_key(&home, &server, ["generate", "[fault:echo-key] a fox", "--direct", "-b", "sketch", "--size", "64x64"])
            .run_to_end(),
        with_key(&home, &server, ["generate", "a fox", "--direct", "-b", "sketch", "--size", "64x64"]).run_to_end(),
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
        runs.push(words.iter().fold(with_key(&home, &server, []), CommandRun::arg).run_to_end());
    }
    assert!(
        server
            .requests()
            .iter()
            .any(|request| request.header("authorization").is_some_and(|value| value.contains(KEY)))
    );
    for ran in runs {
        assert!(!reveals_key(&ran.stdout) && !reveals_key(ran.stderr.as_bytes()), "{} {}", ran.text(), ran.stderr);
    }
    let mut found = Vec::new();
    assert!(files_with_key(&home.path(""), &mut found) > 20, "the run left files to look at");
    assert_eq!(found, [] as [String; 0]);
    assert!(home.names("data").contains(&"tintype.log".to_owned()), "the log was written too");
}

/// A program that repeats its key in every text it sends.
const LEAKY: &str = r#"k=$PAPI_KEY
where=$(cat where)
case $where in
  missing) missing=',"missing":"401: bad key Bearer '"$k"'","hint":"renew '"$k"'"' ;;
  hello) echo '{"type":"hello","versions":[1],"'"$k"'":1,"models":7,"name":"'"$k"'"}'; exit 0 ;;
  silent) echo "my key is $k" >&2; exit 3 ;;
esac
echo '{"type":"hello","versions":[1],"name":"papi","about":"asks with '"$k"'","resume":true,"asks":true,"models":[{"id":"papi-1","about":"with '"$k"'","price":{"usd":0.01},"params":[{"name":"style","about":"or '"$k"'","kind":"choice","choices":["plain","'"$k"'"]}]}]'"$missing"'}'
read -r message || exit 0
scratch=$(printf '%s\n' "$message" | sed -nE 's/.*"scratch":"([^"]*)".*/\1/p')
echo "$message $k" >&2
echo '{"type":"status","text":"'"$k"'"}'
echo '{"type":"thought","text":"'"$k"'"}'
echo '{"type":"ticket","ticket":{"key":"'"$k"'"}}'
read -r kept
case $where in
  error) echo '{"type":"error","kind":"credentials","message":"no '"$k"'","hint":"renew '"$k"'","request_id":"'"$k"'"}'; exit 0 ;;
  line) echo "$k"; exit 0 ;;
  dies) echo "$k" >&2; exit 3 ;;
esac
echo "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'><!-- $k --></svg>" > "$scratch/a.svg"
echo '{"type":"note","text":"drawn with '"$k"'"}'
echo '{"type":"answer","text":"'"$k"'"}'
echo '{"type":"image","path":"a.svg","svg":"a.svg"}'
echo '{"type":"done","effective":{"style":"'"$k"'"},"revised_prompt":"'"$k"'","continuation":"'"$k"'","request_id":"'"$k"'","response_id":"'"$k"'"}'
"#;

#[test]
fn a_key_repeated_by_a_program_is_in_no_file_and_no_output() {
    let home = Home::with_config(
        "[backends.papi]\nkind = \"external\"\ncommand = [\"sh\", \"papi.sh\"]\nenv = [\"PAPI_KEY\"]\n",
    );
    home.file("papi.sh", LEAKY.as_bytes());
    let path = std::env::var("PATH").unwrap();
    let run = |place: &str, code: i32, words: &[&str]| {
        home.file("where", place.as_bytes());
        let run = home.run([]).env("PATH", &path).env("PAPI_KEY", "SECRET-wrongkey-987654321").arg("-vvv");
        words.iter().fold(run, CommandRun::arg).expect_code(code).run_to_end()
    };
    let draw = ["generate", "a very private lighthouse", "-b", "papi", "--json"];
    let mut runs = vec![
        run("ok", 0, &draw),
        run("ok", 0, &["generate", "a private fox", "--direct=papi", "-b", "sketch", "--size", "64x64"]),
        run("missing", 3, &draw),
        run("error", 3, &draw),
    ];
    for (place, code) in [("hello", 6), ("silent", 1), ("line", 6), ("dies", 8)] {
        runs.push(run(place, code, &draw));
    }
    for place in ["ok", "missing"] {
        for words in [&["backends"][..], &["backends", "--json"], &["models"], &["models", "--json"], &["doctor"]] {
            runs.push(run(place, 0, words));
        }
    }
    runs.push(run("ok", 0, &["backends", "check", "papi"]));
    runs.push(run("ok", 0, &["history", "--json"]));
    runs.push(run("ok", 0, &["jobs", "--json"]));
    for ran in runs {
        assert!(!reveals_key(&ran.stdout) && !reveals_key(ran.stderr.as_bytes()), "{} {}", ran.text(), ran.stderr);
    }
    let mut found = Vec::new();
    files_with_key(&home.path("data"), &mut found);
    assert_eq!(found, [] as [String; 0]);
    let kept = fs::read_to_string(home.path("data/tintype.log")).unwrap();
    assert!(kept.contains("[PAPI_KEY]") && kept.contains("[prompt]") && !kept.contains("private"), "{kept}");
}

#[cfg(unix)]
#[test]
fn the_log_is_private_even_if_an_earlier_version_created_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::with_config("");
    home.file("data/tintype.log", b"before\n");
    let log = home.path("data/tintype.log");
    fs::set_permissions(&log, fs::Permissions::from_mode(0o644)).unwrap();
    home.run(["generate", "a fox", "-b", "sketch", "--size", "64x64", "-v"]).run_to_end();
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&log).unwrap().starts_with("before\n"));
    fs::remove_file(&log).unwrap();
    std::os::unix::fs::symlink(home.path("elsewhere"), &log).unwrap();
    home.run(["history", "-v"]).run_to_end();
    assert!(!home.path("elsewhere").exists(), "the log followed a link");
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_with_keys_leaves_no_core_dump() {
    let home = Home::with_config("[backends.papi]\nkind = \"external\"\ncommand = [\"sh\", \"papi.sh\"]\n");
    home.file("papi.sh", b"cat /proc/$PPID/limits > limits; echo '{\"type\":\"hello\",\"versions\":[1]}'; read -r _");
    home.run(["backends"]).env("PATH", &std::env::var("PATH").unwrap()).run_to_end();
    let limits = fs::read_to_string(home.path("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let soft: Vec<&str> = core.split_whitespace().collect();
    assert!(["0", "1"].contains(&soft[4]), "{core}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_key_is_in_no_process_arguments() {
    let elsewhere = tempfile::tempdir().unwrap();
    let server = FakeOpenAi::builder().with_key(KEY).always(Fault::Gate).start_blocking();
    let home = home(elsewhere.path());
    let mut child = with_key(&home, &server, ["generate", "a lighthouse", "-b", "by-command"]).start();
    tokio::runtime::Runtime::new().unwrap().block_on(server.wait_until(|server| !server.requests().is_empty()));
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!arguments.is_empty() && !reveals_key(&arguments));
    server.release(100);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_key_in_the_config_is_rejected_and_not_repeated() {
    for line in [
        "api_key = \"sk-SECRET-0123\"",
        "api_key_env = \"sk-SECRET-0123\"",
        "token = \"SECRET\"",
        "api_key_env = sk-SECRET",
    ] {
        let home = Home::with_config(&format!("[backends.mine]\nkind = \"gpt-image\"\n{line}\n"));
        for args in [["config", "check"], ["generate", "a fox"], ["backends", "--json"]] {
            let ran = home.run(args).expect_code(2).run_to_end();
            assert!(
                !reveals_key(&ran.stdout) && !reveals_key(ran.stderr.as_bytes()),
                "{line}: {} {}",
                ran.text(),
                ran.stderr
            );
            assert!(ran.stderr.contains("config.toml:3:"), "{}", ran.stderr);
        }
        let printed = home.run(["config", "print"]);
        let printed = if line.ends_with('"') { printed } else { printed.expect_code(2) }.run_to_end();
        assert!(!reveals_key(&printed.stdout) && !reveals_key(printed.stderr.as_bytes()), "{}", printed.text());
    }
}
