use tintype_backends::svg::SvgValidity;

use super::fixtures::{ballot, ended, judge, lane, mirror, mirrored_ballot, pair, set, side};
use crate::compare::{
    Ballot, ComparisonPair, LaneOutcome, PairSide,
    Preference::{BothBad, Left, Right, Tie},
    Voter,
    stats::{MatchupVerdict, Scorecard, Tally, scorecard},
};

fn card(pairs: &[ComparisonPair], ballots: &[Ballot]) -> Scorecard {
    scorecard(pairs, ballots, &mut fastrand::Rng::with_seed(1))
}

/// Returns the human's votes on the first question, between the only two lanes.
fn tally(card: &Scorecard) -> &Tally {
    &card.polls[0].questions[0].head_to_heads[0].overall
}

fn a_and_b(prompt: &str) -> ComparisonPair {
    pair(prompt, side(lane("a")), side(lane("b")))
}

fn b_and_a(prompt: &str) -> ComparisonPair {
    pair(prompt, side(lane("b")), side(lane("a")))
}

#[test]
fn votes_count_for_lanes_and_not_for_sides() {
    let pairs = [a_and_b("1"), b_and_a("2"), b_and_a("3"), a_and_b("4"), a_and_b("5")];
    let votes = [Left, Right, Left, Tie, BothBad];
    let ballots: Vec<Ballot> = pairs.iter().zip(votes).map(|(pair, vote)| ballot(pair, Voter::Human, vote)).collect();
    let card = card(&pairs, &ballots);
    let tally = tally(&card);
    assert_eq!((tally.votes, tally.first_wins, tally.second_wins, tally.ties, tally.both_bad), (5, 2, 1, 1, 1));
    assert_eq!(tally.win_rate, Some(0.6));
    assert!((tally.effective_votes - 5.0).abs() < 1e-12);
    assert_eq!(card.lanes[0].label, "a");
}

#[test]
fn repeats_measure_the_voter_and_are_not_counted() {
    let first = a_and_b("1");
    let again = mirror(&first);
    let steady = [ballot(&first, Voter::Human, Left), ballot(&again, Voter::Human, Right)];
    let pairs = [first.clone(), again.clone()];
    let told = card(&pairs, &steady);
    assert_eq!(tally(&told).votes, 1);
    assert_eq!(told.polls[0].steadiness[0].consistent.share, Some(1.0));
    let by_side = [ballot(&first, Voter::Human, Left), ballot(&again, Voter::Human, Left)];
    let steadiness = card(&pairs, &by_side).polls[0].steadiness[0];
    assert_eq!((steadiness.consistent.share, steadiness.left_twice, steadiness.right_twice), (Some(0.0), 1, 0));
    assert_eq!((steadiness.left.of, steadiness.left.n), (2, 2));
}

#[test]
fn second_ballot_on_a_pair_is_ignored() {
    let pairs = [a_and_b("1")];
    let ballots = [ballot(&pairs[0], Voter::Human, Left), ballot(&pairs[0], Voter::Human, Right)];
    let card = card(&pairs, &ballots);
    assert_eq!((tally(&card).first_wins, tally(&card).second_wins), (1, 0));
}

#[test]
fn failures_are_weighted_by_the_share_of_votes_cast() {
    let failed = |ending| pair("f", ended(lane("a"), ending), side(lane("b")));
    let pairs = [
        failed(LaneOutcome::Refused),
        failed(LaneOutcome::Invalid),
        failed(LaneOutcome::Unknown),
        pair("g", ended(lane("a"), LaneOutcome::Failed), ended(lane("b"), LaneOutcome::Failed)),
        a_and_b("1"),
        a_and_b("2"),
    ];
    let none = card(&pairs, &[]);
    assert_eq!(tally(&none).win_rate, None);
    assert_eq!(none.polls[0].questions[0].head_to_heads[0].verdict, MatchupVerdict::NoVotes);
    let half = card(&pairs, &[ballot(&pairs[4], Voter::Human, Left)]);
    let walkovers = tally(&half).walkovers;
    assert_eq!((walkovers.first_wins, walkovers.second_wins, walkovers.neither), (0, 2, 1));
    assert_eq!((walkovers.weight, tally(&half).open), (0.5, 1));
    // One win, half of two losses, half of one draw: 1.25 of 2.5.
    assert_eq!((tally(&half).weight(), tally(&half).win_rate), (2.5, Some(0.5)));
    assert_eq!(tally(&half).voted_win_rate, Some(1.0));
}

