//! Assembles a job's result from its conversations: images, usage, cost, notes.
//! A drawing that was paid for is returned even if others of the same job failed.

use super::{catalog::CodexSpec, drawing::CodexDrawing, instructions, price, response_events::FinishedAnswer};
use crate::{BackendError, Cost, ErrorKind, Outcome, ProviderIds, Request, Settings, Usage, Value, svg::SvgValidity};

/// The result of one image's conversation.
#[derive(Debug, Default)]
pub(crate) struct ImageOutcome {
    sheets: Vec<CodexDrawing>,
    usages: Vec<Option<Usage>>,
    costs: Vec<Option<Cost>>,
    notes: Vec<String>,
    tier: Option<String>,
    ids: ProviderIds,
}

impl ImageOutcome {
    /// Adds the usage of an answer.
    pub(crate) fn add_usage(&mut self, spec: &CodexSpec, answered: &FinishedAnswer, prices_as_of: &str) {
        let cost =
            answered.usage.as_ref().and_then(|usage| price::cost(spec, usage, answered.tier.as_deref(), prices_as_of));
        self.costs.push(cost);
        self.usages.push(answered.usage.clone());
        self.tier.clone_from(&answered.tier);
    }

    /// Records a failure that may have been billed: the cost of the job is no longer known.
    pub(crate) fn mark_uncounted(&mut self, error: &BackendError) {
        if matches!(error.kind, ErrorKind::Unknown | ErrorKind::Server | ErrorKind::Protocol) {
            self.costs.push(None);
            self.usages.push(None);
        }
    }

    /// Adds a drawing; a later job continues from the first.
    pub(crate) fn add_drawing(&mut self, sheet: CodexDrawing, answered: &FinishedAnswer) {
        if self.sheets.is_empty() {
            self.ids =
                ProviderIds { request_id: answered.request_id.clone(), response_id: answered.response_id.clone() };
        }
        self.sheets.push(sheet);
    }

    /// Returns whether there is a drawing that can be rendered.
    pub(crate) const fn has_drawing(&self) -> bool {
        !self.sheets.is_empty()
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Returns the image to review.
    pub(crate) fn last_png(&self) -> &[u8] {
        self.sheets.last().map(|sheet| sheet.png.as_slice()).unwrap_or_default()
    }
}

/// Assembles a job: the first drawing of every image, then the results of further passes.
pub(crate) fn assemble(
    request: &Request,
    strands: Vec<Result<ImageOutcome, BackendError>>,
) -> Result<Outcome, BackendError> {
    let (mut good, mut failures) = (Vec::new(), Vec::new());
    for strand in strands {
        match strand {
            Ok(strand) => good.push(strand),
            Err(error) => failures.push(error),
        }
    }
    let Some(first) = good.first() else { return Err(BackendError::most_important(failures).unwrap_or_else(nothing)) };
    let mut outcome = Outcome {
        usage: usage(&good, &failures),
        cost: cost(&good, &failures),
        effective: effective(request, first),
        ids: first.ids.clone(),
        continuation: first.ids.response_id.as_ref().map(|id| serde_json::json!({ "previous_response_id": id })),
        validity: validity(&good),
        ..Outcome::default()
    };
    outcome.notes.extend(failures.iter().map(|error| format!("an image is missing: {error}")));
    for strand in &good {
        outcome.notes.extend(strand.notes.iter().cloned());
        let remarks = strand.sheets.iter().flat_map(|sheet| sheet.notes.iter().cloned());
        for remark in remarks {
            if !outcome.notes.contains(&remark) {
                outcome.notes.push(remark);
            }
        }
    }
    let mut later = Vec::new();
    for strand in good {
        let mut sheets = strand.sheets.into_iter();
        outcome.images.extend(sheets.next().map(CodexDrawing::into_image));
        later.extend(sheets.map(CodexDrawing::into_image));
    }
    outcome.images.extend(later);
    Ok(outcome)
}

fn nothing() -> BackendError {
    BackendError::new(ErrorKind::InvalidImage, "the model returned no drawing").with_hint("send it again")
}

/// Returns the validity of the first drawings: that of the least valid one.
fn validity(strands: &[ImageOutcome]) -> Option<SvgValidity> {
    let firsts = strands.iter().filter_map(|strand| strand.sheets.first());
    let after_repair = firsts.clone().any(|sheet| sheet.validity == SvgValidity::AfterRepair);
    firsts.map(|sheet| sheet.validity).next().map(|first| if after_repair { SvgValidity::AfterRepair } else { first })
}

/// Returns the sum over all turns; `None` if one of them is unknown or an image failed after it was paid for.
fn usage(strands: &[ImageOutcome], failures: &[BackendError]) -> Option<Usage> {
    Usage::total(strands.iter().flat_map(|strand| strand.usages.iter().cloned())).filter(|_| failures.is_empty())
}

/// Returns the sum over all turns; `None` if one of them is unknown or an image failed after it was paid for.
fn cost(strands: &[ImageOutcome], failures: &[BackendError]) -> Option<Cost> {
    Cost::total(strands.iter().flat_map(|strand| strand.costs.iter().cloned())).filter(|_| failures.is_empty())
}

/// Returns what took effect besides the request: the version of the instructions, the service tier.
fn effective(request: &Request, strand: &ImageOutcome) -> Settings {
    let mut effective = Settings::from([("instructions".to_owned(), Value::Integer(instructions::version()))]);
    let asked = request.text("service_tier");
    if let Some(tier) = strand.tier.as_deref().filter(|tier| asked.is_some() && asked != Some(*tier)) {
        effective.insert("service_tier".to_owned(), tier.into());
    }
    effective
}
