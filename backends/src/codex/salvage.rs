//! Recovers drawings from the responses that a dead process left in its job directory.
//! No request is sent to the model: there is no repair and no further pass here.

use std::path::Path;

use super::{
    Codex, draw,
    outcome::{ImageOutcome, assemble},
    params::canvas,
    response_events::FinishedAnswer,
};
use crate::{
    BackendError, ErrorKind, Outcome, Request,
    openai::{server_error::UNKNOWN_HINT, spool},
};

/// Returns the result of the answers in `folder`, or `None` if they decide nothing.
pub(crate) async fn salvage(
    backend: &Codex,
    request: &Request,
    folder: &Path,
) -> Option<Result<Outcome, BackendError>> {
    let spec = backend.spec(&request.model).ok()?;
    let (count, prices_as_of) = (request.count.max(1) as usize, &backend.catalogue.prices_as_of);
    let answers = answers(folder).await;
    let (mut strands, mut failures) = (vec![ImageOutcome::default()], Vec::new());
    for answered in &answers {
        // More drawings than requested are further passes on the last one; a failure is counted with what follows.
        if strands.last().is_some_and(ImageOutcome::has_drawing) && strands.len() < count {
            strands.push(ImageOutcome::default());
        }
        let Some(strand) = strands.last_mut() else { continue };
        strand.add_usage(spec, answered, prices_as_of);
        match draw::render_answer(answered, canvas(request), &backend.renderer).await {
            Ok(Ok(sheet)) => strand.add_drawing(sheet, answered),
            Ok(Err(flaw)) => failures.push(draw::invalid(&flaw, answered, false)),
            Err(error) => failures.push(error),
        }
    }
    let drawn: Vec<_> = strands.into_iter().filter(ImageOutcome::has_drawing).map(Ok).collect();
    // While an answer is missing, the result is undecided.
    if drawn.is_empty() && answers.len() < count {
        return None;
    }
    let missing = (drawn.len()..count).map(|_| Err(failures.pop().unwrap_or_else(missing_answer)));
    let strands = drawn.into_iter().chain(missing).collect();
    Some(assemble(request, strands))
}

/// Returns the complete answers in the order in which they were opened, each response once.
async fn answers(folder: &Path) -> Vec<FinishedAnswer> {
    let mut found: Vec<FinishedAnswer> = Vec::new();
    for number in 0.. {
        let paths = spool::spooled_responses(folder, &Codex::file_name(number)).await;
        if paths.is_empty() {
            break;
        }
        for path in paths.iter().rev() {
            if let Some(answered) = FinishedAnswer::read(path).await
                && !found.iter().any(|known| known.response_id.is_some() && known.response_id == answered.response_id)
            {
                found.push(answered);
            }
        }
    }
    found
}

fn missing_answer() -> BackendError {
    BackendError::new(ErrorKind::Unknown, "its response had not arrived when Tintype exited; you may have been charged")
        .with_hint(UNKNOWN_HINT)
}
