//! `tintype show` beside chafa, timg and viu: the same file, the same cells, the same protocol, in turns.
//! Each runs in a pseudo-terminal that reads as fast as it can and replies immediately, measured from start to exit.

use std::{
    io::{Read, Write},
    path::Path,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::{
    figure::{Figure, milliseconds},
    photograph::save,
};

const TURNS: usize = 15;
const WINDOW: PtySize = PtySize { rows: 51, cols: 100, pixel_width: 1000, pixel_height: 1020 };

/// Terminal queries and their replies. A program that gets no reply would wait for it.
const ANSWERS: [(&[u8], &[u8]); 6] = [
    (b"\x1b[>q", b"\x1bP>|XTerm(390)\x1b\\"),
    (b"\x1b[5n", b"\x1b[0n"),
    (b"\x1b]11;?", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    (b"\x1b[14t", b"\x1b[4;1020;1000t"),
    (b"\x1b[16t", b"\x1b[6;20;10t"),
    (b"\x1b[c", b"\x1b[?62;4c"),
];

struct PeerProgram {
    name: &'static str,
    words: Vec<&'static str>,
}

/// Returns the programs that can be forced to a protocol, with their arguments. viu can only be kept to half-blocks.
fn programs(protocol: &str) -> Vec<PeerProgram> {
    let own = PeerProgram { name: "tintype", words: vec!["show", "--width", "100", "--height", "50", "--protocol"] };
    let with = |name, words: &[&'static str]| PeerProgram { name, words: words.to_vec() };
    let rest = match protocol {
        "blocks" => vec![
            with("chafa", &["-f", "symbols", "--symbols", "vhalf", "-c", "full", "-s", "100x50"]),
            with("timg", &["-ph", "-g100x50"]),
            with("viu", &["-b", "-w", "67", "-h", "50"]),
        ],
        "mosaic" => vec![
            with("chafa", &["-f", "symbols", "--symbols", "block+space+sextant+wedge", "-c", "full", "-s", "100x50"]),
            with("timg", &["-pq", "-g100x50"]),
        ],
        "sixel" => vec![with("chafa", &["-f", "sixels", "-s", "100x50"]), with("timg", &["-ps", "-g100x50"])],
        _ => vec![with("chafa", &["-f", "kitty", "-s", "100x50"]), with("timg", &["-pk", "-g100x50"])],
    };
    std::iter::once(own).chain(rest).collect()
}

/// Returns one figure per protocol.
pub(crate) fn figures(file: &Path) -> Vec<Figure> {
    save(&file.with_extension("toml"), b"[preview]\nglyphs = \"octants\"\n");
    ["blocks", "mosaic", "sixel", "kitty"].into_iter().map(|protocol| figure(protocol, file)).collect()
}

fn figure(protocol: &'static str, file: &Path) -> Figure {
    let programs: Vec<PeerProgram> =
        programs(protocol).into_iter().filter(|program| supports(program, protocol, file)).collect();
    let mut times = vec![Vec::new(); programs.len()];
    let mut sent = vec![0; programs.len()];
    for _ in 0..TURNS {
        for (number, program) in programs.iter().enumerate() {
            let (time, bytes) = run(program, protocol, file).unwrap();
            times[number].push(time);
            sent[number] = bytes.len();
        }
    }
    let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
    let fastest = medians[1..].iter().min().copied().unwrap_or(Duration::MAX);
    let each = programs
        .iter()
        .zip(&medians)
        .zip(&sent)
        .map(|((program, time), sent)| format!("{} {} ({} kB)", program.name, milliseconds(*time), sent / 1000));
    let ratio = medians[0].as_secs_f64() / fastest.as_secs_f64();
    let measured = format!("{ratio:.2}  {}", each.collect::<Vec<_>>().join(", "));
    Figure::new(format!("show, {protocol}: to the fastest peer"), "<= 1.00", measured)
}

/// Returns whether the program is installed and uses the protocol; some fall back to another one.
fn supports(program: &PeerProgram, protocol: &'static str, file: &Path) -> bool {
    let mark = match protocol {
        "sixel" => "\x1bP",
        "kitty" => "\x1b_G",
        "mosaic" => "\x1b[38;2;",
        _ => "\u{2584}",
    };
    let drawn = run(program, protocol, file);
    let knows = drawn.is_some_and(|(_, bytes)| bytes.windows(mark.len()).any(|words| words == mark.as_bytes()));
    if !knows {
        println!("{} is not installed or knows no {protocol}, and is not compared", program.name);
    }
    knows
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Runs a program from start to exit. Returns the time and the output.
fn run(program: &PeerProgram, protocol: &'static str, file: &Path) -> Option<(Duration, Vec<u8>)> {
    let own = program.name == "tintype";
    let mut command = CommandBuilder::new(if own { env!("CARGO_BIN_EXE_tintype") } else { program.name });
    command.args(&program.words);
    if own {
        command.arg(protocol);
    }
    command.arg(file);
    command.env_clear();
    command.env("TINTYPE_CONFIG", file.with_extension("toml"));
    for name in ["PATH", "HOME"] {
        command.env(name, std::env::var_os(name).unwrap_or_default());
    }
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("LANG", "C.UTF-8");
    let pair = native_pty_system().openpty(WINDOW).unwrap();
    let (mut reader, mut writer) = (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).ok()?;
    drop(pair.slave);
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], Vec::with_capacity(16 << 20));
    while let Ok(read @ 1..) = reader.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..read]);
        reply_to_queries(&buffer[..read], &mut writer);
    }
    let status = child.wait().unwrap();
    status.success().then(|| (start.elapsed(), bytes))
}

/// Replies to the queries in the output. Programs send all queries before they draw, so image data is not searched.
fn reply_to_queries(said: &[u8], writer: &mut impl Write) {
    if said.len() > 4096 {
        return;
    }
    for (question, answer) in ANSWERS {
        if said.windows(question.len()).any(|words| words == question) {
            writer.write_all(answer).unwrap();
        }
    }
}
