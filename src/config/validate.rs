//! What no single section of the config can know: names that have to exist, limits that contradict each other.

use toml::{Table, Value};

use super::{Config, read::Reader};
use crate::{diagnostic::End, nearest};

impl Reader {
    /// Checks what the sections say of each other.
    pub(super) fn validate(&mut self, config: &mut Config) {
        self.validate_lane_names(config);
        let name = &config.default_backend;
        if name != "auto" && !name.is_empty() && !config.backends.contains_key(name) {
            let known = ["auto"].into_iter().chain(config.backends.keys().map(String::as_str));
            let message = format!("there is no backend `{name}`");
            self.problem(&["default_backend"], message, Some(nearest::hint(name, known)));
        }
        if config.compare.mirrored > 50 {
            let message = "`mirrored` is a percentage, at most 50".to_owned();
            self.problem(&["compare", "mirrored"], message, Some("15 tells enough about a voter".to_owned()));
        }
        self.validate_budget(config);
        self.validate_lanes(config);
    }

    fn validate_budget(&mut self, config: &Config) {
        let budget = &config.budget;
        if budget.per_job.zip(budget.daily).is_some_and(|(job, day)| job > day) {
            let message = "`per_job` is more than `daily` allows".to_owned();
            let hint = Some("the lower limit decides".to_owned());
            self.warnings.push(self.sources.complain(&["budget", "per_job"], End::Value, message, hint));
        }
        // A limit on a misspelt name would limit nothing; a backend that is switched off may keep its limit.
        let known = names_of_backends(&config.merged);
        for name in budget.backends.keys().filter(|name| !known.contains(&name.as_str())) {
            let hint = Some(nearest::hint(name, known.iter().copied()));
            let message = format!("there is no backend `{name}`");
            self.complain(&["budget", "backends", name], End::Key, message, hint);
        }
    }

    /// A lane named like a backend would take its place, and may cost where that one is free.
    fn validate_lane_names(&mut self, config: &mut Config) {
        let known = names_of_backends(&config.merged);
        let lanes = config.compare.lanes.keys().filter(|lane| known.contains(&lane.as_str()));
        let (own, usual): (Vec<String>, Vec<String>) =
            lanes.cloned().partition(|lane| self.sources.is_users(&["compare", "lanes", lane]));
        for lane in &own {
            let message = format!("the lane `{lane}` has the name of a backend");
            let hint = Some("give the lane another name".to_owned());
            self.complain(&["compare", "lanes", lane], End::Key, message, hint);
        }
        config.compare.lanes.retain(|lane, _| !own.contains(lane) && !usual.contains(lane));
    }

    /// A backend that is switched off may keep its lanes; one that was never there is a slip.
    fn validate_lanes(&mut self, config: &Config) {
        let known = names_of_backends(&config.merged);
        for (lane, table) in config.compare.lanes.iter().filter(|(_, table)| !known.contains(&table.backend.as_str())) {
            let hint = Some(nearest::hint(&table.backend, known.iter().copied()));
            let message = format!("there is no backend `{}`", table.backend);
            self.problem(&["compare", "lanes", lane, "backend"], message, hint);
        }
    }
}

/// The names of all backends, also of those that are switched off.
fn names_of_backends(merged: &Table) -> Vec<&str> {
    let tables = merged.get("backends").and_then(Value::as_table);
    tables.into_iter().flat_map(Table::keys).map(String::as_str).collect()
}
