//! The instructions for the model, from one readable file: `instructions.md`.
//! It only fills in placeholders; the version of the file is recorded with every drawing.

use crate::{Size, prompt_sections};

const FILE: &str = include_str!("instructions.md");

/// Returns the version of the instructions, which is recorded with every drawing made by them.
pub(crate) fn version() -> i64 {
    prompt_sections::version(FILE)
}

fn section(name: &str) -> &'static str {
    prompt_sections::section(FILE, name)
}

/// Returns the instructions for drawing in `style` on a canvas.
pub(crate) fn drawing_instructions(canvas: Size, style: &str) -> String {
    let style = section(&format!("style {style}"));
    section("drawing")
        .replace("{width}", &canvas.width.to_string())
        .replace("{height}", &canvas.height.to_string())
        .replace("{style}", if style.is_empty() { section("style free") } else { style })
}

/// Returns the prompt, and the drawing to change if there is one.
pub(crate) fn prompt_message(prompt: &str, source: Option<&str>) -> String {
    match source {
        Some(svg) => format!("{prompt}\n\n{}\n\n{svg}", section("edit")),
        None => prompt.to_owned(),
    }
}

/// Returns the message about a drawing that failed the check.
pub(crate) fn repair_message(flaw: &str) -> String {
    section("repair").replace("{flaw}", flaw)
}

/// Returns the message that accompanies a drawing to review.
pub(crate) fn review_message(prompt: &str) -> String {
    format!("{}\n\nThe words were: {prompt}", section("pass"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_and_every_section_is_in_the_file() {
        assert!(version() > 0);
        for style in super::super::params::STYLES {
            assert!(!section(&format!("style {style}")).is_empty(), "{style}");
        }
        for name in ["drawing", "edit", "repair", "pass"] {
            assert!(!section(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn every_placeholder_is_filled_in() {
        let texts = [
            drawing_instructions(Size::new(640, 480), "flat"),
            repair_message("it is `cut off`"),
            review_message("a cat"),
        ];
        for text in texts {
            assert!(!text.contains('{') && !text.contains('}'), "{text}");
        }
        assert!(drawing_instructions(Size::new(640, 480), "flat").contains("viewBox=\"0 0 640 480\""));
    }
}