#[test]
fn failures_decide_where_no_pair_is_votable() {
    let pairs: Vec<ComparisonPair> =
        (0..20).map(|n| pair(&n.to_string(), ended(lane("a"), LaneOutcome::Invalid), side(lane("b")))).collect();
    let card = card(&pairs, &[]);
    assert_eq!(tally(&card).win_rate, Some(0.0));
    assert_eq!(card.polls[0].questions[0].head_to_heads[0].verdict, MatchupVerdict::Second);
}

#[test]
fn no_winner_while_an_interval_includes_one_half() {
    let pairs: Vec<ComparisonPair> = (0..20).map(|n| a_and_b(&n.to_string())).collect();
    let vote = |wins: usize| -> Vec<Ballot> {
        let answer = |n| if n < wins { Left } else { Right };
        pairs.iter().enumerate().map(|(n, pair)| ballot(pair, Voter::Human, answer(n))).collect()
    };
    let verdict = |wins| card(&pairs, &vote(wins)).polls[0].questions[0].head_to_heads[0].verdict;
    // A fixed sample size would need 15 of 20; looking after every vote needs 18.
    assert_eq!(
        [15, 17, 18].map(verdict),
        [MatchupVerdict::Undecided, MatchupVerdict::Undecided, MatchupVerdict::First]
    );
    assert_eq!([5, 2].map(verdict), [MatchupVerdict::Undecided, MatchupVerdict::Second]);
    let needed = card(&pairs, &vote(12)).polls[0].questions[0].head_to_heads[0].needed.unwrap();
    assert_eq!(needed.planned, 194);
    assert!(needed.in_all > 194 && needed.still == needed.in_all - 20, "{needed:?}");
    assert_eq!(card(&pairs, &vote(19)).polls[0].questions[0].head_to_heads[0].needed.unwrap().still, 0);
}

#[test]
fn many_votes_on_one_prompt_count_once() {
    let pairs: Vec<ComparisonPair> = (0..40).map(|_| a_and_b("the same")).collect();
    let ballots: Vec<Ballot> = pairs.iter().map(|pair| ballot(pair, Voter::Human, Left)).collect();
    let card = card(&pairs, &ballots);
    assert_eq!((tally(&card).votes, tally(&card).effective_votes), (40, 1.0));
    assert_eq!(card.polls[0].questions[0].head_to_heads[0].verdict, MatchupVerdict::Undecided);
}

#[test]
fn judge_votes_count_where_both_orders_agree_and_apart_from_humans() {
    let pairs: Vec<ComparisonPair> = (0..3).map(|n| a_and_b(&n.to_string())).collect();
    let ballots = [
        ballot(&pairs[0], Voter::Human, Left),
        ballot(&pairs[0], judge(), Left),
        mirrored_ballot(&pairs[0], judge(), Right),
        ballot(&pairs[1], judge(), Left),
        mirrored_ballot(&pairs[1], judge(), Left),
        ballot(&pairs[2], judge(), Left),
    ];
    let card = card(&pairs, &ballots);
    let voters: Vec<&Voter> = card.polls.iter().map(|poll| &poll.voter).collect();
    assert_eq!(voters, [&Voter::Human, &judge()]);
    assert_eq!((tally(&card).votes, tally(&card).split), (1, 0));
    let judged = &card.polls[1].questions[0].head_to_heads[0].overall;
    assert_eq!((judged.votes, judged.first_wins, judged.split, judged.open), (1, 1, 1, 1));
    let orders = card.polls[1].steadiness[0];
    assert_eq!((orders.consistent.of, orders.consistent.n, orders.left_twice), (1, 2, 1));
    let gap = orders.by_gap.unwrap();
    assert_eq!((gap.clear.of, gap.clear.n, gap.close.n), (1, 1, 0));
    assert!(card.polls[0].steadiness[0].by_gap.is_none());
    assert_eq!((card.agreement[0].kappa.n, card.agreement[0].kappa.agreement), (1, 1.0));
}

