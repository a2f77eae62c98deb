//! The path of the key over the network: to a server with a valid certificate, through a proxy unread, and no further.
//! The certificates beside this file are made for these tests only.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{CommandRun, Home};

/// The key that must not be visible on the way.
const KEY: &str = "sk-SECRET-0123456789";

const ANSWER: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{\"data\":[]}";

/// Returns the lines of a request's head; empty if the connection fails before it, as in a TLS handshake.
pub(super) fn head(stream: &mut impl Read) -> Vec<String> {
    BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect()
}

/// Listens on the loopback interface. The result for each connection goes to the receiver.
pub(super) fn listen<T: Send + 'static>(
    answer: impl Fn(TcpStream) -> T + Send + 'static,
) -> (String, mpsc::Receiver<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if sender.send(answer(stream)).is_err() {
                return;
            }
        }
    });
    (address, heard)
}

/// Starts a server whose certificate comes from an unknown authority.
fn encrypted() -> (String, mpsc::Receiver<Vec<String>>) {
    let certificate = CertificateDer::from(include_bytes!("tls/server.der").to_vec());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(include_bytes!("tls/server-key.der").to_vec()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    listen(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let lines = head(&mut stream);
        if !lines.is_empty() {
            stream.write_all(ANSWER.as_bytes()).unwrap();
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        lines
    })
}

fn check<'a>(home: &'a Home, address: &str) -> CommandRun<'a> {
    let run = home.run(["backends", "check", "gpt-image"]).env("OPENAI_API_KEY", KEY);
    run.env("OPENAI_BASE_URL", &format!("https://{address}/v1"))
}

#[test]
fn a_server_with_an_invalid_certificate_gets_no_key() {
    let (home, (address, heard)) = (Home::new(), encrypted());
    let ran = check(&home, &address).expect_code(6).run_to_end();
    assert!(ran.stderr.contains("certificate") || ran.stderr.contains("issuer"), "{}", ran.stderr);
    assert!(heard.try_iter().flatten().next().is_none(), "a request was sent");
}

#[cfg(target_os = "linux")]
#[test]
fn ssl_cert_file_adds_a_trusted_authority() {
    let (home, (address, heard)) = (Home::new(), encrypted());
    let authority = home.file("authority.pem", include_bytes!("tls/authority.pem"));
    check(&home, &address).env("SSL_CERT_FILE", authority.to_str().unwrap()).run_to_end();
    let lines = heard.iter().find(|lines| !lines.is_empty()).unwrap();
    assert!(lines.iter().any(|line| line.eq_ignore_ascii_case(&format!("authorization: bearer {KEY}"))), "{lines:?}");
}

#[test]
fn a_proxy_is_used_and_cannot_read_the_key() {
    // The proxy refuses the tunnel, so that nothing leaves this machine.
    let (address, heard) = listen(|mut stream| {
        let lines = head(&mut stream);
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").unwrap();
        lines
    });
    let home = Home::new();
    check(&home, "api.example.invalid").env("HTTPS_PROXY", &format!("http://{address}")).expect_code(6).run_to_end();
    let lines = heard.iter().next().unwrap();
    assert!(lines[0].starts_with("CONNECT api.example.invalid:443 "), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("SECRET")), "{lines:?}");
}

#[test]
fn the_key_is_sent_unencrypted_only_if_allowed_and_with_a_warning() {
    let config =
        |more: &str| format!("[backends.far]\nkind = \"gpt-image\"\nbase_url = \"http://tintype.invalid/v1\"\n{more}");
    let home = Home::with_config(&config(""));
    home.run(["generate", "a fox", "-b", "far"])
        .expect_code(2)
        .run_to_end()
        .stderr_has("the key would be sent unencrypted");
    let home = Home::with_config(&config("allow_http = true\n"));
    let run = home.run(["generate", "a fox", "-b", "far"]).env("OPENAI_API_KEY", KEY).expect_code(6);
    run.run_to_end().stderr_has("warning: the key is sent unencrypted to `tintype.invalid`");
}
