//! The result: for each voter and question, the preferred lane with its uncertainty, or why there is no winner.
//! It renders a scorecard and decides nothing.

use maud::{Markup, html};

use super::{
    caveat,
    figures::{color_class, count, figure, key, range, share},
    plots::interval_bar,
};
use crate::compare::{
    Voter,
    stats::{HeadToHead, MatchupVerdict, QuestionScore, Scorecard, Tally, VoterTally, wording},
};

pub(super) fn section(card: &Scorecard) -> Markup {
    html! {
        section #result aria-labelledby="result-title" {
            h2 #result-title { "Results" }
            // The human comes first, and the caveat before any judge.
            @for (number, poll) in card.polls.iter().enumerate() {
                (voter_section(poll, &format!("/polls/{number}"), card))
                @if number == 0 { (caveat()) }
            }
        }
    }
}

fn voter_section(poll: &VoterTally, at: &str, card: &Scorecard) -> Markup {
    html! {
        div.poll.judged[poll.voter != Voter::Human] {
            h3 { (voter(&poll.voter)) " " span.quiet { (count(&format!("{at}/ballots"), poll.ballots)) (if poll.ballots == 1 { " ballot" } else { " ballots" }) } }
            div.cards {
                @for (number, question) in poll.questions.iter().enumerate() {
                    (question_card(question, poll, &format!("{at}/questions/{number}"), card))
                }
            }
        }
    }
}

/// Renders the heading of a voter.
pub(super) fn voter(voter: &Voter) -> Markup {
    match voter {
        Voter::Human => html! { "Human votes" },
        Voter::Judge { backend, model } => html! { "Model as judge: " (backend) " " (model) ", not a person" },
    }
}

fn question_card(question: &QuestionScore, poll: &VoterTally, at: &str, card: &Scorecard) -> Markup {
    html! {
        article.card {
            h4 { (question.question.words()) }
            @for (number, it) in question.head_to_heads.iter().enumerate() {
                (head_to_head(it, poll, &format!("{at}/head_to_heads/{number}"), card))
            }
            @if question.head_to_heads.is_empty() { p { "No pairs yet." } }
        }
    }
}

fn head_to_head(it: &HeadToHead, poll: &VoterTally, at: &str, card: &Scorecard) -> Markup {
    let overall = format!("{at}/overall");
    let tally = &it.overall;
    let (first, second) = (&card.lanes[it.first].label, &card.lanes[it.second].label);
    html! {
        div.duel {
            p.verdict.named[matches!(it.verdict, MatchupVerdict::First | MatchupVerdict::Second)] { (wording::verdict(it, card)) }
            p.rate.(color_class(it.first)) {
                strong { (share(&format!("{overall}/win_rate"), tally.win_rate)) }
                " " span { (first) " wins against " (second) ", ties count half" }
            }
            (interval_bar(tally.win_rate, tally.interval, tally.always_valid, first))
            div.ends aria-hidden="true" { span { "0" } span { "50%" } span { "100" } }
            (votes_bar(it, &overall))
            dl.facts {
                dt { "95% interval" }
                dd { (range(&format!("{overall}/interval"), tally.interval)) " " span.quiet { (wording::basis(tally)) } }
                dt { "Bootstrap" }
                dd { (range(&format!("{overall}/bootstrap"), tally.bootstrap)) " " span.quiet { "95% CI, by prompt" } }
                dt { "Always valid" }
                dd {
                    (range(&format!("{overall}/always_valid"), tally.always_valid)) " "
                    span.quiet { (wording::percent(Some(1.0 - poll.alpha))) ", at any number of votes" }
                }
                (failures(tally, &overall, first, second))
                (needed(it, at))
            }
        }
    }
}

/// Renders the votes for each lane as a bar and in text.
fn votes_bar(it: &HeadToHead, at: &str) -> Markup {
    let tally = &it.overall;
    let width = |votes: usize| format!("flex-grow:{votes}");
    html! {
        @if tally.votes > 0 {
            div.votes aria-hidden="true" {
                span.(color_class(it.first)) style=(width(tally.first_wins)) {}
                span.tie style=(width(tally.ties)) {}
                span.bad style=(width(tally.both_bad)) {}
                span.(color_class(it.second)) style=(width(tally.second_wins)) {}
            }
        }
        ul.legend {
            li { (key(it.first)) " " (count(&format!("{at}/first_wins"), tally.first_wins)) }
            li { span.swatch.tie {} " ties " (count(&format!("{at}/ties"), tally.ties)) }
            li { span.swatch.bad {} " both bad " (count(&format!("{at}/both_bad"), tally.both_bad)) }
            li { (key(it.second)) " " (count(&format!("{at}/second_wins"), tally.second_wins)) }
            @if tally.split > 0 { li { "orders disagree " (count(&format!("{at}/split"), tally.split)) } }
            @if tally.open > 0 { li { "waiting " (count(&format!("{at}/open"), tally.open)) } }
        }
    }
}

fn failures(tally: &Tally, at: &str, first: &str, second: &str) -> Markup {
    let at = format!("{at}/walkovers");
    let it = tally.walkovers;
    html! {
        @if it.first_wins + it.second_wins + it.neither > 0 {
            dt { "Failures" }
            dd {
                (second) " " (count(&format!("{at}/first_wins"), it.first_wins)) ", "
                (first) " " (count(&format!("{at}/second_wins"), it.second_wins)) ", both "
                (count(&format!("{at}/neither"), it.neither))
                @if it.weight < 1.0 {
                    " " span.quiet {
                        "each counts " (figure(&format!("{at}/weight"), Some(it.weight), &format!("{:.2}", it.weight)))
                        " of a vote so far"
                    }
                }
            }
            dt { "Without failures" }
            dd {
                (share(&at.replace("walkovers", "voted_win_rate"), tally.voted_win_rate)) ", "
                (range(&at.replace("walkovers", "voted_interval"), tally.voted_interval))
            }
        }
    }
}

fn needed(it: &HeadToHead, at: &str) -> Markup {
    html! {
        dt { "More votes needed" }
        dd {
            @match it.needed {
                Some(needed) => {
                    (count(&format!("{at}/needed/still"), needed.still as usize)) " "
                    span.quiet { (wording::needed(needed)) }
                }
                None => { (figure(&format!("{at}/needed"), None, wording::UNKNOWN)) " " span.quiet { "they look equal so far" } }
            }
        }
    }
}
