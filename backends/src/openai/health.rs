//! Checks a server without generating anything: the key, the address, the model, and the model's lifecycle.
//! It requests only the list of models, which is free.

use std::collections::BTreeMap;

use jiff::{Zoned, civil::Date};
use serde_json::Value;

use super::http::{Api, ApiCall};
use crate::{BackendError, ErrorKind, Health, ModelLifecycle};

/// Requests the list of models and looks up the model `id`, whose known lifecycle is `life`.
pub(crate) async fn check(api: &Api, id: &str, life: &ModelLifecycle) -> Result<Health, BackendError> {
    let mut health = Health { warnings: api.warnings(), ..Health::default() };
    let key = api.key().await?;
    let call = ApiCall::get("models");
    let list = match api.json(&call, key.as_ref()).await {
        Ok(list) => list,
        Err(error) if error.kind == ErrorKind::Protocol && !api.traits().needs_key => {
            health.warnings.push(format!("`{}` does not list its models", api.host()));
            return Ok(health);
        }
        Err(error) => return Err(error),
    };
    health.good.push(format!("`{}` answers", api.host()));
    if key.is_some() {
        health.good.push(format!("the key in {} is accepted", api.keys().place()));
    }
    health.endings = shutdown_dates(&list);
    model((id, life), &list, &mut health, Zoned::now().date());
    Ok(health)
}

/// Returns every shutdown date that the list announces.
fn shutdown_dates(list: &Value) -> BTreeMap<String, String> {
    let models = list.get("data").and_then(Value::as_array).into_iter().flatten();
    let ending = |item: &Value| {
        let (id, day) = (item.get("id")?.as_str()?, item.get("shutdown_date")?.as_str()?);
        // Only a valid date counts, not just any string in its place.
        day.parse::<Date>().is_ok().then(|| (id.to_owned(), day.to_owned()))
    };
    models.filter_map(ending).collect()
}

/// Records the list's entry for the backend's model.
fn model((id, life): (&str, &ModelLifecycle), list: &Value, health: &mut Health, today: Date) {
    let listed =
        list.get("data").and_then(Value::as_array).and_then(|models| models.iter().find(|item| item["id"] == id));
    let mut shutdown = life.shutdown.clone();
    if let Some(item) = listed {
        health.good.push(format!("`{id}` is available"));
        shutdown = item.get("shutdown_date").and_then(Value::as_str).map(str::to_owned).or(shutdown);
    } else {
        health.warnings.push(format!("the server does not list `{id}`; it may still work, since lists lag behind"));
    }
    let end =
        shutdown.and_then(|day| shutdown_notice(id, &ModelLifecycle { shutdown: Some(day), ..life.clone() }, today));
    health.warnings.extend(end);
}

/// Words the shutdown of a model, if it has one.
pub(crate) fn shutdown_notice(id: &str, life: &ModelLifecycle, today: Date) -> Option<String> {
    let day: Date = life.shutdown.as_deref()?.parse().ok()?;
    let next = life.successor.as_deref().map_or(String::new(), |successor| format!("; its successor is `{successor}`"));
    let days = (day - today).get_days();
    Some(match days {
        ..=0 => format!("`{id}` was shut down on {day}{next}"),
        1 => format!("`{id}` will be shut down tomorrow{next}"),
        _ => format!("`{id}` will be shut down on {day}, in {days} days{next}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_is_worded_in_days() {
        let end = |day: &str| {
            let life = ModelLifecycle { shutdown: Some(day.to_owned()), successor: Some("b".to_owned()) };
            shutdown_notice("a", &life, "2026-11-22".parse().unwrap()).unwrap()
        };
        assert_eq!(end("2026-12-01"), "`a` will be shut down on 2026-12-01, in 9 days; its successor is `b`");
        assert_eq!(end("2026-11-23"), "`a` will be shut down tomorrow; its successor is `b`");
        assert_eq!(end("2026-10-23"), "`a` was shut down on 2026-10-23; its successor is `b`");
        assert_eq!(shutdown_notice("a", &ModelLifecycle::default(), "2026-11-22".parse().unwrap()), None);
    }
}
