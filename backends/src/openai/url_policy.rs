//! The policy for URLs that a key may be sent to: HTTPS, this machine, and what the config allows explicitly.
//! It only judges URLs; it opens no connection.

use std::net::IpAddr;

use reqwest::Url;

/// Returns whether `url` points to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Parses a server's base URL and checks it against the policy. The error is a message and a hint.
pub(crate) fn parse_base_url(text: &str, allow_http: bool) -> Result<Url, (String, &'static str)> {
    let url = Url::parse(text).map_err(|error| {
        (format!("`{text}` is not a URL: {error}"), "use a URL such as `https://api.openai.com/v1`")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            "a URL with a user name is not allowed".to_owned(),
            "name the variable of the key in `api_key_env`",
        ));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if allow_http || is_loopback(&url) => Ok(url),
        "http" => Err((
            format!("the key would be sent unencrypted to `{}`", url.host_str().unwrap_or_default()),
            "use https, or set `allow_http = true` to allow it",
        )),
        other => Err((format!("`{other}` is not supported"), "use https")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_require_https_or_loopback() {
        let check = |text| parse_base_url(text, false).is_ok();
        assert!(check("https://api.openai.com/v1"));
        assert!(check("http://127.0.0.1:8080/v1") && check("http://[::1]:1/v1") && check("http://localhost/v1"));
        assert!(!check("http://192.168.0.5/v1") && !check("http://localhost.example.com") && !check("ftp://x"));
        assert!(!check("https://user:pass@example.com/v1"));
        assert!(parse_base_url("http://192.168.0.5/v1", true).is_ok());
    }
}
