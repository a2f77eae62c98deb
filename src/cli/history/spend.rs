//! `tintype history --spend`: spending of today and this month, by backend. Unconfirmed amounts are listed separately:
//! jobs of unknown cost, and running jobs, count as the upper bound of their estimate.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::json;
use tintype_backends::Usd;

use crate::{
    cli::{
        context::CliContext,
        failure::Failure,
        table::{table, terminal_width},
    },
    engine::Budget,
    library::Library,
};

pub(super) fn run(as_json: bool, session: &mut CliContext) -> Result<(), Failure> {
    let mut spans = [SpendByBackend::default(), SpendByBackend::default()];
    if let Some(library) = session.existing_library()? {
        let read = async { [span(&library, Budget::today()).await, span(&library, Budget::this_month()).await] };
        let [today, month] = session.block_on(read)?;
        spans = [today?, month?];
    }
    let names: BTreeSet<String> = spans[1].keys().cloned().collect();
    let of = |name: &str| spans.each_ref().map(|span| span.get(name).copied().unwrap_or_default());
    let all = spans.each_ref().map(|span| span.values().fold(SpendTotal::default(), |sum, one| sum.add(*one)));
    if as_json {
        let backends: Vec<_> = names.iter().map(|name| object(of(name), "backend", name)).collect();
        let mut spend = object(all, "event", "spend");
        spend["backends"] = backends.into();
        return session.out.json(&spend);
    }
    let row =
        |name: &str, [today, month]: [SpendTotal; 2]| [name.to_owned(), today.format_total(), month.format_total()];
    let mut rows = vec![[String::new(), "today".to_owned(), "this month".to_owned()]];
    rows.extend(names.iter().map(|name| row(name, of(name))));
    rows.push(row("all", all));
    table(&rows, terminal_width()).iter().try_for_each(|line| session.out.line(line))
}

fn object([today, month]: [SpendTotal; 2], key: &str, name: &str) -> serde_json::Value {
    json!({
        key: name,
        "today_usd": today.confirmed,
        "today_unconfirmed_usd": today.unconfirmed,
        "month_usd": month.confirmed,
        "month_unconfirmed_usd": month.unconfirmed,
    })
}

/// Spending per backend in a period.
type SpendByBackend = BTreeMap<String, SpendTotal>;

/// Confirmed amount, and the upper bound for jobs of unknown cost.
#[derive(Clone, Copy, Default)]
struct SpendTotal {
    confirmed: Usd,
    unconfirmed: Usd,
}

impl SpendTotal {
    fn add(self, other: Self) -> Self {
        Self { confirmed: self.confirmed + other.confirmed, unconfirmed: self.unconfirmed + other.unconfirmed }
    }

    fn format_total(self) -> String {
        match self.unconfirmed {
            Usd::ZERO => self.confirmed.to_string(),
            most => format!("{} + up to {most} unconfirmed", self.confirmed),
        }
    }
}

async fn span(library: &Library, since: Timestamp) -> Result<SpendByBackend, Failure> {
    let open = library.unconfirmed_by_backend(since).await?;
    let all = library.spent_by_backend(since).await?;
    let sum = |(name, charge): (String, Usd)| {
        let unconfirmed = open.get(&name).copied().unwrap_or_default();
        (name, SpendTotal { confirmed: charge.saturating_sub(unconfirmed), unconfirmed })
    };
    Ok(all.into_iter().map(sum).collect())
}
