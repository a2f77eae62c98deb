//! Validation across sections: references to names, and limits that contradict each other.

use tintype_backends::Usd;
use toml::{Table, Value};

use super::{BackendBudget, Budget, Config, loader::ConfigReader};
use crate::{diagnostic::KeyOrValue, suggest};

/// Largest accepted limit.
const MAX_LIMIT: Usd = Usd::from_nanos(1_000_000 * 1_000_000_000);

impl ConfigReader {
    /// Validates the sections against each other.
    pub(super) fn validate(&mut self, config: &mut Config) {
        self.validate_lane_names(config);
        self.validate_default(config);
        if config.compare.mirrored > 50 {
            let message = format!("`mirrored` must be a percentage from 0 to 50, not {}", config.compare.mirrored);
            self.problem(&["compare", "mirrored"], message, Some("15 is enough to measure a voter".to_owned()));
        }
        self.validate_budget(config);
        self.validate_lanes(config);
    }

    fn validate_default(&mut self, config: &Config) {
        let name = &config.default_backend;
        if name == "auto" || name.is_empty() || config.backends.contains_key(name) {
            return;
        }
        let known = ["auto"].into_iter().chain(config.backends.keys().map(String::as_str));
        let table = config.merged.get("backends").and_then(|tables| tables.get(name));
        let is_off = table.and_then(|table| table.get("enabled")).and_then(Value::as_bool) == Some(false);
        let (message, hint) = match table {
            Some(_) if is_off => {
                let hint = format!("remove `enabled = false` from [backends.{name}], or choose another one");
                (format!("the backend `{name}` is disabled"), hint)
            }
            // The errors of its table are reported separately.
            Some(_) => return,
            None => (format!("there is no backend `{name}`"), suggest::hint(name, known)),
        };
        self.problem(&["default_backend"], message, Some(hint));
    }

    /// Refuses amounts that are implausibly large.
    fn validate_amounts(&mut self, budget: &Budget) {
        let own = budget.backends.iter().map(|(name, limits)| (vec!["budget", "backends", name.as_str()], limits));
        let overall = budget.overall();
        for (path, limits) in std::iter::once((vec!["budget"], &overall)).chain(own) {
            let BackendBudget { per_job, daily, monthly, unknown_price } = limits;
            let amounts =
                [("per_job", per_job), ("daily", daily), ("monthly", monthly), ("unknown_price", unknown_price)];
            for (key, usd) in amounts.into_iter().filter(|(_, usd)| usd.is_some_and(|usd| usd > MAX_LIMIT)) {
                let usd = usd.unwrap_or_default().dollars();
                let message =
                    format!("`{key}` must be an amount in dollars from 0 to {}, not {usd}", MAX_LIMIT.dollars());
                let path: Vec<&str> = path.iter().copied().chain([key]).collect();
                self.problem(&path, message, Some("remove it for no limit".to_owned()));
            }
        }
    }

    fn validate_budget(&mut self, config: &Config) {
        let budget = &config.budget;
        self.validate_amounts(budget);
        if budget.per_job.zip(budget.daily).is_some_and(|(job, day)| job > day) {
            let message = "`per_job` is greater than `daily`".to_owned();
            let hint = Some("the lower limit applies".to_owned());
            self.warnings.push(self.sources.diagnose_at(&["budget", "per_job"], KeyOrValue::Value, message, hint));
        }
        // A limit on a misspelled name would have no effect; a disabled backend may keep its limit.
        let known = names_of_backends(&config.merged);
        for name in budget.backends.keys().filter(|name| !known.contains(&name.as_str())) {
            let hint = Some(suggest::hint(name, known.iter().copied()));
            let message = format!("there is no backend `{name}`");
            self.report(&["budget", "backends", name], KeyOrValue::Key, message, hint);
        }
    }

    /// Refuses lanes named like a backend: they would take its place, and may cost money where it is free.
    fn validate_lane_names(&mut self, config: &mut Config) {
        let known = names_of_backends(&config.merged);
        let lanes = config.compare.lanes.keys().filter(|lane| known.contains(&lane.as_str()));
        let (own, usual): (Vec<String>, Vec<String>) =
            lanes.cloned().partition(|lane| self.sources.is_set_by_user(&["compare", "lanes", lane]));
        for lane in &own {
            let message = format!("the lane `{lane}` has the same name as a backend");
            let hint = Some("rename the lane".to_owned());
            self.report(&["compare", "lanes", lane], KeyOrValue::Key, message, hint);
        }
        config.compare.lanes.retain(|lane, _| !own.contains(lane) && !usual.contains(lane));
    }

    /// Refuses lanes of unknown backends; a disabled backend may keep its lanes.
    fn validate_lanes(&mut self, config: &Config) {
        let known = names_of_backends(&config.merged);
        for (lane, table) in config.compare.lanes.iter().filter(|(_, table)| !known.contains(&table.backend.as_str())) {
            let hint = Some(suggest::hint(&table.backend, known.iter().copied()));
            let message = format!("there is no backend `{}`", table.backend);
            self.problem(&["compare", "lanes", lane, "backend"], message, hint);
        }
    }
}

/// Returns the names of all backends, including disabled ones.
fn names_of_backends(merged: &Table) -> Vec<&str> {
    let tables = merged.get("backends").and_then(Value::as_table);
    tables.into_iter().flat_map(Table::keys).map(String::as_str).collect()
}
