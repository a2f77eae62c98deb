use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use resvg::usvg::roxmltree::{Document, Node};

use super::*;
use crate::{Listener, Ticket, Update};

/// GenEval's prompts (MIT, see the LICENSE next to the file) with the expected content of each image.
const GENEVAL: &str = include_str!("../../tests/data/geneval/evaluation_metadata.jsonl");

/// A listener that records all updates of a job.
#[derive(Default)]
struct UpdateRecorder(Mutex<Vec<Update>>);

impl UpdateRecorder {
    fn heard(&self) -> Vec<Update> {
        self.0.lock().unwrap().clone()
    }

    fn previews(&self) -> Vec<Preview> {
        let previews = self.heard().into_iter().filter_map(|update| match update {
            Update::Preview(preview) => Some(preview),
            _ => None,
        });
        previews.collect()
    }
}

impl Listener for UpdateRecorder {
    fn on_update(&self, update: Update) {
        self.0.lock().unwrap().push(update);
    }

    fn keep_ticket<'a>(&'a self, _: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        futures::future::ready(Ok(())).boxed()
    }
}

fn request<const N: usize>(prompt: &str, settings: [(&str, Value); N]) -> Request {
    let mut request = Request::new(prompt, MODEL);
    request.settings.insert("size".to_owned(), "96x64".into());
    request.settings.insert("seed".to_owned(), 0.into());
    request.settings.extend(settings.into_iter().map(|(name, value)| (name.to_owned(), value)));
    request
}

async fn generated(request: &Request) -> (Result<Outcome, BackendError>, Arc<UpdateRecorder>) {
    let (ear, scratch) = (Arc::new(UpdateRecorder::default()), tempfile::tempdir().unwrap());
    let progress = Progress::new(Arc::clone(&ear) as Arc<dyn Listener>, scratch.path());
    let outcome = Sketch::new(Settings::new()).generate(request, &progress).await;
    assert_eq!(scratch.path().read_dir().unwrap().count(), 0, "it writes no files");
    (outcome, ear)
}

async fn bytes(request: &Request) -> Bytes {
    generated(request).await.0.unwrap().images[0].bytes.clone()
}

fn order(prompt: &str) -> SketchRequest {
    SketchRequest { prompt: prompt.to_owned(), size: Size::new(256, 256), style: None, format: Format::Svg, seed: 0 }
}

fn drawn(prompt: &str, vocabulary: &Vocabulary) -> String {
    let (drawing, _) = parse_and_draw(&order(prompt), vocabulary).unwrap();
    drawing.svg(drawing.things())
}

fn notes(prompt: &str) -> Vec<String> {
    parse_and_draw(&order(prompt), &Vocabulary::new()).unwrap().1
}

/// A group of the drawing: its word, its color, and the center of the thing.
#[derive(Debug)]
struct DrawnThing {
    word: String,
    color: Option<String>,
    x: f32,
    y: f32,
}

fn shown(svg: &str) -> Vec<DrawnThing> {
    let document = Document::parse(svg).unwrap();
    document.descendants().filter(|node| node.has_attribute("data-word")).map(one).collect()
}

fn one(node: Node<'_, '_>) -> DrawnThing {
    let place = node.attribute("transform").unwrap().trim_start_matches("translate(").trim_end_matches(')');
    let (x, y) = place.split_once(' ').unwrap();
    DrawnThing {
        word: node.attribute("data-word").unwrap().to_owned(),
        color: node.attribute("data-color").map(str::to_owned),
        x: x.parse().unwrap(),
        y: y.parse().unwrap(),
    }
}

fn find<'a>(all: &'a [DrawnThing], word: &str) -> &'a DrawnThing {
    all.iter().find(|shown| shown.word == word).unwrap_or_else(|| panic!("no {word} among {all:?}"))
}

