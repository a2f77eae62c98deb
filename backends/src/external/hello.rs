//! Builds the capabilities of a backend from a program's hello. A hello is untrusted input: odd entries are dropped
//! with a remark, and wrong ones are errors.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{
    errors::{self, sanitize},
    protocol::{CostQuote, Hello, HelloModel, Price, PriceRule, Serves, VERSION_2},
    settings::ExternalProgram,
};
use crate::{
    BackendError, Capabilities, ErrorKind, Estimate, Model, Param, ParamKind, Readiness, Request, Settings, Usd,
};

/// The name of this backend kind in the config.
pub(super) const KIND_NAME: &str = "external";

/// The maximum number of models, more than anyone chooses from.
const MAX_MODELS: usize = 500;

/// The maximum number of settings, more than a pane shows.
const MAX_PARAMS: usize = 100;

/// The facts about a program that has sent its hello.
#[derive(Debug)]
pub(super) struct ProgramInfo {
    pub(super) capabilities: Capabilities,
    /// The prices of an image, indexed like the models: prices under certain settings, and the price otherwise.
    prices: Vec<(Vec<PriceRule>, Option<Price>)>,
    /// The negotiated protocol version.
    pub(super) version: u32,
    /// True if it answers `estimate`.
    pub(super) estimates: bool,
    /// The maximum number of concurrent jobs, if the program states one.
    pub(super) concurrency: Option<u32>,
    /// Remarks on harmless oddities in the hello.
    pub(super) remarks: Vec<String>,
    /// True if one process takes one job after the other.
    pub(super) serves_many: bool,
}

/// Returns the capabilities of a program that has not sent a hello, or cannot.
pub(super) fn uninitialized(program: &ExternalProgram, readiness: Readiness) -> Capabilities {
    let id = program.model.clone().unwrap_or_else(|| program.name.clone());
    let command = program.file.display().to_string();
    Capabilities {
        kind: KIND_NAME.into(),
        about: format!("the program `{}`", sanitize(&command)).into(),
        models: vec![model(&HelloModel { id: id.clone(), ..HelloModel::default() }, Vec::new())],
        default_model: id,
        defaults: program.defaults.clone(),
        readiness,
        offline: false,
        previews: false,
        resume: false,
        asks: false,
    }
}

impl ProgramInfo {
    /// Accepts a hello as far as it makes sense.
    pub(super) fn new(program: &ExternalProgram, hello: &Hello) -> Result<Self, BackendError> {
        let mut remarks = program.remarks.clone();
        let version = hello.version().ok_or_else(|| errors::wrong_version(program, &hello.versions))?;
        remarks.extend(hello.unknown_fields.iter().map(|words| sanitize(words)));
        remarks.extend(contradiction_remarks(hello));
        let stated = stated_models(program, hello);
        let mut known = BTreeSet::new();
        let (mut models, mut prices) = (Vec::new(), Vec::new());
        for stated in stated.iter().take(MAX_MODELS) {
            if is_valid_model(stated, &mut known, &mut remarks) {
                let params = stated.params.as_ref().unwrap_or(&hello.params);
                let mut model = model(stated, read_params(params, (&stated.id, version), &mut remarks));
                model.markup = version >= VERSION_2 && stated.markup && stated.max_inputs > 0;
                models.push(model);
                let rules = if version >= VERSION_2 { stated.prices.clone() } else { Vec::new() };
                prices.push((rules, stated.price.clone()));
            }
        }
        remarks.extend(check_lifecycles(&mut models));
        let default_model = default_model(program, hello, &models)?;
        if let Some(id) = hello.default_model.as_ref().filter(|id| !models.iter().any(|model| model.id == **id)) {
            remarks.push(format!("`default_model` is `{}`, which is not one of its models", sanitize(id)));
        }
        let defaults = program.defaults.clone();
        let odd = unknown_defaults(&defaults, &models);
        if hello.missing.is_none() && !odd.is_empty() {
            return Err(unknown_defaults_error(&odd, &models));
        }
        // Settings that are not offered now may be offered once the missing requirement is met.
        remarks.extend(odd);
        if hello.offline && hello.has_price() {
            remarks.push("its hello says `offline`, which is free, but names a price; it counts as paid".to_owned());
        }
        let capabilities = Capabilities {
            kind: KIND_NAME.into(),
            about: about(program, hello).into(),
            models,
            default_model,
            defaults,
            readiness: readiness(hello),
            offline: hello.is_free(),
            previews: hello.previews,
            resume: hello.resume,
            asks: hello.asks,
        };
        let concurrency = hello.concurrency.filter(|_| version >= VERSION_2).map(|most| most.clamp(1, 64));
        let estimates = version >= VERSION_2 && hello.estimates;
        let serves_many = hello.serves == Serves::Many;
        Ok(Self { capabilities, prices, version, estimates, concurrency, remarks, serves_many })
    }

