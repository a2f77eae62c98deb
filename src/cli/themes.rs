//! `tintype themes`: lists the available themes.
//! The config selects the one in use.

use serde_json::json;

use super::{
    context::CliContext,
    failure::{Failure, UserMessage},
    stdout,
    table::{table, terminal_width},
};
use crate::theme::{Theme, Themes};

/// List built-in and custom themes
#[derive(Debug, clap::Args)]
pub(super) struct ThemesArgs {
    /// JSON Lines output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ThemesArgs, session: &mut CliContext) -> Result<(), Failure> {
    let themes = Themes::load(session.locations().themes().as_deref());
    themes.warnings().iter().for_each(|warning| stdout::warn(&UserMessage::from(warning)));
    let found = valid_themes(&themes);
    if args.json {
        for theme in &found {
            let row = json!({ "name": theme.name(), "about": theme.about(), "dark": theme.is_dark(),
                "own": themes.is_custom(theme.name()) });
            session.out.json(&row)?;
        }
        return Ok(());
    }
    let rows: Vec<[String; 3]> = found.iter().map(|theme| row(theme, themes.is_custom(theme.name()))).collect();
    table(&rows, terminal_width()).iter().try_for_each(|line| session.out.line(line))
}

/// Returns the valid themes and prints warnings about the others.
fn valid_themes(themes: &Themes) -> Vec<Theme> {
    let mut usable = Vec::new();
    for name in themes.names() {
        match themes.get(name) {
            Ok(theme) => {
                theme.warnings().iter().for_each(|warning| stdout::warn(&UserMessage::from(warning)));
                usable.push(theme);
            }
            Err(error) => {
                let (message, hint) = (error.to_string(), error.hint().map(str::to_owned));
                stdout::warn(&UserMessage { message, detail: None, hint });
            }
        }
    }
    usable
}

fn row(theme: &Theme, own: bool) -> [String; 3] {
    let ground = if theme.is_dark() { "dark" } else { "light" };
    let about = if own { format!("{} (custom)", theme.about()) } else { theme.about().to_owned() };
    [theme.name().to_owned(), ground.to_owned(), about.trim().to_owned()]
}
