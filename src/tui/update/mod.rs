//! What follows from what happened: one pure function from the model and a message to effects.
//! Nothing here waits, reads the clock, touches a file or the terminal.

mod chips;
mod dispatch_action;
mod dropped;
mod enhance_prompt;
mod file_picker;
mod gallery;
mod global;
mod history;
mod image_grid;
mod jobs;
mod keys;
mod labels;
mod mouse;
mod named_images;
mod notify;
mod popup;
mod preview;
mod prompt;
mod references;
mod reuse;
mod screens;
mod settings;
mod successor;
mod thumbnails;

#[cfg(test)]
pub(super) mod tests;

use ratatui::layout::Rect;

use super::{
    effect::Effect,
    history_rows::HistoryRows,
    layout::layout,
    model::{Focus, Model, Popup},
    msg::Msg,
};

/// The area by which the history is scrolled while it is hidden.
const HIDDEN_HISTORY: Rect = Rect::new(0, 0, 24, 20);

/// Changes the model and says what has to be done in the world. The runtime has set `model.now` before.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = dispatch(model, msg);
    jobs::submitting(model, &effects);
    prompt::report_length(model);
    settle(model, &mut effects);
    effects
}

#[expect(clippy::too_many_lines, reason = "one flat line a message: a table, read as one")]
fn dispatch(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => keys::key(model, key),
        Msg::Keys(run) => keys::run(model, &run),
        Msg::Paste(text) => keys::paste(model, &text),
        Msg::Mouse(event) => {
            dropped::flush(model);
            mouse::mouse(model, event)
        }
        Msg::Resize(columns, rows) => global::resize(model, columns, rows),
        Msg::FocusGained => global::focused(model),
        Msg::FocusLost => global::unfocused(model),
        // The runtime has drawn its conclusions.
        Msg::OuterTerminal(_) | Msg::TerminalFactsChanged => Vec::new(),
        Msg::Tick => global::tick(model),
        Msg::Engine(event) => {
            let mut effects = screens::engine(model, &event);
            effects.extend(jobs::engine(model, event));
            effects
        }
        Msg::Submitted(draft, result) => {
            if let Err(notice) = &result {
                screens::refused(model, &draft, notice);
            }
            jobs::submitted(model, &draft, result)
        }
        Msg::PairLoaded(result) => screens::dealt(model, result),
        Msg::ResultsLoaded(card) => screens::scored(model, card),
        Msg::BallotSaved(result) => screens::cast(model, result),
        Msg::Page(page) => history::page(model, page),
        Msg::PromptRewrite(result) => enhance_prompt::answered(model, result),
        Msg::PromptHistory(prompts) => prompt::past(model, prompts),
        Msg::Spent(spent) => global::spent(model, spent),
        Msg::NamedImages(text, files) => {
            let sending = named_images::found(model, text, &files);
            sending.map_or_else(Vec::new, |sending| dispatch_action::send(model, &sending))
        }
        Msg::DroppedImages(text, outcome) => dropped::answered(model, &text, outcome),
        Msg::ImagesListed(directory, answer) => file_picker::listed(model, &directory, answer),
        Msg::LibraryImages(images) => references::loaded(model, images),
        Msg::ReferenceAdded(usage, result) => references::given(model, usage, result),
        Msg::Shutdowns(backend, endings) => successor::announced(model, &backend, endings),
        Msg::Lineage(id, lineage) => popup::lineage(model, id, lineage),
        Msg::EstimatesTrained(registry) => global::learned(model, registry),
        Msg::Deleted(jobs, result) => history::deleted(model, jobs, result),
        Msg::MatchingJobs(query, jobs) => gallery::matching(model, &query, jobs),
        Msg::KnownValues(known) => history::known_values(model, known),
        Msg::LineageTree(job, nodes) => gallery::lineage_loaded(model, job, &nodes),
        Msg::LibraryEdited(result) => history::changed(model, result),
        Msg::LibraryChanged => history::changed(model, Ok(())),
        Msg::Prepared(key, result) => {
            let taken = screens::prepared(model, &key, &result)
                || file_picker::prepared(model, &key, &result)
                || image_grid::prepared(model, &key, &result);
            if taken { Vec::new() } else { preview::prepared(model, key, result) }
        }
        Msg::Thumbnail(image, thumbnail) => thumbnails::thumbnail(model, image, thumbnail),
        Msg::EditedExternally(result) => prompt::edited_externally(model, result),
        Msg::Reloaded(result) => global::reloaded(model, result),
        Msg::BackendReady(registry) => global::met(model, registry),
        Msg::ThemeLoaded(result) => global::theme_loaded(model, result),
        Msg::Notify(notice) => notify::notify(model, notice),
        Msg::Unfinished(records) => jobs::unfinished(model, &records),
        Msg::Recovered(records) => jobs::recovered(model, &records),
        Msg::Terminate => {
            dropped::flush(model);
            global::terminate(model)
        }
    }
}

/// What always follows: the list is scrolled to its selection, missing rows and the right picture are asked for.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    history::close_hidden_search(model);
    gallery::forget_hidden_selection(model);
    let mut areas = layout(model);
    if areas.preview.is_some() && model.clear_explained_error() {
        areas = layout(model);
    }
    let place = areas.history_rows(model).unwrap_or(HIDDEN_HISTORY);
    model.history.top = HistoryRows::new(model, place).scrolled_top();
    let rows = gallery::scroll(model, &areas).unwrap_or((model.history.top, place.height.into()));
    let query = model.history.query.clone();
    model.history.anchor_selection(model.is_gallery() || matches!(model.focus, Focus::History | Focus::Preview));
    let sought = if model.history.loaded { Vec::new() } else { model.history.ids_to_select() };
    let load = |offset| Effect::LoadPage(query.clone(), offset, sought.clone());
    effects.extend(model.history.request_missing_pages(rows.0, rows.1).into_iter().map(load));
    effects.extend(screens::wanted(model, &areas));
    effects.extend(references::wanted(model));
    if !matches!(model.popup, Some(Popup::File(_))) {
        effects.extend(preview::wanted(model, &areas));
        effects.extend(image_grid::wanted(model, &areas));
    }
    effects.extend(file_picker::wanted(model));
    effects.extend(preview::neighbours(model, &areas));
    effects.extend(thumbnails::wanted(model, &areas));
    gallery::extend_range(model);
    effects.extend(gallery::wanted(model, &areas));
}
