//! Server-sent events as bytes: the usual form, and every unusual one that a reader must survive.
//! The events themselves are chosen in `stream` and `responses`.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::faults::{Fault, Faults};
use crate::middleware::{DisconnectGuard, wait_for_turn};
use crate::state::{Log, Shared};
use crate::transport::ConnectionHandle;

/// The client has disconnected.
#[derive(Debug)]
pub(crate) struct Disconnected;

/// The sending end of one stream.
pub(crate) struct SseSender {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) faults: Faults,
    link: ConnectionHandle,
    leaving: Option<DisconnectGuard>,
}

/// Returns a response and the outlet that feeds it.
pub(crate) fn open(shared: Arc<Shared>, faults: Faults, link: ConnectionHandle) -> (SseSender, Response) {
    let (pieces, receiver) = mpsc::channel(1);
    let body =
        futures::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    let mut response = Response::new(Body::from_stream(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    let leaving = Some(DisconnectGuard::new(Arc::clone(&shared)));
    (SseSender { pieces, shared, faults, link, leaving }, response)
}

impl SseSender {
    /// Sends one event, after the pause that a fault requires. `note` updates the log when the event is sent.
    pub(crate) async fn event(&self, data: &Value, note: impl FnOnce(&mut Log)) -> Result<(), Disconnected> {
        tokio::select! {
            () = self.pieces.closed() => return Err(Disconnected),
            () = wait_for_turn(&self.shared, &self.faults) => {}
        }
        self.shared.change(note);
        self.send(encode(data, &self.faults).into()).await
    }

    /// Ends the stream properly.
    pub(crate) async fn close(mut self) -> Result<(), Disconnected> {
        if self.faults.has(Fault::Done) {
            let end = line_end(&self.faults);
            self.send(format!("data: [DONE]{end}{end}").into()).await?;
        }
        // The receiving end closes only when the last piece has been taken or the client has disconnected.
        drop(self.pieces.reserve().await.map_err(|_| Disconnected)?);
        self.disarm();
        Ok(())
    }

    /// Sends half of an event and breaks the connection.
    pub(crate) async fn break_off(mut self, data: &Value) -> Result<(), Disconnected> {
        let whole = Bytes::from(encode(data, &self.faults));
        self.send(whole.slice(..whole.len() / 2)).await?;
        self.link.reset();
        let broken = Err(io::Error::from(io::ErrorKind::ConnectionReset));
        self.disarm();
        self.pieces.send(broken).await.map_err(|_| Disconnected)
    }

    /// Disarms the guard: the exchange ended as intended.
    fn disarm(&mut self) {
        if let Some(leaving) = self.leaving.take() {
            leaving.disarm();
        }
    }

    async fn send(&self, bytes: Bytes) -> Result<(), Disconnected> {
        for piece in cut(bytes, &self.faults) {
            self.pieces.send(Ok(piece)).await.map_err(|_| Disconnected)?;
        }
        Ok(())
    }
}

fn line_end(faults: &Faults) -> &'static str {
    match (faults.has(Fault::Crlf), faults.has(Fault::Cr)) {
        (true, _) => "\r\n",
        (_, true) => "\r",
        _ => "\n",
    }
}

fn encode(data: &Value, faults: &Faults) -> String {
    let name = data.get("type").and_then(Value::as_str).unwrap_or("message");
    let mut lines: Vec<String> = Vec::new();
    if faults.has(Fault::Comments) {
        lines.extend([": keep-alive".into(), String::new(), ":".into()]);
    }
    if faults.has(Fault::UnknownEvents) {
        let event = r#"data: {"type":"fake.unknown","b64_json":7}"#;
        lines.extend(["event: fake.unknown".into(), event.into(), String::new()]);
    }
    if !faults.has(Fault::NoEventLine) {
        lines.push(format!("event: {name}"));
    }
    lines.extend(text(data, faults).lines().map(|line| format!("data: {line}")));
    lines.extend([String::new(), String::new()]);
    lines.join(line_end(faults))
}

fn text(data: &Value, faults: &Faults) -> String {
    let mut data = data.clone();
    if faults.has(Fault::SplitUtf8) {
        data["note"] = "größer als 写真 🖼".into();
    }
    if faults.has(Fault::MultiLineData) {
        return serde_json::to_string_pretty(&data).unwrap_or_default();
    }
    data.to_string()
}

/// Splits the bytes of one event as the faults require.
fn cut(bytes: Bytes, faults: &Faults) -> Vec<Bytes> {
    if faults.has(Fault::SplitUtf8) {
        return cut_inside_letters(&bytes);
    }
    if !faults.has(Fault::Pieces) {
        return vec![bytes];
    }
    let step = faults.value(Fault::Pieces).unwrap_or(1021).max(1) as usize;
    (0..bytes.len()).step_by(step).map(|at| bytes.slice(at..bytes.len().min(at + step))).collect()
}

fn cut_inside_letters(bytes: &Bytes) -> Vec<Bytes> {
    let leads = bytes.iter().enumerate().filter(|(_, byte)| **byte >= 0xc0).map(|(at, _)| at + 1);
    let cuts: Vec<usize> = std::iter::once(0).chain(leads).chain([bytes.len()]).collect();
    cuts.windows(2).map(|pair| bytes.slice(pair[0]..pair[1])).collect()
}
