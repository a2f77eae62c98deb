use super::{Report, ReportPair, page};
use crate::compare::{
    ComparisonPair, LaneOutcome, Preference, Voter,
    stats::{
        Scorecard,
        tests::fixtures::{ballot, ended, lane, pair, side},
    },
};

fn page_of(pairs: &[ComparisonPair], votes: &[Preference]) -> String {
    let ballots: Vec<_> = pairs.iter().zip(votes).map(|(pair, vote)| ballot(pair, Voter::Human, *vote)).collect();
    let scorecard = Scorecard::reproducible(pairs, &ballots);
    let exhibit = |(pair, ballot)| ReportPair { pair, ballot: Some(ballot), left: None, right: None };
    page(&Report {
        made: "1 May 2026".to_owned(),
        scorecard: &scorecard,
        exhibits: pairs.iter().zip(&ballots).map(exhibit).collect(),
        waiting: pairs.len() - ballots.len(),
        prices_as_of: &[],
    })
}

/// Checks that every element is closed, in order. Void elements of HTML are skipped.
fn is_balanced(page: &str) -> bool {
    let void = ["!DOCTYPE", "meta", "link", "img", "input", "br"];
    let mut open = Vec::new();
    for tag in page.split('<').skip(1) {
        let name = tag.split([' ', '>', '\n']).next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return false,
            Some(_) => {}
            None if void.contains(&name) => {}
            None => open.push(name),
        }
    }
    open.is_empty()
}

#[test]
fn empty_report_is_valid() {
    let page = page_of(&[], &[]);
    assert!(is_balanced(&page) && page.contains("No comparisons yet"));
    let mut words = page.split(|c: char| !c.is_alphanumeric());
    assert!(words.all(|word| !["NaN", "inf"].contains(&word)), "{page}");
}

#[test]
fn three_lanes_have_a_ranking_and_their_letters() {
    let two = |a, b| pair("p", side(lane(a)), side(lane(b)));
    let page = page_of(
        &[two("a", "b"), two("b", "c"), two("a", "c")],
        &[Preference::Left, Preference::Right, Preference::Tie],
    );
    assert!(is_balanced(&page) && page.contains("3 lanes compared") && page.contains("Bradley-Terry"));
    assert!(page.contains("/polls/0/questions/1/ranking/places/2/against_average"));
    assert!(page.contains("<span class=\"key lane-2\">C</span>"));
}

#[test]
fn side_without_image_shows_the_reason() {
    let pairs = [pair("p", ended(lane("a"), LaneOutcome::Refused), side(lane("b")))];
    let page = page_of(&pairs, &[]);
    assert!(is_balanced(&page) && page.contains("no votes"));
    let exhibit = ReportPair { pair: &pairs[0], ballot: None, left: None, right: None };
    let scorecard = Scorecard::reproducible(&pairs, &[]);
    let report =
        Report { made: String::new(), scorecard: &scorecard, exhibits: vec![exhibit], waiting: 0, prices_as_of: &[] };
    let page = super::page(&report);
    assert!(page.contains("refused") && page.contains("the file is missing") && page.contains("No vote."));
}