/// Returns what is missing from the drawing of one of GenEval's prompts.
fn missing(line: &str, vocabulary: &Vocabulary) -> Option<String> {
    let wanted: serde_json::Value = serde_json::from_str(line).unwrap();
    let prompt = wanted["prompt"].as_str().unwrap();
    let all = shown(&drawn(prompt, vocabulary));
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for shown in &all {
        *counts.entry(shown.word.as_str()).or_default() += 1;
    }
    for object in wanted["include"].as_array().unwrap() {
        let (class, count) = (object["class"].as_str().unwrap(), object["count"].as_u64().unwrap());
        if counts.get(class).copied().unwrap_or(0) != count {
            return Some(format!("{prompt}: {count} {class} wanted, {counts:?} drawn"));
        }
        let color = object["color"].as_str();
        if color.is_some() && find(&all, class).color.as_deref() != color {
            return Some(format!("{prompt}: {class} is not {color:?}"));
        }
        if let Some(position) = object["position"].as_array() {
            let to = &wanted["include"][position[1].as_u64().unwrap() as usize];
            let (one, other) = (find(&all, class), find(&all, to["class"].as_str().unwrap()));
            let right = match position[0].as_str().unwrap() {
                "left of" => one.x < other.x,
                "right of" => one.x > other.x,
                "above" => one.y < other.y,
                _ => one.y > other.y,
            };
            if !right {
                return Some(format!("{prompt}: {one:?} to {other:?}"));
            }
        }
    }
    None
}

#[test]
fn every_prompt_of_geneval_shows_its_objects_colors_and_places() {
    let vocabulary = Vocabulary::new();
    let failures: Vec<String> = GENEVAL.lines().filter_map(|line| missing(line, &vocabulary)).collect();
    assert_eq!(failures, Vec::<String>::new(), "of {}", GENEVAL.lines().count());
    assert_eq!(GENEVAL.lines().count(), 553);
}

#[test]
fn first_prompt_of_a_new_user_shows_cats_moon_and_sea() {
    let (drawing, notes) =
        parse_and_draw(&order("three cats under a full moon by the sea"), &Vocabulary::new()).unwrap();
    let all = shown(&drawing.svg(drawing.things()));
    let words: Vec<&str> = all.iter().map(|shown| shown.word.as_str()).collect();
    assert_eq!(words, ["moon", "cat", "cat", "cat"]);
    assert!(all[1..].iter().all(|cat| cat.y > all[0].y), "the moon is above the cats: {all:?}");
    assert_eq!(notes, Vec::<String>::new());
}

#[tokio::test]
async fn the_same_prompt_and_seed_give_the_same_bytes() {
    let first = request("two dogs in a city at night", [("seed", 7.into())]);
    assert_eq!(bytes(&first).await, bytes(&first).await);
    let other = request("two dogs in a city at night", [("seed", 8.into())]);
    assert_ne!(bytes(&first).await, bytes(&other).await);
}

#[tokio::test]
async fn a_random_seed_is_recorded_and_reproduces_the_image() {
    for unset in [false, true] {
        let mut request = request("two dogs in a city at night", [("seed", RANDOM.into())]);
        if unset {
            request.settings.remove("seed");
        }
        let (one, other) = (generated(&request).await.0.unwrap(), generated(&request).await.0.unwrap());
        assert_ne!(one.effective["seed"], other.effective["seed"], "of a billion seeds");
        request.settings.insert("seed".to_owned(), one.effective["seed"].clone());
        let again = generated(&request).await.0.unwrap();
        assert_eq!((&again.images[0].bytes, &again.effective), (&one.images[0].bytes, &one.effective));
    }
}

#[tokio::test]
async fn multiple_images_use_consecutive_seeds() {
    let mut two = request("a fox", [("seed", 3.into()), ("format", "svg".into())]);
    two.count = 2;
    let images = generated(&two).await.0.unwrap().images;
    assert_eq!(images.len(), 2);
    assert_eq!(images[1].bytes, bytes(&request("a fox", [("seed", 4.into()), ("format", "svg".into())])).await);
}

