//! Prompt enhancement: has a model rewrite a prompt before an image is generated.
//! Nothing is generated or replaced; the user decides whether to use the rewritten prompt.

use tintype_backends::{BackendError, ErrorKind, Value, director};

use crate::{
    engine::{AskError, Draft, Engine, plan},
    library::Directed,
};

/// The maximum length of a director's answer in tokens, reasoning included.
const LONGEST: u32 = 4096;

/// The result of enhancing a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    pub prompt: String,
    /// The provenance of the new prompt, as the record of a job stores it.
    pub directed: Directed,
}

impl Engine {
    /// Has a model rewrite the draft's prompt for the backend that the draft names. `by` names the backend that
    /// rewrites; without it, the first one that answers in text and is ready does.
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
