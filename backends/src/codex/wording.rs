//! What the model is told, from the one file a person can read: `instructions.md`.
//! It fills in and never decides; the version of the file is kept with every drawing.

use crate::{Size, sections};

const FILE: &str = include_str!("instructions.md");

/// The version of the instructions, kept in the record of what was drawn by them.
pub(crate) fn version() -> i64 {
    sections::version(FILE)
}

fn section(name: &str) -> &'static str {
    sections::section(FILE, name)
}

/// How to draw in `style` on a canvas.
pub(crate) fn drawing(canvas: Size, style: &str) -> String {
    let style = section(&format!("style {style}"));
    section("drawing")
        .replace("{width}", &canvas.width.to_string())
        .replace("{height}", &canvas.height.to_string())
        .replace("{style}", if style.is_empty() { section("style free") } else { style })
}

/// The words, and the drawing they shall change where there is one.
pub(crate) fn order(prompt: &str, source: Option<&str>) -> String {
    match source {
        Some(svg) => format!("{prompt}\n\n{}\n\n{svg}", section("edit")),
        None => prompt.to_owned(),
    }
}

/// The words for a drawing that did not pass.
pub(crate) fn repair(flaw: &str) -> String {
    section("repair").replace("{flaw}", flaw)
}

/// The words beside a drawing that shall be looked at again.
pub(crate) fn pass(prompt: &str) -> String {
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
    fn nothing_is_left_to_fill_in() {
        let texts = [drawing(Size::new(640, 480), "flat"), repair("it is `cut off`"), pass("a cat")];
        for text in texts {
            assert!(!text.contains('{') && !text.contains('}'), "{text}");
        }
        assert!(drawing(Size::new(640, 480), "flat").contains("viewBox=\"0 0 640 480\""));
    }
}
