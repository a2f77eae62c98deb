use super::{Home, text};

pub(super) fn picture() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(8, 8, image::Rgba([200, 30, 30, 255]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    png.into_inner()
}

#[test]
fn a_backend_without_references_rejects_an_edit() {
    let home = Home::new();
    home.file("work/cat.png", &picture());
    home.run(["edit", "cat.png", "a hat"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("`sketch` takes no reference images", "choose a backend or a model that can");
    let row = home.draw("a kite");
    home.run(["edit", text(&row["images"][0], "id"), "a hat"]).expect_code(2).run_to_end().expect_no_stdout();
    home.run(["generate", "a hat", "--ref", "cat.png"]).expect_code(2).run_to_end().expect_no_stdout();
    home.run(["generate", "a hat", "--mask", "cat.png"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("takes no mask");
    assert_eq!(home.run(["history", "--json"]).run_to_end().json().len(), 1);
}

#[test]
fn a_missing_reference_is_reported() {
    let home = Home::new();
    home.run(["edit", "none.png", "a hat"]).expect_code(2).run_to_end().expect_no_stdout().error(
        "`none.png` is neither a file nor an image in the library",
        "pass an image file, an id from `tintype history`, `@clipboard`, or `-` for stdin",
    );
    home.run(["show", "none.png"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("`none.png` is neither a file nor an image in the library", "run `tintype history` to list images");
}

#[test]
fn a_piped_image_is_shown_as_blocks() {
    let home = Home::new();
    home.file("work/red.png", &picture());
    let shown = home
        .run(["show", "red.png", "--width", "8", "--height", "4"])
        .env("COLORTERM", "truecolor")
        .run_to_end()
        .text();
    assert!(shown.contains('▀') && shown.contains("200;30;30"), "{shown:?}");
    assert!(home.run(["show", "-", "--width", "8"]).stdin(picture()).run_to_end().text().lines().count() > 1);
}

#[test]
fn a_piped_image_has_the_requested_size_without_redundant_colors() {
    let home = Home::new();
    let tall = image::RgbaImage::from_fn(300, 500, |_, y| image::Rgba([if y < 250 { 200 } else { 30 }, 30, 30, 255]));
    let mut png = std::io::Cursor::new(Vec::new());
    tall.write_to(&mut png, image::ImageFormat::Png).unwrap();
    home.file("work/tall.png", &png.into_inner());
    let show = home.run(["show", "tall.png", "--protocol", "blocks", "--width", "60", "--height", "50"]);
    let shown = show.env("COLORTERM", "truecolor").run_to_end().text();
    assert_eq!(shown.lines().count(), 50);
    let first = shown.lines().next().unwrap();
    let cells = "▀".repeat(60);
    assert_eq!(first, format!("\x1b[38;2;200;30;30m\x1b[48;2;200;30;30m{cells}\x1b[0m"));
}

#[test]
fn a_piped_mosaic_consists_of_the_configured_glyphs() {
    let home = Home::with_config("[preview]\nglyphs = \"sextants\"\n");
    // A corner of a sextant in each cell of 32 by 64 pixels.
    let is_red = |x: u32, y: u32| x % 32 < 16 && (21..43).contains(&(y % 64));
    let cells =
        image::RgbImage::from_fn(320, 320, |x, y| image::Rgb(if is_red(x, y) { [200, 30, 30] } else { [9; 3] }));
    let mut png = std::io::Cursor::new(Vec::new());
    cells.write_to(&mut png, image::ImageFormat::Png).unwrap();
    home.file("work/cells.png", &png.into_inner());
    let show = home.run(["show", "cells.png", "--protocol", "mosaic", "--width", "10"]);
    let shown = show.env("COLORTERM", "truecolor").run_to_end().text();
    // BLOCK SEXTANT-3, or its complement.
    let sextants = shown.chars().filter(|glyph| matches!(glyph, '\u{1FB03}' | '\u{1FB38}')).count();
    assert!(sextants >= 40, "{shown:?}");
    assert!(shown.chars().all(|glyph| glyph.is_ascii() || ('▀'..='▟').contains(&glyph) || glyph >= '\u{1FB00}'));
}

#[test]
fn a_library_image_is_shown_by_its_id() {
    let home = Home::new();
    let row = home.draw("a kite");
    let shown = home.run(["show", text(&row, "id"), "--width", "10", "--protocol", "blocks"]).run_to_end().text();
    assert!(shown.lines().count() > 2, "{shown:?}");
}

#[test]
fn a_file_that_is_not_an_image_is_reported() {
    let home = Home::new();
    home.file("work/no.png", b"this is a text");
    home.file("work/empty.png", b"");
    home.run(["show", "no.png"]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("hint: ");
    home.run(["show", "empty.png"]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("the image is empty");
    home.run(["show", "."])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("`.` is a folder", "pass an image in it");
    home.run(["show", "no.png", "--protocol", "siksel"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("did you mean `sixel`?");
}

#[test]
fn an_svg_is_shown() {
    let home = Home::new();
    let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#c81e1e"/></svg>"##;
    home.file("work/red.svg", svg.as_bytes());
    let shown = home.run(["show", "red.svg", "--width", "8"]).env("COLORTERM", "truecolor").run_to_end().text();
    assert!(shown.contains("200;30;30"), "{shown:?}");
    home.file("work/bad.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>");
    home.run(["show", "bad.svg"]).expect_code(2).run_to_end().expect_no_stdout().stderr_has("`script`");
}

#[test]
fn several_images_are_shown_as_a_contact_sheet_of_the_given_size() {
    let home = Home::new();
    home.file("work/red.png", &picture());
    let shown = home
        .run(["show", "red.png", "red.png", "red.png", "--width", "40", "--height", "12", "--protocol", "blocks"])
        .env("COLORTERM", "truecolor")
        .run_to_end()
        .text();
    assert!(shown.contains("200;30;30"), "{shown:?}");
    assert!((2..=12).contains(&shown.lines().count()), "{shown:?}");
    home.run(["show", "red.png", "none.png"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("`none.png` is neither a file");
}

#[test]
fn an_animated_gif_plays_where_the_terminal_supports_it() {
    let home = Home::new();
    let mut gif = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut gif);
    for shade in [0, 100, 200] {
        let frame = image::RgbaImage::from_pixel(64, 64, image::Rgba([shade, 30, 30, 255]));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    home.file("work/moving.gif", &gif);
    let show = |protocol: &str| {
        let run = home.run(["show", "moving.gif", "--width", "8", "--protocol"]).arg(protocol);
        run.env("TERM", "xterm-kitty").run_to_end().text()
    };
    assert_eq!(show("kitty").matches("a=f,").count(), 2);
    assert!(show("iterm2").contains(&format!("size={};", gif.len())));
    assert!(!show("sixel").contains("a=f,"));
}
