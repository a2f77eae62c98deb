//! The connection itself: sockets that can be reset, and bodies that come slowly or stop halfway.
//! The content of the body is decided elsewhere.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use async_compression::Level;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use futures::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::faults::{Fault, Faults};

/// A listener whose connections can be broken from a route.
pub(crate) struct BreakableListener(pub(crate) TcpListener);

/// One connection.
pub(crate) struct Socket {
    stream: TcpStream,
    link: ConnectionHandle,
}

/// A route's handle on its connection.
#[derive(Clone, Default)]
pub(crate) struct ConnectionHandle(Arc<AtomicBool>);

impl ConnectionHandle {
    /// Resets the connection at its next byte.
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Listener for BreakableListener {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small pieces must arrive as such; without this the kernel may hold them back.
        drop(stream.set_nodelay(true));
        (Socket { stream, link: ConnectionHandle::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, BreakableListener>> for ConnectionHandle {
    fn connect_info(stream: IncomingStream<'_, BreakableListener>) -> Self {
        stream.io().link.clone()
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.link.0.load(Ordering::SeqCst) {
            drop(self.stream.set_zero_linger());
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Applies the faults that change the bytes of a finished response.
pub(crate) async fn apply_body_faults(faults: &Faults, mut response: Response) -> Response {
    if faults.has(Fault::WrongContentType) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    if faults.has(Fault::Truncated) {
        return truncate(response).await;
    }
    if let Some(coding) = faults.iter().find_map(coding) {
        return encode(response, coding).await;
    }
    if let Some(fault) =
        [Fault::LongLength, Fault::NoLastChunk, Fault::SilentEnd].into_iter().find(|fault| faults.has(*fault))
    {
        return end_badly(response, fault).await;
    }
    if faults.has(Fault::Drip) {
        let pause = Duration::from_millis(faults.value(Fault::Drip).unwrap_or(5));
        return drip(response, pause).await;
    }
    response
}

/// Promises the whole length, sends half of it and breaks off.
async fn truncate(response: Response) -> Response {
    let (mut parts, whole) = whole(response).await;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let pieces = [Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionAborted))];
    Response::from_parts(parts, Body::from_stream(futures::stream::iter(pieces)))
}

/// Returns the name of the content coding that a fault compresses with.
fn coding(fault: Fault) -> Option<&'static str> {
    match fault {
        Fault::Gzip => Some("gzip"),
        Fault::Brotli => Some("br"),
        Fault::Zstd => Some("zstd"),
        Fault::Deflate => Some("deflate"),
        _ => None,
    }
}

/// Compresses the body, whether the client accepts it or not.
async fn encode(response: Response, coding: &'static str) -> Response {
    let (mut parts, whole) = whole(response).await;
    let mut packed = Vec::new();
    let written = match coding {
        "gzip" => pack(GzipEncoder::new(&mut packed), &whole).await,
        "br" => pack(BrotliEncoder::with_quality(&mut packed, Level::Fastest), &whole).await,
        "zstd" => pack(ZstdEncoder::new(&mut packed), &whole).await,
        _ => pack(ZlibEncoder::new(&mut packed), &whole).await,
    };
    if written.is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    Response::from_parts(parts, Body::from(packed))
}

async fn pack(mut encoder: impl AsyncWrite + Unpin, whole: &[u8]) -> io::Result<()> {
    encoder.write_all(whole).await?;
    encoder.shutdown().await
}

/// Sends the whole body under headers that do not let the client see that it is complete.
async fn end_badly(response: Response, fault: Fault) -> Response {
    let (mut parts, whole) = whole(response).await;
    parts.headers.remove(header::CONTENT_LENGTH);
    if fault == Fault::LongLength {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len() + 100));
    }
    let body = futures::stream::iter([Ok(whole)]);
    if fault == Fault::SilentEnd {
        return Response::from_parts(
            parts,
            Body::from_stream(body.chain(futures::stream::pending::<io::Result<Bytes>>())),
        );
    }
    // The body has to be flushed before the connection ends.
    let end = futures::stream::once(async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Response::from_parts(parts, Body::from_stream(body.chain(end)))
}

async fn drip(response: Response, pause: Duration) -> Response {
    let (parts, whole) = whole(response).await;
    let step = whole.len().div_ceil(16).max(1);
    let pieces: Vec<Bytes> =
        (0..whole.len()).step_by(step).map(|at| whole.slice(at..whole.len().min(at + step))).collect();
    let slow = futures::stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(piece)
    });
    Response::from_parts(parts, Body::from_stream(slow))
}

async fn whole(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    (parts, to_bytes(body, usize::MAX).await.unwrap_or_default())
}
