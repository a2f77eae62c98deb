//! Carries out effects: the one `match` in which the studio acts on anything outside of its terminal.
//! It never blocks; the result of an effect comes back as a message.

use std::{future::Future, path::PathBuf, process::Stdio, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};
use tintype_backends::{Secrets, svg::Renderer};
use tokio::{sync::mpsc::UnboundedSender, task::JoinHandle};

use super::{
    desktop_notification::NotificationKind, editor::EditorCommand, image_thread::ImageThread, list_images, load_config,
    reference_files, terminal_detection::TerminalDetection, thumbnail_threads::ThumbnailThreads,
};
use crate::{
    compare::{Ballot, ComparisonPair, PairSide, RunPrompt, Vote, Voter, make_pair, next_pair, stats::Scorecard},
    config::Notification,
    engine::{Draft, Engine, QuestionError, SubmitError},
    helper_process,
    id::Id,
    library::{ImageRecord, Library, LibraryError, Lineage, Query},
    picture::{CellSize, ColorDepth, DisplayCapabilities, ImageBackground, OuterTerminal, TerminalWindow},
    theme::{self, Theme},
    tui::{
        effect::{Effect, ImageData},
        live_config::LiveConfig,
        model::{LibraryImage, Notice, PAGE_ROWS, SavedSession, Severity, SpentTotals, split_unconfirmed},
        msg::Msg,
    },
};

/// Number of earlier prompts that the editor can recall.
const MAX_PROMPTS: u32 = 500;

/// The handler of all effects that do not need the terminal.
pub(super) struct EffectHandler {
    pub(super) engine: Engine,
    pub(super) library: Library,
    pub(super) pictures: ImageThread,
    pub(super) thumbnails: ThumbnailThreads,
    pub(super) facts: Arc<DisplayCapabilities>,
    pub(super) surroundings: TerminalDetection,
    pub(super) config: Arc<LiveConfig>,
    /// Renderer of the SVG sources that are exported.
    pub(super) renderer: Renderer,
    /// Color depth of the terminal; `None` for monochrome and with `NO_COLOR`.
    pub(super) colors: Option<theme::ThemeColorDepth>,
    pub(super) background: [u8; 3],
    /// Color of the gaps between images side by side.
    pub(super) gap_color: [u8; 3],
    pub(super) session_file: PathBuf,
    pub(super) zone: TimeZone,
    pub(super) messages: UnboundedSender<Msg>,
    pub(super) saving: Option<JoinHandle<()>>,
}

impl EffectHandler {
    /// Sends messages to the studio.
    pub(super) fn send_all(&self, messages: impl IntoIterator<Item = Msg>) {
        for message in messages {
            self.send(message);
        }
    }

    /// Sends a message to the studio.
    pub(super) fn send(&self, msg: Msg) {
        // The receiver is gone only while the studio exits.
        let _ = self.messages.send(msg);
    }

    /// Returns the user's editor.
    pub(super) fn editor(&self) -> EditorCommand {
        EditorCommand::configured(self.config.studio.editor.as_deref(), self.surroundings.env)
    }

    /// Returns the keys that child processes must not get.
    pub(super) fn secrets(&self) -> Secrets {
        self.engine.registry().accounts().secrets().clone()
    }

    /// Takes in the new size of the window and returns the pixels of one cell.
    pub(super) fn resized(&mut self, window: TerminalWindow) -> CellSize {
        Arc::make_mut(&mut self.facts).resized(window);
        self.facts.cell
    }

    /// Has tmux queried for the terminal around it, if the studio runs in tmux.
    pub(super) fn query_outer_terminal(&mut self) {
        if self.facts.tmux {
            self.surroundings.query_tmux(&self.messages);
        }
    }

    /// Takes in the terminal around tmux; returns `true` if that changes what is drawn.
    pub(super) fn set_outer_terminal(&mut self, outer: OuterTerminal, window: TerminalWindow) -> bool {
        let facts = self.surroundings.apply_outer(outer, window);
        self.set_facts(facts)
    }