    /// Estimates the cost of a request from the prices in the hello.
    pub(super) fn estimate(&self, request: &Request) -> Estimate {
        if self.capabilities.offline {
            return Estimate::FREE;
        }
        let at = self.capabilities.models.iter().position(|model| model.id == request.model);
        let Some((rules, usual)) = at.and_then(|at| self.prices.get(at)) else { return Estimate::default() };
        let fits = |rule: &&PriceRule| rule.when.iter().all(|(name, value)| request.settings.get(name) == Some(value));
        let Some(price) = rules.iter().find(fits).map(|rule| &rule.price).or(usual.as_ref()) else {
            return Estimate::default();
        };
        let times = |usd: Usd| usd.times(u64::from(request.count));
        Estimate {
            usd: Some(times(price.usd)),
            upper: price.upper.map(times),
            prices_as_of: price.as_of.clone().filter(|day| is_day(day)),
            guess: None,
        }
    }
}

/// Converts a program's own estimate of a request.
pub(super) fn quote_to_estimate(quote: CostQuote) -> Option<Estimate> {
    let CostQuote { usd, upper, as_of } = quote;
    let prices_as_of = as_of.filter(|day| is_day(day));
    (usd.is_some() || upper.is_some()).then_some(Estimate { usd, upper, prices_as_of, guess: None })
}

/// Raises the worst case of a program's own estimate to at least its likely cost and the price in its hello, because
/// budgets rely on it.
pub(super) fn with_declared_bound(asked: Estimate, declared: &Estimate) -> Estimate {
    let bound = declared.upper_bound().max(asked.usd).filter(|least| Some(*least) > asked.upper_bound());
    Estimate { upper: bound.or(asked.upper), ..asked }
}

/// Returns remarks on contradictions in a hello.
fn contradiction_remarks(hello: &Hello) -> Vec<String> {
    let mut odd = Vec::new();
    if hello.serves == Serves::One && hello.at_once.is_some_and(|most| most > 1) {
        odd.push(
            "`at_once` has no effect if a process serves one job; `concurrency` limits how many are started".to_owned(),
        );
    }
    for model in &hello.models {
        let id = sanitize(&model.id);
        if (model.mask || model.markup) && model.max_inputs == 0 {
            odd.push(format!("`{id}` takes a mask or markup but no reference image: `max_inputs` is 0"));
        }
        let prices = model.price.iter().chain(model.prices.iter().map(|rule| &rule.price));
        for price in prices {
            if price.upper.is_some_and(|upper| upper < price.usd) {
                odd.push(format!("`upper` of a price of `{id}` is less than its `usd`"));
            }
            if price.as_of.as_ref().is_some_and(|day| !is_day(day)) {
                odd.push(format!("`as_of` of a price of `{id}` is not a date; use YYYY-MM-DD"));
            }
        }
    }
    odd
}