#[tokio::test]
async fn previews_show_scene_then_things_then_everything() {
    let (outcome, ear) = generated(&request("three cats and two dogs by the sea", [])).await;
    let previews = ear.previews();
    assert_eq!(previews.iter().map(|preview| preview.step).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(previews.windows(2).all(|pair| pair[0].bytes != pair[1].bytes), "each shows more than the one before");
    let words = ear.heard().into_iter().filter(|update| matches!(update, Update::Status(_))).count();
    assert!(words >= 3, "it says what it does");
    assert_eq!(outcome.unwrap().cost, Some(Cost { usd: Usd::ZERO, basis: CostBasis::Free }));
}

#[tokio::test]
async fn a_png_has_its_size_and_its_source() {
    let image = generated(&request("a red circle left of a blue square", [])).await.0.unwrap().images.remove(0);
    let picture = image::load_from_memory(&image.bytes).unwrap().to_rgb8();
    assert_eq!((picture.width(), picture.height()), (96, 64));
    let all = shown(image.svg.as_deref().unwrap());
    let at = |word: &str| {
        let thing = find(&all, word);
        let scale = 64.0 / layout::SHORT_EDGE;
        picture.get_pixel((thing.x * scale) as u32, (thing.y * scale) as u32).0
    };
    let ([red, ..], [.., blue]) = (at("circle"), at("square"));
    assert!(red > 180 && at("circle")[2] < 100, "the circle is red: {:?}", at("circle"));
    assert!(blue > 180 && at("square")[0] < 100, "the square is blue: {:?}", at("square"));
}

#[tokio::test]
async fn dropped_job_sends_no_updates() {
    let ear = Arc::new(UpdateRecorder::default());
    let scratch = tempfile::tempdir().unwrap();
    let progress = Progress::new(Arc::clone(&ear) as Arc<dyn Listener>, scratch.path());
    let (sketch, request) = (Sketch::new(Settings::new()), request("a cat", []));
    let mut job = sketch.generate(&request, &progress);
    // One poll starts the first step on its thread; the step cannot report, only the future can.
    assert!(futures::poll!(&mut job).is_pending());
    drop(job);
    let heard = ear.heard();
    assert_eq!(heard, [Update::Status("reading the prompt".to_owned())]);
    assert_eq!(Arc::strong_count(&ear), 2, "nothing but the test and its line holds the listener");
    assert_eq!(scratch.path().read_dir().unwrap().count(), 0);
}

#[test]
fn unknown_words_are_reported_and_unknown_prompts_get_a_placeholder() {
    let notes_of = |prompt: &str| notes(prompt).join("; ");
    let some = notes_of("a melancholic cat on a couch");
    assert!(some.starts_with("sketch has no drawing for") && some.ends_with(": melancholic"), "{some}");
    assert!(notes_of("bureaucratic entropy").contains("it drew a pattern"));
    assert!(notes_of("a pelican").contains("`swan`"));
    assert_eq!(notes_of("a green cat next to 2 dogs"), "");
}

#[test]
fn colors_numbers_and_positions_are_parsed() {
    let vocabulary = Vocabulary::new();
    let words = |prompt: &str| {
        let all = shown(&drawn(prompt, &vocabulary));
        let mut words: Vec<String> = all
            .iter()
            .map(|shown| shown.color.as_ref().map_or(shown.word.clone(), |color| format!("{color} {}", shown.word)))
            .collect();
        words.sort();
        words.join(", ")
    };
    assert_eq!(words("an orange and an orange cat"), "orange, orange cat");
    assert_eq!(words("a pair of scissors, two pairs of skis"), "scissors, skis, skis");
    assert_eq!(words("a couple of dogs"), "dog, dog");
    assert_eq!(words("3 red apples"), "red apple, red apple, red apple");
    assert_eq!(words("two people with knives"), "knife, knife, knife, person, person");
    assert_eq!(words("🐙🐙 and a 🐈"), "cat, octopus, octopus");
    assert_eq!(words("a big dark blue car"), "blue car");
}

#[test]
fn on_behind_and_inside_change_the_layout() {
    let vocabulary = Vocabulary::new();
    let all = |prompt: &str| shown(&drawn(prompt, &vocabulary));
    let table = all("a cat on a table");
    assert!(find(&table, "cat").y < find(&table, "dining table").y);
    let order = |prompt: &str, word: &str| all(prompt).iter().position(|shown| shown.word == word).unwrap();
    assert!(
        order("a cat behind a house", "cat") < order("a cat behind a house", "house"),
        "what is behind is drawn first"
    );
    assert!(order("a cat in front of a house", "cat") > order("a cat in front of a house", "house"));
    assert!(order("a cat in a box", "cat") > order("a cat in a box", "box"));
    let chain = all("a cat in a box in a car behind a tree on a bus under a bird left of a dog");
    assert_eq!(chain.len(), 7, "nothing is lost: {chain:?}");
}

#[test]
fn style_changes_appearance_not_content() {
    let (vocabulary, prompt) = (Vocabulary::new(), "two red cars and \"taxi\" in a rainy city");
    let of = |style: &str| {
        let order = SketchRequest { style: SketchStyle::from_setting(style), ..order(prompt) };
        let (drawing, _) = parse_and_draw(&order, &vocabulary).unwrap();
        drawing.svg(drawing.things())
    };
    let all: Vec<String> = SketchStyle::NAMES.iter().map(|name| of(name)).collect();
    for svg in &all {
        let words: Vec<String> = shown(svg).into_iter().map(|shown| shown.word).collect();
        assert_eq!(words, ["car", "car", "text"]);
    }
    for (at, svg) in all.iter().enumerate() {
        assert!(!all[..at].contains(svg), "{} looks like another style", SketchStyle::NAMES[at]);
    }
}

#[test]
fn every_scene_style_and_aspect_ratio_is_within_limits() {
    let vocabulary = Vocabulary::new();
    let scenes = [
        "sea",
        "mountains",
        "forest",
        "city",
        "desert",
        "space",
        "snow",
        "rain at sunset",
        "underwater",
        "bedroom",
        "foggy island at night",
        "rainbow over a meadow",
        "\"hello\"",
        "gibberish",
    ];
    for (at, scene) in scenes.into_iter().enumerate() {
        let style = SketchStyle::from_setting(SketchStyle::NAMES[at % SketchStyle::NAMES.len()]);
        let size = [Size::new(16, 16), Size::new(4096, 16), Size::new(16, 4096), Size::new(300, 300)][at % 4];
        let order = SketchRequest { prompt: scene.to_owned(), size, style, format: Format::Svg, seed: at as u64 };
        let (drawing, _) = parse_and_draw(&order, &vocabulary).unwrap();
        let checked = CheckedSvg::parse(&drawing.svg(drawing.things()), &SvgLimits::default()).unwrap();
        assert_eq!(checked.size(), size, "{scene}");
        assert_eq!(checked.remarks(), Vec::<String>::new(), "{scene}");
        let most = Size::new(
            4096 * size.width / size.width.max(size.height),
            4096 * size.height / size.width.max(size.height),
        );
        assert_eq!(checked.check_size(most), Ok(()), "{scene} at {most}");
        drawing.preview(0).unwrap();
    }
}

#[test]
fn prompt_text_is_escaped_in_the_drawing() {
    let vocabulary = Vocabulary::new();
    let hostile = "a cat \"</text><script>alert(1)</script>&amp;\" \0\u{1b}[2J \u{fffe} 'unclosed ]]> <!-- \u{202e}";
    let svg = drawn(hostile, &vocabulary);
    assert!(svg.contains("&lt;/text&gt;&lt;script"), "{svg}");
    assert!(!svg.chars().any(|c| c.is_control() && c != '\n'));
    assert!(CheckedSvg::parse(&svg, &SvgLimits::default()).is_ok());
}

#[test]
fn huge_prompt_is_truncated_with_a_remark() {
    let many = "a thousand purple cats on ".repeat(40_000);
    let (drawing, notes) = parse_and_draw(&order(&many), &Vocabulary::new()).unwrap();
    assert!(drawing.things() <= 80, "{}", drawing.things());
    assert!(notes.iter().any(|note| note.contains("only the first 8 KB")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("only the first 80 objects")), "{notes:?}");
    let word = "é".repeat(1 << 20);
    assert!(notes.len() < 20 && parse_and_draw(&order(&word), &Vocabulary::new()).is_ok());
}

#[tokio::test]
async fn unsupported_requests_are_explained() {
    let kind = |outcome: Result<Outcome, BackendError>| outcome.unwrap_err().kind;
    let odd = request("a cat", [("sizzle", "hot".into())]);
    assert_eq!(kind(generated(&odd).await.0), ErrorKind::InvalidParameter);
    let large = request("a cat", [("size", "100000x100000".into())]);
    assert_eq!(kind(generated(&large).await.0), ErrorKind::InvalidParameter);
    let mut edit = request("a cat", []);
    let (name, bytes) = ("cat.png".to_owned(), Bytes::new());
    edit.inputs.push(crate::RequestImage { name, format: Format::Png, size: Size::new(1, 1), bytes, svg: None });
    assert_eq!(kind(generated(&edit).await.0), ErrorKind::Unsupported);
}

#[test]
fn wrong_config_key_is_reported_at_its_position() {
    let built = |text: &str| {
        let settings: toml::Table = text.parse().unwrap();
        let table = Table {
            name: "s",
            settings: &settings,
            env: &|_| None,
            folder: std::path::Path::new("."),
            accounts: &crate::Accounts::default(),
            renderer: &crate::svg::Renderer::default(),
        };
        build(&table).map(|backend| backend.capabilities().defaults.clone())
    };
    assert_eq!(built("[defaults]\nseed = 4").unwrap()["seed"], 4.into());
    let error = built("[defaults]\nstyle = \"oil\"").unwrap_err();
    assert_eq!(error.path, ["defaults", "style"]);
    assert!(built("colour = 1").is_err());
}