#[test]
fn groups_have_the_votes_of_their_prompts() {
    let in_category = |prompt: &str, name: &str| ComparisonPair { category: Some(name.to_owned()), ..a_and_b(prompt) };
    let pairs = [in_category("1", "animals"), in_category("2", "animals"), in_category("3", "words")];
    let ballots: Vec<Ballot> = pairs.iter().map(|pair| ballot(pair, Voter::Human, Left)).collect();
    let card = card(&pairs, &ballots);
    let categories = &card.polls[0].questions[1].head_to_heads[0].categories;
    let votes: Vec<(&str, usize)> = categories.iter().map(|it| (it.name.as_str(), it.tally.votes)).collect();
    assert_eq!(votes, [("animals", 2), ("words", 1)]);
}

#[test]
fn three_lanes_are_ranked_and_the_best_beats_both_others() {
    let names = ["a", "b", "c"];
    let mut pairs = Vec::new();
    for n in 0..40 {
        for (first, second) in [(0, 1), (0, 2), (1, 2)] {
            pairs.push(pair(&n.to_string(), side(lane(names[first])), side(lane(names[second]))));
        }
    }
    let ballots: Vec<Ballot> = pairs.iter().map(|pair| ballot(pair, Voter::Human, Left)).collect();
    let card = card(&pairs, &ballots);
    let question = &card.polls[0].questions[0];
    let ranking = question.ranking.as_ref().unwrap();
    assert_eq!(ranking.places.iter().map(|place| place.lane).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(ranking.connected);
    assert_eq!((question.best, question.standings[1].win_rate), (Some(0), Some(0.5)));
    assert!((card.polls[0].alpha - 0.05 / 6.0).abs() < 1e-12);
}

#[test]
fn lanes_that_never_met_are_not_compared() {
    let two = |a, b| pair("p", side(lane(a)), side(lane(b)));
    let pairs = [two("a", "b"), two("c", "d")];
    let ballots: Vec<Ballot> = pairs.iter().map(|pair| ballot(pair, Voter::Human, Left)).collect();
    let card = card(&pairs, &ballots);
    assert!(!card.polls[0].questions[0].ranking.as_ref().unwrap().connected);
    assert_eq!(card.polls[0].questions[0].best, None);
}

#[test]
fn lanes_of_the_same_name_get_distinct_labels() {
    let small = || set(lane("a"), "size", "small");
    let renamed = || crate::compare::Lane { name: "other".to_owned(), ..lane("b") };
    let pairs = [pair("1", side(small()), side(lane("b"))), pair("2", side(lane("a")), side(renamed()))];
    let card = card(&pairs, &[]);
    let labels: Vec<&str> = card.lanes.iter().map(|lane| lane.label.as_str()).collect();
    assert_eq!(labels.len(), 3);
    assert!(labels.contains(&"a (m size=small)") && labels.contains(&"b"), "{labels:?}");
}

#[test]
fn a_job_counts_once_and_an_unknown_cost_is_not_free() {
    let drawn = PairSide { validity: Some(SvgValidity::AfterRepair), ..side(lane("a")) };
    let unpriced =
        PairSide { cost: None, validity: Some(SvgValidity::Invalid), ..ended(lane("a"), LaneOutcome::Invalid) };
    let pairs = [
        pair("1", drawn.clone(), side(lane("b"))),
        pair("1", drawn, side(lane("c"))),
        pair("2", unpriced, side(lane("b"))),
    ];
    let card = card(&pairs, &[ballot(&pairs[0], Voter::Human, Left)]);
    let facts = &card.lanes[0];
    assert_eq!((facts.jobs, facts.endings.image, facts.endings.invalid), (2, 1, 1));
    assert_eq!((facts.cost.known, facts.cost.unknown, facts.cost.mean), (1, 1, Some(0.04)));
    let svg = facts.svg.unwrap();
    assert_eq!((svg.raw_valid.of, svg.valid.of, svg.valid.n), (0, 1, 2));
    assert_eq!(facts.seconds.unwrap().n, 1);
    assert_eq!(card.polls[0].questions[0].standings[2].cost_per_win, None);
}

#[test]
fn the_same_ballots_give_the_same_scorecard() {
    let pairs: Vec<ComparisonPair> = (0..12).map(|n| a_and_b(&(n % 4).to_string())).collect();
    let ballots: Vec<Ballot> =
        pairs.iter().enumerate().map(|(n, pair)| ballot(pair, Voter::Human, [Left, Right, Tie][n % 3])).collect();
    assert_eq!(card(&pairs, &ballots), card(&pairs, &ballots));
    assert!(serde_json::to_string(&card(&pairs, &ballots)).unwrap().contains("\"bootstrap\":{\"low\""));
}
