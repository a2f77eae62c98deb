//! The bytes sent to the terminal when an image is shown, for every driver, and the handling of keys meanwhile.
//! The visible result in real terminals is checked by screenshots.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;

/// The character that stands for a cell of an image.
const PLACEHOLDER: char = '\u{10EEEE}';

/// Cells of 10 by 20 pixels.
const CELLS: TerminalReply = TerminalReply::Plain("\x1b[6;20;10t");

fn home(driver: &str) -> Home {
    Home::with_config(&format!("{CONFIG}\n[preview]\ndriver = \"{driver}\"\n"))
}

fn open(home: &Home) -> Pty {
    open_sized(home, WINDOW)
}

fn open_sized(home: &Home, window: (u16, u16)) -> Pty {
    let studio = Pty::run(home.command(TINTYPE), window, CELLS);
    studio.wait_for("free");
    studio
}

/// Generates an image, quits, and reopens the studio, so that only the finished image is sent. Waits until `last` has
/// been sent. Returns everything that was sent, and the screen.
fn output_of_finished_image(driver: &str, last: &str) -> (Vec<u8>, View) {
    open_finished_image(driver, |studio| {
        studio.wait_for_bytes(last, 0, |raw| text(raw).contains(last));
        studio.send("done");
        studio.wait_for("done")
    })
}

/// Does the same with `seen` as the condition to wait for.
fn open_finished_image(driver: &str, seen: impl Fn(&Pty) -> View) -> (Vec<u8>, View) {
    let home = home(driver);
    let studio = open(&home);
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for("256x256 png");
    quit(studio);
    let studio = open(&home);
    let view = seen(&studio);
    (quit(studio).raw, view)
}

fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).into_owned()
}

/// One command of the kitty protocol.
#[derive(Debug)]
struct Command {
    keys: BTreeMap<String, String>,
    data: String,
    /// The byte offset of this command in the output.
    at: usize,
}

impl Command {
    fn get(&self, key: &str) -> &str {
        self.keys.get(key).map_or("", String::as_str)
    }
}

fn commands(sent: &str) -> Vec<Command> {
    sent.match_indices("\x1b_G")
        .map(|(at, _)| {
            let body = sent[at + 3..].split("\x1b\\").next().unwrap();
            let (keys, data) = body.split_once(';').unwrap_or((body, ""));
            let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
            Command { keys: keys.split(',').filter_map(pair).collect(), data: data.to_owned(), at }
        })
        // The query at startup is not about an image.
        .filter(|command| command.get("a") != "q")
        .collect()
}

/// Returns the transmitted images by id, with the size of each in pixels.
fn transmitted(commands: &[Command]) -> Vec<(String, (u32, u32))> {
    let mut pictures = Vec::new();
    let mut rest = commands.iter();
    while let Some(first) = rest.find(|command| matches!(command.get("a"), "t" | "T")) {
        let mut data = first.data.clone();
        let mut last = first;
        while last.get("m") == "1" {
            assert_eq!(last.data.len(), 4096, "every chunk but the last is full");
            last = rest.next().unwrap();
            assert_eq!(last.keys.keys().collect::<Vec<_>>(), ["m", "q"], "an image is sent without anything between");
            data += &last.data;
        }
        let png = STANDARD.decode(data).unwrap();
        let picture = image::load_from_memory_with_format(&png, image::ImageFormat::Png).unwrap();
        pictures.push((first.get("i").to_owned(), (picture.width(), picture.height())));
    }
    pictures
}

fn number(words: &str) -> u32 {
    words.parse().unwrap()
}

