//! Spending, and the check of a job against limits.
//!
//! Amounts only; the engine decides which limits apply.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row};
use tintype_backends::Usd;

use crate::{
    id::Id,
    library::{JobState, Record, codec},
};

/// Maximum spending since a point in time, over all backends or for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendingLimit {
    /// Start of the period that the limit covers.
    pub since: Timestamp,
    /// Maximum amount that may be spent, running jobs included.
    pub max: Usd,
    /// The only backend that the limit covers; `None` covers all backends.
    pub backend: Option<String>,
}

/// A limit that a job would exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetExceeded {
    /// Index of the exceeded limit in the list of limits.
    pub limit: usize,
    /// Amount that is already spent, running jobs included.
    pub spent: Usd,
}

/// Spending that belongs to no job, such as a question to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expense {
    pub id: Id,
    pub at: Timestamp,
    pub backend: String,
    /// Maximum amount until the actual amount is known; then that.
    pub charge: Usd,
}

/// Stores the actual amount of an expense.
pub(super) fn settle(connection: &Connection, id: Id, charge: Usd) -> rusqlite::Result<()> {
    let charge = capped(charge).nanos().cast_signed();
    let sql = "UPDATE spending SET charge = ?2 WHERE job = ?1";
    connection.prepare_cached(sql)?.execute((codec::id_hex(id), charge)).map(drop)
}

/// Returns the amount that a job counts in the budget: its cost, or the maximum while or if the cost is unknown. A
/// request that the provider rejected is not billed and counts nothing.
pub(super) fn budget_charge(record: &Record) -> Usd {
    let turned_away =
        record.state == JobState::Failed && record.error.as_ref().is_some_and(|error| error.kind.is_free());
    match &record.cost {
        Some(cost) => cost.usd,
        None if turned_away => Usd::ZERO,
        None => record.estimate.upper_bound().unwrap_or_default(),
    }
}

/// Returns the first limit that `more` for `backend` would exceed. An amount of zero exceeds none.
pub(super) fn exceeded_limit(
    connection: &Connection,
    (backend, more): (&str, Usd),
    limits: &[SpendingLimit],
) -> rusqlite::Result<Option<BudgetExceeded>> {
    for (index, limit) in limits.iter().enumerate() {
        let concerns = limit.backend.as_ref().is_none_or(|limited| limited == backend);
        if more == Usd::ZERO || !concerns {
            continue;
        }
        let spent = spent_since(connection, limit.since, limit.backend.as_deref())?;
        if spent + more > limit.max {
            return Ok(Some(BudgetExceeded { limit: index, spent }));
        }
    }
    Ok(None)
}

/// Returns the spending since `since`, over all backends or for one.
pub(super) fn spent_since(connection: &Connection, since: Timestamp, backend: Option<&str>) -> rusqlite::Result<Usd> {
    let sql = "SELECT coalesce(sum(charge), 0) FROM spending WHERE at >= ?1 AND (?2 IS NULL OR backend = ?2)";
    let nanos: i64 = connection.prepare_cached(sql)?.query_row((since.as_microsecond(), backend), |row| row.get(0))?;
    Ok(Usd::from_nanos(nanos.cast_unsigned()))
}

/// Returns every charge.
pub(super) fn all_charges(connection: &Connection) -> rusqlite::Result<Vec<Expense>> {
    let mut statement = connection.prepare("SELECT job, at, backend, charge FROM spending")?;
    let expense = |row: &Row<'_>| {
        let at = Timestamp::from_microsecond(row.get(1)?).map_err(|error| codec::conversion_error(1, error))?;
        let charge = Usd::from_nanos(row.get::<_, i64>(3)?.cast_unsigned());
        Ok(Expense { id: codec::id(row, 0)?, at, backend: row.get(2)?, charge })
    };
    statement.query_map([], expense)?.collect()
}

/// Returns the charge of one job or question, or `None` if none is stored.
pub(super) fn find_charge(connection: &Connection, id: Id) -> rusqlite::Result<Option<Expense>> {
    let sql = "SELECT at, backend, charge FROM spending WHERE job = ?1";
    let expense = |row: &Row<'_>| {
        let at = Timestamp::from_microsecond(row.get(0)?).map_err(|error| codec::conversion_error(0, error))?;
        Ok(Expense { id, at, backend: row.get(1)?, charge: Usd::from_nanos(row.get::<_, i64>(2)?.cast_unsigned()) })
    };
    connection.prepare_cached(sql)?.query_row([codec::id_hex(id)], expense).optional()
}

/// Returns the spending of each backend since `since`.
pub(super) fn by_backend(connection: &Connection, since: Timestamp) -> rusqlite::Result<BTreeMap<String, Usd>> {
    let sql = "SELECT backend, sum(charge) FROM spending WHERE at >= ?1 GROUP BY backend";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([since.as_microsecond()], |row| {
        Ok((row.get(0)?, Usd::from_nanos(row.get::<_, i64>(1)?.cast_unsigned())))
    })?;
    rows.collect()
}

/// Returns the unconfirmed part of that spending: the maximum of every job with an unknown cost, including running
/// jobs.
pub(super) fn unconfirmed_by_backend(
    connection: &Connection,
    since: Timestamp,
) -> rusqlite::Result<BTreeMap<String, Usd>> {
    let sql = "SELECT spending.backend, sum(charge) FROM spending JOIN jobs ON jobs.id = spending.job
               WHERE at >= ?1 AND charge > 0 AND json_extract(facts, '$.cost') IS NULL GROUP BY spending.backend";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([since.as_microsecond()], |row| {
        Ok((row.get(0)?, Usd::from_nanos(row.get::<_, i64>(1)?.cast_unsigned())))
    })?;
    rows.collect()
}

/// Stores the amount that a job counts.
pub(super) fn record_charge(connection: &Connection, record: &Record, charge: Usd) -> rusqlite::Result<()> {
    store_charge(connection, &expense(record, charge))
}

/// Converts the amount that a job counts to a charge.
pub(super) fn expense(record: &Record, charge: Usd) -> Expense {
    Expense { id: record.id, at: record.created, backend: record.backend.clone(), charge }
}

/// Caps a charge at a million dollars, which is more than enough, so that sums stay within SQLite's integers.
pub(super) fn capped(charge: Usd) -> Usd {
    Usd::from_nanos(charge.nanos().min(1_000_000_000_000_000))
}

/// Stores an expense, or updates its amount.
pub(super) fn store_charge(connection: &Connection, expense: &Expense) -> rusqlite::Result<()> {
    let charge = capped(expense.charge).nanos().cast_signed();
    let sql = "INSERT INTO spending (job, at, backend, charge) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (job) DO UPDATE SET charge = excluded.charge";
    let values = (codec::id_hex(expense.id), expense.at.as_microsecond(), &expense.backend, charge);
    connection.prepare_cached(sql)?.execute(values).map(drop)
}