/// Returns true if a text is a valid calendar date, written as `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Returns remarks on shutdown dates and successors of models, and drops invalid dates.
fn check_lifecycles(models: &mut [Model]) -> Vec<String> {
    let ids: BTreeSet<String> = models.iter().map(|model| model.id.clone()).collect();
    let mut odd = Vec::new();
    for model in models {
        if let Some(day) = model.life.shutdown.take_if(|day| !is_day(day)) {
            odd.push(format!(
                "`shutdown` of `{}` is `{}`, which is not a date; use YYYY-MM-DD",
                model.id,
                sanitize(&day)
            ));
        }
        if let Some(other) = model.life.successor.as_ref().filter(|other| !ids.contains(*other)) {
            odd.push(format!("`successor` of `{}` is `{}`, which is not one of its models", model.id, sanitize(other)));
        }
    }
    odd
}

fn about(program: &ExternalProgram, hello: &Hello) -> String {
    match sanitize(&hello.about) {
        empty if empty.is_empty() => format!("the program `{}`", sanitize(&program.file.display().to_string())),
        about => about,
    }
}

fn readiness(hello: &Hello) -> Readiness {
    match &hello.missing {
        None => Readiness::Ready,
        Some(what) => {
            let hint = hello.hint.as_deref().map(sanitize).filter(|hint| !hint.is_empty());
            let hint = hint.unwrap_or_else(|| "fix that, then try again".to_owned());
            Readiness::Missing { what: sanitize(what), hint }
        }
    }
}

/// Returns the models in the hello; a program that names none counts as one model.
fn stated_models(program: &ExternalProgram, hello: &Hello) -> Vec<HelloModel> {
    if !hello.models.is_empty() {
        return hello.models.clone();
    }
    let id = if hello.name.is_empty() { program.name.clone() } else { hello.name.clone() };
    vec![HelloModel { id, about: hello.about.clone(), ..HelloModel::default() }]
}

fn is_valid_model(stated: &HelloModel, known: &mut BTreeSet<String>, remarks: &mut Vec<String>) -> bool {
    let id = &stated.id;
    if id.is_empty() || id.len() > 200 || id.chars().any(char::is_control) {
        remarks.push(format!("skipped the model `{}`: its id is not plain text", sanitize(id)));
        return false;
    }
    let fresh = known.insert(id.clone());
    if !fresh {
        remarks.push(format!("the model `{id}` is listed twice"));
    }
    fresh
}

fn model(stated: &HelloModel, params: Vec<Param>) -> Model {
    Model {
        id: stated.id.clone(),
        about: sanitize(&stated.about).into(),
        params,
        max_count: stated.max_count.clamp(1, 100),
        max_inputs: stated.max_inputs,
        mask: stated.mask && stated.max_inputs > 0,
        markup: false,
        life: stated.life.clone(),
    }
}

/// Parses the settings, and drops those that are not valid.
fn read_params(stated: &[Json], (model, version): (&str, u32), remarks: &mut Vec<String>) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    for (at, json) in stated.iter().take(MAX_PARAMS).enumerate() {
        match read_param(json, version).and_then(|param| reject_duplicate(param, &params)) {
            Ok(param) => params.push(param),
            Err(what) => {
                let name = json.get("name").and_then(Json::as_str).map_or_else(|| at.to_string(), sanitize);
                remarks.push(format!("skipped the setting `{name}` of `{}`: {what}", sanitize(model)));
            }
        }
    }
    let names: BTreeSet<String> = params.iter().map(|param| param.name.to_string()).collect();
    params.retain(|param| {
        let missing = param.when.as_ref().filter(|when| !names.contains(when.param.as_ref()));
        if let Some(when) = missing {
            let other = sanitize(&when.param);
            remarks
                .push(format!("skipped the setting `{}`: it depends on `{other}`, which does not exist", param.name));
        }
        missing.is_none()
    });
    params
}

fn reject_duplicate(param: Param, others: &[Param]) -> Result<Param, String> {
    if others.iter().any(|other| other.name == param.name) {
        return Err("its name is already taken".to_owned());
    }
    Ok(param)
}

