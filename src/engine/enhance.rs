//! Prompt enhancement: has a model rewrite a prompt before an image is generated.
//! Nothing is generated or replaced; the user decides whether to use the rewritten prompt.

use tintype_backends::{BackendError, ErrorKind, Value, director};

use crate::{
    engine::{Draft, Engine, QuestionError, plan},
    library::PromptRewrite,
};

/// The maximum length of a director's answer in tokens, reasoning included.
const MAX_ANSWER_TOKENS: u32 = 4096;

/// The result of enhancing a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct EnhancedPrompt {
    pub prompt: String,
    /// The provenance of the new prompt, as the record of a job stores it.
    pub directed: PromptRewrite,
}

impl Engine {
    /// Has a model rewrite the draft's prompt for the backend that the draft names. `by` names the backend that
    /// rewrites; without it, the first one that answers in text and is ready does.
    pub async fn enhance_prompt(&self, draft: &Draft, by: Option<&str>) -> Result<EnhancedPrompt, QuestionError> {
        self.initialize_chosen(draft.backend.as_deref()).await;
        self.initialize_text_backend(by).await;
        let (plan, _) = plan::plan(&self.registry(), draft)?;
        let text_backend = self.text_backend(by)?;
        let mut question = director::question(text_backend.model(), &plan.kind, &draft.prompt);
        question.settings.insert("reasoning".to_owned(), Value::from("low"));
        question.max_output_tokens = Some(MAX_ANSWER_TOKENS);
        let reply = self.send_question(&text_backend, &question).await?;
        let prompt = director::prompt(&reply.text);
        if prompt.is_empty() {
            let error = BackendError::new(ErrorKind::Protocol, "the model returned an empty prompt");
            return Err(error.with_hint("try again, or use the prompt as it is").into());
        }
        let cost = reply.cost.map(|cost| cost.usd);
        let directed = PromptRewrite {
            from: draft.prompt.clone(),
            by: text_backend.name().to_owned(),
            model: question.model,
            cost,
        };
        Ok(EnhancedPrompt { prompt, directed })
    }
}
