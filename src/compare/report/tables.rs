//! Tables: time, cost and failures of each lane, strengths of three or more lanes, reliability of the voters.
//! Every number is a figure of the scorecard.

use maud::{Markup, html};

use super::{
    Report,
    figures::{count, figure, key, range, seconds, share, usd},
    reliability,
    result::voter,
};
use crate::compare::stats::{
    LaneFacts, LaneStanding, QuestionScore, Ranking, Scorecard, Summary, VoterTally,
    wording::{self, UNKNOWN},
};

pub(super) fn section(report: &Report<'_>) -> Markup {
    let card = report.scorecard;
    html! {
        section #lanes aria-labelledby="lanes-title" {
            h2 #lanes-title { "Speed, cost, reliability" }
            (lanes(&card.lanes, report.prices_as_of))
            @for (p, poll) in card.polls.iter().enumerate().filter(|(_, poll)| poll.ballots > 0) {
                h3 { (voter(&poll.voter)) ": per win" }
                (standings(poll, &format!("/polls/{p}"), card))
                @for (q, question) in poll.questions.iter().enumerate() {
                    @if let Some(ranking) = &question.ranking {
                        (strengths(ranking, question, &format!("/polls/{p}/questions/{q}/ranking"), card))
                    }
                }
            }
            (reliability::part(card))
        }
    }
}

fn lanes(lanes: &[LaneFacts], prices: &[String]) -> Markup {
    html! {
        p.quiet { "Each job counts once. Times are medians and 90th percentiles of the finished images. " (wording::prices(prices)) }
        div.scroll tabindex="0" role="region" aria-label="Speed and cost per lane" {
            table {
                thead {
                    tr {
                        th.left scope="col" rowspan="2" { "Lane" } th scope="col" rowspan="2" { "Images" }
                        th scope="colgroup" colspan="2" { "First preview" } th scope="colgroup" colspan="2" { "Image" }
                        th scope="colgroup" colspan="2" { "Cost" } th scope="colgroup" colspan="2" { "Valid SVG" }
                    }
                    tr {
                        th scope="col" { "median" } th scope="col" { "p90" } th scope="col" { "median" } th scope="col" { "p90" }
                        th scope="col" { "total" } th scope="col" { "each" } th scope="col" { "as written" } th scope="col" { "repaired" }
                    }
                }
                tbody { @for (number, lane) in lanes.iter().enumerate() { (lane_row(number, lane)) } }
            }
        }
    }
}

fn lane_row(number: usize, lane: &LaneFacts) -> Markup {
    let at = format!("/lanes/{number}");
    let all = (lane.cost.known > 0).then(|| lane.cost.total.dollars());
    html! {
        tr {
            th scope="row" { (key(number)) " " (lane.label) }
            td { (count(&format!("{at}/endings/image"), lane.endings.image)) " of " (count(&format!("{at}/jobs"), lane.jobs))
                @let words = wording::endings(lane);
                @if let Some((_, rest)) = words.split_once(" (") { br; span.quiet { (rest.trim_end_matches(')')) } } }
            (times(&format!("{at}/first_preview_seconds"), lane.first_preview_seconds))
            (times(&format!("{at}/seconds"), lane.seconds))
            td { @if all.is_some() { (usd(&format!("{at}/cost/total_usd"), all)) } @else { (UNKNOWN) }
                @if lane.cost.unknown > 0 { br; span.quiet { (count(&format!("{at}/cost/unknown"), lane.cost.unknown)) " unknown" } } }
            td { (usd(&format!("{at}/cost/mean_usd"), lane.cost.mean)) }
            @match lane.svg {
                Some(svg) => {
                    td { (share(&format!("{at}/svg/raw_valid/share"), svg.raw_valid.share)) }
                    td { (share(&format!("{at}/svg/valid/share"), svg.valid.share)) }
                }
                None => { td { (figure(&format!("{at}/svg"), None, UNKNOWN)) } td { (UNKNOWN) } }
            }
        }
    }
}

fn times(at: &str, spread: Option<Summary>) -> Markup {
    html! {
        @match spread {
            Some(it) => {
                td { (seconds(&format!("{at}/median"), Some(it.median))) }
                td { (seconds(&format!("{at}/p90"), Some(it.p90))) }
            }
            None => { td { (figure(at, None, UNKNOWN)) } td { (UNKNOWN) } }
        }
    }
}

fn standings(poll: &VoterTally, at: &str, card: &Scorecard) -> Markup {
    html! {
        p.quiet { "Against all other lanes combined. The cost of a win is the mean cost of a job divided by the win rate." }
        div.scroll tabindex="0" role="region" aria-label="Cost and time per win" {
            table {
                thead {
                    tr {
                        th.left scope="col" { "Question" } th.left scope="col" { "Lane" } th scope="col" { "Wins" } th scope="col" { "95% interval" }
                        th scope="col" { "Dollars per win" } th scope="col" { "Seconds per win" }
                    }
                }
                @for (q, question) in poll.questions.iter().enumerate() {
                    tbody {
                        @for (s, standing) in question.standings.iter().enumerate() {
                            (standing_row(question, standing, &format!("{at}/questions/{q}/standings/{s}"), card))
                        }
                    }
                }
            }
        }
    }
}

fn standing_row(question: &QuestionScore, it: &LaneStanding, at: &str, card: &Scorecard) -> Markup {
    html! {
        tr {
            td { (question.question.words()) }
            th scope="row" { (key(it.lane)) " " (card.lanes[it.lane].label) }
            td { (share(&format!("{at}/win_rate"), it.win_rate)) }
            td { (range(&format!("{at}/interval"), it.interval)) }
            td { (usd(&format!("{at}/cost_per_win_usd"), it.cost_per_win)) }
            td { (seconds(&format!("{at}/seconds_per_win"), it.seconds_per_win)) }
        }
    }
}

fn strengths(ranking: &Ranking, question: &QuestionScore, at: &str, card: &Scorecard) -> Markup {
    html! {
        table {
            caption {
                "Ranking, " (question.question.words()) ": " (wording::ranking(ranking)) ". Penalty on squared strengths: " (ranking.penalty)
                "; sorted by the lower end of the interval."
            }
            thead { tr { th.left scope="col" { "Lane" } th scope="col" { "Against an average lane" } th scope="col" { "95% interval" } th scope="col" { "Log-odds" } } }
            tbody {
                @for (number, place) in ranking.places.iter().enumerate() {
                    @let at = format!("{at}/places/{number}");
                    tr {
                        th scope="row" { (key(place.lane)) " " (card.lanes[place.lane].label) }
                        td { (share(&format!("{at}/against_average"), Some(place.against_average))) }
                        td { (range(&format!("{at}/against_average_interval"), Some(place.against_average_interval))) }
                        td { (figure(&format!("{at}/log_odds"), Some(place.log_odds), &format!("{:+.2}", place.log_odds))) }
                    }
                }
            }
        }
    }
}
