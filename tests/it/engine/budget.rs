//! Spending limits: the one gate at which every job is checked against them.

use futures::future::join_all;
use tintype::{
    config::BackendBudget,
    engine::{Budget, BudgetLimit, Engine, EngineSetup, QuestionError, Registry, SubmitError, SubmitErrorKind},
    library::Library,
};
use tintype_backends::{
    BackendError, ErrorKind, Estimate, Question, SharedBackend, Usd,
    conformance::{ConformanceDepth, ConformanceVerdict, examine},
};
use tokio::sync::mpsc;

use super::{
    EngineFixture, draft,
    mock_backend::{MockBackend, outcome, picture, png},
};

fn bench(pen: MockBackend, budget: Budget) -> EngineFixture {
    EngineFixture::in_dir(tempfile::tempdir().unwrap(), pen.into_shared(), budget)
}

#[tokio::test]
async fn concurrent_submissions_cannot_exceed_the_budget() {
    let budget = Budget { daily: Some(Usd::from_dollars(1.0)), ..Budget::default() };
    let bench = EngineFixture::in_dir(tempfile::tempdir().unwrap(), MockBackend::endless().into_shared(), budget);
    let jobs = (0..50).map(|number| bench.engine.submit(draft(&format!("cat {number}"))));
    let answers = join_all(jobs).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 4);
    for error in answers.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), SubmitErrorKind::Budget);
        assert!(matches!(error, SubmitError::Budget { limit: BudgetLimit::Daily, .. }));
        assert!(error.hint().unwrap().contains("`daily`"));
    }
    assert_eq!(bench.files("spool").iter().filter(|file| file.ends_with("lease")).count(), 4);
}

#[tokio::test]
async fn spending_is_the_actual_cost_not_the_estimate() {
    let budget = Budget { monthly: Some(Usd::from_dollars(0.5)), ..Budget::default() };
    let mut bench = EngineFixture::in_dir(tempfile::tempdir().unwrap(), MockBackend::instant().into_shared(), budget);
    for _ in 0..3 {
        bench.run_saved("a cat").await;
    }
    let error = bench.engine.submit(draft("a cat")).await.unwrap_err();
    assert_eq!(error.to_string(), "it may cost $0.25; $0.38 of $0.50 per month is spent or reserved");
}

#[tokio::test]
async fn the_per_job_limit_applies_to_the_maximum_cost() {
    let budget = Budget { per_job: Some(Usd::from_dollars(0.3)), ..Budget::default() };
    let mut pen = MockBackend::instant();
    pen.estimate.upper = Some(Usd::from_dollars(0.4));
    let bench = EngineFixture::in_dir(tempfile::tempdir().unwrap(), pen.into_shared(), budget);
    let error = bench.engine.submit(draft("a cat")).await.unwrap_err();
    assert!(matches!(error, SubmitError::Budget { limit: BudgetLimit::PerJob, .. }), "{error}");
}

#[tokio::test]
async fn free_jobs_run_without_budget_until_one_reports_a_cost() {
    let nothing = Some(Usd::ZERO);
    let budget = Budget { per_job: nothing, daily: nothing, monthly: nothing, ..Budget::default() };
    let mut pen = MockBackend::instant().with(|it| it.offline = true);
    pen.estimate = Estimate::FREE;
    let mut bench = EngineFixture::in_dir(tempfile::tempdir().unwrap(), pen.into_shared(), budget);
    bench.run_saved("a cat").await;
    // The backend claimed to be free, and then reported a cost.
    let refused = bench.engine.submit(draft("a dog")).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Budget { .. }), "{refused}");
}

#[tokio::test]
async fn racing_engines_cannot_exceed_the_budget() {
    let budget = Budget { daily: Some(Usd::from_dollars(2.0)), ..Budget::default() };
    let dir = tempfile::tempdir().unwrap();
    // Each has its own connection to the same database, as separate processes have.
    let engines: Vec<Engine> = (0..5)
        .map(|_| {
            let pen: SharedBackend = MockBackend::endless().into_shared();
            let registry = Registry::new([("pen".to_owned(), pen)].into_iter().collect(), "auto");
            let (events, _) = mpsc::unbounded_channel();
            let library = Library::open(dir.path()).unwrap();
            Engine::new(EngineSetup { library, registry, budget: budget.clone(), events })
        })
        .collect();
    let answers = join_all((0..50).map(|number| engines[number % 5].submit(draft("a cat")))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 8);
    assert_eq!(engines[0].library().spent_since(Budget::today()).await.unwrap(), Usd::from_dollars(2.0));
}

