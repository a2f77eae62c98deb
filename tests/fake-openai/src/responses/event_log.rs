//! A response as a log of events, in the order of the real service, with the response objects at its start and end.
//! The time at which an event occurs is decided in `responses`.

use serde_json::{Value, json};

use super::image_tool::ToolImage;
use super::request::ResponseRequest;
use super::text;
use crate::compat::{apply_usage_faults, base64};
use crate::faults::{Fault, Faults};
use crate::generate::now;
use crate::scene::mix;
use crate::state::{Log, Shared};

/// One response, from its first event to its last.
pub(crate) struct EventLog {
    pub(super) id: String,
    pub(super) events: Vec<Value>,
    pub(super) first: Value,
    pub(super) last: Value,
}

/// Builds the events of a response.
struct EventLogBuilder<'a> {
    ask: &'a ResponseRequest,
    faults: &'a Faults,
    serial: u64,
    events: Vec<Value>,
    output: Vec<Value>,
    obfuscate: bool,
    /// The key that the response repeats, where a fault requires it.
    echo: Option<String>,
    output_tokens: u64,
}

pub(super) fn build_event_log(
    shared: &Shared,
    ask: &ResponseRequest,
    picture: Option<&ToolImage>,
    faults: &Faults,
) -> EventLog {
    let serial = shared.change(Log::serial);
    let obfuscate = ask.body.get("stream_options").and_then(|options| options.get("include_obfuscation")?.as_bool());
    let mut teller = EventLogBuilder {
        ask,
        faults,
        serial,
        events: Vec::new(),
        output: Vec::new(),
        obfuscate: obfuscate.unwrap_or(true),
        echo: shared.echo(faults),
        output_tokens: 0,
    };
    let first = teller.response("in_progress");
    teller.opening(&first);
    teller.reasoning();
    match picture {
        Some(picture) => teller.picture(picture),
        None => teller.words(),
    }
    let last = teller.final_event();
    EventLog { id: teller.id("resp"), events: teller.events, first, last }
}

