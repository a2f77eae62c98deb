//! The lifecycle of a model in the config: a table of dates.

use serde::{Deserialize, Deserializer, de::Error};

use crate::ModelLifecycle;

/// The config table, in which no key is ignored.
#[derive(Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a table such as { shutdown = \"2027-04-01\", successor = \"MODEL\" }"
)]
struct LifecycleTable {
    #[serde(deserialize_with = "date")]
    shutdown: Option<String>,
    successor: Option<String>,
}

pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ModelLifecycle, D::Error> {
    let LifecycleTable { shutdown, successor } = LifecycleTable::deserialize(deserializer)?;
    Ok(ModelLifecycle { shutdown, successor })
}

pub(crate) fn read_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ModelLifecycle>, D::Error> {
    read(deserializer).map(Some)
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_date = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    if is_date {
        Ok(Some(text))
    } else {
        Err(D::Error::custom(format!("must be a date such as \"2027-04-01\", not \"{text}\"")))
    }
}
