//! The default settings of a config table, which serve all of its models.
//! It checks only that some model accepts them; the request builder decides which of them are sent.

use std::collections::BTreeSet;

use crate::{Model, Param, ParamError, Settings, TableError, Value, suggest};

/// Checks that each default fits at least one of the models. The error lists every default that fits none.
pub(crate) fn check(models: &[Model], defaults: &Settings) -> Result<(), TableError> {
    TableError::combined(defaults.iter().filter_map(|(name, value)| misfit(models, name, value))).map_or(Ok(()), Err)
}

fn misfit(models: &[Model], name: &str, value: &Value) -> Option<TableError> {
    let at = |message: String| TableError::new(vec!["defaults".into(), name.to_owned()], message);
    let params: Vec<&Param> = models.iter().filter_map(|model| model.param(name)).collect();
    if params.is_empty() {
        let known: BTreeSet<&str> =
            models.iter().flat_map(|model| &model.params).map(|param| param.name.as_ref()).collect();
        let error = at(format!("none of its models has a setting `{name}`"));
        return Some(error.with_hint(suggest::hint(name, known)).about_key());
    }
    let refused: Option<Vec<_>> = params.iter().map(|param| param.check(value).err()).collect();
    let refused = refused?;
    let hint = refused.iter().find_map(ParamError::hint);
    let hint = hint.unwrap_or_else(|| "`tintype models` lists the settings of each model".to_owned());
    Some(at(refused.first()?.to_string()).with_hint(hint))
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
            life: crate::ModelLifecycle::default(),
        }
    }

    #[test]
    fn a_mistyped_default_is_found() {
        let models = [model(&["low", "max"]), model(&["low", "fine"])];
        let check = |name: &str, value: &str| check(&models, &[(name.to_owned(), value.into())].into());
        check("quality", "max").unwrap();
        check("quality", "fine").unwrap();
        let typo = check("qualty", "low").unwrap_err();
        assert_eq!(typo.message, "none of its models has a setting `qualty`");
        assert_eq!((typo.hint.as_deref(), typo.is_key), (Some("did you mean `quality`?"), true));
        assert_eq!(check("quality", "fin").unwrap_err().hint.as_deref(), Some("did you mean `fine`?"));
        assert!(check("quality", "best").unwrap_err().message.starts_with("`quality` does not take `best`"));
    }
}