impl EventLogBuilder<'_> {
    fn id(&self, prefix: &str) -> String {
        format!(
            "{prefix}_{:016x}{:08x}{:04x}",
            mix(self.serial),
            self.serial,
            self.output.len() * usize::from(prefix != "resp")
        )
    }

    /// Adds an event; its sequence number is its index.
    fn tell(&mut self, kind: &str, mut event: Value) {
        let mut whole = json!({"type": kind, "sequence_number": self.events.len()});
        if let (Some(whole), Some(event)) = (whole.as_object_mut(), event.as_object_mut()) {
            whole.append(event);
        }
        self.events.push(whole);
    }

    fn response(&self, status: &str) -> Value {
        let body = |name: &str| self.ask.body.get(name).cloned().unwrap_or_default();
        let tier = match self.ask.body.get("service_tier").and_then(Value::as_str) {
            Some("fast") => "priority",
            None | Some("auto") => "default",
            Some(tier) => tier,
        };
        let summary = self.ask.body.get("reasoning").and_then(|reasoning| reasoning.get("summary"));
        json!({
            "id": self.id("resp"), "object": "response", "created_at": now(), "status": status,
            "background": self.ask.background, "error": null, "incomplete_details": null,
            "instructions": body("instructions"), "max_output_tokens": body("max_output_tokens"), "max_tool_calls": null,
            "model": self.ask.model.id, "output": self.output, "parallel_tool_calls": true,
            "previous_response_id": body("previous_response_id"), "prompt_cache_key": body("prompt_cache_key"),
            "reasoning": {"effort": self.ask.effort, "summary": summary}, "safety_identifier": body("safety_identifier"),
            "service_tier": tier, "store": self.ask.body.get("store").is_none_or(|store| store != false),
            "temperature": 1.0, "text": self.ask.body.get("text").cloned().unwrap_or(json!({"format": {"type": "text"}, "verbosity": "medium"})),
            "tool_choice": self.ask.body.get("tool_choice").cloned().unwrap_or("auto".into()),
            "tools": self.ask.body.get("tools").cloned().unwrap_or(json!([])), "top_logprobs": 0, "top_p": 1.0,
            "truncation": "disabled", "usage": null, "user": null, "metadata": self.ask.body.get("metadata").cloned().unwrap_or(json!({})),
        })
    }

    fn opening(&mut self, first: &Value) {
        let mut queued = first.clone();
        if self.ask.background {
            queued["status"] = "queued".into();
        }
        self.tell("response.created", json!({"response": queued}));
        if self.ask.background {
            self.tell("response.queued", json!({"response": queued}));
        }
        self.tell("response.in_progress", json!({"response": first}));
    }

    fn added(&mut self, item: &Value) {
        let event = json!({"output_index": self.output.len(), "item": item});
        self.tell("response.output_item.added", event);
    }

    fn done(&mut self, item: Value) {
        self.tell("response.output_item.done", json!({"output_index": self.output.len(), "item": item}));
        self.output.push(item);
    }

    fn reasoning(&mut self) {
        let mut item = json!({"id": self.id("rs"), "type": "reasoning", "summary": []});
        self.added(&item);
        let wanted = self
            .ask
            .body
            .get("reasoning")
            .is_some_and(|reasoning| reasoning.get("summary").is_some_and(Value::is_string));
        if wanted {
            item["summary"] = json!([self.summary(&item["id"].clone())]);
        }
        self.output_tokens += reasoning_tokens(&self.ask.effort);
        self.done(item);
    }

    fn summary(&mut self, item: &Value) -> Value {
        let text = "**Planning the composition**\n\nSky first, then the ridges from far to near, and the subject last.";
        let text = &self.echo.as_ref().map_or_else(|| text.to_owned(), |key| format!("{text}\n\n{key}"));
        let place = json!({"item_id": item, "output_index": self.output.len(), "summary_index": 0});
        let with = |more: Value| merged(&place, more);
        self.tell("response.reasoning_summary_part.added", with(json!({"part": {"type": "summary_text", "text": ""}})));
        for piece in pieces(text, 24) {
            let event = self.obfuscated(with(json!({"delta": piece})));
            self.tell("response.reasoning_summary_text.delta", event);
        }
        self.tell("response.reasoning_summary_text.done", with(json!({"text": text})));
        let part = json!({"type": "summary_text", "text": text});
        self.tell("response.reasoning_summary_part.done", with(json!({"part": part})));
        part
    }

    fn words(&mut self) {
        if self.faults.has(Fault::Refusal) {
            return self.message("I'm sorry, but I can't help with that.", "final_answer", "refusal", "completed");
        }
        let mut text = text::write(self.ask, self.faults);
        if let Some(key) = &self.echo {
            text = format!("{key}\n{}", text.replacen("</svg>", &format!("<!-- {key} --></svg>"), 1));
        }
        let format = self.ask.body.get("text").and_then(|text| text.get("format")?.get("schema"));
        if format.is_none() {
            self.message("I will draw it layer by layer.", "commentary", "output_text", "completed");
        }
        let (cut, status) = if self.unfinished() { (text.len() / 2, "incomplete") } else { (text.len(), "completed") };
        let end = (0..=cut).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        self.message(&text[..end], "final_answer", "output_text", status);
    }

    /// Returns whether the text stops in the middle.
    fn unfinished(&self) -> bool {
        [Fault::Incomplete, Fault::IncompleteFilter, Fault::Failed, Fault::ErrorNested, Fault::ErrorFlat, Fault::Eof]
            .into_iter()
            .any(|fault| self.faults.has(fault))
    }

    fn message(&mut self, text: &str, phase: &str, kind: &str, status: &str) {
        let member = if kind == "refusal" { "refusal" } else { "text" };
        let id = self.id("msg");
        let part = |text: &str| match kind {
            "refusal" => json!({"type": "refusal", "refusal": text}),
            _ => json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text}),
        };
        let item = |status: &str, content: Value| json!({"id": id, "type": "message", "status": status, "role": "assistant", "phase": phase, "content": content});
        let place = json!({"item_id": id, "output_index": self.output.len(), "content_index": 0});
        let logprobs = if kind == "refusal" { json!({}) } else { json!({"logprobs": []}) };
        self.added(&item("in_progress", json!([])));
        self.tell("response.content_part.added", merged(&place, json!({"part": part("")})));
        for piece in pieces(text, 48) {
            let event = merged(&merged(&place, json!({"delta": piece})), logprobs.clone());
            let event = self.obfuscated(event);
            self.tell(&format!("response.{kind}.delta"), event);
        }
        self.output_tokens += (text.len() as u64).div_ceil(4);
        if status == "completed" {
            self.tell(&format!("response.{kind}.done"), merged(&merged(&place, json!({member: text})), logprobs));
            self.tell("response.content_part.done", merged(&place, json!({"part": part(text)})));
        }
        self.done(item(status, json!([part(text)])));
    }

    /// Adds the random padding that deltas carry unless the request declines it.
    fn obfuscated(&self, mut event: Value) -> Value {
        if self.obfuscate {
            let noise = format!("{:016x}", mix(self.events.len() as u64));
            event["obfuscation"] = noise[..=self.events.len() % 16].into();
        }
        event
    }

    /// Adds the image's events. The finished image is only in `output_item.done` and in the last event, not in the
    /// `completed` event of the call.
    fn picture(&mut self, picture: &ToolImage) {
        let id = self.id("ig");
        let place = json!({"item_id": id, "output_index": self.output.len()});
        let order = &picture.order;
        let mut look = json!({
            "size": format!("{}x{}", order.size.0, order.size.1), "quality": order.quality,
            "background": if order.transparent { "transparent" } else { "opaque" }, "output_format": order.format.name(),
        });
        if let Some(key) = &self.echo {
            look = json!({"size": key, "quality": key, "background": key, "output_format": order.format.name()});
        }
        let mut item = json!({"id": id, "type": "image_generation_call", "status": "in_progress", "result": null});
        self.added(&item);
        self.tell("response.image_generation_call.in_progress", place.clone());
        self.tell("response.image_generation_call.generating", place.clone());
        for (index, bytes) in picture.partials.iter().enumerate() {
            let more = json!({"partial_image_index": index, "partial_image_b64": base64(bytes, self.faults)});
            self.tell("response.image_generation_call.partial_image", merged(&merged(&place, more), look.clone()));
        }
        self.tell("response.image_generation_call.completed", place);
        item["status"] = "completed".into();
        item["action"] = if picture.edited { "edit" } else { "generate" }.into();
        item["revised_prompt"] =
            format!("{}, carefully composed{}", order.prompt, self.echo.as_deref().unwrap_or_default()).into();
        item["result"] = picture.last.as_ref().map(|bytes| base64(bytes, self.faults)).into();
        self.done(merged(&item, look));
        self.message("", "final_answer", "output_text", "completed");
    }

    /// Adds the last event. Returns the final state of the response.
    fn final_event(&mut self) -> Value {
        let error = |code: &str, message: &str| json!({"code": code, "message": message});
        let overload = error("server_error", "The model is overloaded. Please try again in 28ms.");
        if self.faults.has(Fault::ErrorFlat) {
            let last = self.ended("failed", "error", overload);
            self.tell("error", json!({"code": "server_error", "message": "The model is overloaded.", "param": null}));
            return last;
        }
        if self.faults.has(Fault::ErrorNested) {
            let quota = json!({"type": "insufficient_quota", "code": "insufficient_quota", "message": "You exceeded your current quota, please check your plan and billing details.", "param": null});
            self.tell("error", json!({"error": quota}));
            return self.last("failed", "error", error("insufficient_quota", "You exceeded your current quota."));
        }
        if self.faults.has(Fault::Failed) {
            return self.last("failed", "error", overload);
        }
        if self.faults.has(Fault::Incomplete) {
            return self.last("incomplete", "incomplete_details", json!({"reason": "max_output_tokens"}));
        }
        if self.faults.has(Fault::IncompleteFilter) {
            return self.last("incomplete", "incomplete_details", json!({"reason": "content_filter"}));
        }
        self.last("completed", "error", Value::Null)
    }

    fn last(&mut self, status: &str, name: &str, value: Value) -> Value {
        let last = self.ended(status, name, value);
        self.tell(&format!("response.{status}"), json!({"response": last}));
        last
    }

    fn ended(&self, status: &str, name: &str, value: Value) -> Value {
        let mut last = self.response(status);
        last[name] = value;
        last["completed_at"] = now().into();
        if status != "failed" && !self.faults.has(Fault::NoUsage) {
            last["usage"] = self.usage();
        }
        last
    }

    fn usage(&self) -> Value {
        let input = (Value::Object(self.ask.body.clone()).to_string().len() as u64).div_ceil(4).min(8_000);
        let cached = if self.faults.has(Fault::CachedTokens) { input / 2 } else { 0 };
        let mut details = json!({"cached_tokens": cached, "cache_write_tokens": 0});
        if let (true, Some(details)) = (self.faults.has(Fault::NoCacheWrite), details.as_object_mut()) {
            details.remove("cache_write_tokens");
        }
        let usage = json!({
            "input_tokens": input, "input_tokens_details": details, "output_tokens": self.output_tokens,
            "output_tokens_details": {"reasoning_tokens": reasoning_tokens(&self.ask.effort)},
            "total_tokens": input + self.output_tokens,
        });
        apply_usage_faults(usage, self.faults)
    }
}

fn reasoning_tokens(effort: &str) -> u64 {
    match effort {
        "none" => 0,
        "minimal" => 32,
        "low" => 128,
        "medium" => 512,
        "high" => 2048,
        _ => 8192,
    }
}

fn merged(one: &Value, two: Value) -> Value {
    let mut whole = one.clone();
    if let (Some(whole), Value::Object(mut two)) = (whole.as_object_mut(), two) {
        whole.append(&mut two);
    }
    whole
}

/// Splits a text into pieces of this many characters.
fn pieces(text: &str, length: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(length).map(|piece| piece.iter().collect()).collect()
}
