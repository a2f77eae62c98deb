//! Windows of every size, and windows that are resized while an image is on screen.
//! The layout of each size is tested beside `view`.

use super::*;

#[test]
fn an_image_returns_after_the_window_was_minimal() {
    let home = Home::new();
    // Reopened, because a job that has just ended may still show an early preview.
    quit(home.open_with_picture("a red fox"));
    let studio = home.open();
    let before = studio.wait_until("an image", View::has_finished_picture);
    for (columns, rows) in [(1, 1), (40, 12), (2, 50), (200, 1), (200, 60), (1, 1)] {
        let sent = studio.sent();
        studio.resize(columns, rows);
        studio.wait_for_bytes("a frame", sent, |bytes| contains(bytes, b"\x1b[?2026l"));
    }
    studio.resize(WINDOW.0, WINDOW.1);
    let after = studio.wait_until("the image", View::has_finished_picture);
    assert!(after.looks_like(&before), "a different image than before: {after}");
    quit(studio);
}

#[test]
fn an_image_fits_its_window() {
    let home = Home::new();
    let studio = home.open_with_picture("a red fox");
    let mut cells = Vec::new();
    for (columns, rows) in [(40, 12), (80, 24), (200, 60)] {
        let sent = studio.sent();
        studio.resize(columns, rows);
        studio.wait_for_bytes("a frame", sent, |bytes| contains(bytes, b"\x1b[?2026l"));
        let most = usize::from(columns) * usize::from(rows);
        let view = studio.wait_until("an image of its size", |view| {
            view.has_picture()
                && view.picture().len() * 16 > most
                && view.lines().iter().all(|line| !line.contains("┬┬"))
        });
        cells.push(view.picture().len());
    }
    assert!(cells.is_sorted() && cells[0] < cells[2], "{cells:?}");
    quit(studio);
}

#[test]
fn the_studio_opens_in_a_window_of_one_cell() {
    let home = Home::new();
    let studio = Pty::run(home.command(TINTYPE), (1, 1), TerminalReply::Plain(""));
    studio.wait_for_bytes("a frame", 0, |bytes| contains(bytes, b"\x1b[?2026l"));
    quit(studio);
}

#[test]
fn rapid_resizing_harms_neither_the_studio_nor_its_job() {
    let home =
        Home::with_config("[backends.sketch]\nkind = \"sketch\"\n[backends.sketch.defaults]\nsize = \"2048x2048\"");
    let prompts: Vec<String> = (0..90).map(|at| format!("an older one, {at}")).collect();
    home.add_records(&prompts.iter().map(String::as_str).collect::<Vec<_>>());
    let studio = home.open_sized((100, 50));
    studio.wait_for("history 90");
    studio.send("a red fox");
    studio.send(ENTER);
    studio.wait_for("Ctrl+C cancel");
    // The frame shrinks with the window before the resize event arrives; a key in between triggers a draw.
    for round in 0..60_u16 {
        studio.resize(100 - round % 7, if round % 2 == 0 { 24 - round % 5 } else { 50 });
        studio.send("x");
    }
    studio.resize(WINDOW.0, WINDOW.1);
    studio.wait_until("the job's end", View::has_finished_picture);
    quit(studio);
    let library = Library::open(&home.data()).unwrap();
    let page = library.page(tintype::library::Query::default(), 0, 1);
    let page = tokio::runtime::Runtime::new().unwrap().block_on(page).unwrap();
    assert_eq!((page.records[0].prompt.as_str(), page.records[0].images.len()), ("a red fox", 1));
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
