//! Questions that are answered in text: for a prompt enhancer, for a judge of images.
//! The exchange is the same as for drawing, without a canvas.

use super::{
    Codex,
    conversation::Conversation,
    price,
    request_body::{self, Turn},
};
use crate::{BackendError, ErrorKind, Progress, Question, Settings, TextAnswer, Value};

/// Asks a question and reads the answer.
pub(crate) async fn ask(backend: &Codex, question: &Question, progress: &Progress) -> Result<TextAnswer, BackendError> {
    let spec = backend.spec(&question.model)?;
    let turn = turn(question)?;
    let talk = Conversation::open(backend, progress, &question.model, &turn.settings).await?;
    progress.status("thinking");
    let answered = talk.turn(&turn, &mut None, false).await?;
    progress.received();
    if let Some(error) = no_answer(answered.refusal.as_deref(), answered.incomplete.as_deref()) {
        return Err(error.with_request_id(answered.request_id));
    }
    let tier = answered.tier.as_deref();
    let prices_as_of = &backend.catalogue.prices_as_of;
    Ok(TextAnswer {
        cost: answered.usage.as_ref().and_then(|usage| price::cost(spec, usage, tier, prices_as_of)),
        text: answered.text,
        usage: answered.usage,
        ids: crate::ProviderIds { request_id: answered.request_id, response_id: answered.response_id },
        effective: Settings::new(),
    })
}

fn turn(question: &Question) -> Result<Turn, BackendError> {
    let images = question.images.iter().map(|input| request_body::address(&input.name, input.format, &input.bytes));
    let mut settings = question.settings.clone();
    settings.retain(|name, _| matches!(name.as_str(), "reasoning" | "service_tier"));
    if let Some(most) = question.max_output_tokens {
        settings.insert("max_output_tokens".to_owned(), Value::Integer(i64::from(most)));
    }
    Ok(Turn {
        model: question.model.clone(),
        instructions: question.instructions.clone(),
        text: question.text.clone(),
        images: images.collect::<Result<_, _>>()?,
        previous: None,
        settings,
        schema: question.schema.clone(),
    })
}

fn no_answer(refusal: Option<&str>, incomplete: Option<&str>) -> Option<BackendError> {
    if refusal.is_some() || incomplete == Some("content_filter") {
        let error = BackendError::new(ErrorKind::Refused, "the model declined to answer");
        return Some(error.with_hint("rephrase the question"));
    }
    incomplete.map(|_| {
        BackendError::new(ErrorKind::Protocol, "the answer was cut off").with_hint("lower `reasoning`, or ask for less")
    })
}
