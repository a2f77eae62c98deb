//! A library in which two styles were compared: votes, a repeat, a failure, a judge, and pairs that await a vote.

use serde_json::Value;
use tintype::{
    compare::{Ballot, ComparisonPair, Lane, LaneOutcome, PairSide, Preference, Vote, Voter, prompt_sha256},
    id::Id,
    library::Library,
};
use tintype_backends::Usd;

use super::{Home, text};

/// A prompt that tries to inject markup into a page.
pub(super) const HOSTILE: &str = "a cat <script>alert('x')</script> & \"two\" <img src=x onerror=alert(1)>";

/// The data of a finished comparison.
pub(super) struct ComparisonFixture {
    pub(super) pairs: Vec<ComparisonPair>,
    pub(super) ballots: Vec<Ballot>,
}

/// Generates, pairs and votes, and stores everything in the home's library.
pub(super) fn comparison_fixture(home: &Home) -> ComparisonFixture {
    let subjects = ["a red circle", "two dogs in the snow", "a lighthouse at night", "three boats", HOSTILE, "a tree"];
    let mut pairs: Vec<ComparisonPair> = subjects.iter().enumerate().map(|(n, prompt)| pair(home, n, prompt)).collect();
    pairs.push(ComparisonPair { right: refused(pairs[1].right.clone()), ..again(&pairs[1]) });
    pairs.push(ComparisonPair { mirrors: Some(pairs[0].id), ..turned(&again(&pairs[0])) });
    let answers = [Preference::Left, Preference::Left, Preference::Tie, Preference::Right, Preference::BothBad];
    let mut ballots: Vec<Ballot> =
        pairs.iter().zip(answers).map(|(pair, answer)| ballot(pair, Voter::Human, answer)).collect();
    ballots.push(ballot(&pairs[7], Voter::Human, Preference::Right));
    let judge = || Voter::Judge { backend: "writer".to_owned(), model: "some-model".to_owned() };
    for pair in &pairs[..4] {
        ballots.push(ballot(pair, judge(), Preference::Left));
        // The third pair gets "left" in both orders.
        let second = if pair.id == pairs[2].id { Preference::Left } else { Preference::Right };
        ballots.push(Ballot { pair: pair.id, ..ballot(&turned(pair), judge(), second) });
    }
    keep(home, &pairs, &ballots);
    ComparisonFixture { pairs, ballots }
}

fn keep(home: &Home, pairs: &[ComparisonPair], ballots: &[Ballot]) {
    let library = Library::open(&home.path("data")).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        for pair in pairs {
            library.add_pair(pair, None).await.unwrap();
        }
        for ballot in ballots {
            library.add_ballot(ballot).await.unwrap();
        }
        library.close().await;
    });
}

fn pair(home: &Home, n: usize, prompt: &str) -> ComparisonPair {
    let side = |style| side(&home.draw_in_style(prompt, style), style);
    let (left, right) = if n.is_multiple_of(2) { ("pencil", "poster") } else { ("poster", "pencil") };
    ComparisonPair {
        id: Id::new(),
        run: None,
        at: jiff::Timestamp::now(),
        prompt: prompt.to_owned(),
        prompt_sha256: prompt_sha256(prompt),
        pack: Some("six".to_owned()),
        category: Some(if n < 3 { "animals & <b>people</b>" } else { "places" }.to_owned()),
        challenge: (n > 3).then(|| "counting".to_owned()),
        left: side(left),
        right: side(right),
        mirrors: None,
    }
}

fn side(row: &Value, style: &str) -> PairSide {
    let image = &row["images"][0];
    PairSide {
        lane: Lane {
            name: format!("<i>{style}</i>"),
            backend: text(row, "backend").to_owned(),
            model: text(row, "model").to_owned(),
            settings: serde_json::from_value(row["settings"].clone()).unwrap(),
        },
        job: Some(text(row, "job").parse().unwrap()),
        image: Some(text(image, "id").parse().unwrap()),
        sha256: Some(text(image, "sha256").to_owned()),
        ending: LaneOutcome::Image,
        first_preview_seconds: Some(0.25),
        seconds: row["seconds"].as_f64(),
        cost: (style == "poster").then(|| Usd::from_dollars(0.04)),
        validity: None,
    }
}

fn again(pair: &ComparisonPair) -> ComparisonPair {
    ComparisonPair { id: Id::new(), ..pair.clone() }
}

fn turned(pair: &ComparisonPair) -> ComparisonPair {
    let pair = pair.clone();
    ComparisonPair { left: pair.right, right: pair.left, ..pair }
}

fn refused(side: PairSide) -> PairSide {
    PairSide { job: Some(Id::new()), image: None, sha256: None, ending: LaneOutcome::Refused, seconds: None, ..side }
}

fn ballot(pair: &ComparisonPair, voter: Voter, answer: Preference) -> Ballot {
    let vote = Vote { follows: answer, looks: Preference::Tie, seconds: 6.5, opinion: None };
    Ballot::new(pair, voter, jiff::Timestamp::now(), vote)
}