#[test]
fn kitty_images_are_sent_once_placed_by_id_and_freed_on_exit() {
    let (raw, _) = output_of_finished_image("kitty", "a=p,");
    let sent = text(&raw);
    let commands = commands(&sent);
    assert!(commands.iter().all(|command| command.get("q") == "2"), "no reply is requested");
    let pictures = transmitted(&commands);
    let (id, size) = pictures.last().unwrap();
    let place = commands.iter().find(|command| command.get("a") == "p" && command.get("i") == id).unwrap();
    assert_eq!(*size, (number(place.get("c")) * 10, number(place.get("r")) * 20), "a pixel for a pixel");
    let before = &sent[..place.at];
    let cursor = before.rfind("\x1b7\x1b[").unwrap();
    assert!(before[cursor..].len() < 14 && before.ends_with('H'), "{:?}", &before[cursor..]);
    let exact = format!("\x1b_Ga=p,i={id},p=1,c={},r={},C=1,q=2\x1b\\", place.get("c"), place.get("r"));
    assert!(sent[place.at..].starts_with(&exact));
    for (id, _) in &pictures {
        assert_eq!(pictures.iter().filter(|(other, _)| other == id).count(), 1, "{id} was sent twice");
        assert!(sent.contains(&format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\")), "{id} was not freed");
    }
}

#[test]
fn kitty_placeholder_images_are_sent_once_and_shown_by_text() {
    let (raw, view) = open_finished_image("kitty-placeholders", |studio| {
        studio.wait_until("the image", |view| placeholders(view) > 100)
    });
    let sent = text(&raw);
    let commands = commands(&sent);
    let pictures = transmitted(&commands);
    let (id, size) = pictures.last().unwrap();
    let sending = commands.iter().find(|command| command.get("i") == id).unwrap();
    let (columns, rows) = (number(sending.get("c")), number(sending.get("r")));
    assert!(sent[sending.at..].starts_with(&format!("\x1b_Ga=T,U=1,i={id},c={columns},r={rows},f=100,q=2,m=")));
    assert_eq!(*size, (columns * 10, rows * 20));
    assert!(commands.iter().all(|command| command.get("a") != "p"), "text shows it");
    let [_, red, green, blue] = number(id).to_be_bytes();
    let cells: Vec<_> = view.cells().filter(|cell| cell.contents().starts_with(PLACEHOLDER)).collect();
    assert_eq!(cells.len() as u32, columns * rows, "{view}");
    assert!(cells.iter().all(|cell| cell.fgcolor() == vt100::Color::Rgb(red, green, blue)), "the color is the id");
    assert!(cells[0].contents().starts_with("\u{10EEEE}\u{305}\u{305}"));
    assert!(cells[1].contents().starts_with("\u{10EEEE}\u{305}\u{30d}"));
}

/// Returns the number of cells on the screen that show part of an image.
fn placeholders(view: &View) -> usize {
    view.cells().filter(|cell| cell.contents().starts_with(PLACEHOLDER)).count()
}

/// kitty draws a line when it changes: text that came before its image stays empty.
#[test]
fn placeholder_text_follows_its_image_without_replies() {
    let (raw, view) = open_finished_image("kitty-placeholders", |studio| {
        let all = placeholders(&studio.wait_until("the image", |view| placeholders(view) > 100));
        studio.wait_for_bytes("all text once more", 0, |raw| text(raw).matches(PLACEHOLDER).count() >= 2 * all);
        studio.send("done");
        studio.wait_for("done")
    });
    let sent = text(&raw);
    let pictures = transmitted(&commands(&sent));
    assert_eq!(pictures.len(), 1, "nothing is sent twice: {pictures:?}");
    let (before, after) = sent.rsplit_once("m=0;").unwrap();
    let [early, written] = [before, after].map(|text| text.matches(PLACEHOLDER).count());
    let all = placeholders(&view);
    assert!(early == 0 && (2 * all..2 * all + 10).contains(&written), "{early} before, {written} after, of {all}");
}

/// A terminal that reports support for kitty graphics. The test itself replies to the images.
const CONFIRMS: TerminalReply = TerminalReply::Plain("\x1b[6;20;10t\x1b_Gi=31;OK\x1b\\");

/// Runs a script in a shell whose `$0` opens the studio with one image. Returns the terminal and the id of the image,
/// once all of it has been sent.
fn opened_with_an_image(home: &Home, script: &str) -> (Pty, String) {
    let studio = open(home);
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for("256x256 png");
    quit(studio);
    let mut command = home.command("sh");
    command.args(["-c", script, TINTYPE]);
    let studio = Pty::run(command, WINDOW, CONFIRMS);
    studio.wait_for_bytes("the image", 0, |raw| {
        text(raw).rsplit_once("q=0,m=0;").is_some_and(|(_, last)| last.contains("\x1b\\"))
    });
    let id = transmitted(&commands(&text(&studio.raw()))).pop().unwrap().0;
    (studio, id)
}

#[test]
fn placeholder_text_waits_for_the_reply_which_is_not_a_key() {
    let home = home("kitty-placeholders");
    let (studio, id) = opened_with_an_image(&home, "exec \"$0\"");
    studio.send(format!("ty\x1b_Gi={id};OK\x1b\\ped"));
    studio.wait_until("the image", |view| placeholders(view) > 100);
    let view = studio.wait_for(" typed ");
    let sent = text(&quit(studio).raw);
    let (before, after) = sent.rsplit_once("q=0,m=0;").unwrap();
    assert_eq!(before.matches(PLACEHOLDER).count(), 0);
    assert!(after.matches(PLACEHOLDER).count() >= placeholders(&view));
}

#[test]
fn the_last_images_reply_does_not_reach_the_shell() {
    let home = home("kitty-placeholders");
    let (studio, id) = opened_with_an_image(&home, "\"$0\"; echo the shell is back; read -r line; echo \"[$line]\"");
    let sent = studio.sent();
    studio.send(ctrl('q'));
    studio.wait_for_bytes("the image is freed", sent, |raw| text(raw).contains("\x1b_Ga=d,d=I,"));
    studio.send(format!("\x1b_Gi={id};OK\x1b\\"));
    // Only now is the line in the shell's modes; before, the carriage return would not end a line.
    studio.wait_for("the shell is back");
    studio.send("clean\r");
    studio.wait_for("[clean]");
}

#[test]
fn a_sixel_is_drawn_in_place_at_the_pixel_size_of_its_cells() {
    let (raw, _) = output_of_finished_image("sixel", "\x1b\\\x1b8");
    let sent = text(&raw);
    let (before, rest) = sent.rsplit_once("\x1bP").unwrap();
    let (sixel, after) = rest.split_once("\x1b\\").unwrap();
    let cursor = before.rfind("\x1b7\x1b[").unwrap();
    assert!(before[cursor..].len() < 14 && before.ends_with('H'), "{:?}", &before[cursor..]);
    assert!(after.starts_with("\x1b8"), "the cursor goes back");
    let picture = icy_sixel::SixelImage::decode(format!("\x1bP{sixel}\x1b\\").as_bytes()).unwrap();
    // Sixels are rows of six; the raster attributes say how many count.
    assert_eq!(picture.width.next_multiple_of(6), picture.height, "a square stays one");
    let size = format!("\"1;1;{0};{0}", picture.width);
    // Square pixels, and no background of its own.
    assert!(sixel.starts_with(&format!("9;1;0q{size}")), "{} is not {size}", &sixel[..30]);
    assert!(picture.width > 400, "as large as the pane allows, not as small as the file");
}

#[test]
fn an_inline_image_states_its_size_and_keeps_the_cursor() {
    let (raw, _) = output_of_finished_image("iterm2", "\x07\x1b8");
    let sent = text(&raw);
    let (before, rest) = sent.rsplit_once("\x1b]1337;File=").unwrap();
    let (image, after) = rest.split_once('\x07').unwrap();
    assert!(before.ends_with('H') && after.starts_with("\x1b8"));
    let (head, data) = image.split_once(':').unwrap();
    let file = STANDARD.decode(data).unwrap();
    let picture = image::load_from_memory_with_format(&file, image::ImageFormat::Png).unwrap();
    let (width, height) = (picture.width() / 10, picture.height() / 20);
    let expected =
        format!("inline=1;size={};width={width};height={height};preserveAspectRatio=0;doNotMoveCursor=1", file.len());
    assert_eq!(head, expected);
    assert_eq!((picture.width() % 10, picture.height() % 20), (0, 0), "whole cells");
}

#[test]
fn half_blocks_are_only_text() {
    let (raw, view) = output_of_finished_image("blocks", "▀");
    let sent = text(&raw);
    assert!(commands(&sent).is_empty() && !sent.contains("\x1bP") && !sent.contains("\x1b]1337"));
    assert!(view.has_picture(), "{view}");
}

#[test]
fn a_mosaic_is_only_text() {
    let (raw, _) = output_of_finished_image("mosaic", "▀");
    let sent = text(&raw);
    assert!(commands(&sent).is_empty() && !sent.contains("\x1bP") && !sent.contains("\x1b]1337"));
    assert!(sent.chars().any(|glyph| ('▖'..='▟').contains(&glyph)));
}

#[cfg(feature = "viuer")]
#[test]
fn forced_viuer_draws_every_image() {
    let (raw, view) = output_of_finished_image("viuer", "▄");
    let sent = text(&raw);
    assert!(commands(&sent).is_empty() && !sent.contains("\x1bP") && !sent.contains("\x1b]1337"));
    // Its half-blocks are the lower ones.
    let cells = view.cells().filter(|cell| cell.contents() == "▄").count();
    assert!(cells > 300, "{cells} cells\n{view}");
}

#[test]
fn keys_typed_while_an_image_is_sent_are_handled_in_time() {
    for driver in ["kitty", "kitty-placeholders"] {
        let home = home(driver);
        let studio = open(&home);
        studio.hold_at(if driver == "kitty" { "\x1b_Ga=t," } else { "\x1b_Ga=T," });
        studio.send("a red fox");
        studio.send(ENTER);
        studio.wait_until_held();
        // The terminal stops reading: the image is stuck halfway, and the user keeps typing.
        let words = "the quick brown fox jumps over the lazy dog";
        words.chars().for_each(|letter| studio.send(letter.to_string()));
        studio.release();
        studio.wait_for(words);
        quit(studio);
    }
}

#[test]
fn a_popup_covers_and_uncovers_an_image_with_few_bytes() {
    let home = home("kitty");
    let studio = open_sized(&home, (200, 60));
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for("256x256 png");
    let sent = studio.sent();
    studio.send(ctrl('p'));
    studio.wait_for_bytes("the image around the popup", sent, |raw| text(raw).contains(",p=2,"));
    let sent = studio.sent();
    studio.send(ESC);
    studio.wait_for_bytes("the whole image", sent, |raw| text(raw).contains(",p=2,q=2\x1b\\"));
    let raw = quit(studio).raw;
    let healed = text(&raw[sent..]);
    let part: String = healed.split("\x1b7").nth(1).unwrap().split("\x1b8").next().unwrap().to_owned();
    assert!(part.contains("a=p,") && !part.contains("a=t,") && part.len() < 200, "{part:?}");
}

#[test]
fn tmux_gets_images_again_when_its_pane_is_focused() {
    let home = home("kitty-placeholders").with("TMUX", "/nowhere,1,0");
    let studio = open(&home);
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for("256x256 png");
    studio.wait_for_bytes("a whole image in envelopes", 0, |raw| {
        let sent = text(raw);
        sent.contains("\x1bPtmux;\x1b\x1b_Ga=T,U=1,") && sent.contains(",m=0;") && sent.contains("\x1b\x1b\\\x1b\\")
    });
    let sent = studio.sent();
    // The pane is on another screen now, which has never received the image.
    studio.send("\x1b[I");
    studio.wait_for_bytes("the image again", sent, |raw| text(raw).contains("\x1bPtmux;\x1b\x1b_Ga=T,U=1,"));
    let ended = quit(studio);
    assert!(text(&ended.raw).contains("\x1b[?1004h"), "looks are asked for");
    assert!(text(&ended.raw).rfind("\x1b[?1004l") > text(&ended.raw).rfind("\x1b[?1004h"), "and no more at the end");
}
