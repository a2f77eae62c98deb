//! What was spent: today, this month, by backend. The sums are the library's, as the budget counts them: a job of
//! unknown cost counts as the most it was expected to cost, and what runs counts already.

use std::collections::BTreeSet;

use serde_json::json;
use tintype_backends::Usd;

use crate::{
    cli::{
        failure::Failure,
        session::Session,
        table::{table, width},
    },
    engine::Budget,
};

pub(super) fn run(as_json: bool, session: &mut Session) -> Result<(), Failure> {
    let (mut today, mut month) = Default::default();
    if let Some(library) = session.existing_library()? {
        let sums = async {
            Ok::<_, Failure>((
                library.spent_by_backend(Budget::today()).await?,
                library.spent_by_backend(Budget::this_month()).await?,
            ))
        };
        (today, month) = session.block_on(sums)??;
    }
    let names: BTreeSet<String> = month.keys().cloned().collect();
    let of = |name: &str| [&today, &month].map(|sums| sums.get(name).copied().unwrap_or_default());
    let all = [&today, &month].map(|sums| sums.values().copied().sum::<Usd>());
    if as_json {
        let backends: Vec<_> = names.iter().map(|name| object(of(name), "backend", name)).collect();
        let mut spend = object(all, "event", "spend");
        spend["backends"] = backends.into();
        return session.out.json(&spend);
    }
    let row = |name: &str, [today, month]: [Usd; 2]| [name.to_owned(), today.to_string(), month.to_string()];
    let mut rows = vec![[String::new(), "today".to_owned(), "this month".to_owned()]];
    rows.extend(names.iter().map(|name| row(name, of(name))));
    rows.push(row("all", all));
    table(&rows, width()).iter().try_for_each(|line| session.out.line(line))
}

fn object([today, month]: [Usd; 2], key: &str, name: &str) -> serde_json::Value {
    json!({ key: name, "today_usd": today, "month_usd": month })
}
