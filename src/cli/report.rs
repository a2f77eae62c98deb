//! `tintype report`: exports a comparison as a folder to share: a page, the ballots, the figures and the images.
//! The page is built in `compare::report`; this module collects and writes the parts.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Zoned;
use serde::Serialize;

use super::{
    context::CliContext,
    destination::spare_library,
    failure::Failure,
    stats::{Figures, VoteData, VoteFilter},
    stdout,
};
use crate::{
    atomic_file,
    compare::{
        Ballot, ComparisonPair, PairSide, Voter,
        report::{Report, ReportImage, ReportPair, page},
    },
    confined::{self, MAX_IMAGE},
    id::Id,
    picture,
};

/// Longer edge of the previews in the page, in pixels: two of them fill a column on a high-density screen.
const PREVIEW_EDGE: u32 = 640;

/// Script that recounts exported ballots.
const RETALLY: &[u8] = include_bytes!("../../docs/retally.py");

/// Export a comparison as a web page with its ballots and images
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype report -o report
  tintype report -o report --pack parti-24")]
pub(super) struct ReportArgs {
    /// Folder to write to; it is created if missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,

    #[command(flatten)]
    votes: VoteFilter,

    /// Write to a folder that contains other files
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: &ReportArgs, session: &mut CliContext) -> Result<(), Failure> {
    let votable = args.votes.load(session)?;
    if votable.pairs.is_empty() {
        let hint = "run `tintype compare`, then vote in the studio (F7)";
        return Err(Failure::usage("no comparisons yet").with_hint(hint));
    }
    let folder = &args.output;
    check(folder, args.yes)?;
    spare_library(folder, session)?;
    atomic_file::create_dir(&folder.join("images"))?;
    let pictures = pictures(&votable, folder, session)?;
    write_data(&votable, folder)?;
    let figures = votable.figures();
    write(folder, "stats.json", &lines(std::slice::from_ref(&figures))?)?;
    let exhibits = exhibits(&votable, &pictures);
    let shown: Vec<Id> = exhibits.iter().map(|exhibit| exhibit.pair.id).collect();
    let waiting = votable.pairs.iter().filter(|pair| is_original(pair) && !shown.contains(&pair.id)).count();
    let made = Zoned::now().strftime("%Y-%m-%d").to_string();
    let Figures { scorecard, prices_as_of } = &figures;
    let report = Report { made, scorecard, exhibits, waiting, prices_as_of };
    write(folder, "index.html", page(&report).as_bytes())?;
    session.out.path(&folder.join("index.html"))
}

/// Refuses a folder that contains anything but a report.
fn check(folder: &Path, yes: bool) -> Result<(), Failure> {
    let shown = folder.display();
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::usage(format!("`{shown}` is not a folder")).with_hint("pass a folder to -o"));
    }
    let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if yes || is_empty || folder.join("stats.json").exists() {
        return Ok(());
    }
    Err(Failure::usage(format!("`{shown}` contains other files")).with_hint("choose another folder, or pass --yes"))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    Ok(atomic_file::export(&folder.join(name), bytes)?)
}

/// Serializes objects as JSON Lines.
fn lines<T: Serialize>(objects: &[T]) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    for object in objects {
        serde_json::to_writer(&mut text, object)
            .map_err(|error| Failure::local(format!("cannot write JSON: {error}")))?;
        text.push(b'\n');
    }
    Ok(text)
}

fn write_data(votable: &VoteData, folder: &Path) -> Result<(), Failure> {
    write(folder, "ballots.jsonl", &lines(&votable.ballots)?)?;
    write(folder, "pairs.jsonl", &lines(&votable.pairs)?)?;
    write(folder, "retally.py", RETALLY)
}

/// Returns whether a pair is original, not a mirrored repetition.
fn is_original(pair: &ComparisonPair) -> bool {
    pair.mirrors.is_none()
}

fn ballot<'a>(votable: &'a VoteData, pair: &ComparisonPair) -> Option<&'a Ballot> {
    votable.ballots.iter().find(|ballot| ballot.pair == pair.id && ballot.voter == Voter::Human)
}

/// Returns the pairs that have a vote or need none. Publishing the others would reveal their lanes before the vote.
fn visible_pairs<'a>(votable: &'a VoteData) -> impl Iterator<Item = (&'a ComparisonPair, Option<&'a Ballot>)> {
    let with_ballot = |pair: &'a ComparisonPair| (pair, ballot(votable, pair));
    let all = votable.pairs.iter().filter(|pair| is_original(pair)).map(with_ballot);
    all.filter(|(pair, ballot)| ballot.is_some() || !pair.is_votable())
}

fn exhibits<'a>(votable: &'a VoteData, pictures: &HashMap<Id, ReportImage>) -> Vec<ReportPair<'a>> {
    let picture = |side: &PairSide| side.image.and_then(|image| pictures.get(&image).cloned());
    let exhibit = |(pair, ballot): (&'a ComparisonPair, _)| ReportPair {
        pair,
        ballot,
        left: picture(&pair.left),
        right: picture(&pair.right),
    };
    visible_pairs(votable).map(exhibit).collect()
}

/// Copies the images of the shown pairs byte for byte, and creates previews for the page.
fn pictures(votable: &VoteData, folder: &Path, session: &mut CliContext) -> Result<HashMap<Id, ReportImage>, Failure> {
    let library = session.library()?;
    let mut pictures = HashMap::new();
    let wanted: Vec<Id> =
        visible_pairs(votable).flat_map(|(pair, _)| [&pair.left, &pair.right]).filter_map(|side| side.image).collect();
    for id in wanted {
        if pictures.contains_key(&id) {
            continue;
        }
        let library = library.clone();
        let record = session.block_on(async move { library.image(id).await })??;
        let Some(file) = record.map(|record| record.path) else { continue };
        match copy_image(&file, id, folder)? {
            Some(picture) => drop(pictures.insert(id, picture)),
            None => stdout::note(&format!("note: `{}` is missing or not an image, as the page says", file.display())),
        }
    }
    Ok(pictures)
}

fn copy_image(file: &Path, id: Id, folder: &Path) -> Result<Option<ReportImage>, Failure> {
    let Ok(bytes) = confined::read_file(file, MAX_IMAGE) else { return Ok(None) };
    let Ok(small) = picture::thumbnail(&bytes, PREVIEW_EDGE) else { return Ok(None) };
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let name = format!("images/{}.{extension}", id.short());
    write(folder, &name, &bytes)?;
    Ok(Some(ReportImage {
        preview: format!("data:image/jpeg;base64,{}", STANDARD.encode(&small.jpeg)),
        width: small.width,
        height: small.height,
        file: name,
    }))
}
