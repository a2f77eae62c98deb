//! Text questions to a model, within the budget: the common part of the director and the judge of images.
//! A question creates no job and no record; the caller decides what to do with the answer.

use std::{io, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use tintype_backends::{
    BackendError, ErrorKind, Estimate, Listener, Progress, Question, Readiness, Request, SharedBackend, TextAnswer,
    Ticket, Update, Usd, Value,
};

use crate::{
    engine::{Engine, Registry, SubmitError, check_ready, job_dir::JobDir, reported_cost},
    id::Id,
};

/// The reason why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// The question was not sent.
    #[error(transparent)]
    NotSent(#[from] SubmitError),
    /// The question was sent, but no answer came back.
    #[error(transparent)]
    Failed(#[from] BackendError),
}

/// A backend that can answer in text and is ready.
#[derive(Clone)]
pub struct TextBackend {
    name: String,
    backend: SharedBackend,
}

impl TextBackend {
    /// Returns its name in the config.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the model that answers unless a question names another one.
    pub fn model(&self) -> &str {
        &self.backend.capabilities().default_model
    }

    /// Estimates the cost of `question` and its upper bound, as for a drawing with a prompt of the same length.
    pub fn estimate(&self, question: &Question) -> Estimate {
        let mut request = Request::new(format!("{}{}", question.instructions, question.text), &question.model);
        request.settings.clone_from(&question.settings);
        request.inputs.clone_from(&question.images);
        if let Some(most) = question.max_output_tokens {
            request.settings.insert("max_output_tokens".to_owned(), Value::Integer(i64::from(most)));
        }
        self.backend.estimate(&request)
    }
}

impl std::fmt::Debug for TextBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answerer({})", self.name)
    }
}

impl Engine {
    /// Initializes the backends that may answer: the one of that name, or one after the other until one answers in text
    /// and is ready.
    pub async fn initialize_text_backend(&self, by: Option<&str>) {
        if let Some(name) = by {
            return self.initialize(name).await;
        }
        let names: Vec<String> = self.registry().names().map(ToOwned::to_owned).collect();
        for name in names {
            let readiness = self.registry().get(&name).map(|backend| backend.capabilities().readiness.clone());
            if readiness == Some(Readiness::Asking) {
                self.initialize(&name).await;
            }
            if self.registry().get(&name).is_some_and(can_answer) {
                return;
            }
        }
    }

    /// Returns the backend that answers: the one of that name, or the first that answers in text and is ready.
    pub fn text_backend(&self, by: Option<&str>) -> Result<TextBackend, SubmitError> {
        choose_text_backend(&self.registry(), by)
    }

    /// Sends the question. Its maximum cost is reserved first and replaced by the real cost afterwards; where that is
    /// unknown, the reservation stays.
    pub async fn send_question(
        &self,
        text_backend: &TextBackend,
        question: &Question,
    ) -> Result<TextAnswer, QuestionError> {
        let estimate = text_backend.estimate(question);
        let id = self.reserve_cost(&text_backend.name, &estimate).await?;
        let Some(scratch) = JobDir::claim(self.library().places(), id).ok().flatten() else {
            self.library().settle_expense(id, Usd::ZERO).await.map_err(SubmitError::from)?;
            return Err(BackendError::new(ErrorKind::Local, "there is no folder for the response").into());
        };
        let mut reply = text_backend
            .backend
            .answer_question(question, &Progress::new(Arc::new(NullListener), scratch.path()))
            .await;
        scratch.remove();
        if let Ok(reply) = &mut reply {
            reply.cost = reported_cost::check_cost(reply.cost.take(), &estimate).0;
        }
        let cost = match &reply {
            Ok(reply) => reply.cost.as_ref().map(|cost| cost.usd),
            Err(error) if error.kind.is_free() => Some(Usd::ZERO),
            Err(_) => None,
        };
        if let Some(cost) = cost {
            self.library().settle_expense(id, cost).await.map_err(SubmitError::from)?;
        }
        Ok(reply?)
    }

    /// Reserves the maximum cost of a question, if the budget allows it.
    async fn reserve_cost(&self, backend: &str, estimate: &Estimate) -> Result<Id, SubmitError> {
        self.reserve(backend, estimate, 1).await
    }
}

/// Returns true if a backend answers in text and is ready.
fn can_answer(backend: &SharedBackend) -> bool {
    let can = backend.capabilities();
    can.asks && can.readiness == Readiness::Ready
}

fn choose_text_backend(registry: &Registry, by: Option<&str>) -> Result<TextBackend, SubmitError> {
    if let Some(name) = by {
        let backend = registry.get(name).ok_or_else(|| SubmitError::UnknownBackend {
            name: name.to_owned(),
            known: registry.names().map(str::to_owned).collect(),
        })?;
        check_ready(name, backend)?;
        if !backend.capabilities().asks {
            return Err(no_text_backend(name));
        }
        return Ok(TextBackend { name: name.to_owned(), backend: backend.clone() });
    }
    let mut asking = registry.iter().filter(|(_, backend)| backend.capabilities().asks).peekable();
    let first = asking.peek().map(|(name, backend)| ((*name).to_owned(), (*backend).clone()));
    let ready = asking.find(|(_, backend)| can_answer(backend));
    let (name, backend) = match (ready, first) {
        (Some((name, backend)), _) => (name.to_owned(), backend.clone()),
        (None, Some((name, backend))) => check_ready(&name, &backend).map(|()| (name.clone(), backend.clone()))?,
        (None, None) => return Err(no_text_backend("every backend in the config")),
    };
    Ok(TextBackend { name, backend })
}

fn no_text_backend(name: &str) -> SubmitError {
    SubmitError::NotReady {
        backend: name.to_owned(),
        what: "it does not answer text questions".to_owned(),
        hint: "use one of kind `codex`, or a custom backend that answers text questions".to_owned(),
    }
}

/// A listener that ignores everything: a question has no previews, and its reasoning is not shown.
struct NullListener;

impl Listener for NullListener {
    fn on_update(&self, _: Update) {}

    fn keep_ticket<'a>(&'a self, _: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        futures::future::ready(Ok(())).boxed()
    }
}
