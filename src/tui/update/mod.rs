//! What follows from what happened: one pure function from the model and a message to effects.
//! Nothing here waits, reads the clock, touches a file or the terminal.

mod dispatch_action;
mod enhance_prompt;
mod global;
mod history;
mod jobs;
mod keys;
mod mouse;
mod named_images;
mod notify;
mod popup;
mod preview;
mod prompt;
mod references;
mod screens;
mod settings;
mod successor;
mod thumbnails;

#[cfg(test)]
mod tests;

use super::{
    effect::Effect,
    layout::layout,
    model::{Focus, Model},
    msg::Msg,
};

/// Changes the model and says what has to be done in the world. The runtime has set `model.now` before.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = dispatch(model, msg);
    prompt::report_length(model);
    settle(model, &mut effects);
    effects
}

fn dispatch(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => keys::key(model, key),
        Msg::Keys(run) => keys::run(model, &run),
        Msg::Paste(text) => keys::paste(model, &text),
        Msg::Mouse(event) => mouse::mouse(model, event),
        Msg::Resize(columns, rows) => global::resize(model, columns, rows),
        Msg::PaneFocused => global::focused(model),
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
        Msg::ReferenceAdded(usage, result) => references::given(model, usage, result),
        Msg::Shutdowns(backend, endings) => successor::announced(model, &backend, endings),
        Msg::Lineage(id, lineage) => popup::lineage(model, id, lineage),
        Msg::EstimatesTrained(registry) => global::learned(model, registry),
        Msg::Deleted(id, result) => history::deleted(model, id, result),
        Msg::LibraryEdited(result) => history::changed(model, result),
        Msg::LibraryChanged => history::changed(model, Ok(())),
        Msg::Prepared(key, result) => {
            let taken = screens::prepared(model, &key, &result);
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
        Msg::Terminate => global::terminate(model),
    }
}

/// What always follows: the list is scrolled to its selection, missing rows and the right picture are asked for.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let areas = layout(model);
    let rows = areas.history_rows(model).map_or(20, |area| area.height);
    model.history.scroll_into_view(rows);
    let query = model.history.query.clone();
    model.history.anchor_selection(matches!(model.focus, Focus::History | Focus::Preview));
    let sought = if model.history.loaded { Vec::new() } else { model.history.ids_to_select() };
    let load = |offset| Effect::LoadPage(query.clone(), offset, sought.clone());
    effects.extend(model.history.request_missing_pages(rows).into_iter().map(load));
    effects.extend(screens::wanted(model, &areas));
    effects.extend(preview::wanted(model, &areas));
    effects.extend(preview::neighbours(model, &areas));
    effects.extend(thumbnails::wanted(model, &areas));
}
