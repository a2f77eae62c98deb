//! Programs as backends in the studio: it opens before they reply, and a config edit adds one.

use super::*;

/// A backend that draws one gray sheet, and offers a parameter.
const SCRIPT: &str = r#"echo $$ >> pids
echo '{"type":"hello","versions":[1],"name":"slate","about":"draws a gray sheet","offline":true,"params":[{"name":"chalk","about":"how much","kind":"integer","min":1,"max":9,"default":5}]}'
read -r message || exit 0
scratch=$(printf '%s\n' "$message" | sed -nE 's/.*"scratch":"([^"]*)".*/\1/p')
echo "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'><rect width='64' height='64' fill='grey'/></svg>" > "$scratch/a.svg"
echo '{"type":"image","path":"a.svg"}'; echo '{"type":"done"}'
"#;

const TABLE: &str = "\n[backends.slate]\nkind = \"external\"\ncommand = [\"sh\", \"slate.sh\"]\n";

#[test]
fn a_backend_added_to_the_config_generates_the_next_image() {
    let home = Home::new();
    home.write("slate.sh", SCRIPT);
    let studio = home.open();
    home.write_config(&format!("default_backend = \"slate\"\n{CONFIG}{TABLE}"));
    studio.wait_until("the new default with its parameter", |view| {
        view.lines()[0].contains("tintype  slate") && view.has("chalk")
    });
    studio.send("a cat");
    studio.send(ENTER);
    studio.wait_for(" svg · ");
    studio.send(ctrl('b'));
    studio.wait_until("its description", |view| view.has("draws a gray sheet") && view.has("free, offline"));
    studio.send(ESC);
    home.write_config(CONFIG);
    studio.wait_until("the old default", |view| view.lines()[0].contains("tintype  sketch"));
    quit(studio);
}

#[test]
fn the_studio_works_while_a_backend_sends_no_hello() {
    let home = Home::with_config(&format!("default_backend = \"slate\"\n{CONFIG}{TABLE}hello_timeout = 600\n"));
    home.write("slate.sh", "echo $$ >> pids; sleep 1000 & echo $! >> pids; wait");
    let studio = home.start();
    studio.wait_until("a first frame with its state", |view| view.lines()[0].contains("connecting…"));
    studio.send(ctrl('b'));
    studio.wait_until("its state in the list", |view| view.count("connecting…") == 2);
    studio.send("sketch");
    studio.wait_for("› sketch");
    studio.send(ENTER);
    studio.wait_without("╭ Backend");
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_until("a finished image", View::has_finished_picture);
    let pids = fs::read_to_string(home.path("pids")).unwrap();
    quit(studio);
    let is_there = |pid: &str| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let alive = rustix::process::Pid::from_raw(pid.parse().unwrap());
        rustix::process::test_kill_process(alive.unwrap()).is_ok() && !stat.contains(") Z")
    };
    let begun = std::time::Instant::now();
    while pids.lines().any(is_there) {
        assert!(begun.elapsed().as_secs() < 60, "left running: {pids}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_crashing_backend_does_not_affect_the_studio() {
    let home = Home::with_config(&format!("default_backend = \"slate\"\n{CONFIG}{TABLE}"));
    let hello = SCRIPT.lines().nth(1).unwrap();
    home.write("slate.sh", &format!("{hello}\nread -r _ || exit 0\necho 'out of chalk' >&2; exit 3"));
    let studio = home.start();
    studio.wait_for("chalk");
    studio.send("a cat");
    studio.send(ENTER);
    studio.wait_for("out of chalk");
    // Once repaired, the backend draws the next image.
    home.write("slate.sh", SCRIPT);
    studio.send(" and a dog");
    studio.send(ENTER);
    studio.wait_for(" svg · ");
    quit(studio);
}
