use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{
    Home,
    comparison_fixture::{ComparisonFixture, HOSTILE, comparison_fixture},
};

/// Figures of a page, by key: the exact value, and the displayed text.
type Figures = BTreeMap<String, (String, String)>;

/// Returns every `<data>` element of a page by its key. Asserts that equal keys have equal values.
fn figures(page: &str) -> Figures {
    let mut figures = Figures::new();
    for rest in page.split("<data ").skip(1) {
        let attribute = |name: &str| {
            let rest = rest.split_once(&format!("{name}=\"")).unwrap().1;
            rest.split_once('"').unwrap().0.to_owned()
        };
        let shown = rest.split_once('>').unwrap().1.split_once("</data>").unwrap().0.to_owned();
        let figure = (attribute("value"), shown);
        let before = figures.insert(attribute("data-figure"), figure.clone());
        assert!(before.is_none_or(|before| before.0 == figure.0));
    }
    figures
}

/// Asserts that every figure is that of `stats --json`, and that the displayed text is that figure rounded.
fn assert_matches_stats(figures: &Figures, stats: &Value) {
    assert!(figures.len() > 60, "there are hardly any figures: {}", figures.len());
    for (place, (value, shown)) in figures {
        let own = stats.pointer(place).unwrap_or_else(|| panic!("there is no {place} in the figures"));
        if own.is_null() {
            assert_eq!((value.as_str(), shown.as_str()), ("null", "–"), "{place}");
            continue;
        }
        let (value, own): (f64, f64) = (value.parse().unwrap(), own.as_f64().unwrap());
        assert!((value - own).abs() < 1e-12, "{place}: {value} on the page, {own} in the figures");
        if let Some(percent) = shown.strip_suffix('%') {
            let percent: f64 = percent.parse().unwrap();
            assert!((percent / 100.0 - own).abs() <= 0.005_001, "{place}: {shown} for {own}");
        }
    }
    for part in ["/polls/0/questions/1/head_to_heads/0/overall/always_valid/low", "/lanes/0/seconds/p90"] {
        assert!(figures.contains_key(part), "the page does not show {part}");
    }
}

fn written(home: &Home) -> (ComparisonFixture, PathBuf, String) {
    let compared = comparison_fixture(home);
    let out = home.path("work/out");
    let files = home.run(["report", "-o"]).arg(&out).run_to_end().files();
    (compared, out, fs::read_to_string(&files[0]).unwrap())
}

#[test]
fn the_report_has_the_figures_of_stats() {
    let home = Home::new();
    let (_, out, page) = written(&home);
    let stats = home.run(["stats", "--json"]).run_to_end().json().remove(0);
    assert_matches_stats(&figures(&page), &stats);
    let beside: Value = serde_json::from_slice(&fs::read(out.join("stats.json")).unwrap()).unwrap();
    assert_eq!(beside, stats);
}

#[test]
fn the_report_is_self_contained_and_without_scripts() {
    let home = Home::new();
    let (_, out, page) = written(&home);
    for wanted in ["<script", "http://", "https://", "@import", "url(", "onerror=alert(1)>", "<b>people", "<i>poster"] {
        assert!(!page.contains(wanted), "`{wanted}` stands in the page");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("a cat &lt;script&gt;alert('x')&lt;/script&gt; &amp; &quot;two&quot;"));
    let pictures: Vec<&str> = page.split("<img src=\"").skip(1).map(|rest| &rest[..rest.len().min(23)]).collect();
    assert!(pictures.len() >= 10 && pictures.iter().all(|start| start.starts_with("data:image/jpeg;base64,")));
    for link in page.split("<a href=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
        assert!(out.join(link).is_file(), "broken link: {link}");
    }
}

#[test]
fn the_caveat_is_shown_with_the_result() {
    let home = Home::new();
    let (_, _, page) = written(&home);
    let result = page.split_once("id=\"result\"").unwrap().1.split_once("</section>").unwrap().0;
    assert!(result.contains("Blind hides the name, not the medium"));
    assert!(result.contains("no winner") && !result.contains("is preferred"));
}

