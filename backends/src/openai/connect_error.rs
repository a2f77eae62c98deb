//! Explains why a connection failed and what to do about it, from the chain of causes that the libraries below leave.
//! Error responses are handled in `errors`.

use std::{error::Error, io, iter::successors};

use rustls::CertificateError;

/// The reason why a server could not be reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConnectFailure {
    /// The event, in lower case.
    pub(crate) words: String,
    /// The next action.
    pub(crate) hint: &'static str,
    /// True if retrying soon may help.
    pub(crate) is_transient: bool,
}

/// Extracts the reason from `error`.
pub(crate) fn explain(error: &reqwest::Error) -> ConnectFailure {
    let certificate = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()).map(encryption);
    certificate.or_else(|| network(error)).unwrap_or_else(|| ConnectFailure {
        words: innermost(error),
        hint: "check the network and `base_url`",
        is_transient: true,
    })
}

/// Returns the deepest cause, which is the informative one: `connection refused`.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default().to_lowercase()
}

/// Returns an error and its causes. It includes the error that an `io::Error` wraps, although `source` skips that one.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

fn encryption(error: &rustls::Error) -> ConnectFailure {
    let (words, hint) = match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::InvalidMessage(_) => {
            ("the server does not use https on this port".to_owned(), "check the scheme and the port of `base_url`")
        }
        other => (format!("the encrypted connection failed ({other})").to_lowercase(), "check `base_url`"),
    };
    ConnectFailure { words, hint, is_transient: false }
}

fn certificate(error: &CertificateError) -> (String, &'static str) {
    use CertificateError as Bad;
    let clock = "check this machine's clock; if it is right, the server needs a new certificate";
    let (words, hint) = match error {
        Bad::Expired | Bad::ExpiredContext { .. } => ("its certificate has expired", clock),
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => ("its certificate is not valid yet", clock),
        Bad::Revoked => ("its certificate is revoked", "do not use this server"),
        Bad::UnknownIssuer => (
            "its certificate is from an authority that this machine does not trust",
            "for an authority of your own, set `SSL_CERT_FILE` to its certificate",
        ),
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            ("its certificate is for another name", "check the host name in `base_url`")
        }
        Bad::Other(inner) if inner.to_string().contains("CaUsedAsEndEntity") => (
            "its certificate belongs to an authority, not to a server",
            "give the server a certificate of its own, signed by that authority",
        ),
        other => return (format!("its certificate is not valid ({other})").to_lowercase(), "check the server"),
    };
    (words.to_owned(), hint)
}

fn network(error: &reqwest::Error) -> Option<ConnectFailure> {
    let says = |words: &str| chain(error).any(|cause| cause.to_string().contains(words));
    let (words, hint) = if says("dns error") || says("failed to lookup address") {
        ("no such host", "check the network and the host name in `base_url`")
    } else if says("tunnel") {
        ("the proxy refused the connection", "check HTTPS_PROXY and what the proxy allows")
    } else if error.is_timeout() {
        ("it timed out", "check the network and `base_url`")
    } else {
        return None;
    };
    Some(ConnectFailure { words: words.to_owned(), hint, is_transient: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_certificate_error_has_a_message_and_a_hint() {
        let authority = rustls::OtherError(std::sync::Arc::new(io::Error::other("CaUsedAsEndEntity")));
        let faults = [
            (CertificateError::Expired, "has expired", "clock"),
            (CertificateError::NotValidYet, "not valid yet", "clock"),
            (CertificateError::UnknownIssuer, "does not trust", "SSL_CERT_FILE"),
            (CertificateError::NotValidForName, "another name", "base_url"),
            (CertificateError::Revoked, "revoked", "do not use"),
            (CertificateError::Other(authority), "an authority, not to a server", "of its own"),
            (CertificateError::BadSignature, "is not valid", "check"),
        ];
        for (fault, words, hint) in faults {
            let reason = encryption(&rustls::Error::InvalidCertificate(fault));
            assert!(reason.words.contains(words) && reason.hint.contains(hint), "{reason:?}");
            assert!(!reason.words.contains("other("), "{reason:?}");
            assert!(!reason.is_transient, "trying again does not mend a certificate");
        }
    }

    #[test]
    fn the_error_inside_an_io_error_is_found() {
        let error = io::Error::other(rustls::Error::DecryptError);
        assert!(chain(&error).any(|cause| cause.downcast_ref::<rustls::Error>().is_some()));
    }
}
