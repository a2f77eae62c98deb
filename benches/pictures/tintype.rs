//! Tintype's side: the engine, the backend and the library, put together as in the program.
//! Like the studio, it keeps the last preview of each running job.

use std::{collections::HashMap, path::Path};

use tintype::{
    config::{Budget, Config},
    engine::{Draft, Engine, EngineEvent, EngineSetup, JobEvent, Registry},
    library::Library,
};
use tokio::{
    runtime::Runtime,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use crate::contender::SideReport;

/// Receives images. Arguments: folder, count, partials, concurrency, size.
pub(crate) fn receive(arguments: &[String]) {
    let number = |index: usize| arguments[index].parse::<u32>().unwrap();
    let (folder, count, at_once) = (Path::new(&arguments[0]), number(1), number(3) as usize);
    let (engine, mut events) = engine(folder);
    let draft = draft(number(2), &arguments[4]);
    Runtime::new().unwrap().block_on(async {
        for first in (0..count as usize).step_by(at_once) {
            let jobs = at_once.min(count as usize - first);
            for _ in 0..jobs {
                engine.submit(draft.clone()).await.unwrap();
            }
            finish(jobs, &mut events).await;
        }
    });
    SideReport::measure(&folder.join("images")).print();
}

fn engine(folder: &Path) -> (Engine, UnboundedReceiver<EngineEvent>) {
    let config = Config::defaults();
    let (backends, problems) = config.build_backends(&|name| std::env::var(name).ok());
    assert!(problems.is_empty(), "{problems:?}");
    let (sender, events) = unbounded_channel();
    let setup = EngineSetup {
        library: Library::open(folder).unwrap(),
        registry: Registry::new(backends, "gpt-image"),
        budget: Budget::default(),
        events: sender,
    };
    (Engine::new(setup), events)
}

fn draft(partials: u32, size: &str) -> Draft {
    let settings = [
        ("size".to_owned(), size.into()),
        ("quality".to_owned(), "low".into()),
        ("partial_images".to_owned(), i64::from(partials).into()),
    ];
    let backend = Some("gpt-image".to_owned());
    Draft { prompt: "a lighthouse".to_owned(), backend, settings: settings.into(), count: 1, ..Draft::default() }
}

async fn finish(jobs: usize, events: &mut UnboundedReceiver<EngineEvent>) {
    let (mut ended, mut previews) = (0, HashMap::new());
    while ended < jobs {
        let EngineEvent { job, what } = events.recv().await.unwrap();
        match what {
            JobEvent::Preview(preview) => drop(previews.insert(job, preview)),
            JobEvent::Saved(_) => {
                previews.remove(&job);
                ended += 1;
            }
            JobEvent::Failed(record) => panic!("{:?}", record.error),
            _ => {}
        }
    }
}