#[tokio::test]
async fn a_backend_limit_applies_in_addition_to_the_global_one() {
    let own = BackendBudget {
        daily: Some(Usd::from_dollars(0.6)),
        per_job: Some(Usd::from_dollars(0.4)),
        ..BackendBudget::default()
    };
    let budget = Budget {
        daily: Some(Usd::from_dollars(0.9)),
        backends: [("pen".to_owned(), own)].into_iter().collect(),
        ..Budget::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let pens = ["pen", "brush"].map(|name| (name.to_owned(), MockBackend::endless().into_shared()));
    let (events, _) = mpsc::unbounded_channel();
    let library = Library::open(dir.path()).unwrap();
    let engine = Engine::new(EngineSetup {
        library,
        registry: Registry::new(pens.into_iter().collect(), "pen"),
        budget,
        events,
    });
    let submit = async |backend: &str, count| {
        let draft = tintype::engine::Draft { backend: Some(backend.to_owned()), count, ..draft("a cat") };
        engine.submit(draft).await.map_err(|error| (error.to_string(), error.hint().unwrap()))
    };
    submit("pen", 1).await.unwrap();
    submit("pen", 1).await.unwrap();
    let (message, hint) = submit("pen", 1).await.unwrap_err();
    assert_eq!(message, "it may cost $0.25; $0.50 of $0.60 per day for `pen` is spent or reserved");
    assert_eq!(hint, "choose something cheaper, or raise `daily` under [budget.backends.pen] in the config");
    submit("brush", 1).await.unwrap();
    let (message, hint) = submit("brush", 1).await.unwrap_err();
    assert_eq!(message, "it may cost $0.25; $0.75 of $0.90 per day is spent or reserved");
    assert_eq!(hint, "choose something cheaper, or raise `daily` under [budget] in the config");
}

#[tokio::test]
async fn an_unknown_price_counts_as_configured() {
    let budget = Budget {
        daily: Some(Usd::from_dollars(1.0)),
        unknown_price: Some(Usd::from_dollars(0.4)),
        ..Budget::default()
    };
    let mut pen = MockBackend::new(|_, _| async {
        let mut outcome = outcome(vec![picture(png(2, 2))]);
        outcome.cost = None;
        Ok(outcome)
    });
    pen.estimate = Estimate::default();
    let mut bench = bench(pen, budget);
    bench.run_saved("a cat").await;
    let record = bench.run_saved("a dog").await;
    assert_eq!((record.cost, record.estimate.usd, record.estimate.upper), (None, None, Some(Usd::from_dollars(0.4))));
    let error = bench.engine.submit(draft("a fox")).await.unwrap_err();
    let message = "its price is unknown and counts as $0.40; $0.80 of $1.00 per day is spent or reserved";
    assert_eq!(error.to_string(), message);
    assert!(error.hint().unwrap().contains("`unknown_price`"));
}

#[tokio::test]
async fn an_unknown_price_counts_nothing_without_a_limit() {
    let mut pen = MockBackend::endless();
    pen.estimate = Estimate::default();
    let bench = bench(pen, Budget { unknown_price: Some(Usd::from_dollars(0.4)), ..Budget::default() });
    bench.submit("a cat").await;
    assert_eq!(bench.library().spent_since(Budget::today()).await.unwrap(), Usd::ZERO);
}

#[tokio::test]
async fn a_rejected_request_is_refunded_but_an_unknown_outcome_is_not() {
    let failing = |kind| {
        MockBackend::new(move |_, line| async move {
            line.sent();
            Err(BackendError::new(kind, "no"))
        })
    };
    for (kind, left) in [(ErrorKind::Rate, Usd::ZERO), (ErrorKind::Unknown, Usd::from_dollars(0.25))] {
        let mut bench = bench(failing(kind), Budget { daily: Some(Usd::from_dollars(5.0)), ..Budget::default() });
        bench.run_failed("a cat").await;
        assert_eq!(bench.library().spent_since(Budget::today()).await.unwrap(), left, "{kind}");
    }
}

#[tokio::test]
async fn unreadable_limits_block_only_paid_jobs() {
    let paid_refusal = Some("config.toml:2:1: unknown key `dayly`".to_owned());
    for estimate in [Some(Usd::from_dollars(0.25)), None] {
        let mut pen = MockBackend::instant();
        pen.estimate = Estimate { usd: estimate, ..Estimate::default() };
        let bench = bench(pen, Budget { paid_refusal: paid_refusal.clone(), ..Budget::default() });
        let error = bench.engine.submit(draft("a cat")).await.unwrap_err();
        assert_eq!(error.kind(), SubmitErrorKind::Budget);
        assert!(error.to_string().ends_with("config.toml:2:1: unknown key `dayly`"), "{error}");
        assert!(bench.engine.check_affordable(Usd::from_dollars(0.01)).await.is_err());
        assert!(bench.files("spool").is_empty());
    }
    let mut pen = MockBackend::instant();
    pen.estimate = Estimate::FREE;
    let mut bench = bench(pen, Budget { paid_refusal, ..Budget::default() });
    bench.engine.check_affordable(Usd::ZERO).await.unwrap();
    bench.run_saved("a cat").await;
}

#[tokio::test]
async fn a_free_backend_that_reports_a_cost_counts_as_paid() {
    let mut pen = MockBackend::instant().with(|it| it.offline = true);
    pen.estimate = Estimate::FREE;
    let mut bench = bench(pen, Budget { daily: Some(Usd::from_dollars(0.01)), ..Budget::default() });
    bench.run_saved("a cat").await;
    let error = bench.engine.submit(draft("a cat")).await.unwrap_err();
    assert_eq!(error.to_string(), "it may cost $0.12; $0.12 of $0.010 per day is spent or reserved");
    let next = bench.restart(MockBackend::instant().into_shared());
    next.engine.train().await.unwrap();
    let estimate = next.engine.estimate(&draft("a cat")).unwrap();
    assert_eq!(estimate.usd, Some(Usd::from_dollars(0.25)), "what has a price keeps it");
}

#[tokio::test]
async fn requests_of_a_check_count_against_the_budget() {
    let bench = bench(MockBackend::instant(), Budget { daily: Some(Usd::from_dollars(0.4)), ..Budget::default() });
    let metered = bench.engine.metered("pen").unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let findings = examine(&*metered, scratch.path(), ConformanceDepth::Sample).await;
    let broken = |verdict: &ConformanceVerdict| matches!(verdict, ConformanceVerdict::Broken(how) if how.contains("per day is spent or reserved"));
    assert_eq!(findings.iter().filter(|finding| broken(&finding.verdict)).count(), 1, "{findings:?}");
    assert_eq!(bench.library().spent_since(Budget::today()).await.unwrap(), Usd::from_dollars(0.25));
}

#[tokio::test]
async fn director_and_judge_requests_respect_the_limits() {
    let limits = [
        Budget { daily: Some(Usd::from_dollars(0.1)), ..Budget::default() },
        Budget { per_job: Some(Usd::from_dollars(0.1)), ..Budget::default() },
        Budget { paid_refusal: Some("config.toml:1:1: unknown key `budgett`".to_owned()), ..Budget::default() },
    ];
    for budget in limits {
        let bench = bench(MockBackend::instant().with(|it| it.asks = true), budget);
        let text_backend = bench.engine.text_backend(Some("pen")).unwrap();
        let error = bench.engine.send_question(&text_backend, &Question::new("pen-1", "", "x")).await.unwrap_err();
        assert!(
            matches!(&error, QuestionError::NotSent(refused) if refused.kind() == SubmitErrorKind::Budget),
            "{error}"
        );
        assert_eq!(bench.library().spent_since(Budget::today()).await.unwrap(), Usd::ZERO);
    }
}
