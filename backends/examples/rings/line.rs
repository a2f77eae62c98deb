//! The line protocol for a backend in Rust: a module to copy into your own program. It needs `serde_json` and nothing else.
//!
//! It reads orders and writes messages; what they mean is described in PROTOCOL.md.

use std::{
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

/// Says hello; `about` is everything besides `type` and `versions`.
pub fn hello(about: Value) -> io::Result<()> {
    let mut hello = json!({"type": "hello", "versions": [1, 2]});
    merge(&mut hello, about);
    write(&hello)
}

/// The orders, as they come, until nobody has any more.
pub fn orders() -> impl Iterator<Item = Order> {
    let lines = io::stdin().lock().lines().map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str(&line).ok()).map(|json| Order { json })
}

/// What the host wants.
pub struct Order {
    json: Value,
}

impl Order {
    /// What kind of order it is: `generate`, `cancel` and so on.
    pub fn kind(&self) -> &str {
        self.text("type")
    }

    /// The text under that name, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }

    /// How many pictures are wanted.
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

    /// A place for a file of this job.
    pub fn place(&self, name: &str) -> PathBuf {
        Path::new(self.text("scratch")).join(name)
    }

    /// Says something about this job: `order.say("status", json!({"text": "mixing paint"}))`.
    pub fn say(&self, kind: &str, more: Value) -> io::Result<()> {
        let mut message = json!({"type": kind, "job": self.json["job"]});
        merge(&mut message, more);
        write(&message)
    }

    /// Ends this job with an error; the kinds stand in PROTOCOL.md.
    pub fn fail(&self, kind: &str, message: &str) -> io::Result<()> {
        self.say("error", json!({"kind": kind, "message": message}))
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Some(into), Value::Object(more)) = (into.as_object_mut(), more) {
        into.extend(more);
    }
}

/// A line at once: a pipe is buffered otherwise.
fn write(message: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{message}")?;
    out.flush()
}
