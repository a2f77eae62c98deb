//! The backend alone: receives, decodes and stores images as in a job, without an engine or a library.

use std::{fs, io, path::Path, sync::Arc};

use futures::future::{BoxFuture, FutureExt as _};
use tintype::config::Config;
use tintype_backends::{Listener, Progress, Request, Settings, Ticket, Update};
use tokio::runtime::Runtime;

use crate::contender::SideReport;

/// A progress listener that ignores every event.
struct NullListener;

impl Listener for NullListener {
    fn on_update(&self, _update: Update) {}

    fn keep_ticket<'a>(&'a self, _ticket: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        std::future::ready(Ok(())).boxed()
    }
}

/// Receives images. Arguments: folder, count, partials, concurrency (1), size.
pub(crate) fn receive(arguments: &[String]) {
    let number = |index: usize| arguments[index].parse::<u32>().unwrap();
    let folder = Path::new(&arguments[0]);
    let (backends, problems) = Config::defaults().build_backends(&|name| std::env::var(name).ok());
    assert!(problems.is_empty(), "{problems:?}");
    let backend = Arc::clone(&backends["gpt-image"]);
    let request = request(&backend, number(2), &arguments[4]);
    Runtime::new().unwrap().block_on(async {
        for index in 0..number(1) {
            let scratch = folder.join(index.to_string());
            fs::create_dir(&scratch).unwrap();
            let outcome = backend.generate(&request, &Progress::new(Arc::new(NullListener), &scratch)).await.unwrap();
            let kept = &outcome.images[0].file.as_ref().unwrap().path;
            fs::rename(kept, scratch.join("image.png")).unwrap();
        }
    });
    SideReport::measure(folder).print();
}

fn request(backend: &tintype_backends::SharedBackend, partials: u32, size: &str) -> Request {
    let can = backend.capabilities();
    let model = can.model(&can.default_model).unwrap();
    let mut request = Request::new("a lighthouse", &model.id);
    let chosen: Settings = [
        ("size".to_owned(), size.into()),
        ("quality".to_owned(), "low".into()),
        ("partial_images".to_owned(), i64::from(partials).into()),
    ]
    .into();
    request.settings = model.complete(&can.defaults, &chosen).unwrap();
    request
}
