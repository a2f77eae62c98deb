//! Assembles a job's result from the server's replies: images, usage, cost, effective settings.
//! An image that was paid for is returned even if others of the same job failed.

use super::{
    catalog::GptImageSpec,
    price,
    reply::{GptImageReply, ImageSource},
};
use crate::{
    BackendError, Cost, CostBasis, ErrorKind, Format, Image, Outcome, ProviderIds, Request, Settings, Usage, Usd,
    Value,
    openai::{base64_stream::ImageDataError, image_extractor::ReceivedImage},
};

/// The cost in USD beyond which a server's figure is not believed.
const MAX_PLAUSIBLE_COST: f64 = 10_000.0;

/// Assembles a job's replies.
pub(crate) fn assemble(
    spec: &GptImageSpec,
    request: &Request,
    prices_as_of: &str,
    answers: Vec<Result<GptImageReply, BackendError>>,
) -> Result<Outcome, BackendError> {
    let (mut replies, mut failures) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(reply) => replies.push(reply),
            Err(error) => failures.push(error),
        }
    }
    if replies.is_empty() {
        return Err(BackendError::most_important(failures).unwrap_or_else(|| empty(None)));
    }
    let usage = Usage::total(replies.iter().map(|reply| reply.usage.clone()));
    let mut outcome = Outcome {
        cost: cost(spec, &replies, prices_as_of),
        usage,
        ids: ids(&replies),
        continuation: continuation(&replies),
        revised_prompt: replies.iter().find_map(|reply| reply.revised_prompt.clone()),
        ..Outcome::default()
    };
    outcome.notes.extend(failures.iter().map(|error| format!("an image is missing: {error}")));
    outcome.notes.extend(replies.iter().flat_map(|reply| reply.missing.iter().cloned()));
    let facts = replies.iter().map(facts).next().unwrap_or_default();
    let mut unreadable = Vec::new();
    for reply in replies {
        let id = reply.request_id;
        outcome.notes.extend(reply.notes);
        for source in reply.images {
            match image(source, id.clone()) {
                Ok(image) => outcome.images.push(image),
                Err(error) => unreadable.push(error),
            }
        }
    }
    let Some(first) = outcome.images.first() else {
        let failure = unreadable.pop().or_else(|| failures.pop());
        return Err(failure.unwrap_or_else(|| empty(outcome.ids.request_id)));
    };
    outcome.notes.extend(unreadable.iter().map(|error| format!("an image is missing: {error}")));
    failures.extend(unreadable);
    outcome.effective = effective(request, facts, first);
    if outcome.images.len() < request.count as usize && failures.is_empty() {
        outcome.notes.push(format!("the server returned {} of {} images", outcome.images.len(), request.count));
    }
    Ok(outcome)
}

fn ids(replies: &[GptImageReply]) -> ProviderIds {
    ProviderIds {
        request_id: replies.iter().find_map(|reply| reply.request_id.clone()),
        response_id: replies.iter().find_map(|reply| reply.response_id.clone()),
    }
}

/// Returns the continuation, which refers to the first response.
fn continuation(replies: &[GptImageReply]) -> Option<serde_json::Value> {
    let id = replies.iter().find_map(|reply| reply.response_id.as_ref())?;
    Some(serde_json::json!({ "previous_response_id": id }))
}

fn empty(request_id: Option<String>) -> BackendError {
    BackendError::new(ErrorKind::InvalidImage, "the server returned no image")
        .with_hint("some servers do this when their safety system refuses a prompt; rephrase it")
        .with_request_id(request_id)
}

fn no_picture(request_id: Option<String>) -> BackendError {
    BackendError::new(ErrorKind::InvalidImage, "the server sent data that is not an image")
        .with_hint("the response is kept in the job's spool folder; you may have been charged")
        .with_request_id(request_id)
}

fn image(source: ImageSource, request_id: Option<String>) -> Result<Image, BackendError> {
    let ReceivedImage { bytes, file } = match source {
        ImageSource::Received(image) => image,
        ImageSource::Damaged(bad) => return Err(damaged(bad, request_id)),
        ImageSource::Linked(_) => return Err(no_picture(request_id)),
    };
    let Some(format) = Format::detect(&bytes) else { return Err(no_picture(request_id)) };
    let svg = (format == Format::Svg).then(|| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Image { bytes, format, svg, file })
}

fn damaged(bad: ImageDataError, request_id: Option<String>) -> BackendError {
    BackendError::new(ErrorKind::Protocol, bad.to_string())
        .with_hint("the response is kept in the job's spool folder; you may have been charged")
        .with_request_id(request_id)
}

/// Sums the cost of each reply, so that a missing figure in one is not hidden by another.
fn cost(spec: &GptImageSpec, replies: &[GptImageReply], prices_as_of: &str) -> Option<Cost> {
    let one = |reply: &GptImageReply| match (reply.stated_cost.filter(|usd| is_amount(*usd)), &reply.usage) {
        (Some(usd), _) => Some(Cost { usd: Usd::from_dollars(usd), basis: CostBasis::Stated }),
        _ if spec.costs_nothing => Some(Cost { usd: Usd::ZERO, basis: CostBasis::Free }),
        (None, Some(usage)) if !reply.has_unreported_usage => price::cost(&spec.prices, usage, prices_as_of),
        _ => None,
    };
    Cost::total(replies.iter().map(one))
}

/// Returns whether a server's figure can be an amount; otherwise it counts as missing.
fn is_amount(usd: f64) -> bool {
    (0.0..MAX_PLAUSIBLE_COST).contains(&usd)
}

/// Returns what a reply states about its images, by the name of the setting.
fn facts(reply: &GptImageReply) -> Settings {
    let named = [("size", &reply.size), ("quality", &reply.quality), ("background", &reply.background)];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::Text(value.clone()?)))).collect()
}

/// Returns the effective settings that differ from the request.
fn effective(request: &Request, mut facts: Settings, first: &Image) -> Settings {
    facts.insert("format".to_owned(), Value::Text(first.format.to_string()));
    if !facts.contains_key("size")
        && let Some((width, height)) = dimensions(first)
    {
        facts.insert("size".to_owned(), Value::Text(format!("{width}x{height}")));
    }
    facts.retain(|name, value| request.settings.get(name) != Some(value));
    facts
}

fn dimensions(image: &Image) -> Option<(u32, u32)> {
    let reader = image::ImageReader::new(std::io::Cursor::new(&image.bytes)).with_guessed_format().ok()?;
    reader.into_dimensions().ok()
}