    /// Takes in a late answer of the terminal; returns `true` if that changes what is drawn.
    pub(super) fn take_late_answer(&mut self, answer: &str, window: TerminalWindow) -> bool {
        let facts = self.surroundings.with_late_answer(answer, window);
        self.set_facts(facts)
    }

    fn set_facts(&mut self, facts: DisplayCapabilities) -> bool {
        let look = |facts: &DisplayCapabilities| (facts.protocol, facts.glyphs, facts.color);
        let changed = look(&facts) != look(&self.facts);
        self.colors = theme_color_depth(facts.color);
        self.facts = Arc::new(facts);
        changed
    }

    /// Uses other settings from now on; returns `true` if that changes what is drawn on this terminal.
    pub(super) fn use_config(&mut self, config: Arc<LiveConfig>, window: TerminalWindow) -> bool {
        let requested = load_config::requested_display(&config.preview);
        self.config = config;
        match requested {
            Ok(requested) => {
                let facts = self.surroundings.force(requested, window);
                self.set_facts(facts)
            }
            Err(notice) => {
                self.send(Msg::Notify(notice));
                false
            }
        }
    }

    /// Starts an effect.
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Submit(draft) => self.submit(draft),
            Effect::RewritePrompt(draft) => self.rewrite_prompt(draft),
            Effect::Cancel(id) => drop(self.engine.cancel(id)),
            Effect::LoadPair(run) => self.load_pair(run),
            Effect::LoadScores => self.load_scores(),
            Effect::CreatePair(contest) => self.create_pair(*contest),
            Effect::SaveBallot(pair, vote) => self.save_ballot(*pair, vote),
            Effect::LoadUnfinished => self.load_unfinished(),
            Effect::Resume(id) => self.spawn_job_action(move |engine| async move { engine.resume(id).await }),
            Effect::Discard(id) => {
                self.spawn_job_action(move |engine| async move { engine.discard(id).await.map(drop) });
            }
            Effect::LoadPage(query, offset, jobs) => self.load_page(query, offset, jobs),
            Effect::LoadPromptHistory => self.load_past(),
            Effect::LoadSpent => self.load_spent(),
            Effect::PasteImage => self.spawn(reference_files::read_clipboard(self.secrets())),
            Effect::FindReference(usage, name) => self.spawn(reference_files::find_file(usage, name)),
            Effect::FindDroppedImages(text, readings) => self.spawn(reference_files::find_dropped(text, readings)),
            Effect::ListImages(directory, recent) => self.spawn(list_images::list(directory, recent)),
            Effect::LoadLibraryImages(ids) => self.load_library_images(ids),
            Effect::FindNamedImages(prompt, paths) => self.spawn(reference_files::find_named(prompt, paths)),
            Effect::LoadShutdowns(backend) => self.load_shutdowns(backend),
            Effect::TrainEstimates => self.train_estimates(),
            Effect::LoadLineage(id) => self.load_lineage(id),
            Effect::Delete(jobs) => self.delete(jobs),
            Effect::Undelete(jobs) => self.undelete(jobs),
            Effect::LoadMatchingJobs(query) => self.load_matching_jobs(query),
            Effect::LoadKnownValues => self.load_known_values(),
            Effect::LoadLineageTree(job) => self.load_lineage_tree(job),
            Effect::Export(jobs, request) => self.export(jobs, request),
            Effect::ChangeLabels(ids, change) => self.change_labels(ids, change),
            Effect::PrepareImage(key, picture) => {
                let matte = match picture {
                    // The gap between two images is empty, so it gets no checkerboard.
                    ImageData::SideBySide(_) => ImageBackground::Color(self.gap_color),
                    _ if self.config.preview.checkerboard => ImageBackground::Checkerboard,
                    _ => ImageBackground::Color(self.background),
                };
                self.pictures.request(key, picture, matte, self.facts.clone());
            }
            Effect::PrepareGridImage(key, picture) => {
                self.pictures.request_grid_image(key, picture, self.matte(), self.facts.clone());
            }
            Effect::PrefetchImage(key, picture) => {
                self.pictures.prefetch(key, picture, self.matte(), self.facts.clone());
            }
            Effect::Thumbnail(request) => self.thumbnails.request(request, self.matte(), self.facts.clone()),
            Effect::Open(path) => self.open(path),
            Effect::UseTheme(name) => self.use_theme(&name),
            Effect::SaveSession(session) => self.save(session),
            Effect::UseConfig(_)
            | Effect::EditExternally(_)
            | Effect::Copy(_)
            | Effect::CopyImage(_)
            | Effect::Notify(_)
            | Effect::Suspend
            | Effect::Redraw => {}
        }
    }

    /// Returns the bytes by which this terminal notifies the user outside of its window.
    pub(super) fn notification(&self, text: &str) -> Vec<u8> {
        let outer = self.surroundings.probe.outer.as_ref();
        let passes = !self.facts.tmux || outer.is_some_and(|outer| outer.passthrough);
        let kind = match self.config.studio.notify {
            Notification::Auto if passes => NotificationKind::of_terminal(self.facts.brand),
            _ => NotificationKind::Bell,
        };
        kind.bytes(text, self.facts.tmux)
    }

    /// Returns the background of transparent images.
    fn matte(&self) -> ImageBackground {
        if self.config.preview.checkerboard {
            ImageBackground::Checkerboard
        } else {
            ImageBackground::Color(self.background)
        }
    }

    pub(super) fn spawn(&self, answer: impl Future<Output = Msg> + Send + 'static) {
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let _ = messages.send(answer.await);
        });
    }

    fn submit(&self, draft: Draft) {
        let engine = self.engine.clone();
        let messages = self.messages.clone();
        self.spawn(async move {
            let known = engine.registry();
            let result = engine.submit(draft.clone()).await.map_err(|error| submit_notice(&error));
            if !Arc::ptr_eq(&known, &engine.registry()) {
                // The backend was queried again for its capabilities.
                let _ = messages.send(Msg::BackendReady(engine.registry()));
            }
            Msg::Submitted(Box::new(draft), result)
        });
    }

    fn load_pair(&self, run: Option<Id>) {
        let (library, mirrored) = (self.library.clone(), self.config.compare.mirrored);
        self.spawn(async move {
            Msg::PairLoaded(
                next_pair(&library, run, mirrored).await.map(Box::new).map_err(|error| library_notice(&error)),
            )
        });
    }

    fn load_scores(&self) {
        let library = self.library.clone();
        self.spawn(async move {
            let votes = async { Ok((library.pairs().await?, library.ballots().await?)) };
            let (pairs, ballots) = match votes.await {
                Ok(votes) => votes,
                Err(error) => return Msg::ResultsLoaded(Err(library_notice(&error))),
            };
            let count = move || Box::new(Scorecard::reproducible(&pairs, &ballots));
            let counted = tokio::task::spawn_blocking(count).await;
            Msg::ResultsLoaded(counted.map_err(|_| Notice::new(Severity::Error, "could not count the votes")))
        });
    }

    fn create_pair(&self, (topic, one, other): (RunPrompt, PairSide, PairSide)) {
        let library = self.library.clone();
        self.spawn(async move {
            Msg::PairLoaded(
                make_pair(&library, &topic, one, other).await.map(Box::new).map_err(|error| library_notice(&error)),
            )
        });
    }

    fn save_ballot(&self, pair: ComparisonPair, vote: Vote) {
        let library = self.library.clone();
        self.spawn(async move {
            let ballot = Ballot::new(&pair, Voter::Human, Timestamp::now(), vote);
            Msg::BallotSaved(library.add_ballot(&ballot).await.map_err(|error| library_notice(&error)))
        });
    }

    fn rewrite_prompt(&self, draft: Draft) {
        let engine = self.engine.clone();
        self.spawn(async move {
            Msg::PromptRewrite(engine.enhance_prompt(&draft, None).await.map_err(|error| match error {
                QuestionError::NotSent(error) => submit_notice(&error),
                QuestionError::Failed(error) => Notice::new(Severity::Error, error.message).with_hint(error.hint),
            }))
        });
    }

    fn load_unfinished(&self) {
        let library = self.library.clone();
        self.spawn(async move {
            match library.unfinished().await {
                Ok(records) => Msg::Unfinished(records),
                Err(error) => Msg::Notify(library_notice(&error)),
            }
        });
    }

    /// Resumes or discards an unfinished job.
    fn spawn_job_action<F>(&self, what: impl FnOnce(Engine) -> F)
    where
        F: Future<Output = Result<(), SubmitError>> + Send + 'static,
    {
        let what = what(self.engine.clone());
        self.spawn(async move { Msg::LibraryEdited(what.await.map_err(|error| submit_notice(&error))) });
    }

    fn load_page(&self, query: Query, offset: u64, jobs: Vec<Id>) {
        let library = self.library.clone();
        self.spawn(async move {
            let mut offset = offset;
            for job in jobs {
                if let Ok(Some(row)) = library.position(&query, job).await {
                    offset = row / PAGE_ROWS * PAGE_ROWS;
                    break;
                }
            }
            Msg::Page(library.page(query, offset, PAGE_ROWS as u32).await.map_err(|error| library_notice(&error)))
        });
    }

    fn load_past(&self) {
        let library = self.library.clone();
        self.spawn(async move {
            match library.prompts(MAX_PROMPTS).await {
                Ok(prompts) => Msg::PromptHistory(prompts),
                Err(error) => Msg::Notify(library_notice(&error)),
            }
        });
    }

    fn load_spent(&self) {
        let library = self.library.clone();
        let (day, month) = period_starts(&self.zone);
        self.spawn(async move {
            let since = async |since| {
                let unconfirmed = library.unconfirmed_by_backend(since).await?;
                Ok::<_, LibraryError>(split_unconfirmed(library.spent_by_backend(since).await?, &unconfirmed))
            };
            let spent = async {
                let ((today, today_unconfirmed), (month, month_unconfirmed)) = (since(day).await?, since(month).await?);
                Ok(SpentTotals { today, month, today_unconfirmed, month_unconfirmed })
            };
            spent.await.map_or_else(|error| Msg::Notify(library_notice(&error)), Msg::Spent)
        });
    }

    /// Asks a backend for the shutdown dates of its models. A server that does not answer is not reported here: the
    /// next job that needs it reports it.
    fn load_shutdowns(&self, name: String) {
        let Some(backend) = self.engine.registry().get(&name).cloned() else { return };
        let messages = self.messages.clone();
        tokio::spawn(async move {
            if let Ok(health) = backend.check().await {
                let _ = messages.send(Msg::Shutdowns(name, health.endings));
            }
        });
    }

    fn train_estimates(&self) {
        let engine = self.engine.clone();
        self.spawn(async move {
            match engine.train().await {
                Ok(registry) => Msg::EstimatesTrained(registry),
                Err(error) => Msg::Notify(library_notice(&error)),
            }
        });
    }

    fn load_library_images(&self, ids: Vec<Id>) {
        let library = self.library.clone();
        self.spawn(async move {
            let mut images = Vec::new();
            for id in ids {
                // A failure here is reported when the image is used.
                let Ok(Some(record)) = library.job_of(id).await else { continue };
                let found = record.images.iter().find(|image| image.id == id);
                let known =
                    |image: &ImageRecord| LibraryImage { prompt: record.prompt.clone(), path: image.path.clone() };
                images.extend(found.map(|image| (id, known(image))));
            }
            Msg::LibraryImages(images)
        });
    }

    fn load_lineage(&self, id: Id) {
        let library = self.library.clone();
        self.spawn(async move {
            let lineage = async {
                let record = library.record(id).await?;
                match record {
                    Some(record) => library.lineage(&record).await,
                    None => Ok(Lineage::default()),
                }
            };
            match lineage.await {
                Ok(lineage) => Msg::Lineage(id, lineage),
                Err(error) => Msg::Notify(library_notice(&error)),
            }
        });
    }

    pub(super) fn spawn_library_change<F>(&self, change: impl FnOnce(Library) -> F)
    where
        F: Future<Output = Result<(), LibraryError>> + Send + 'static,
    {
        let change = change(self.library.clone());
        self.spawn(async move { Msg::LibraryEdited(change.await.map_err(|error| library_notice(&error))) });
    }

    fn open(&self, path: PathBuf) {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let secrets = self.secrets();
        self.spawn(async move {
            let mut command = tokio::process::Command::from(helper_process::without_keys(opener, &secrets));
            let command = command.arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let notice = match command.status().await {
                Ok(status) if status.success() => Notice::new(Severity::Success, format!("Opened {}", path.display())),
                _ => Notice::new(Severity::Error, format!("`{opener}` could not open {}", path.display()))
                    .with_hint(Some("copy the path instead")),
            };
            Msg::Notify(notice)
        });
    }

    pub(super) fn use_theme(&mut self, name: &str) {
        let theme = match self.config.themes.get(name) {
            Ok(theme) => Ok(self.adapted(&theme)),
            Err(error) => Err(Notice::new(Severity::Error, error.to_string()).with_hint(error.hint())),
        };
        self.send(Msg::ThemeLoaded(theme));
    }

    /// Adapts a theme to this terminal, and takes over its colors around images.
    pub(super) fn adapted(&mut self, theme: &Theme) -> Theme {
        self.background = theme.image_background();
        self.gap_color = theme.screen_background();
        match self.colors {
            Some(depth) => theme.adapted(depth),
            None => Theme::without_color(),
        }
    }

    fn save(&mut self, session: SavedSession) {
        let (file, before) = (self.session_file.clone(), self.saving.take());
        self.saving = Some(tokio::spawn(async move {
            // One after the other, so that the last one wins.
            if let Some(before) = before {
                let _ = before.await;
            }
            let _ = tokio::task::spawn_blocking(move || save(&file, &session)).await;
        }));
    }
}

