//! Error responses: one envelope, and a constructor for each class of error that a route can return by itself.
//! Faults chosen by a test are built in `faults`, transport failures in `transport`.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// An error as the API reports it, boxed because it is the rare side of many results.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(Box<ErrorContent>);

/// The status and the content of an error response.
#[derive(Clone, Debug)]
pub(crate) struct ErrorContent {
    pub(crate) status: StatusCode,
    pub(crate) kind: &'static str,
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) message: String,
    /// Additional members inside of the `error` object, beside the usual four.
    pub(crate) extra: Map<String, Value>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, kind: &'static str, code: Option<&str>, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorContent {
            status,
            kind,
            code: code.map(str::to_owned),
            param: None,
            message: message.into(),
            extra: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// Returns a 400 of the usual type.
    pub(crate) fn invalid(code: &str, param: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", Some(code), message).param(param)
    }

    pub(crate) fn unknown_parameter(name: &str) -> Self {
        Self::invalid("unknown_parameter", name, format!("Unknown parameter: '{name}'."))
    }

    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::invalid("missing_required_parameter", name, format!("Missing required parameter: '{name}'."))
    }

    pub(crate) fn model_retired(id: &str) -> Self {
        let message = format!(
            "The model `{id}` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations"
        );
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", Some("model_not_found"), message)
    }

    pub(crate) fn model_missing(id: &str) -> Self {
        let message = format!("The model '{id}' does not exist");
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", Some("model_not_found"), message).param("model")
    }

    pub(crate) fn param(mut self, param: &str) -> Self {
        self.0.param = Some(param.to_owned());
        self
    }

    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn with_member(mut self, key: &str, value: Value) -> Self {
        self.0.extra.insert(key.to_owned(), value);
        self
    }

    /// Returns the `error` object.
    pub(crate) fn object(&self) -> Value {
        let said = &self.0;
        let mut object = json!({"message": said.message, "type": said.kind, "param": said.param, "code": said.code});
        if let Some(map) = object.as_object_mut() {
            map.extend(said.extra.clone());
        }
        object
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, Json(json!({"error": self.object()}))).into_response();
        response.headers_mut().extend(self.0.headers);
        response
    }
}
