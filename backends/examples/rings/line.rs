//! The line protocol for a backend in Rust: a module to copy into your own program. It needs `serde_json` and nothing else.
//!
//! It reads requests and writes messages, which PROTOCOL.md describes.

use std::{
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

/// Sends hello; `about` is everything besides `type` and `versions`.
pub fn hello(about: Value) -> io::Result<()> {
    let mut hello = json!({"type": "hello", "versions": [1, 2]});
    merge(&mut hello, about);
    write(&hello)
}

/// Returns the requests as they arrive, until stdin ends.
pub fn orders() -> impl Iterator<Item = Order> {
    let lines = io::stdin().lock().lines().map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str(&line).ok()).map(|json| Order { json })
}

/// A request of the host.
pub struct Order {
    json: Value,
}

impl Order {
    /// The type of the request: `generate`, `cancel` and so on.
    pub fn kind(&self) -> &str {
        self.text("type")
    }

    /// The text of a field; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }

    /// The number of requested images.
    pub fn count(&self) -> u64 {
        self.json["count"].as_u64().unwrap_or(1)
    }

    /// The value of a setting.
    pub fn setting(&self, name: &str) -> &Value {
        &self.json["settings"][name]
    }

    /// The setting `size`: width and height in pixels.
    pub fn size(&self) -> Option<(u32, u32)> {
        let (width, height) = self.setting("size").as_str()?.split_once('x')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    }

    /// The path for a file of this job.
    pub fn place(&self, name: &str) -> PathBuf {
        Path::new(self.text("scratch")).join(name)
    }

    /// Sends a message about this job: `order.say("status", json!({"text": "mixing paint"}))`.
    pub fn say(&self, kind: &str, more: Value) -> io::Result<()> {
        let mut message = json!({"type": kind, "job": self.json["job"]});
        merge(&mut message, more);
        write(&message)
    }

    /// Ends this job with an error; PROTOCOL.md lists the kinds.
    pub fn fail(&self, kind: &str, message: &str) -> io::Result<()> {
        self.say("error", json!({"kind": kind, "message": message}))
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Some(into), Value::Object(more)) = (into.as_object_mut(), more) {
        into.extend(more);
    }
}

/// Writes a line and flushes it, since a pipe is buffered.
fn write(message: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}")?;
    out.flush()
}
