use super::*;
use crate::{Capabilities, Estimate, Health, KINDS, Table};

fn nothing(_: &str) -> Option<String> {
    None
}

#[tokio::test]
async fn every_built_in_kind_keeps_its_promises_with_an_empty_table() {
    for kind in KINDS {
        let settings = toml::Table::new();
        let table = Table {
            name: kind.name,
            settings: &settings,
            env: &nothing,
            folder: Path::new("."),
            accounts: &crate::Accounts::default(),
            renderer: &crate::svg::Renderer::default(),
        };
        let backend = match kind.build(&table) {
            Ok(backend) => backend,
            Err(error) => {
                println!("`{}` needs more than an empty table: {error}", kind.name);
                continue;
            }
        };
        let scratch = tempfile::tempdir().unwrap();
        // Online backends are tested only as far as no server is contacted.
        let depth = if backend.capabilities().offline { ConformanceDepth::Full } else { ConformanceDepth::Free };
        let findings = examine(backend.as_ref(), scratch.path(), depth).await;
        for finding in &findings {
            println!("{}: {finding}", kind.name);
        }
        let broken = findings.iter().filter(|finding| matches!(finding.verdict, ConformanceVerdict::Broken(_)));
        assert_eq!(broken.map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new(), "{}", kind.name);
    }
}

/// The sketch backend with one promise broken.
struct BrokenBackend {
    honest: crate::sketch::Sketch,
    capabilities: Capabilities,
    lie: BrokenPromise,
}

#[derive(Clone, Copy, PartialEq)]
enum BrokenPromise {
    Format,
    Panic,
    Goes,
    Model,
}

impl BrokenBackend {
    fn new(lie: BrokenPromise) -> Self {
        let honest = crate::sketch::Sketch::new(Settings::new());
        let mut capabilities = honest.capabilities().clone();
        if lie == BrokenPromise::Model {
            capabilities.default_model = "elsewhere".to_owned();
        }
        Self { honest, capabilities, lie }
    }
}

impl Backend for BrokenBackend {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn estimate(&self, request: &Request) -> Estimate {
        self.honest.estimate(request)
    }

    fn generate<'a>(
        &'a self,
        request: &'a Request,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Outcome, BackendError>> {
        async move {
            assert!(self.lie != BrokenPromise::Panic || !request.prompt.is_empty(), "an empty prompt");
            if self.lie == BrokenPromise::Goes {
                let progress = progress.clone();
                progress.status("starting");
                tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    progress.status("still here");
                });
                tokio::task::yield_now().await;
            }
            let mut outcome = self.honest.generate(request, progress).await?;
            if self.lie == BrokenPromise::Format {
                outcome.images[0].format = Format::Jpeg;
            }
            Ok(outcome)
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<Health, BackendError>> {
        self.honest.check()
    }
}

async fn broken(lie: BrokenPromise) -> Vec<&'static str> {
    let scratch = tempfile::tempdir().unwrap();
    let depth = if lie == BrokenPromise::Model { ConformanceDepth::Free } else { ConformanceDepth::Full };
    let findings = examine(&BrokenBackend::new(lie), scratch.path(), depth).await;
    let broken = findings.into_iter().filter(|finding| matches!(finding.verdict, ConformanceVerdict::Broken(_)));
    broken.map(|finding| finding.claim).collect()
}

#[tokio::test]
async fn a_wrong_format_is_found() {
    assert!(broken(BrokenPromise::Format).await.contains(&WHOLE));
}

#[tokio::test]
async fn a_panic_is_found() {
    assert_eq!(broken(BrokenPromise::Panic).await, [ODD]);
}

#[tokio::test]
async fn work_that_continues_after_the_drop_is_found() {
    assert!(broken(BrokenPromise::Goes).await.contains(&DROPPED));
}

#[tokio::test]
async fn a_missing_default_model_is_found() {
    assert!(broken(BrokenPromise::Model).await.contains(&"its capabilities are consistent"));
}
