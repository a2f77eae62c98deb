//! `tintype man`: prints the manual pages of the program and its subcommands.
//! They are derived from the command definition; files, environment variables and exit codes are added here.

use std::{io, path::PathBuf};

use clap::Command;
use clap_mangen::Man;

use super::{
    context::CliContext,
    failure::{Failure, exit_codes},
};
use crate::{atomic_file, suggest};

/// Print a manual page, or write all of them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tintype man | man -l -
  tintype man history export | man -l -
  tintype man -o ~/.local/share/man/man1   all pages")]
pub(super) struct ManArgs {
    /// Subcommand to print the page of, such as `history export`
    command: Vec<String>,

    /// Write all pages to this folder
    #[arg(short, long, visible_alias = "out", value_name = "DIR", conflicts_with = "command")]
    output: Option<PathBuf>,
}

const ENVIRONMENT: [(&str, &str); 9] = [
    ("OPENAI_API_KEY", "API key for OpenAI. Tables in the config may name other variables."),
    ("OPENAI_BASE_URL", "URL of another server, for tables that use OPENAI_API_KEY."),
    ("OPENAI_ORG_ID, OPENAI_PROJECT_ID", "Organization and project that are billed."),
    ("TINTYPE_CONFIG", "Config file, unless --config is given."),
    ("TINTYPE_DATA_DIR", "Data directory, unless --data-dir is given."),
    ("NO_COLOR", "Disables colors in the studio."),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "Proxies, and hosts that bypass them."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "Custom CA certificates."),
    ("VISUAL, EDITOR", "Editor for prompts."),
];

const FILES: [(&str, &str); 6] = [
    ("$XDG_CONFIG_HOME/tintype/config.toml", "Config file; tintype config path prints its path."),
    ("$XDG_CONFIG_HOME/tintype/themes/NAME.toml", "Custom themes."),
    ("$XDG_DATA_HOME/tintype/images/YYYY/MM/", "Original images, each with a .json file of its metadata."),
    ("$XDG_DATA_HOME/tintype/library.db", "History; tintype history rebuild restores it."),
    ("$XDG_DATA_HOME/tintype/ledger/, ballots/, trash/, spool/", "Charges, votes, deleted images, unfinished jobs."),
    ("$XDG_DATA_HOME/tintype/tintype.log", "Log written by -v."),
];

pub(super) fn run(args: &ManArgs, command: Command, session: &mut CliContext) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::local(format!("cannot write the manual page: {error}"));
    let mut root = command;
    root.build();
    let Some(folder) = &args.output else {
        let found = find_command(&root, &args.command)?;
        return session.out.bytes(&page(found).map_err(failed)?);
    };
    atomic_file::create_dir(folder)?;
    for command in pages(&root) {
        let file = folder.join(format!("{}.1", name(command)));
        atomic_file::export(&file, &page(command).map_err(failed)?)?;
        session.out.path(&file)?;
    }
    Ok(())
}

/// Returns the command and all its visible subcommands.
fn pages(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|below| !below.is_hide_set()).flat_map(pages);
    std::iter::once(command).chain(below).collect()
}

/// Returns the name of the page, such as `tintype-history-export`.
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or(command.get_name()).to_owned()
}

fn find_command<'a>(root: &'a Command, names: &[String]) -> Result<&'a Command, Failure> {
    names.iter().try_fold(root, |command, name| {
        let known: Vec<&str> =
            command.get_subcommands().filter(|it| !it.is_hide_set()).map(Command::get_name).collect();
        let found = command.find_subcommand(name).filter(|found| !found.is_hide_set());
        found.ok_or_else(|| {
            Failure::usage(format!("there is no subcommand `{name}`")).with_hint(suggest::hint(name, known))
        })
    })
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone()).title(name(command)).manual("Tintype Manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().any(|arg| !arg.is_hide_set()) {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(notes) = command.get_after_help() {
        page.extend(section("EXAMPLES AND NOTES", &[]));
        page.extend(verbatim(&notes.to_string()).bytes());
    }
    page.extend(section("EXIT STATUS", &exit_codes().map(|(code, what)| (code.to_string(), what.to_owned()))));
    page.extend(section("ENVIRONMENT", &ENVIRONMENT.map(owned)));
    page.extend(section("FILES", &FILES.map(owned)));
    page.extend(section("SEE ALSO", &[]));
    page.extend(see_also(command).bytes());
    Ok(page)
}

fn owned((term, what): (&str, &str)) -> (String, String) {
    (term.to_owned(), what.to_owned())
}

fn section(title: &str, terms: &[(String, String)]) -> Vec<u8> {
    let begin = format!(".SH \"{title}\"\n");
    let add = |page, (term, what): &(String, String)| format!("{page}.TP\n\\fB{}\\fR\n{}\n", roff(term), roff(what));
    terms.iter().fold(begin, add).into_bytes()
}

/// Formats lines without refilling them.
fn verbatim(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(roff).collect();
    format!(".nf\n{}\n.fi\n", lines.join("\n"))
}

/// Escapes text for roff.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

/// Lists the parent page and the pages of the subcommands.
fn see_also(command: &Command) -> String {
    let own = name(command);
    let above = own.rsplit_once('-').map(|(above, _)| above.to_owned());
    let below = pages(command).into_iter().skip(1).map(name);
    let pages: Vec<String> = above.into_iter().chain(below).map(|page| format!("\\fB{}\\fR(1)", roff(&page))).collect();
    format!("{}\n", pages.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roff_control_characters_are_escaped() {
        assert_eq!(roff(".SH x"), "\\&.SH x");
        assert_eq!(roff("-o a\\b"), "\\-o a\\eb");
    }
}
