//! The message for a model that the server no longer has: its shutdown date, its successor, and the exact command.
//! The model is never replaced silently: the user decides whether to send the prompt to another one.

use super::GptImage;
use crate::{Backend, BackendError, ErrorKind, Request, Value};

/// The longest prompt that is repeated in a command, in characters.
const MAX_PROMPT_CHARS: usize = 400;

/// Adds what is known about the model to `error`, if it is about a model that is gone.
pub(crate) fn explain(backend: &GptImage, request: &Request, error: BackendError) -> BackendError {
    if error.kind != ErrorKind::ModelRetired {
        return error;
    }
    let model = &request.model;
    let life = backend.catalogue.get(model).map(|spec| spec.life.clone()).unwrap_or_default();
    let successor = life.successor.unwrap_or_else(|| backend.capabilities.default_model.clone());
    let message = match &life.shutdown {
        Some(day) => format!("`{model}` is not available on this server; it was shut down on {day}"),
        None => format!("`{model}` is not available on this server"),
    };
    let BackendError { request_id, .. } = error;
    if successor == *model {
        return BackendError::new(ErrorKind::ModelRetired, message)
            .with_hint("check the key's project and `base_url`, or choose another model")
            .with_request_id(request_id);
    }
    BackendError::new(ErrorKind::ModelRetired, message)
        .with_hint(format!("its successor is `{successor}`: {}", command(backend, request, &successor)))
        .with_request_id(request_id)
        .with_successor(successor)
}

/// Returns the command that sends the same prompt to `successor`.
fn command(backend: &GptImage, request: &Request, successor: &str) -> String {
    if !request.inputs.is_empty() || request.prompt.chars().count() > MAX_PROMPT_CHARS || request.prompt.contains('\n')
    {
        return format!("send the same request to `{successor}`");
    }
    let mut words =
        vec!["tintype generate".to_owned(), quoted(&request.prompt), format!("-b {}", quoted(&backend.name))];
    words.push(format!("-m {}", quoted(successor)));
    if request.count > 1 {
        words.push(format!("-n {}", request.count));
    }
    words.extend(chosen(backend, request, successor));
    format!("`{}`", words.join(" "))
}

/// Returns the settings that differ from their defaults, as far as the successor accepts them.
fn chosen(backend: &GptImage, request: &Request, successor: &str) -> Vec<String> {
    let Some(model) = backend.capabilities().model(successor) else { return Vec::new() };
    let usual = model.complete(&backend.capabilities.defaults, &crate::Settings::new()).unwrap_or_default();
    let differs = |name: &str, value: &Value| {
        usual.get(name) != Some(value) && model.param(name).is_some_and(|param| param.check(value).is_ok())
    };
    let settings = request.settings.iter().filter(|(name, value)| differs(name, value));
    settings.map(|(name, value)| format!("--set {}", quoted(&format!("{name}={value}")))).collect()
}

/// Quotes a word for any shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '/' | ':');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_survive_the_shell() {
        assert_eq!(quoted("gpt-image-2"), "gpt-image-2");
        assert_eq!(quoted("the cat's $HOME"), r"'the cat'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
