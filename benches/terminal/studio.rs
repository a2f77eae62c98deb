//! The studio with demanding images: one as large as a 4K screen, and a thousand small ones.
//! Times are measured from outside: from writing the key to reading the last byte of the frame that follows.

use std::{
    cell::Cell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use portable_pty::CommandBuilder;
use tintype::{
    id::Id,
    library::{ImageRecord, Library, Query, Record},
};

use crate::{
    figure::Figure,
    photograph::{numbered, photograph, save},
    pty::{Pty, TerminalReply},
};

const TINTYPE: &str = env!("CARGO_BIN_EXE_tintype");
const CELLS: TerminalReply = TerminalReply::Plain("\x1b[6;20;10t");
const FRAME_END: &[u8] = b"\x1b[?2026l";
const KEYS: usize = 30;
const PICTURES: u32 = 1000;

/// Measures a key press while a large image is being sent, and memory over a thousand images.
pub(crate) fn figures(dir: &Path) -> Vec<Figure> {
    let mut figures = vec![key_beside_a_picture(&dir.join("large"))];
    figures.extend(browse(&dir.join("many")));
    figures
}

/// Returns the folder of the library's images; it accepts no other.
fn images(home: &Path) -> PathBuf {
    home.join("data/images")
}

/// Creates a library with these files, the last one the newest.
fn library(home: &Path, files: Vec<(PathBuf, Vec<u8>, u32, u32)>) {
    fs::create_dir_all(home).unwrap();
    let drawn = Command::new(TINTYPE)
        .args(["generate", "--backend", "sketch", "--preview", "never", "a red fox"])
        .env("TINTYPE_DATA_DIR", home.join("data"))
        .env("HOME", home)
        .env_remove("TINTYPE_CONFIG")
        .output()
        .unwrap();
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    let library = Library::open(&home.join("data")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let first = runtime.block_on(library.page(Query::default(), 0, 1)).unwrap().records.remove(0);
    let records = files.into_iter().map(|(path, bytes, width, height)| {
        save(&path, &bytes);
        let image =
            ImageRecord { id: Id::new(), path, width, height, bytes: bytes.len() as u64, ..first.images[0].clone() };
        Record { id: Id::new(), created: jiff::Timestamp::now(), images: vec![image], ..first.clone() }
    });
    runtime.block_on(library.import(records.collect())).unwrap();
}

fn open(home: &Path, window: (u16, u16)) -> Pty {
    let config = home.join("config.toml");
    save(&config, b"[preview]\ndriver = \"kitty\"\n");
    let mut command = CommandBuilder::new(TINTYPE);
    command.env_clear();
    command.env("HOME", home);
    command.env("LANG", "C.UTF-8");
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("TINTYPE_CONFIG", config);
    command.env("TINTYPE_DATA_DIR", home.join("data"));
    let studio = Pty::run(command, window, CELLS);
    studio.wait_for_bytes("a picture", 0, contains_all([b"a=p,"]));
    studio
}

/// Returns a predicate that is true once all of these words have arrived. Bytes are searched only once: an image comes
/// in thousands of chunks, and otherwise the benchmark would measure a slow terminal.
fn contains_all<const N: usize>(words: [&'static [u8]; N]) -> impl Fn(&[u8]) -> bool {
    let (looked, found) = (Cell::new(0_usize), [const { Cell::new(false) }; N]);
    move |bytes| {
        for (words, found) in words.iter().zip(&found).filter(|(_, found)| !found.get()) {
            let from = looked.get().saturating_sub(words.len() - 1);
            found.set(bytes[from..].windows(words.len()).any(|window| window == *words));
        }
        looked.set(bytes.len());
        found.iter().all(Cell::get)
    }
}

/// Measures a popup that is opened while an image that fills the window at 100% is being sent again.
fn key_beside_a_picture(home: &Path) -> Figure {
    let large = photograph(3840, 2160);
    fs::create_dir_all(home).unwrap();
    library(home, vec![(images(home).join("large.png"), large.png, 3840, 2160)]);
    let studio = open(home, (384, 110));
    studio.send("\x1bOS");
    studio.wait_for_bytes("the whole window", studio.sent(), contains_all([b"a=p,"]));
    let (mut times, mut beside) = (Vec::new(), 0);
    for _ in 0..KEYS {
        let sent = studio.sent();
        studio.send("\x0c");
        studio.wait_for_bytes("the picture again", sent, contains_all([b"a=t,"]));
        let (sent, start) = (studio.sent(), Instant::now());
        studio.send("i");
        studio.wait_for_bytes("the popup", sent, contains_all([b"Details", FRAME_END]));
        times.push(start.elapsed());
        let before = studio.sent();
        studio.wait_for_bytes("the picture beside the popup", sent, contains_all([b",p=2,"]));
        beside += usize::from(studio.sent() > before);
        let sent = studio.sent();
        studio.send("\x1b");
        studio.wait_for_bytes("the whole picture", sent, contains_all([b",p=4,q=2\x1b\\"]));
    }
    let what = format!("a key while a 4K picture is sent, to its frame ({beside} of {KEYS} before its end)");
    Figure::of_times(what, "< 16 ms", &mut times)
}

/// Measures browsing through every image of a long history.
fn browse(home: &Path) -> [Figure; 2] {
    fs::create_dir_all(home).unwrap();
    let file = |number| (images(home).join(format!("{number}.png")), numbered(number), 160, 160);
    library(home, (0..PICTURES).map(file).collect());
    let studio = open(home, (120, 40));
    studio.send("\t");
    let mut after_some = 0;
    for number in 0..PICTURES {
        let sent = studio.sent();
        studio.send("\x1b[B");
        studio.wait_for_bytes("the next picture", sent, contains_all([b"a=p,"]));
        if number == 100 {
            after_some = memory(&studio);
        }
    }
    let all = memory(&studio);
    studio.send("\x11");
    let (most, pixels) = peak_held(&String::from_utf8_lossy(&studio.wait_for_end().raw));
    let program = format!("{:.1} MB after 100, {:.1} MB after {PICTURES}", after_some as f64 / 1e6, all as f64 / 1e6);
    let terminal = format!("at most {most} pictures, {:.1} MB of pixels", pixels as f64 * 4.0 / 1e6);
    [
        Figure::new("1,000 pictures browsed: memory of the program", "flat", program),
        Figure::new("1,000 pictures browsed: held by the terminal", "flat", terminal),
    ]
}

/// Returns the largest number of images, and of pixels, that the terminal held at any time.
fn peak_held(sent: &str) -> (usize, u64) {
    let (mut held, mut most, mut most_pixels) = (HashMap::new(), 0, 0);
    for command in sent.split("\x1b_G").skip(1) {
        let keys = command.split([';', '\x1b']).next().unwrap_or_default();
        let id = keys.split(',').find_map(|key| key.strip_prefix("i=")).unwrap_or_default();
        if keys.starts_with("a=t,") {
            held.insert(id.to_owned(), pixels(command.split(';').nth(1).unwrap_or_default()));
        } else if keys.starts_with("a=d,d=I,") {
            held.remove(id);
        }
        most = most.max(held.len());
        most_pixels = most_pixels.max(held.values().sum());
    }
    (most, most_pixels)
}

/// Returns width times height of a PNG, read from the start of its base64.
fn pixels(data: &str) -> u64 {
    let head = STANDARD.decode(&data[..32]).unwrap();
    let number = |at: usize| u64::from(u32::from_be_bytes(*head[at..].first_chunk().unwrap()));
    number(16) * number(20)
}

/// Returns the resident memory in bytes.
fn memory(studio: &Pty) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", studio.pid().as_raw_nonzero())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
