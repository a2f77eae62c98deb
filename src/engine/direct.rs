//! A better prompt before a picture: has a model rewrite it, and keeps what it was told.
//! It draws nothing and replaces nothing; a person decides what becomes of the answer.

use tintype_backends::{BackendError, ErrorKind, Value, director};

use crate::{
    engine::{AskError, Draft, Engine, plan},
    library::Directed,
};

/// The longest answer of a director, thinking included, in tokens.
const LONGEST: u32 = 4096;

/// What a director made of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    /// The new prompt.
    pub prompt: String,
    /// Where it comes from, as a job's record keeps it.
    pub directed: Directed,
}

impl Engine {
    /// Has a model rewrite the draft's prompt for the backend that the draft names. `by` is the name of the backend
    /// that is asked; without one it is the first that answers in words and is ready.
    pub async fn direct(&self, draft: &Draft, by: Option<&str>) -> Result<Direction, AskError> {
        self.meet_chosen(draft.backend.as_deref()).await;
        self.meet_answerer(by).await;
        let (plan, _) = plan::plan(&self.registry(), draft)?;
        let answerer = self.answerer(by)?;
        let mut question = director::question(answerer.model(), &plan.kind, &draft.prompt);
        question.settings.insert("reasoning".to_owned(), Value::from("low"));
        question.max_output_tokens = Some(LONGEST);
        let reply = self.ask(&answerer, &question).await?;
        let prompt = director::prompt(&reply.text);
        if prompt.is_empty() {
            let error = BackendError::new(ErrorKind::Protocol, "the director answered with nothing");
            return Err(error.with_hint("ask again, or send the prompt as it is").into());
        }
        let cost = reply.cost.map(|cost| cost.usd);
        let directed =
            Directed { from: draft.prompt.clone(), by: answerer.name().to_owned(), model: question.model, cost };
        Ok(Direction { prompt, directed })
    }
}
