//! Reliability of each voter, and agreement between a judge and the human.

use maud::{Markup, html};

use super::{
    figures::{count, figure, range, share},
    result::voter,
};
use crate::compare::{
    Voter,
    stats::{Agreement, Consistency, ConsistencyByGap, Proportion, Scorecard, VoterTally, wording::UNKNOWN},
};

pub(super) fn part(card: &Scorecard) -> Markup {
    let measured = |it: &Consistency| it.left.n + it.consistent.n > 0;
    html! {
        h3 { "Voter reliability" }
        @if card.polls.iter().flat_map(|poll| &poll.steadiness).any(measured) {
            p.quiet {
                "A person sees some pairs twice with the sides swapped; a judge sees every pair in both orders. Sides are random, "
                "so half of the answers should choose the left one. Pairs are clear if the person saw a difference; on close "
                "ones a judge may be inconsistent."
            }
            div.scroll tabindex="0" role="region" aria-label="Voter reliability" {
                table {
                    thead {
                        tr {
                            th.left scope="col" { "Voter" } th.left scope="col" { "Question" }
                            th scope="col" colspan="2" { "Same answer again" } th scope="col" colspan="2" { "Left side chosen" }
                            th scope="col" { "Clear pairs" } th scope="col" { "Close pairs" }
                        }
                    }
                    tbody { @for (number, poll) in card.polls.iter().enumerate() { (rows(poll, &format!("/polls/{number}"))) } }
                }
            }
        } @else { p.quiet { "No data yet." } }
        @if !card.agreement.is_empty() { (agreements(card)) }
    }
}

fn rows(poll: &VoterTally, at: &str) -> Markup {
    html! {
        @for (number, it) in poll.steadiness.iter().enumerate() {
            tr {
                th scope="row" { (name(&poll.voter)) }
                td.left { (it.question.words()) }
                (shared(&it.consistent, &format!("{at}/steadiness/{number}/consistent")))
                (shared(&it.left, &format!("{at}/steadiness/{number}/left")))
                @if let Some(gap) = it.by_gap { (gaps(gap, &format!("{at}/steadiness/{number}/by_gap"))) } @else { td { (UNKNOWN) } td { (UNKNOWN) } }
            }
        }
    }
}

/// Renders the short name of a voter.
fn name(voter: &Voter) -> Markup {
    match voter {
        Voter::Human => html! { "Person" },
        Voter::Judge { backend, model } => html! { "Judge: " (backend) " " (model) },
    }
}

fn shared(it: &Proportion, at: &str) -> Markup {
    html! {
        td { (count(&format!("{at}/of"), it.of)) " of " (count(&format!("{at}/n"), it.n)) }
        td { (share(&format!("{at}/share"), it.share)) " " span.quiet { (range(&format!("{at}/interval"), it.interval)) } }
    }
}

/// Renders a judge's consistency on clear and on close pairs.
fn gaps(gap: ConsistencyByGap, at: &str) -> Markup {
    let of = |it: Proportion, at: &str| html! { td { (count(&format!("{at}/of"), it.of)) " of " (count(&format!("{at}/n"), it.n)) } };
    html! { (of(gap.clear, &format!("{at}/clear"))) (of(gap.close, &format!("{at}/close"))) }
}

fn agreements(card: &Scorecard) -> Markup {
    html! {
        h3 { "Agreement between judge and person" }
        p.quiet { "On pairs that both voted on. Kappa is 1 if they always agree, and 0 if they agree as often as by chance." }
        div.scroll tabindex="0" role="region" aria-label="Agreement" {
            table {
                thead {
                    tr {
                        th.left scope="col" { "Judge" } th.left scope="col" { "Question" } th scope="col" { "Pairs" }
                        th scope="col" { "Same answer" } th scope="col" { "Cohen’s kappa" } th scope="col" { "95% interval" }
                    }
                }
                tbody {
                    @for (number, it) in card.agreement.iter().enumerate() {
                        (agreement(it, &format!("/agreement/{number}/kappa")))
                    }
                }
            }
        }
    }
}

fn agreement(it: &Agreement, at: &str) -> Markup {
    let kappa = it.kappa.kappa.map_or_else(|| UNKNOWN.to_owned(), |kappa| format!("{kappa:.2}"));
    html! {
        tr {
            th scope="row" { (voter(&it.judge)) }
            td.left { (it.question.words()) }
            td { (count(&format!("{at}/n"), it.kappa.n)) }
            td { (share(&format!("{at}/agreement"), Some(it.kappa.agreement))) }
            td { (figure(&format!("{at}/kappa"), it.kappa.kappa, &kappa)) }
            td {
                @match it.kappa.interval {
                    Some(interval) => {
                        (figure(&format!("{at}/interval/low"), Some(interval.low), &format!("{:.2}", interval.low))) " to "
                        (figure(&format!("{at}/interval/high"), Some(interval.high), &format!("{:.2}", interval.high)))
                    }
                    None => { (figure(&format!("{at}/interval"), None, UNKNOWN)) }
                }
            }
        }
    }
}