fn read_param(json: &Json, version: u32) -> Result<Param, String> {
    let mut param: Param = serde_json::from_value(json.clone()).map_err(|error| sanitize(&error.to_string()))?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if param.name.is_empty() || param.name.len() > 40 || !param.name.chars().all(plain) {
        return Err("its name must be lowercase letters, digits and underscores".to_owned());
    }
    param.about = sanitize(&param.about).into();
    let is_newer = matches!(param.kind, ParamKind::Decimal { .. } | ParamKind::List { .. } | ParamKind::File);
    if is_newer && version < VERSION_2 {
        return Err("its kind requires version 2".to_owned());
    }
    if let ParamKind::Decimal { min, max } = &param.kind
        && (min > max || !min.is_finite() || !max.is_finite())
    {
        return Err(format!("its `min`, {min}, is above its `max`, {max}"));
    }
    if let ParamKind::Integer { min, max } = &param.kind
        && min > max
    {
        return Err(format!("its `min`, {min}, is above its `max`, {max}"));
    }
    if let ParamKind::Choice { choices } = &param.kind {
        let odd = choices.iter().any(|word| word.is_empty() || word.chars().any(char::is_control));
        if odd || choices.is_empty() {
            return Err("its choices are not plain words".to_owned());
        }
    }
    if let ParamKind::List { choices, .. } = &param.kind
        && choices.iter().any(|word| word.trim() != *word || word.is_empty() || word.contains([',', '\n', '\u{1b}']))
    {
        return Err("its choices are not plain words without commas".to_owned());
    }
    if let ParamKind::Size { presets, auto: false, free: None } = &param.kind
        && presets.is_empty()
    {
        return Err("it offers no sizes".to_owned());
    }
    if param.keyword.as_ref().is_some_and(|word| word.is_empty() || !word.chars().all(plain)) {
        return Err("its `keyword` must be lowercase letters, digits and underscores".to_owned());
    }
    if let Some(default) = &param.default {
        param.check(default).map_err(|error| sanitize(&format!("its default is not valid: {error}")))?;
    }
    Ok(param)
}

fn default_model(program: &ExternalProgram, hello: &Hello, models: &[Model]) -> Result<String, BackendError> {
    let has = |id: &String| models.iter().any(|model| model.id == *id);
    let error = |message: String| BackendError::new(ErrorKind::InvalidParameter, message);
    if let Some(id) = &program.model {
        let ids: Vec<String> = models.iter().take(8).map(|model| format!("`{}`", model.id)).collect();
        return if has(id) {
            Ok(id.clone())
        } else {
            let message = format!("`{}` has no model `{}`", program.name, sanitize(id));
            Err(error(message).with_hint(format!("it has {}", ids.join(", "))))
        };
    }
    let stated = hello.default_model.clone().filter(has);
    stated.or_else(|| models.first().map(|model| model.id.clone())).ok_or_else(|| {
        error(format!("`{}` has no usable model", program.name))
            .with_hint(format!("its author can run `tintype backends check {}`", program.name))
    })
}

/// Returns the error for `defaults` in the table that no model takes.
fn unknown_defaults_error(odd: &[String], models: &[Model]) -> BackendError {
    let params = models.iter().flat_map(|model| &model.params);
    let names: BTreeSet<String> = params.map(|param| format!("`{}`", param.name)).collect();
    let error = BackendError::new(ErrorKind::InvalidParameter, odd.join("; "));
    if names.is_empty() {
        return error.with_hint("it has no settings; remove `defaults` from its table");
    }
    error.with_hint(format!("its settings are {}", names.into_iter().collect::<Vec<_>>().join(", ")))
}

