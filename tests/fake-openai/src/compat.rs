//! Responses in the shapes of other servers: URLs instead of base64, members that are missing, null or useless.
//! Their error shapes are in `faults`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::faults::{Fault, Faults};
use crate::generate::ImageJob;
use crate::state::Shared;

/// Encodes an image as base64, or as what a fault makes of it.
pub(crate) fn base64(bytes: &[u8], faults: &Faults) -> String {
    if faults.has(Fault::BadBase64) {
        return "iVBORw0KGgo*not base64*".into();
    }
    STANDARD.encode(if faults.has(Fault::NotAnImage) { b"this is no picture at all" } else { bytes })
}

/// Builds one element of `data`, and counts its image as sent.
pub(crate) fn image_object(shared: &Shared, job: &ImageJob, bytes: Bytes) -> Value {
    let faults = &job.call.faults;
    let encoded = base64(&bytes, faults);
    let index = shared.change(|log| {
        log.images.push(bytes);
        log.images.len() - 1
    });
    let mut datum = Map::new();
    if faults.has(Fault::UrlMoved) {
        datum.insert("url".into(), format!("{}/pictures/{index}?moved", shared.origin).into());
    } else if faults.has(Fault::UrlOnly) {
        datum.insert("url".into(), format!("{}/pictures/{index}", shared.origin).into());
    } else if faults.has(Fault::DataUrl) {
        datum.insert("url".into(), format!("data:image/{};base64,{encoded}", job.order.format.name()).into());
    } else {
        datum.insert("b64_json".into(), encoded.into());
    }
    if faults.has(Fault::RevisedPrompt) {
        datum.insert("revised_prompt".into(), format!("{}, in soft morning light", job.order.prompt).into());
    }
    if let Some(key) = &job.echo {
        datum.insert("revised_prompt".into(), format!("{}, as {key} wants it", job.order.prompt).into());
    }
    if faults.has(Fault::NullFields) {
        datum.entry("url").or_insert(Value::Null);
        datum.entry("revised_prompt").or_insert(Value::Null);
    }
    datum.into()
}

/// Applies the faults that distort the usage.
pub(crate) fn apply_usage_faults(mut usage: Value, faults: &Faults) -> Value {
    let tokens = match (faults.has(Fault::ZeroUsage), faults.has(Fault::AbsurdUsage)) {
        (true, _) => 0,
        (_, true) => 1_000_000_000_000_u64,
        _ => return usage,
    };
    fill(&mut usage, tokens);
    usage
}

fn fill(usage: &mut Value, tokens: u64) {
    match usage {
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, tokens)),
        other => *other = tokens.into(),
    }
}

/// Completes the response and removes the members that the faults take away.
pub(crate) fn apply_member_faults(mut answer: Map<String, Value>, faults: &Faults) -> Value {
    if faults.has(Fault::NoUsage) {
        answer.remove("usage");
    }
    if faults.has(Fault::NoCreated) {
        answer.remove("created");
    }
    if faults.has(Fault::NoData) {
        answer.insert("data".into(), json!([]));
    }
    answer.into()
}