#[test]
fn a_pair_awaiting_a_vote_is_not_revealed() {
    let home = Home::new();
    let (compared, out, page) = written(&home);
    assert!(!page.contains("a tree") && page.contains("1 pair is hidden until voted on"));
    let waiting = compared.pairs[5].left.image.unwrap().short();
    assert!(!out.join(format!("images/{waiting}.png")).exists());
}

#[test]
fn images_are_copied_byte_for_byte() {
    let home = Home::new();
    let (compared, out, _) = written(&home);
    let side = &compared.pairs[0].left;
    let own = home.run(["history", "--json"]).run_to_end().json();
    let image = own.iter().find(|row| row["job"] == side.job.unwrap().to_string()).unwrap()["images"][0].clone();
    let copy = out.join(format!("images/{}.png", side.image.unwrap().short()));
    assert_eq!(fs::read(copy).unwrap(), fs::read(image["path"].as_str().unwrap()).unwrap());
}

#[test]
fn ballots_and_pairs_are_exported_unchanged() {
    let home = Home::new();
    let (compared, out, _) = written(&home);
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let ballots: Vec<tintype::compare::Ballot> =
        read("ballots.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pairs: Vec<tintype::compare::ComparisonPair> =
        read("pairs.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((ballots, pairs), (compared.ballots, compared.pairs));
    assert!(read("ballots.jsonl").contains("onerror"), "{HOSTILE}");
}

#[test]
fn a_folder_with_other_files_is_left_untouched() {
    let home = Home::new();
    comparison_fixture(&home);
    home.file("work/mine/letter.txt", b"dear");
    home.run(["report", "-o", "mine"])
        .expect_code(2)
        .run_to_end()
        .error("`mine` contains other files", "choose another folder, or pass --yes");
    home.run(["report", "-o", "mine", "--yes"]).run_to_end();
    home.run(["report", "-o", "mine"]).run_to_end();
    assert!(home.path("work/mine/letter.txt").exists());
}

#[test]
fn an_empty_comparison_has_no_report() {
    let home = Home::new();
    home.run(["report", "-o", "out"]).expect_code(2).run_to_end().stderr_has("no comparisons yet");
    assert!(!home.path("work/out").exists());
}

/// Needs Chromium. `.ci/run` installs it and runs this test; `TINTYPE_REPORT_SHOTS` keeps the screenshots.
#[test]
#[ignore = "needs chromium: `just report`"]
fn chromium_shows_the_report_without_errors() {
    let home = Home::new();
    let (_, out, _) = written(&home);
    let stats = home.run(["stats", "--json"]).run_to_end().json().remove(0);
    let page = out.join("index.html");
    let browsed = chromium(&home, &["--dump-dom"], &page);
    assert_matches_stats(&figures(&browsed), &stats);
    let shots = std::env::var_os("TINTYPE_REPORT_SHOTS").map_or_else(|| home.path("shots"), PathBuf::from);
    fs::create_dir_all(&shots).unwrap();
    for (name, size, dark) in [
        ("wide", "1280,2400", false),
        ("wide-dark", "1280,2400", true),
        ("phone", "500,2400", false),
        ("phone-dark", "500,2400", true),
    ] {
        let shot = shots.join(format!("{name}.png"));
        let _ = fs::remove_file(&shot);
        let dark =
            if dark { "--blink-settings=preferredColorScheme=0" } else { "--blink-settings=preferredColorScheme=1" };
        let args =
            [&format!("--screenshot={}", shot.display()), &format!("--window-size={size}"), dark, "--hide-scrollbars"];
        chromium(&home, &args, &page);
        let seen = image::open(&shot).unwrap().into_rgb8();
        let colors: std::collections::HashSet<_> = seen.pixels().map(|pixel| pixel.0).collect();
        assert!(colors.len() > 200, "{name} is empty: {} colors", colors.len());
    }
}

/// Returns Chromium's output for the page. Fails on any console message and on anything that it refuses to load.
fn chromium(home: &Home, args: &[&str], page: &Path) -> String {
    let profile = home.path("chromium");
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(args)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(":CONSOLE"), "the page has errors: {said}");
    String::from_utf8(output.stdout).unwrap()
}
