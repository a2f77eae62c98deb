//! Effects on many jobs of the library: labels, the trash, the gallery's questions, exports.

use std::{collections::HashSet, ops::ControlFlow, path::Path};

use tintype_backends::svg::Renderer;

use super::effect_handler::{EffectHandler, library_notice};
use crate::{
    engine::export_items,
    export::{self, ExportError, ExportPlan, ExportReport, ExportTarget},
    id::Id,
    library::{LabelChange, Library, LibraryError, Query},
    tui::{
        dropped_paths::expand_home,
        export_line::ExportRequest,
        model::{Notice, Severity},
        msg::Msg,
    },
};

impl EffectHandler {
    /// Changes labels; the sidecars follow after the answer.
    pub(super) fn change_labels(&self, ids: Vec<Id>, change: LabelChange) {
        let (library, messages) = (self.library.clone(), self.messages.clone());
        tokio::spawn(async move {
            let changed = library.change_labels(ids, change).await.map(drop);
            // The studio may be closing.
            drop(messages.send(Msg::LibraryEdited(changed.map_err(|error| library_notice(&error)))));
            library.write_pending_sidecars().await;
        });
    }

    /// Moves jobs to the trash. Those that could not be moved are named in a notice.
    pub(super) fn delete(&self, jobs: Vec<Id>) {
        let (library, messages) = (self.library.clone(), self.messages.clone());
        tokio::spawn(async move {
            let answer = match library.trash_all(jobs.clone(), true).await {
                Ok(failed) => {
                    if let Some((_, error)) = failed.first() {
                        let _ = messages.send(Msg::Notify(library_notice(error)));
                    }
                    let failed: HashSet<Id> = failed.into_iter().map(|(id, _)| id).collect();
                    let moved = jobs.into_iter().filter(|job| !failed.contains(job)).collect();
                    Msg::Deleted(moved, Ok(()))
                }
                Err(error) => Msg::Deleted(Vec::new(), Err(library_notice(&error))),
            };
            let _ = messages.send(answer);
        });
    }

    /// Restores jobs from the trash.
    pub(super) fn undelete(&self, jobs: Vec<Id>) {
        self.spawn_library_change(move |library| async move {
            let failed = library.trash_all(jobs, false).await?;
            failed.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
        });
    }

    pub(super) fn load_matching_jobs(&self, query: Query) {
        let library = self.library.clone();
        self.spawn(async move {
            match library.matching_jobs(query.clone()).await {
                Ok(jobs) => Msg::MatchingJobs(query, jobs),
                Err(error) => Msg::Notify(library_notice(&error)),
            }
        });
    }

    pub(super) fn load_known_values(&self) {
        let library = self.library.clone();
        self.spawn(async move { Msg::KnownValues(library.known_values().await.unwrap_or_default()) });
    }

    pub(super) fn load_lineage_tree(&self, job: Id) {
        let library = self.library.clone();
        self.spawn(async move {
            let tree = async {
                let record = library.record(job).await?.ok_or_else(|| LibraryError::NotFound(job.to_string()))?;
                library.lineage_tree(&record).await
            };
            match tree.await {
                Ok(nodes) => Msg::LineageTree(job, nodes),
                Err(error) => Msg::Notify(library_notice(&error)),
            }
        });
    }

    /// Exports the images of jobs on a thread that may block.
    pub(super) fn export(&self, jobs: Vec<Id>, request: ExportRequest) {
        let (library, renderer) = (self.library.clone(), self.renderer.clone());
        self.spawn(async move {
            let plan = match export_plan(&library, &jobs, &request, renderer).await {
                Ok(plan) => plan,
                Err(error) => return Msg::Notify(library_notice(&error)),
            };
            let runtime = tokio::runtime::Handle::current();
            let run = move || export::run(&plan, &runtime, &mut |_| ControlFlow::Continue(()));
            Msg::Notify(match tokio::task::spawn_blocking(run).await {
                Ok(Ok(report)) => report_notice(&report, &request),
                Ok(Err(error)) => error_notice(&error),
                Err(error) => Notice::new(Severity::Error, format!("the export failed: {error}")),
            })
        });
    }
}

async fn export_plan(
    library: &Library,
    jobs: &[Id],
    request: &ExportRequest,
    renderer: Renderer,
) -> Result<ExportPlan, LibraryError> {
    let mut items = Vec::new();
    for job in jobs {
        // A job may have been deleted since it was selected.
        if let Some(record) = library.record(*job).await? {
            items.extend(export_items(library, &record, None).await?);
        }
    }
    let data_dir = library.data_dir().to_owned();
    let target = target(&request.destination);
    Ok(ExportPlan { data_dir, items, target, options: request.options, overwrite: request.overwrite, renderer })
}

fn target(destination: &Path) -> ExportTarget {
    let path = expand_home(destination.to_owned(), dirs::home_dir().as_deref());
    let is_archive = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    if is_archive { ExportTarget::Archive(path) } else { ExportTarget::Directory(path) }
}

fn report_notice(report: &ExportReport, request: &ExportRequest) -> Notice {
    let to = request.destination.display();
    let noun = |count: usize| if count == 1 { "image" } else { "images" };
    if let Some(failure) = report.failures.first() {
        let text = format!("{} not exported; {}: {}", report.failures.len(), failure.id, failure.error);
        return Notice::new(Severity::Warning, text).with_hint(failure.error.hint());
    }
    match report.exported {
        0 => Notice::new(Severity::Warning, "nothing to export"),
        count => Notice::new(Severity::Success, format!("Exported {count} {} to {to}", noun(count))),
    }
}

fn error_notice(error: &ExportError) -> Notice {
    let overwrite = || "add --yes to overwrite".to_owned();
    let hint = error.hint().or_else(|| matches!(error, ExportError::Exists { .. }).then(overwrite));
    Notice::new(Severity::Error, error.to_string()).with_hint(hint)
}
