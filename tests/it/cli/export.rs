//! `history export`: many images into a folder or an archive, converted, and with metadata beside them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use fake_openai::FakeOpenAi;
use image::ImageFormat;
use serde_json::Value;
use tintype::export::{ImageFacts, xmp_packet};

use super::{CommandRun, Home, edit_and_show::picture, text};

const KEY: &str = "sk-SECRET-0123456789";

fn image_path(row: &Value) -> PathBuf {
    text(&row["images"][0], "path").into()
}

/// Returns the number of failures that stderr reports.
fn errors(stderr: &str) -> usize {
    stderr.lines().filter(|line| line.starts_with("error: ")).count()
}

#[test]
fn query_selects_all_its_images_and_an_id_one() {
    let home = Home::new();
    let rows = ["a red kite", "a blue kite", "a boat"].map(|prompt| home.draw(prompt));
    let paths = home.run(["history", "export", "kite", "-o", "kites"]).run_to_end().text();
    assert_eq!(paths.lines().count(), 2);
    assert!(paths.lines().all(|path| path.starts_with("kites/") && home.path("work").join(path).is_file()), "{paths}");
    let two = home.run(["history", "export", text(&rows[0], "id"), text(&rows[2]["images"][0], "id"), "-o", "two/"]);
    assert_eq!(two.run_to_end().text().lines().count(), 2);
    for (row, name) in [(&rows[0], "two"), (&rows[1], "kites")] {
        let path = image_path(row);
        let copy = home.path("work").join(name).join(path.file_name().unwrap());
        assert_eq!(fs::read(copy).unwrap(), fs::read(path).unwrap());
    }
    let doubled =
        home.run(["history", "export", text(&rows[0], "id"), text(&rows[0]["images"][0], "id"), "-o", "one/"]);
    assert_eq!(doubled.run_to_end().text().lines().count(), 1, "an image is exported once");
}

