//! A blind vote on the images of the library: the next pair, its image files, and the voter's progress.
//! Mirror images are stored before they are shown. Layout is the caller's business.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::{
    compare::{Ballot, ComparisonPair, ComparisonRun, NextPair, PairSide, RunPrompt, Voter, choose_pair, mirror, pair},
    id::Id,
    library::{Library, LibraryError},
};

/// The pair to show next, and the voter's progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairing {
    /// The pair, with left and right decided for good; `None` if there is nothing left to vote on.
    pub pair: Option<ComparisonPair>,
    /// The files of the left and the right image.
    pub files: Option<[PathBuf; 2]>,
    /// The run of the pair; `None` for a pair that belongs to no run.
    pub run: Option<Id>,
    /// The number of pairs of the run with a vote, without mirrored ones.
    pub voted: usize,
    /// The number of pairs of the run that can get a vote.
    pub total: usize,
}

/// Returns the next pair of `run`, or of the newest run that has one. `mirrored` percent of the pairs come back.
pub async fn next_pair(library: &Library, run: Option<Id>, mirrored: u8) -> Result<Pairing, LibraryError> {
    let (pairs, ballots) = (library.pairs().await?, library.ballots().await?);
    let runs = library.runs().await?;
    let mut last = Pairing { pair: None, files: None, run, voted: 0, total: 0 };
    for one in runs.iter().filter(|one| run.is_none_or(|wanted| one.id == wanted)) {
        let dealt = next_pair_of_run(library, one, &pairs, &ballots, mirrored).await?;
        if dealt.pair.is_some() {
            return Ok(dealt);
        }
        if last.total == 0 {
            last = dealt;
        }
    }
    Ok(last)
}

async fn next_pair_of_run(
    library: &Library,
    run: &ComparisonRun,
    pairs: &[ComparisonPair],
    ballots: &[Ballot],
    mirrored: u8,
) -> Result<Pairing, LibraryError> {
    let mut own: Vec<ComparisonPair> =
        pairs.iter().filter(|pair| pair.run == Some(run.id) && pair.is_votable()).cloned().collect();
    let voted =
        |pair: &ComparisonPair| ballots.iter().any(|ballot| ballot.pair == pair.id && ballot.voter == Voter::Human);
    let originals = |pairs: &[ComparisonPair]| pairs.iter().filter(|pair| pair.mirrors.is_none()).count();
    let total = originals(&own);
    let done = own.iter().filter(|pair| pair.mirrors.is_none() && voted(pair)).count();
    let mut dealt = Pairing { pair: None, files: None, run: Some(run.id), voted: done, total };
    loop {
        let pair = match choose_pair(&own, ballots, mirrored) {
            NextPair::Done => return Ok(dealt),
            NextPair::Pair(pair) => *pair,
            NextPair::Mirror(original) => mirror(&original, Timestamp::now()),
        };
        let source = pair.mirrors.unwrap_or(pair.id);
        let Some(files) = files(library, &pair).await? else {
            // An image of the pair was deleted, so there is nothing to compare.
            own.retain(|other| other.id != source && other.mirrors != Some(source));
            continue;
        };
        if pair.mirrors.is_some() && library.pair(pair.id).await?.is_none() {
            library.add_pair(&pair, None).await?;
        }
        (dealt.pair, dealt.files) = (Some(pair), Some(files));
        return Ok(dealt);
    }
}

/// Returns the files of both images, if both still exist.
async fn files(library: &Library, pair: &ComparisonPair) -> Result<Option<[PathBuf; 2]>, LibraryError> {
    let mut files = Vec::new();
    for side in [&pair.left, &pair.right] {
        let Some(id) = side.image else { return Ok(None) };
        files.extend(library.image(id).await?.map(|image| image.path).filter(|path| path.is_file()));
    }
    Ok(files.try_into().ok())
}

/// Makes a pair of two given sides, randomly placed and stored before anyone sees it.
pub async fn make_pair(
    library: &Library,
    topic: &RunPrompt,
    one: PairSide,
    other: PairSide,
) -> Result<Pairing, LibraryError> {
    let pair = pair(None, topic, one, other);
    library.add_pair(&pair, None).await?;
    let files = files(library, &pair).await?;
    Ok(Pairing { pair: Some(pair), files, run: None, voted: 0, total: 1 })
}
