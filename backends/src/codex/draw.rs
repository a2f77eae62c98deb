//! Draws: a first attempt, a repair if it cannot be rendered, and further passes where they are requested.
//! The first drawing that can be rendered is the image. The results of further passes are stored beside it and do not
//! replace it.

use futures::future::join_all;

use super::{
    Codex,
    catalog::CodexSpec,
    conversation::{CodexResumeToken, Conversation},
    drawing::{CodexDrawing, DrawingError},
    instructions,
    outcome::{ImageOutcome, assemble},
    params::canvas,
    request_body::{self, Turn},
    response_events::FinishedAnswer,
};
use crate::{
    BackendError, ErrorKind, Format, Outcome, Progress, Request, Size, Ticket,
    openai::server_error::REFUSED_HINT,
    svg::{LivePreview, Renderer, SvgValidity},
};

/// Draws the images of `request`.
pub(crate) async fn draw(backend: &Codex, request: &Request, progress: &Progress) -> Result<Outcome, BackendError> {
    let spec = backend.spec(&request.model)?;
    let first = first(request)?;
    let talk = Conversation::open(backend, progress, &request.model, &request.settings).await?;
    progress.status("thinking");
    let strands =
        join_all((0..request.count.max(1)).map(|image| draw_image(&talk, request, spec, &first, image))).await;
    unfinished(backend, &strands)?;
    if strands.iter().any(Result::is_ok) {
        progress.received();
    }
    assemble(request, strands)
}

/// Checks a request before it is sent: its images have to fit.
pub(crate) fn check_request(request: &Request) -> Result<Vec<String>, BackendError> {
    first(request).map(|_| Vec::new())
}

/// Resumes a background job of an earlier process: the first drawings, without further passes.
pub(crate) async fn resume(backend: &Codex, ticket: &Ticket, progress: &Progress) -> Result<Outcome, BackendError> {
    let begun: CodexResumeToken = ticket.read()?;
    let spec = backend.spec(&begun.model)?;
    let mut request = Request::new("", &begun.model);
    request.settings.clone_from(&begun.settings);
    request.count = begun.responses.len().max(1) as u32;
    let talk = Conversation::open(backend, progress, &begun.model, &begun.settings).await?;
    let (talk, canvas, deadline) = (&talk, canvas(&request), backend.api.deadline());
    let strands = join_all(begun.responses.iter().map(|id| async move {
        let mut strand = ImageOutcome::default();
        let answered = talk.poll(id, deadline).await?;
        strand.add_usage(spec, &answered, &talk.backend.catalogue.prices_as_of);
        let sheet = render_answer(&answered, canvas, &talk.backend.renderer)
            .await?
            .map_err(|flaw| invalid(&flaw, &answered, false))?;
        strand.add_drawing(sheet, &answered);
        Ok(strand)
    }))
    .await;
    unfinished(backend, &strands)?;
    if strands.iter().any(Result::is_ok) {
        progress.received();
    }
    assemble(&request, strands)
}

/// Keeps the ticket of a job that continues in the background: the job is not done while a part of it is still open.
/// Finished parts are on disk.
fn unfinished(backend: &Codex, strands: &[Result<ImageOutcome, BackendError>]) -> Result<(), BackendError> {
    let open = strands.iter().filter_map(|strand| strand.as_ref().err()).find(|error| error.resumable);
    open.filter(|_| backend.background).map_or(Ok(()), |error| Err(error.clone()))
}

/// Makes the first turn: the prompt, the drawing that it changes, the reference images.
fn first(request: &Request) -> Result<Turn, BackendError> {
    let style = request.text("style").unwrap_or("free");
    let mut inputs = request.inputs.iter().peekable();
    let source = inputs.next_if(|input| input.svg.is_some()).and_then(|input| input.svg.as_deref());
    let images = inputs.map(|input| request_body::address(&input.name, input.format, &input.bytes));
    let previous = request.continues.as_ref().and_then(|before| before["previous_response_id"].as_str());
    Ok(Turn {
        model: request.model.clone(),
        instructions: instructions::drawing_instructions(canvas(request), style),
        text: instructions::prompt_message(&request.prompt, source),
        images: images.collect::<Result<_, _>>()?,
        previous: previous.map(str::to_owned),
        settings: request.settings.clone(),
        schema: None,
    })
}

