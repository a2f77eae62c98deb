//! Dispatches to the three wire formats and reads responses in any of them.
//! The formats themselves are `images`, `chat` and `responses`.

use super::{
    GptImage, Route, chat_completions, images_api, reference_images::Uploads, reply::GptImageEvent, responses_api,
};
use crate::{
    BackendError, Request,
    openai::{http::ApiCall, response_stream::Event, server_error::ServerError},
};

/// Builds the HTTP request for `count` images, streamed or not.
pub(crate) fn build_request(
    request: &Request,
    uploads: &Uploads,
    backend: &GptImage,
    count: u32,
    stream: bool,
) -> Result<ApiCall, BackendError> {
    match &backend.route {
        Route::Images => images_api::build_request(request, uploads, backend.api.traits(), count, stream),
        Route::Chat => chat_completions::build_request(request, uploads),
        Route::Responses(hosting) => responses_api::build_request(request, uploads, hosting, stream),
    }
}

/// Reads `event`. Servers may respond in another format than that of the request, so all are tried.
pub(crate) fn parse_event(event: &Event) -> GptImageEvent {
    if let Some(said) = images_api::answer(event) {
        return said;
    }
    if let Some(fault) = ServerError::from_value(&event.value) {
        return GptImageEvent::Failed(fault);
    }
    let other = responses_api::parse_event(event).or_else(|| chat_completions::parse_event(event));
    other.unwrap_or_else(|| images_api::parse_event(event))
}
