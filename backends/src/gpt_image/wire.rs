//! Dispatches to the three wire formats and reads responses in any of them.
//! The formats themselves are `images`, `chat` and `responses`.

use super::{GptImage, Route, chat, images, inputs::Uploads, reply::GptImageEvent, responses};
use crate::{
    BackendError, Request,
    openai::{answer::Event, errors::ServerError, http::ApiCall},
};

/// Builds the HTTP request for `count` images, streamed or not.
pub(crate) fn call(
    request: &Request,
    uploads: &Uploads,
    backend: &GptImage,
    count: u32,
    stream: bool,
) -> Result<ApiCall, BackendError> {
    match &backend.route {
        Route::Images => images::call(request, uploads, backend.api.traits(), count, stream),
        Route::Chat => chat::call(request, uploads),
        Route::Responses(hosting) => responses::call(request, uploads, hosting, stream),
    }
}

/// Reads `event`. Servers may respond in another format than that of the request, so all are tried.
pub(crate) fn read(event: &Event) -> GptImageEvent {
    if let Some(said) = images::answer(event) {
        return said;
    }
    if let Some(fault) = ServerError::from_value(&event.value) {
        return GptImageEvent::Failed(fault);
    }
    let other = responses::read(event).or_else(|| chat::read(event));
    other.unwrap_or_else(|| images::read(event))
}