/// Returns the defaults in the table that no model takes.
fn unknown_defaults(defaults: &Settings, models: &[Model]) -> Vec<String> {
    let odd = |name: &String, value| {
        let params: Vec<&Param> = models.iter().filter_map(|model| model.param(name)).collect();
        match params.first() {
            None => Some(format!("`defaults` names `{name}`, which none of its models has")),
            Some(first) => {
                let taken = params.iter().any(|param| param.check(value).is_ok());
                (!taken).then(|| format!("`defaults` sets `{name}` to `{value}`; expected {}", first.expects()))
            }
        }
    };
    defaults.iter().filter_map(|(name, value)| odd(name, value)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Accounts, Table, external::protocol::MessageBody};

    fn program(table: &str) -> ExternalProgram {
        let settings = toml::from_str(&format!("command = ['x']\n{table}")).unwrap();
        ExternalProgram::read(&Table {
            name: "mine",
            settings: &settings,
            env: &|_| None,
            folder: Path::new("/"),
            accounts: &Accounts::default(),
            renderer: &crate::svg::Renderer::default(),
        })
        .unwrap()
    }

    fn known(table: &str, hello: &str) -> Result<ProgramInfo, BackendError> {
        let line = format!(r#"{{"type":"hello",{hello}}}"#);
        let Ok(Some(said)) = crate::external::protocol::read(line.as_bytes(), |_| ()) else { panic!("{line}") };
        let MessageBody::Hello(hello) = said.what else { panic!("{line}") };
        ProgramInfo::new(&program(table), &hello)
    }

    #[test]
    fn program_without_models_counts_as_one_model() {
        let it = known("", r#""versions":[1],"name":"circle","params":[{"name":"red","about":"","kind":"flag"}]"#);
        let it = it.unwrap().capabilities;
        assert_eq!((it.default_model.as_str(), it.models[0].params.len()), ("circle", 1));
        assert_eq!((it.readiness, it.offline), (Readiness::Ready, false));
    }

    #[test]
    fn version_mismatch_names_the_older_side() {
        let hint = |versions: &str| known("", versions).err().and_then(|error| error.hint);
        assert_eq!(hint(r#""versions":[3,1]"#), None);
        assert_eq!(known("", r#""versions":[2,1]"#).unwrap().version, 2);
        assert_eq!(hint(r#""versions":[0]"#).unwrap(), "update `mine`");
        assert!(hint(r#""versions":[3,4]"#).unwrap().starts_with("update Tintype"));
        assert!(known("", r#""name":"x""#).unwrap_err().message.contains("versions"));
    }

    #[test]
    fn invalid_hello_entries_are_dropped_with_a_remark() {
        let params = r#""versions":[1],"params":[
            {"name":"hue","about":"which","kind":"wheel"},
            {"name":"Bad Name","about":"x","kind":"flag"},
            {"name":"n","about":"x","kind":"integer","min":1,"max":2,"default":9},
            {"name":"w","about":"x","kind":"flag","when":{"param":"gone","is":[true]}},
            {"name":"ok","about":"fine.\u001b[31m","kind":"flag","later":1}]"#;
        let it = known("", &params.replace('\n', " ")).unwrap();
        let names: Vec<&str> = it.capabilities.models[0].params.iter().map(|param| param.name.as_ref()).collect();
        assert_eq!((names, it.remarks.len()), (vec!["ok"], 5), "{:?}", it.remarks);
        assert!(!it.capabilities.models[0].params[0].about.contains('\u{1b}'));
    }

    #[test]
    fn contradictory_hello_has_remarks() {
        for (lie, words) in [
            (r#""params":[{"name":"n","kind":"integer","min":5,"max":1}]"#, "its `min`, 5, is above its `max`, 1"),
            (r#""models":[{"id":"a"}],"default_model":"b""#, "`default_model` is `b`, which is not one"),
            (r#""models":[{"id":"a","successor":"b"}]"#, "`successor` of `a` is `b`, which is not one"),
            (r#""models":[{"id":"a","shutdown":"soon"}]"#, "`shutdown` of `a` is `soon`, which is not a date"),
            (
                r#""models":[{"id":"a","price":{"usd":1,"as_of":"2026-02-30"}}]"#,
                "`as_of` of a price of `a` is not a date",
            ),
            (r#""models":[{"id":"a","price":{"usd":2,"upper":1}}]"#, "is less than its `usd`"),
            (r#""models":[{"id":"a","mask":true}]"#, "`max_inputs` is 0"),
            (r#""offline":true,"models":[{"id":"a","price":{"usd":2}}]"#, "names a price"),
            (r#""params":[{"name":"n","kind":"flag","keyword":"a b"}]"#, "its `keyword` must be lowercase letters"),
            (r#""params":[{"name":"n","kind":"flag","defualt":true}]"#, "did you mean `default`?"),
            (r#""at_once":4"#, "`at_once` has no effect"),
        ] {
            let it = known("", &format!(r#""versions":[2],{lie}"#)).unwrap();
            assert!(it.remarks.iter().any(|remark| remark.contains(words)), "{lie}: {:?}", it.remarks);
        }
        assert_eq!(known("", r#""versions":[1],"name":"a""#).unwrap().remarks, [] as [String; 0]);
    }

    #[test]
    fn price_follows_the_settings_in_version_2() {
        let hello = r#""versions":[VERSION],"models":[{"id":"a","price":{"usd":0.1},"markup":true,"max_inputs":1,
            "prices":[{"when":{"quality":"high"},"usd":0.5,"upper":0.7}]}]"#
            .replace('\n', " ");
        let request = |quality: &str| {
            let mut request = Request::new("x", "a");
            request.settings.insert("quality".to_owned(), quality.into());
            request
        };
        let second = known("", &hello.replace("VERSION", "1,2")).unwrap();
        assert_eq!(second.estimate(&request("high")).upper_bound(), Some(Usd::from_dollars(0.7)));
        assert_eq!(second.estimate(&request("low")).usd, Some(Usd::from_dollars(0.1)));
        assert!(second.capabilities.models[0].markup);
        let first = known("", &hello.replace("VERSION", "1")).unwrap();
        assert_eq!(first.estimate(&request("high")).usd, Some(Usd::from_dollars(0.1)));
        assert!(!first.capabilities.models[0].markup, "a program of version 1 gets what it never heard of");
    }

    #[test]
    fn config_overrides_the_default_model_and_reports_mistakes() {
        let models = r#""versions":[1],"models":[{"id":"a"},{"id":"b"}],"default_model":"b""#;
        assert_eq!(known("", models).unwrap().capabilities.default_model, "b");
        assert_eq!(known("model = 'a'", models).unwrap().capabilities.default_model, "a");
        let error = known("model = 'c'", models).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("it has `a`, `b`"));
        let typo = known("[defaults]\nx = 1", models).unwrap_err();
        assert_eq!(typo.message, "`defaults` names `x`, which none of its models has");
        let lacking = format!("{models},\"missing\":\"no server\"");
        assert_eq!(known("[defaults]\nx = 1", &lacking).unwrap().remarks.len(), 1);
    }

    #[test]
    fn declared_price_gives_an_estimate_and_a_missing_one_does_not() {
        let models = r#""versions":[1],"models":[{"id":"a","price":{"usd":0.5,"as_of":"2026-11-01"}},{"id":"b"}]"#;
        let it = known("", models).unwrap();
        let estimate = |model: &str| it.estimate(&Request { count: 2, ..Request::new("x", model) });
        assert_eq!(estimate("a").usd, Some(Usd::from_dollars(1.0)));
        assert_eq!(estimate("b"), Estimate::default());
        let free = known("", r#""versions":[1],"name":"a","offline":true"#).unwrap();
        assert_eq!(free.estimate(&Request::new("x", "a")), Estimate::FREE);
    }

    #[test]
    fn offline_with_a_price_counts_as_paid_and_is_remarked_on() {
        for price in [r#"{"usd":0.5}"#, r#"{"usd":0,"upper":0.5}"#] {
            let hello = format!(r#""versions":[1],"offline":true,"models":[{{"id":"a","price":{price}}}]"#);
            let it = known("", &hello).unwrap();
            assert!(!it.capabilities.offline, "{price}");
            assert_eq!(it.estimate(&Request::new("x", "a")).upper_bound(), Some(Usd::from_dollars(0.5)), "{price}");
            assert!(it.remarks[0].ends_with("it counts as paid"), "{:?}", it.remarks);
        }
        let free = r#""versions":[1],"offline":true,"models":[{"id":"a","price":{"usd":0}}]"#;
        assert!(known("", free).unwrap().capabilities.offline);
    }
}
