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
        h3 { "How far the voters can be relied on" }
        @if card.polls.iter().flat_map(|poll| &poll.steadiness).any(measured) {
            p.quiet {
                "A person sees some pairs twice with the sides exchanged, a judge sees every pair in both orders. Sides are drawn "
                "by lot, so half of the answers should name the left one. Pairs are clear where the person saw a difference; on close "
                "ones a judge may well waver."
            }
            div.scroll tabindex="0" role="region" aria-label="How steady the voters are" {
                table {
                    thead {
                        tr {
                            th.left scope="col" { "Voter" } th.left scope="col" { "Which" }
                            th scope="col" colspan="2" { "The same answer again" } th scope="col" colspan="2" { "Left side named" }
                            th scope="col" { "On clear pairs" } th scope="col" { "On close ones" }
                        }
                    }
                    tbody { @for (number, poll) in card.polls.iter().enumerate() { (rows(poll, &format!("/polls/{number}"))) } }
                }
            }
        } @else { p.quiet { "Nothing is known yet." } }
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
        Voter::Human => html! { "A person" },
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
        h3 { "How far a judge agrees with the person" }
        p.quiet { "On pairs that both voted on. Kappa is 1 where they always agree and 0 where they agree as often as by chance." }
        div.scroll tabindex="0" role="region" aria-label="Agreement" {
            table {
                thead {
                    tr {
                        th.left scope="col" { "Judge" } th.left scope="col" { "Which" } th scope="col" { "Pairs" }
                        th scope="col" { "The same answer" } th scope="col" { "Cohen’s kappa" } th scope="col" { "95 % interval" }
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
