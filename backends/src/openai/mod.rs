//! Code shared by the backends of the OpenAI family: the HTTP client, response parsing, and error classification.
//! It is no backend itself and knows no model.

pub(crate) mod address;
pub(crate) mod answer;
pub(crate) mod bounds;
mod connect;
pub(crate) mod connection;
pub(crate) mod defaults;
pub(crate) mod download;
pub(crate) mod errors;
pub(crate) mod figures;
pub(crate) mod harvest;
pub(crate) mod health;
pub(crate) mod http;
pub(crate) mod key;
mod keyring;
mod lenient_json;
pub(crate) mod pace;
pub(crate) mod payload;
pub(crate) mod profile;
pub(crate) mod retry;
pub(crate) mod spool;
pub(crate) mod sse;
pub(crate) mod usage;