#[test]
fn query_without_a_match_is_an_error() {
    let home = Home::new();
    home.draw("a red kite");
    home.run(["history", "export", "submarine", "-o", "out/"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .error("no image matches `submarine`", "run `tintype history` to list the ids and prompts");
    home.run(["history", "export", "kite", "--widht", "9"])
        .expect_code(2)
        .run_to_end()
        .expect_no_stdout()
        .stderr_has("--widht");
    assert!(home.names("work").is_empty());
}

#[test]
fn images_are_converted_scaled_and_cropped() {
    let home = Home::new();
    let row = home.draw("a red kite");
    let id = text(&row, "id");
    let export = |args: &[&str]| {
        args.iter().fold(home.run(["history", "export", id]), |run: CommandRun<'_>, arg| run.arg(arg)).run_to_end()
    };
    export(&["-o", "a.webp", "--width", "32", "--crop", "20x10"]).stderr_has("was converted from png to webp");
    let bytes = fs::read(home.path("work/a.webp")).unwrap();
    assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::WebP);
    let decoded = image::load_from_memory(&bytes).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (20, 10));
    let file = export(&["--format", "jpg", "-o", "jpegs/"]).text();
    assert!(Path::new(file.trim()).extension().is_some_and(|extension| extension == "jpg"), "{file}");
    assert_eq!(export(&["--format", "jpeg", "-o", "-"]).stdout[..3], [0xff, 0xd8, 0xff]);
}

#[test]
fn impossible_requests_write_nothing() {
    let home = Home::new();
    let row = home.draw("a red kite");
    for (args, message) in [
        (&["-o", "a.png", "--format", "jpeg"][..], "`a.png` and --format jpeg conflict"),
        (&["-o", "a.svg", "--crop", "8x8"], "an SVG file and --crop conflict"),
        (&["-o", "-", "--xmp"], "`-o -` and --xmp conflict"),
        (&["-o", "a.png", "--crop", "6500x8"], "cannot cut 6500x8 out of an image of 64x64"),
        (&["-o", "a.jpg", "--width", "4000000"], ""),
        (&["-o", "no/a.zip"], "there is no folder `no`"),
        (&["-o", "a.tiff"], "cannot write `.tiff` files"),
    ] {
        let run = args
            .iter()
            .fold(home.run(["history", "export", text(&row, "id")]), |run: CommandRun<'_>, arg| run.arg(arg));
        run.expect_code(2).run_to_end().expect_no_stdout().stderr_has(message);
    }
    assert!(home.names("work").is_empty(), "{:?}", home.names("work"));
}

#[test]
fn archive_holds_every_image_and_its_metadata() {
    let home = Home::new();
    for prompt in ["a red kite", "a blue kite"] {
        home.draw(prompt);
    }
    let run = home.run(["history", "export", "kite", "-o", "kites.zip", "--format", "jpeg", "--xmp"]);
    assert_eq!(run.run_to_end().text(), "kites.zip\n");
    let mut archive = zip::ZipArchive::new(fs::File::open(home.path("work/kites.zip")).unwrap()).unwrap();
    let mut names: Vec<String> =
        (0..archive.len()).map(|index| archive.by_index(index).unwrap().name().unwrap().into_owned()).collect();
    names.sort();
    assert_eq!(names.len(), 4);
    assert_eq!(
        [Path::new(&names[0]).extension(), Path::new(&names[1]).extension()],
        [Some("jpg".as_ref()), Some("xmp".as_ref())]
    );
    assert_eq!(names[1], format!("{}.xmp", names[0]));
    let again = home.run(["history", "export", "kite", "-o", "kites.zip"]).expect_code(2).run_to_end();
    again.error("`kites.zip` already exists", "choose another name, or pass --yes to overwrite it");
    home.run(["history", "export", "kite", "-o", "kites.zip", "--yes"]).run_to_end();
    assert_eq!(home.names("work"), ["kites.zip"]);
    home.run(["generate", "a kite", "-o", "kite.zip"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("cannot write `.zip` files");
}

#[test]
fn existing_files_are_named_and_kept_without_yes() {
    let home = Home::new();
    let rows = ["a red kite", "a blue kite", "a green kite"].map(|prompt| home.draw(prompt));
    let name = |row: &Value| image_path(row).file_name().unwrap().to_string_lossy().into_owned();
    rows[..2].iter().for_each(|row| drop(home.file(&format!("work/out/{}", name(row)), b"mine")));
    let export = || home.run(["history", "export", "kite", "-o", "out"]);
    let refused = export().expect_code(2).run_to_end().expect_no_stdout();
    refused.stderr_has(&name(&rows[0])).stderr_has("already exist").stderr_has("pass --yes to overwrite them");
    assert_eq!(home.names("work/out").len(), 2);
    assert_eq!(fs::read(home.path("work/out").join(name(&rows[0]))).unwrap(), b"mine");
    assert_eq!(export().arg("--yes").run_to_end().text().lines().count(), 3);
}

#[test]
fn missing_images_are_reported_after_the_others_are_exported() {
    let home = Home::new();
    let rows: Vec<Value> = (0..5).map(|number| home.draw(&format!("kite number {number}"))).collect();
    rows[..2].iter().for_each(|row| fs::remove_file(image_path(row)).unwrap());
    for output in ["out/", "out.zip"] {
        let ran = home.run(["history", "export", "kite", "-o", output]).expect_code(1).run_to_end();
        assert_eq!(errors(&ran.stderr), 2, "{}", ran.stderr);
        ran.stderr_has("the file of this image is missing").stderr_has("look in the system trash");
    }
    assert_eq!(home.names("work/out").len(), 3);
}

#[test]
fn metadata_states_the_origin_of_an_edit() {
    let (home, server) = (Home::new(), FakeOpenAi::builder().with_key(KEY).start_blocking());
    home.file("work/cat.png", &picture());
    let paid = |run: CommandRun<'_>| {
        let run = run.arg("-b=gpt-image").arg("--quality=low").env("OPENAI_API_KEY", KEY);
        run.env("OPENAI_BASE_URL", &server.base_url()).run_to_end();
        home.run(["history", "--json", "--limit", "1"]).run_to_end().json().remove(0)
    };
    let generated = paid(home.run(["generate", "a <cat> & a dog"]));
    let edited = paid(home.run(["edit", "cat.png", "a hat"]));
    let again = paid(home.run(["edit", text(&edited["images"][0], "id"), "a larger hat"]));
    let packet = |row: &Value, name: &str| {
        let out = format!("{name}/");
        home.run(["history", "export", text(row, "id"), "--xmp", "-o", &out]).run_to_end();
        let names = home.names(&format!("work/{name}"));
        fs::read_to_string(home.path("work").join(name).join(&names[1])).unwrap()
    };
    let source = "http://cv.iptc.org/newscodes/digitalsourcetype/";
    let plain = packet(&generated, "plain");
    assert!(plain.contains(&format!("{source}trainedAlgorithmicMedia")), "{plain}");
    assert!(plain.contains("a &lt;cat&gt; &amp; a dog"), "{plain}");
    for (row, name) in [(&edited, "edit"), (&again, "edit-of-an-edit")] {
        assert!(packet(row, name).contains(&format!("{source}compositeWithTrainedAlgorithmicMedia")), "{name}");
    }
}

#[test]
fn exiftool_reads_the_metadata() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fox.png.xmp");
    let facts = ImageFacts {
        title: Some("Fox & \"friends\"".into()),
        rating: Some(4),
        tags: vec!["fox".into(), "night".into()],
        prompt: "a fox,\nat <night> \u{1f98a}".into(),
        model: "gpt-image-2".into(),
        edited_photograph: true,
        ..ImageFacts::default()
    };
    tintype::atomic_file::export(&path, &xmp_packet(&facts)).unwrap();
    let read = Command::new("exiftool").args(["-json", "-charset", "utf8"]).arg(&path).output();
    let Ok(read) = read else { return println!("skipped: there is no exiftool") };
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let tags: Value = serde_json::from_slice(&read.stdout).unwrap();
    let tags = &tags[0];
    assert_eq!(tags["Warning"], Value::Null);
    assert_eq!((&tags["Title"], &tags["Rating"]), (&facts.title.unwrap().into(), &4.into()));
    assert_eq!(tags["Subject"], serde_json::json!(["fox", "night"]));
    assert!(tags["Description"].as_str().unwrap().contains("at <night> \u{1f98a}"), "{tags}");
    assert!(tags["DigitalSourceType"].as_str().unwrap().ends_with("/compositeWithTrainedAlgorithmicMedia"));
}

#[cfg(unix)]
#[test]
fn full_disk_keeps_whole_files_and_no_half_archive() {
    let home = Home::new();
    let rows: Vec<Value> = (0..4).map(|number| home.draw(&format!("kite number {number}"))).collect();
    for row in &rows {
        // An image that is larger than half the disk: one fits, two do not.
        let bytes = [fs::read(image_path(row)).unwrap(), vec![0; 300 << 10]].concat();
        tintype::atomic_file::export(&image_path(row), &bytes).unwrap();
    }
    let small = home.path("work/small");
    let _mount = match crate::crash::Mount::mount_tmpfs(&small, 512) {
        Ok(mount) => mount,
        Err(why) => return println!("skipped: cannot mount a file system of 512 KB: {why}"),
    };
    let ran = home.run(["history", "export", "kite", "-o", "small/kites.zip"]).expect_code(1).run_to_end();
    ran.expect_no_stdout().stderr_has("the disk is full");
    assert!(home.names("work/small").is_empty(), "{:?}", home.names("work/small"));
    let ran = home.run(["history", "export", "kite", "-o", "small"]).expect_code(1).run_to_end();
    assert_eq!(ran.text().lines().count(), 1);
    ran.stderr_has("the disk is full").stderr_has("2 images not exported");
    let names = home.names("work/small");
    assert_eq!(names.len(), 1);
    let original = rows.iter().map(image_path).find(|path| path.file_name().unwrap() == names[0].as_str()).unwrap();
    assert_eq!(fs::read(small.join(&names[0])).unwrap(), fs::read(original).unwrap());
}
