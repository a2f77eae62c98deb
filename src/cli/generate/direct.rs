//! `--direct`: has a language model rewrite the prompt before the image is generated.
//! Both prompts are saved with the job; the image is generated from the new one.

use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use super::GenerationArgs;
use crate::{
    cli::{context::CliContext, failure::Failure, stdout},
    engine::{Draft, EnhancedPrompt, QuestionError},
    sanitize,
};

/// Returns the draft with the rewritten prompt.
pub(super) fn run(args: &GenerationArgs, by: &str, draft: Draft, session: &mut CliContext) -> Result<Draft, Failure> {
    let (sender, _events) = unbounded_channel();
    let engine = session.engine(sender)?;
    let by = (!by.is_empty()).then_some(by);
    let directed = session.block_on(engine.enhance_prompt(&draft, by))?;
    let EnhancedPrompt { prompt, directed } = directed.map_err(|error| match error {
        QuestionError::NotSent(error) => Failure::from(error),
        QuestionError::Failed(error) => Failure::from(error),
    })?;
    if args.json {
        session.out.json(&json!({
            "event": "directed",
            "backend": directed.by,
            "model": directed.model,
            "from": directed.from,
            "prompt": prompt,
            "cost_usd": directed.cost,
        }))?;
    }
    stdout::note(&format!("note: {} {} rewrote the prompt: {}", directed.by, directed.model, sanitize::line(&prompt)));
    Ok(Draft { prompt, directed: Some(directed), ..draft })
}
