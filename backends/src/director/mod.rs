//! Prompt enhancement: the question that has a text model rewrite a prompt for an image model.
//! It sends nothing itself and decides nothing; a person accepts, edits or discards the result.

use crate::{Question, prompt_sections};

const FILE: &str = include_str!("director.md");

/// Returns the question whose answer is an enhanced `prompt` for a backend of `kind`. `model` is the one that answers.
pub fn question(model: &str, kind: &str, prompt: &str) -> Question {
    Question::new(model, instructions(kind), prompt)
}

/// Returns the version of the director's instructions, which is recorded with their results.
pub fn version() -> i64 {
    prompt_sections::version(FILE)
}

/// Extracts the prompt from a director's answer, without the quotes, fences and blank lines that some models put around
/// it.
pub fn prompt(answer: &str) -> String {
    let text = answer.trim().trim_start_matches("```text").trim_matches('`').trim();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(|inner| !inner.contains('"'));
    inner.unwrap_or(text).trim().to_owned()
}

fn instructions(kind: &str) -> String {
    let strengths = prompt_sections::section(FILE, &format!("strengths {kind}"));
    let strengths = if strengths.is_empty() { prompt_sections::section(FILE, "strengths other") } else { strengths };
    prompt_sections::section(FILE, "director").replace("{strengths}", strengths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_built_in_kinds_have_described_strengths() {
        // The model behind a user's own program is unknown.
        for kind in crate::KINDS.iter().filter(|kind| kind.name != "external") {
            assert!(!prompt_sections::section(FILE, &format!("strengths {}", kind.name)).is_empty(), "{}", kind.name);
        }
        assert!(instructions("somebody's").contains("Nothing is known of this model"));
        assert!(!instructions("gpt-image").contains('{'));
        assert!(version() > 0);
    }

    #[test]
    fn the_prompt_is_extracted_from_its_wrapping() {
        assert_eq!(prompt("\n  A red kite.\n"), "A red kite.");
        assert_eq!(prompt("\"A red kite.\""), "A red kite.");
        assert_eq!(prompt("\"Open\" on a red \"sign\""), "\"Open\" on a red \"sign\"");
        assert_eq!(prompt("```\nA red kite.\n```"), "A red kite.");
    }
}
