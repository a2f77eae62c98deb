//! A server with a fixed response, for what the stand-in does not support: redirects, and chat completions with images.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread::JoinHandle,
};

/// Answers one request with a fixed response; `asked` returns the request.
pub(super) struct FixedServer {
    pub(super) base_url: String,
    thread: JoinHandle<String>,
}

impl FixedServer {
    /// Starts a server that responds successfully with this JSON.
    pub(super) fn json(body: &serde_json::Value) -> Self {
        Self::start("200 OK", "content-type: application/json\r\n", &body.to_string())
    }

    pub(super) fn start(status: &str, headers: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let answer =
            format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            while !is_whole(&asked) {
                let mut chunk = [0; 4096];
                let read = stream.read(&mut chunk).unwrap();
                assert_ne!(read, 0, "the request ends in the middle");
                asked.extend_from_slice(&chunk[..read]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(asked).unwrap()
        });
        Self { base_url, thread }
    }

    pub(super) fn asked(self) -> String {
        self.thread.join().unwrap()
    }
}

/// Returns whether head and body of a request are complete.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
