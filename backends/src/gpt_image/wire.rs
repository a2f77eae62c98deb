//! Which of the three wires a request goes out by, and what came back by any of them.
//! No wire itself: those are `images`, `chat` and `responses`.

use super::{GptImage, Route, chat, images, inputs::Uploads, reply::Said, responses};
use crate::{
    BackendError, Request,
    openai::{answer::Event, errors::Fault, http::Call},
};

/// The request on the wire, asking for `count` pictures, streamed or at once.
pub(crate) fn call(
    request: &Request,
    uploads: &Uploads,
    backend: &GptImage,
    count: u32,
    stream: bool,
) -> Result<Call, BackendError> {
    match &backend.route {
        Route::Images => images::call(request, uploads, backend.api.traits(), count, stream),
        Route::Chat => chat::call(request, uploads),
        Route::Responses(hosting) => responses::call(request, uploads, hosting, stream),
    }
}

/// What `event` says. Servers answer by other wires than they were asked by, so all are tried.
pub(crate) fn read(event: &Event) -> Said {
    if let Some(said) = images::answer(event) {
        return said;
    }
    if let Some(fault) = Fault::from_value(&event.value) {
        return Said::Failed(fault);
    }
    let other = responses::read(event).or_else(|| chat::read(event));
    other.unwrap_or_else(|| images::read(event))
}