fn save(file: &std::path::Path, session: &SavedSession) {
    let saved = serde_json::to_vec_pretty(session).map_err(std::io::Error::other);
    match saved.map(|json| crate::atomic_file::replace(file, &json)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("could not save the session: {error}"),
        Err(error) => tracing::warn!("could not save the session: {error}"),
    }
}

/// Returns the start of this day and of this month in the user's time zone.
fn period_starts(zone: &TimeZone) -> (Timestamp, Timestamp) {
    let now = Timestamp::now().to_zoned(zone.clone());
    let start = |day: &jiff::Zoned| day.start_of_day().map_or(day.timestamp(), |start| start.timestamp());
    (start(&now), now.first_of_month().map_or_else(|_| start(&now), |first| start(&first)))
}

pub(super) fn submit_notice(error: &SubmitError) -> Notice {
    Notice::new(Severity::Error, error.to_string()).with_hint(error.hint())
}

/// Converts an error of the library to a notice; the studio goes on.
pub(super) fn library_notice(error: &LibraryError) -> Notice {
    Notice::new(Severity::Error, error.to_string()).with_hint(error.hint())
}

/// Converts the terminal's color depth to the theme's; `None` for monochrome.
pub(super) const fn theme_color_depth(depth: ColorDepth) -> Option<theme::ThemeColorDepth> {
    match depth {
        ColorDepth::TrueColor => Some(theme::ThemeColorDepth::True),
        ColorDepth::Ansi256 => Some(theme::ThemeColorDepth::Indexed256),
        ColorDepth::Ansi16 => Some(theme::ThemeColorDepth::Ansi16),
        ColorDepth::Mono => None,
    }
}
