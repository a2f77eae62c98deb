//! The step from draft to plan: every check that needs neither disk nor network.
//! Nothing is sent or spent; a dry run shows the plan.

use tintype_backends::{Capabilities, Model, Param, ParamError, Readiness, Request, SharedBackend};

use crate::engine::{Draft, Plan, Registry, SubmitError};

/// The maximum length of a prompt in characters: the highest limit of all models.
pub const MAX_PROMPT: usize = 32_000;

impl Registry {
    /// Checks, completes and prices a draft. Nothing is sent or written, and no backend is contacted.
    pub fn plan(&self, draft: &Draft) -> Result<Plan, SubmitError> {
        plan(self, draft).map(|(plan, _)| plan)
    }
}

/// Checks and completes a draft; also returns the backend that would generate it.
pub(super) fn plan(registry: &Registry, draft: &Draft) -> Result<(Plan, SharedBackend), SubmitError> {
    check_prompt(&draft.prompt)?;
    complete_draft(registry, draft)
}

/// Completes a draft like [`plan`], but without checking the prompt.
pub(super) fn complete_draft(registry: &Registry, draft: &Draft) -> Result<(Plan, SharedBackend), SubmitError> {
    let (name, backend) = choose_backend(registry, draft.backend.as_deref())?;
    let capabilities = backend.capabilities();
    let model = choose_model(name, capabilities, draft.model.as_deref())?;
    check_images(model, draft)?;
    check_defaults(name, capabilities)?;
    let settings = model.complete(&capabilities.defaults, &draft.settings)?;
    let request =
        Request { settings, count: draft.count.max(1), ..Request::new(draft.prompt.as_str(), model.id.as_str()) };
    let estimate = registry.refine(name, &request, backend.estimate(&request));
    let usual_duration = registry.usual_duration_of(name, &request);
    let plan =
        Plan { backend: name.to_owned(), kind: capabilities.kind.to_string(), request, estimate, usual_duration };
    Ok((plan, backend.clone()))
}

fn check_prompt(prompt: &str) -> Result<(), SubmitError> {
    if prompt.trim().is_empty() {
        return Err(SubmitError::EmptyPrompt);
    }
    match prompt.chars().count() {
        chars if chars > MAX_PROMPT => Err(SubmitError::PromptTooLong { chars, max: MAX_PROMPT }),
        _ => Ok(()),
    }
}

fn choose_backend<'a>(
    registry: &'a Registry,
    name: Option<&'a str>,
) -> Result<(&'a str, &'a SharedBackend), SubmitError> {
    let name = name.or(registry.default()).ok_or(SubmitError::NoBackend)?;
    registry.get(name).map(|backend| (name, backend)).ok_or_else(|| SubmitError::UnknownBackend {
        name: name.to_owned(),
        known: registry.names().map(str::to_owned).collect(),
    })
}

fn choose_model<'a>(
    backend: &str,
    capabilities: &'a Capabilities,
    model: Option<&str>,
) -> Result<&'a Model, SubmitError> {
    let id = model.unwrap_or(&capabilities.default_model);
    capabilities.model(id).ok_or_else(|| SubmitError::UnknownModel {
        backend: backend.to_owned(),
        model: id.to_owned(),
        known: capabilities.models.iter().map(|model| model.id.clone()).collect(),
    })
}

/// Checks the defaults of a backend's table. Those of an external program can only be checked once it has reported its
/// parameters.
fn check_defaults(backend: &str, capabilities: &Capabilities) -> Result<(), SubmitError> {
    if capabilities.readiness != Readiness::Ready {
        return Ok(());
    }
    for (name, value) in &capabilities.defaults {
        let params: Vec<&Param> = capabilities.models.iter().filter_map(|model| model.param(name)).collect();
        let refused = params.iter().map(|param| param.check(value).err()).collect::<Option<Vec<_>>>();
        if let Some(refused) = refused {
            let known = capabilities.models.iter().flat_map(|model| &model.params).map(|param| param.name.to_string());
            let what =
                refused.first().map_or_else(|| "none of its models has that setting".to_owned(), ToString::to_string);
            let mut known: Vec<String> = known.collect();
            known.dedup();
            let nearest = refused.iter().find_map(ParamError::hint);
            return Err(SubmitError::InvalidDefault {
                backend: backend.to_owned(),
                name: name.clone(),
                what,
                known,
                nearest,
            });
        }
    }
    Ok(())
}

fn check_images(model: &Model, draft: &Draft) -> Result<(), SubmitError> {
    let name = || model.id.clone();
    let inputs = draft.inputs.len();
    if draft.count > model.max_count {
        return Err(SubmitError::TooManyImages { model: name(), count: draft.count, max: model.max_count });
    }
    if inputs > model.max_inputs as usize {
        return Err(SubmitError::TooManyReferences { model: name(), count: inputs, max: model.max_inputs });
    }
    match (&draft.mask, &draft.markup) {
        (Some(_), _) if !model.mask => Err(SubmitError::MaskUnsupported { model: name() }),
        (_, Some(_)) if !model.markup => Err(SubmitError::MarkupUnsupported { model: name() }),
        (Some(_), Some(_)) => Err(SubmitError::MaskAndMarkup),
        (Some(_), None) if inputs == 0 => Err(SubmitError::MaskWithoutReference),
        (None, Some(_)) if inputs == 0 => Err(SubmitError::MarkupWithoutReference),
        _ => Ok(()),
    }
}