/// Runs the conversation of one image, from its first turn to its last.
async fn draw_image(
    talk: &Conversation<'_>,
    request: &Request,
    spec: &CodexSpec,
    first: &Turn,
    image: u32,
) -> Result<ImageOutcome, BackendError> {
    let (canvas, prices_as_of) = (canvas(request), talk.backend.catalogue.prices_as_of.as_str());
    let mut strand = ImageOutcome::default();
    let mut live = Some(LivePreview::new(canvas, image, talk.progress, &talk.backend.renderer));
    let mut answered = talk.turn(first, &mut live, true).await?;
    drop(live);
    strand.add_usage(spec, &answered, prices_as_of);
    let mut sheet = render_answer(&answered, canvas, &talk.backend.renderer).await?;
    if let Err(flaw) = &sheet
        && request.integer("repair") == Some(1)
        && answered.incomplete.is_none()
    {
        talk.progress.status("repairing the drawing");
        let told = flaw.to_string();
        answered =
            talk.turn(&follow_up_turn(first, &answered, instructions::repair_message(&told)), &mut None, false).await?;
        strand.add_usage(spec, &answered, prices_as_of);
        strand.note(format!("the model repaired its drawing, which could not be rendered: {told}"));
        sheet = render_answer(&answered, canvas, &talk.backend.renderer).await?.map(CodexDrawing::after_repair);
    }
    let sheet = sheet.map_err(|flaw| invalid(&flaw, &answered, request.integer("repair") == Some(0)))?;
    strand.add_drawing(sheet, &answered);
    review_passes(talk, request, spec, first, &mut strand, answered).await;
    Ok(strand)
}

/// Has the model review and improve its drawing. A failure here costs no image that already exists.
async fn review_passes(
    talk: &Conversation<'_>,
    request: &Request,
    spec: &CodexSpec,
    first: &Turn,
    strand: &mut ImageOutcome,
    mut answered: FinishedAnswer,
) {
    let passes = request.integer("passes").unwrap_or(0);
    for pass in 1..=passes {
        talk.progress.status(format!("review pass {pass} of {passes}"));
        let looked = async {
            let mut turn = follow_up_turn(first, &answered, instructions::review_message(&request.prompt));
            turn.images = vec![request_body::address("the drawing", Format::Png, strand.last_png())?];
            let answered = talk.turn(&turn, &mut None, false).await?;
            strand.add_usage(spec, &answered, &talk.backend.catalogue.prices_as_of);
            let sheet = render_answer(&answered, canvas(request), &talk.backend.renderer)
                .await?
                .map_err(|flaw| invalid(&flaw, &answered, false))?;
            Ok::<_, BackendError>((sheet, answered))
        };
        match looked.await {
            Ok((sheet, next)) => {
                strand.add_drawing(sheet, &next);
                answered = next;
            }
            Err(error) => {
                strand.mark_uncounted(&error);
                return strand.note(format!("review pass {pass} failed: {error}"));
            }
        }
    }
}

/// Makes the turn that continues from an answer.
fn follow_up_turn(first: &Turn, before: &FinishedAnswer, text: String) -> Turn {
    Turn { text, images: Vec::new(), previous: before.response_id.clone(), ..first.clone() }
}

/// Extracts, checks and renders the drawing in an answer. The outer error ends the conversation.
pub(super) async fn render_answer(
    answered: &FinishedAnswer,
    canvas: Size,
    renderer: &Renderer,
) -> Result<Result<CodexDrawing, DrawingError>, BackendError> {
    if let Some(words) = &answered.refusal {
        return Err(refused(&format!("the model declined: `{}`", one_line(words)), answered));
    }
    match answered.incomplete.as_deref() {
        None => Ok(CodexDrawing::read(&answered.text, canvas, renderer).await),
        Some("content_filter") => Err(refused("the provider's filter cut off the response", answered)),
        Some(reason) => Err(cut_off(reason, answered)),
    }
}

fn refused(message: &str, answered: &FinishedAnswer) -> BackendError {
    BackendError::new(ErrorKind::Refused, message).with_hint(REFUSED_HINT).with_request_id(answered.request_id.clone())
}

fn cut_off(reason: &str, answered: &FinishedAnswer) -> BackendError {
    let (why, hint) = match reason {
        "max_output_tokens" | "max_tokens" => {
            ("it reached the token limit".to_owned(), "raise or unset `max_output_tokens`, or lower `reasoning`")
        }
        other => (format!("the provider reports `{}`", one_line(other)), "send it again"),
    };
    let mut error = BackendError::new(ErrorKind::InvalidImage, format!("the drawing was cut off: {why}"))
        .with_hint(hint)
        .with_request_id(answered.request_id.clone());
    error.validity = Some(SvgValidity::Invalid);
    error
}

/// Returns the error for a drawing that was received and cannot be rendered.
pub(super) fn invalid(flaw: &DrawingError, answered: &FinishedAnswer, could_repair: bool) -> BackendError {
    let hint = if could_repair {
        "set `repair` to 1 to let the model repair it, or try again"
    } else {
        "try again, or simplify the prompt; the response is kept in the job's spool folder"
    };
    let mut error =
        BackendError::new(ErrorKind::InvalidImage, format!("the model's drawing cannot be rendered: {flaw}"))
            .with_hint(hint)
            .with_request_id(answered.request_id.clone());
    error.validity = Some(SvgValidity::Invalid);
    error
}

/// Returns a model's text on one line, shortened, without terminal control sequences.
fn one_line(words: &str) -> String {
    let line = words.replace(char::is_control, " ").replace('`', "'");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
