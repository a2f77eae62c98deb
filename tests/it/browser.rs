//! Drawings compared with Chromium: each construct of SVG and CSS is rendered by both, and either looks the same or
//! comes with a warning. `.ci/run` runs it where Chromium is installed.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tintype_backends::{
    Size,
    svg::{CheckedSvg, SvgLimits, with_size},
};

/// The longer edge of the compared images, in pixels.
const EDGE: u32 = 1024;
/// The share of the pixels that may differ.
const TOLERATED: f64 = 0.01;

/// One construct with this renderer's image of it.
struct Case {
    name: String,
    svg: String,
    size: Size,
    png: Vec<u8>,
    remarks: Vec<String>,
}

fn render_case(name: &str, svg: &str) -> Case {
    let checked = CheckedSvg::parse(svg, &SvgLimits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let own = checked.size();
    let scale = f64::from(EDGE) / f64::from(own.width.max(own.height));
    let edge = |edge: u32| (f64::from(edge) * scale).round().max(1.0) as u32;
    let size = Size::new(edge(own.width), edge(own.height));
    let pixels = checked.render(size).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (png, remarks) = (pixels.encode_png().unwrap(), checked.remarks().to_vec());
    Case { name: name.to_owned(), svg: with_size(svg, size).unwrap(), size, png, remarks }
}

/// Parses the sections of a file, each a name after `=== ` and the content to render.
fn sections(text: &str) -> Vec<Case> {
    let sections = text.split("\n=== ").skip(1).filter_map(|section| section.split_once('\n'));
    let drawn = sections.map(|(name, body)| {
        let head = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">"#;
        let is_whole = body.starts_with("<svg xmlns");
        let svg = if is_whole { body.trim_end().to_owned() } else { format!("{head}{}</svg>", body.trim_end()) };
        render_case(name, &svg)
    });
    drawn.collect()
}

/// Computes the share of each case's pixels that differ. A pixel matches if the other image has one within 32 levels in
/// the same place or one pixel beside it: antialiasing differs and glyphs are placed a little differently. Content
/// that is missing or misplaced by more than a pixel is found from either side.
const COMPARE: &str = r"
const out = document.getElementById('out');
const canvas = document.createElement('canvas');
const context = canvas.getContext('2d', { willReadFrequently: true });
const pixels = (image, width, height) => {
    canvas.width = width; canvas.height = height;
    context.fillStyle = 'rgb(120,200,140)';
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
};
const near = (one, other, at, x, y, width, height) => {
    for (let channel = 0; channel < 3; channel++) {
        let low = 255, high = 0;
        for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
            if (x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height) continue;
            const value = other[at + 4 * (dy * width + dx) + channel];
            low = Math.min(low, value); high = Math.max(high, value);
        }
        if (one[at + channel] < low - 32 || one[at + channel] > high + 32) return false;
    }
    return true;
};
const different = (ours, theirs, width, height) => {
    let count = 0;
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
        const at = 4 * (y * width + x);
        let most = 0;
        for (let channel = 0; channel < 3; channel++)
            most = Math.max(most, Math.abs(ours[at + channel] - theirs[at + channel]));
        if (most > 32 && !(near(ours, theirs, at, x, y, width, height) && near(theirs, ours, at, x, y, width, height)))
            count++;
    }
    return count / (width * height);
};
// The images are part of the page, which waits for them. Animations in them advance only as frames are painted, so what
// differs is compared again a few times: on a busy machine it may not have ended yet.
const found = {};
const compare = one => {
    const [a, b] = ['ours', 'theirs'].map(side => document.getElementById(side + one.at));
    const [ours, theirs] = [a, b].map(image => pixels(image, one.width, one.height));
    return different(ours, theirs, one.width, one.height);
};
const attempt = (open, left) => setTimeout(() => {
    for (const one of open) {
        try { found[one.name] = compare(one); } catch (error) { found[one.name] = String(error); }
    }
    const again = open.filter(one => !(found[one.name] < TOLERATED));
    if (again.length && left) attempt(again, left - 1);
    else out.textContent = 'found:' + JSON.stringify(found);
}, 500);
addEventListener('load', () => attempt([...cases.entries()].map(([at, one]) => ({ ...one, at })), 10));
";

fn page(cases: &[Case]) -> String {
    let mut page = String::from(
        "<!doctype html><meta charset=utf-8><style>img{position:absolute;opacity:.01;width:8px;height:8px}</style><pre id=out></pre>",
    );
    for (at, case) in cases.iter().enumerate() {
        let (svg, png) = (STANDARD.encode(&case.svg), STANDARD.encode(&case.png));
        let _ = write!(page, "<img id=theirs{at} src='data:image/svg+xml;base64,{svg}'>");
        let _ = write!(page, "<img id=ours{at} src='data:image/png;base64,{png}'>");
    }
    let cases = cases
        .iter()
        .map(|case| serde_json::json!({ "name": case.name, "width": case.size.width, "height": case.size.height }));
    let cases: Vec<Value> = cases.collect();
    page + &format!("<script>const TOLERATED={TOLERATED};const cases={};", Value::from(cases)) + COMPARE + "</script>"
}

/// Returns a fontconfig configuration that shows Chromium the bundled fonts and no others.
fn fonts(folder: &Path) -> String {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("backends/assets/fonts");
    let mut text = format!(
        "<?xml version='1.0'?><fontconfig><dir>{}</dir><cachedir>{}</cachedir><match target='font'>\
         <edit name='hinting' mode='assign'><bool>false</bool></edit></match>",
        bundled.display(),
        folder.join("fonts").display()
    );
    for (family, face) in [
        ("serif", "DejaVu Serif"),
        ("Times New Roman", "DejaVu Serif"),
        ("sans-serif", "DejaVu Sans"),
        ("monospace", "DejaVu Sans Mono"),
    ] {
        let _ = write!(text, "<alias><family>{family}</family><prefer><family>{face}</family></prefer></alias>");
    }
    text + "</fontconfig>"
}

/// Returns Chromium's result: the share of the pixels that differ, by name.
fn compared(cases: &[Case]) -> serde_json::Map<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    let (page_file, settings) = (folder.path().join("page.html"), folder.path().join("fonts.conf"));
    tintype::atomic_file::write(&page_file, page(cases).as_bytes()).unwrap();
    tintype::atomic_file::write(&settings, fonts(folder.path()).as_bytes()).unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-dev-shm-usage", "--virtual-time-budget=600000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", page_file.display()))
        .env("FONTCONFIG_FILE", &settings)
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let found = dom.split("<pre id=\"out\">found:").nth(1).and_then(|rest| rest.split("</pre>").next());
    let found =
        found.unwrap_or_else(|| panic!("Chromium compared nothing: {}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(&found.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")).unwrap()
}

#[test]
#[ignore = "needs chromium: `.ci/run`"]
fn drawings_match_chromium_or_have_a_warning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/svg");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let mut cases = sections(&read("constructs.txt"));
    cases.extend(sections(&read("drawings.txt")));
    assert!(cases.len() >= 160, "{} cases", cases.len());
    let found = compared(&cases);
    let mut wrong = Vec::new();
    for case in &cases {
        let part = found[&case.name].as_f64();
        let is_alike = part.is_some_and(|part| part < TOLERATED);
        if !is_alike && case.remarks.is_empty() {
            wrong.push(format!("{}: {}", case.name, found[&case.name]));
        }
        if !is_alike || std::env::var_os("TINTYPE_BROWSER_ALL").is_some() {
            println!("{}: {} {:?}", case.name, found[&case.name], case.remarks);
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ without a remark:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
