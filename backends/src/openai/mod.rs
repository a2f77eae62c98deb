//! Code shared by the backends of the OpenAI family: the HTTP client, response parsing, and error classification.
//! It is no backend itself and knows no model.

pub(crate) mod allowed_ranges;
pub(crate) mod base64_stream;
pub(crate) mod bounds;
pub(crate) mod check_defaults;
mod connect_error;
pub(crate) mod connection_settings;
pub(crate) mod download;
pub(crate) mod health;
pub(crate) mod http;
pub(crate) mod image_extractor;
pub(crate) mod key;
mod lenient_json;
pub(crate) mod rate_limit;
pub(crate) mod response_stream;
pub(crate) mod retry;
pub(crate) mod server_error;
pub(crate) mod server_profile;
pub(crate) mod spool;
pub(crate) mod sse;
mod system_keyring;
pub(crate) mod url_policy;
pub(crate) mod usage;
