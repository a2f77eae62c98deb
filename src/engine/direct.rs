//! A better prompt before a picture: asks a model that answers in words, within the budget, and keeps what it was told.
//! It draws nothing and replaces nothing; a person decides what becomes of the answer.

use std::{io, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use tintype_backends::{
    BackendError, Estimate, Listener, Progress, Question, Request, SharedBackend, Ticket, Update, Usd, Value, director,
};

use crate::{
    engine::{BudgetLimit, Draft, Engine, Registry, SubmitError, check_ready, plan, scratch::Scratch},
    id::Id,
    library::{Directed, Expense},
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

/// Why there is no direction.
#[derive(Debug, thiserror::Error)]
pub enum DirectError {
    /// Nothing was asked.
    #[error(transparent)]
    NotAsked(#[from] SubmitError),
    /// It was asked, and no prompt came of it.
    #[error(transparent)]
    Failed(#[from] BackendError),
}

impl Engine {
    /// Has a model rewrite the draft's prompt for the backend that the draft names. `by` is the name of the backend
    /// that is asked; without one it is the first that answers in words and is ready.
    pub async fn direct(&self, draft: &Draft, by: Option<&str>) -> Result<Direction, DirectError> {
        let registry = self.registry();
        let (plan, _) = plan::plan(&registry, draft)?;
        let (name, backend) = choose(&registry, by)?;
        let mut question = director::question(&backend.capabilities().default_model, &plan.kind, &draft.prompt);
        question.settings.insert("reasoning".to_owned(), Value::from("low"));
        question.max_output_tokens = Some(LONGEST);
        let worst = estimate(&backend, &question).worst().unwrap_or_default();
        let id = self.charge(&name, worst).await?;
        let reply = self.asked(id, &backend, &question).await;
        let cost = match &reply {
            Ok(reply) => reply.cost.as_ref().map(|cost| cost.usd),
            Err(error) if error.kind.is_free() => Some(Usd::ZERO),
            Err(_) => None,
        };
        if let Some(cost) = cost {
            self.library().settle(id, cost).await.map_err(SubmitError::from)?;
        }
        let prompt = director::prompt(&reply?.text);
        if prompt.is_empty() {
            let error = BackendError::new(tintype_backends::ErrorKind::Protocol, "the director answered with nothing");
            return Err(error.with_hint("ask again, or send the prompt as it is").into());
        }
        let directed = Directed { from: draft.prompt.clone(), by: name, model: question.model, cost };
        Ok(Direction { prompt, directed })
    }

    /// Holds back what the question may cost, if the budget allows it.
    async fn charge(&self, backend: &str, worst: Usd) -> Result<Id, SubmitError> {
        let budget = self.budget();
        if let Some(most) = budget.per_job.filter(|most| worst > *most) {
            return Err(SubmitError::Budget { limit: BudgetLimit::PerJob, estimate: worst, spent: Usd::ZERO, most });
        }
        let (kinds, limits): (Vec<BudgetLimit>, Vec<_>) = budget.spans().into_iter().unzip();
        let expense = Expense { id: Id::new(), at: Timestamp::now(), backend: backend.to_owned(), charge: worst };
        match self.library().charge_within(&expense, limits.clone()).await? {
            None => Ok(expense.id),
            Some(overrun) => Err(SubmitError::Budget {
                limit: kinds[overrun.limit],
                estimate: worst,
                spent: overrun.spent,
                most: limits[overrun.limit].most,
            }),
        }
    }

    async fn asked(
        &self,
        id: Id,
        backend: &SharedBackend,
        question: &Question,
    ) -> Result<tintype_backends::Reply, BackendError> {
        let folder = || BackendError::new(tintype_backends::ErrorKind::Local, "there is no folder for the answer");
        let scratch = Scratch::claim(self.library().places(), id).ok().flatten().ok_or_else(folder)?;
        let reply = backend.ask(question, &Progress::new(Arc::new(Silence), scratch.path())).await;
        scratch.remove();
        reply
    }
}

/// The backend that is asked.
fn choose(registry: &Registry, by: Option<&str>) -> Result<(String, SharedBackend), SubmitError> {
    if let Some(name) = by {
        let backend = registry.get(name).ok_or_else(|| SubmitError::UnknownBackend {
            name: name.to_owned(),
            known: registry.names().map(str::to_owned).collect(),
        })?;
        if !backend.capabilities().asks {
            return Err(no_director(name));
        }
        check_ready(name, backend)?;
        return Ok((name.to_owned(), backend.clone()));
    }
    let mut asking = registry.iter().filter(|(_, backend)| backend.capabilities().asks).peekable();
    let first = asking.peek().map(|(name, backend)| ((*name).to_owned(), (*backend).clone()));
    let ready = asking.find(|(name, backend)| check_ready(name, backend).is_ok());
    match (ready, first) {
        (Some((name, backend)), _) => Ok((name.to_owned(), backend.clone())),
        (None, Some((name, backend))) => check_ready(&name, &backend).map(|()| (name.clone(), backend.clone())),
        (None, None) => Err(no_director("every backend of the config")),
    }
}

fn no_director(name: &str) -> SubmitError {
    SubmitError::NotReady {
        backend: name.to_owned(),
        what: "it draws and does not answer in words".to_owned(),
        hint: "name one of kind `codex`".to_owned(),
    }
}

/// The most that a question may cost, by what a drawing of its length would.
fn estimate(backend: &SharedBackend, question: &Question) -> Estimate {
    let mut request = Request::new(format!("{}{}", question.instructions, question.text), &question.model);
    request.settings.clone_from(&question.settings);
    request.settings.insert("max_output_tokens".to_owned(), Value::Integer(i64::from(LONGEST)));
    backend.estimate(&request)
}

/// Nobody listens: a question has no previews, and what it thinks is not shown.
struct Silence;

impl Listener for Silence {
    fn hear(&self, _: Update) {}

    fn keep<'a>(&'a self, _: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        futures::future::ready(Ok(())).boxed()
    }
}
