//! Downloads finished images that a response links to, under a policy for their URLs and redirects.
//! No key and no account header is sent: the URL may belong to anyone.

use bytes::{Bytes, BytesMut};
use reqwest::{Client, Response, Url, header::LOCATION};

use super::{connect_error, url_policy::is_loopback};
use crate::{BackendError, ErrorKind};

/// The maximum number of redirects.
const MAX_REDIRECTS: usize = 5;
/// The largest image that is downloaded, in bytes.
const LARGEST: usize = 192 << 20;

/// Downloads the image at `address`, which is relative to `base`.
pub(crate) async fn fetch(client: &Client, base: &Url, address: &str) -> Result<Bytes, BackendError> {
    body(open(client, base, address).await?).await
}

/// Opens an address and follows its redirects.
async fn open(client: &Client, base: &Url, address: &str) -> Result<Response, BackendError> {
    let mut url = base.join(address).map_err(|error| refused(&format!("its URL is invalid ({error})")))?;
    for _ in 0..=MAX_REDIRECTS {
        check(&url, base)?;
        let response =
            client.get(url.clone()).send().await.map_err(|error| failed(&connect_error::explain(&error).words))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let target =
            response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).filter(|_| status.is_redirection());
        let host = url.host_str().unwrap_or_default();
        let Some(target) = target else { return Err(failed(&format!("`{host}` responded with {}", status.as_u16()))) };
        url = url.join(target).map_err(|error| refused(&format!("`{host}` redirects to an invalid URL ({error})")))?;
    }
    Err(refused("too many redirects"))
}

/// Reads the image in a response, within bounds.
async fn body(mut response: Response) -> Result<Bytes, BackendError> {
    let mut bytes = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= LARGEST => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(refused(&format!("it is larger than {} MiB", LARGEST >> 20))),
            Ok(None) => return Ok(bytes.freeze()),
            Err(_) => return Err(failed("it was cut off")),
        }
    }
}

/// Checks a URL. HTTPS is allowed everywhere, plain HTTP only on the server that is itself addressed by plain HTTP, so
/// that a response cannot send requests into the network behind this machine.
fn check(url: &Url, base: &Url) -> Result<(), BackendError> {
    let own = url.host_str() == base.host_str() || (is_loopback(url) && is_loopback(base));
    match url.scheme() {
        "https" => Ok(()),
        "http" if own && base.scheme() == "http" => Ok(()),
        _ => Err(refused(&format!("downloads from `{}` are not allowed", url.origin().ascii_serialization()))),
    }
}

/// Returns the error for a job whose time is over before the image has arrived.
pub(crate) fn timeout_error() -> BackendError {
    failed("it timed out")
}

/// Returns the error for a download that may succeed later.
fn failed(what: &str) -> BackendError {
    BackendError::new(ErrorKind::Network, format!("could not download the finished image: {what}"))
        .with_hint("its URL is in the job's spool folder; it is already paid for")
        .resumable()
}

/// Returns the error for a download that will not succeed later either.
fn refused(what: &str) -> BackendError {
    BackendError::new(ErrorKind::Protocol, format!("the finished image was not downloaded: {what}"))
        .with_hint("its URL is in the job's spool folder; you may have been charged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_cannot_reach_the_local_network() {
        let allowed = |url: &str, base: &str| check(&url.parse().unwrap(), &base.parse().unwrap()).is_ok();
        let far = "https://api.openai.com/v1";
        assert!(allowed("https://images.example/a.png", far));
        assert!(!allowed("http://images.example/a.png", far) && !allowed("http://127.0.0.1/a.png", far));
        assert!(!allowed("http://169.254.169.254/latest", far) && !allowed("file:///etc/passwd", far));
        let near = "http://127.0.0.1:8080/v1";
        assert!(allowed("http://127.0.0.1:9000/a.png", near) && allowed("http://localhost:1/a.png", near));
        assert!(!allowed("http://192.168.0.5/a.png", near) && !allowed("ftp://127.0.0.1/a.png", near));
        assert!(allowed("http://192.168.0.5:9000/a.png", "http://192.168.0.5/v1"));
    }
}
