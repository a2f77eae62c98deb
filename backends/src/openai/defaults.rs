//! The settings that a table says hold unless others are chosen. One table's defaults serve all of its models.
//! Only whether some model takes them; which of them go into a request is decided where that is made.

use crate::{Model, Param, Settings, TableError};

/// Checks that each default fits at least one of the models; the error names the first that fits none.
pub(crate) fn check(models: &[Model], defaults: &Settings) -> Result<(), TableError> {
    for (name, value) in defaults {
        let params: Vec<&Param> = models.iter().filter_map(|model| model.param(name)).collect();
        let wrong = match params.first().map(|param| param.check(value)) {
            None => format!("no model here has a setting `{name}`"),
            Some(Err(error)) if params.iter().all(|param| param.check(value).is_err()) => error.to_string(),
            Some(_) => continue,
        };
        return Err(TableError::new(vec!["defaults".into(), name.clone()], wrong)
            .with_hint("`tintype models` lists what each model takes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(qualities: &'static [&'static str]) -> Model {
        Model {
            id: String::new(),
            about: "".into(),
            params: vec![Param::choice("quality", "how well", qualities)],
            max_count: 1,
            max_inputs: 0,
            mask: false,
            markup: false,
            life: crate::Life::default(),
        }
    }

    #[test]
    fn a_mistyped_default_is_found() {
        let models = [model(&["low", "max"]), model(&["low", "fine"])];
        let check = |name: &str, value: &str| check(&models, &[(name.to_owned(), value.into())].into());
        check("quality", "max").unwrap();
        check("quality", "fine").unwrap();
        assert_eq!(check("qualty", "low").unwrap_err().message, "no model here has a setting `qualty`");
        assert!(check("quality", "best").unwrap_err().message.starts_with("`quality` does not take `best`"));
    }
}
