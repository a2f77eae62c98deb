//! The process that is killed: an engine with many concurrent jobs, as in a studio or a batch. Like every start, it
//! recovers first. It exits when no job is running any more.

use std::{path::PathBuf, sync::Arc};

use tintype::{
    config::{Config, ConfigPaths},
    engine::{Draft, Engine, EngineSetup, JobEvent, Registry},
    library::Library,
};
use tintype_backends::Value;
use tokio::sync::{Semaphore, mpsc::unbounded_channel};

use super::harness::Route;

/// The ways to generate, used in turn.
const ROUTES: [Route; 4] = [Route::Plain, Route::Stream, Route::Hosted, Route::Background];

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn engine() -> (Engine, tokio::sync::mpsc::UnboundedReceiver<tintype::engine::EngineEvent>) {
    let locations = ConfigPaths { file: env("TINTYPE_CONFIG").map(PathBuf::from), named: true };
    let config = Config::load(&locations).unwrap();
    let (backends, problems) = config.build_backends(&env);
    assert!(problems.is_empty(), "{problems:?}");
    let library = Library::open(&PathBuf::from(env("TINTYPE_DATA_DIR").unwrap())).unwrap();
    let (events, heard) = unbounded_channel();
    let registry = Registry::new(backends, &config.default_backend);
    (Engine::new(EngineSetup { library, registry, budget: config.budget, events }), heard)
}

fn draft(number: usize) -> Draft {
    let route = if env("TINTYPE_CRASH_PLAIN").is_some() { Route::Plain } else { ROUTES[number % ROUTES.len()] };
    let settings = route.settings().iter().map(|(name, value)| {
        let value = value.parse().map_or_else(|_| Value::from(*value), Value::Integer);
        ((*name).to_owned(), value)
    });
    Draft {
        prompt: format!("cat number {number} of many"),
        backend: Some(route.backend().to_owned()),
        settings: settings.collect(),
        ..Draft::default()
    }
}

#[test]
#[ignore = "a process that others start and kill"]
fn crash_child_process() {
    let Some(jobs) = env("TINTYPE_CRASH_JOBS") else { return };
    let [from, to, at_once] = jobs.split(' ').map(|word| word.parse().unwrap()).collect::<Vec<usize>>()[..] else {
        panic!("{jobs}");
    };
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
        let (engine, mut heard) = engine();
        engine.recover().await.unwrap();
        let places = Arc::new(Semaphore::new(at_once));
        let (engine_too, places_too) = (engine.clone(), places.clone());
        let submitting = tokio::spawn(async move {
            for number in from..to {
                places_too.acquire().await.unwrap().forget();
                if let Err(error) = engine_too.submit(draft(number)).await {
                    // Abort, because the loop below would wait forever for the end of this job.
                    eprintln!("not submitted: {error}");
                    std::process::abort();
                }
            }
        });
        let mut ended = 0;
        while ended < to - from {
            match heard.recv().await.unwrap().what {
                JobEvent::Saved(_) => {}
                JobEvent::Failed(record) => println!("failed: {:?}", record.error),
                _ => continue,
            }
            ended += 1;
            places.add_permits(1);
            if ended == (to - from).div_ceil(5) || ended == to - from {
                println!("resident: {}", resident());
            }
        }
        submitting.await.unwrap();
        engine.shutdown(std::time::Duration::from_secs(30)).await;
    });
}

/// Returns the resident memory of this process in KiB, or 0 where it is unavailable.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}
