//! Architecture rules, enforced by scanning the sources: each violation is reported by name, file and line.
//! Rules that the compiler or a lint enforces are not repeated here.

mod sources;

use std::fmt::Write as _;

pub(crate) use sources::all as all_sources;
use sources::{Source, find, sources, tokens};

/// A rule that bans certain tokens in some of the files.
struct ArchitectureRule {
    /// Paths below the root that the rule covers: files, or folders with everything in them.
    within: &'static [&'static str],
    /// Paths within these that are exempt, because the banned tokens are their purpose.
    exempt: &'static [&'static str],
    /// Files that may break the rule, with the reason for each.
    except: &'static [(&'static str, &'static str)],
    /// Banned token sequences, each with a space between its tokens.
    banned: &'static [&'static str],
    /// The reason for the rule, shown with its violations.
    why: &'static str,
    /// Sample lines that must break the rule, each on its own.
    violating_samples: &'static [&'static str],
}

impl ArchitectureRule {
    /// Fails with every violation, with exceptions that are no longer needed, and if the rule matches nothing at all.
    fn enforce(&self) {
        for breach in self.violating_samples {
            let tokens = tokens(breach);
            let found = self.banned.iter().any(|words| find(&tokens, words).next().is_some());
            assert!(found, "this wall lets `{breach}` through");
        }
        let mut broken = String::new();
        for source in self.sources() {
            let found = source.find(self.banned);
            if self.except.iter().any(|(file, _)| *file == source.path) {
                assert!(!found.is_empty(), "{} needs no exception any more", source.path);
                continue;
            }
            for (line, words) in found {
                writeln!(broken, "  {}:{line}: `{words}`", source.path).unwrap();
            }
        }
        assert!(broken.is_empty(), "{}:\n{broken}", self.why);
    }

    fn sources(&self) -> Vec<Source> {
        let found: Vec<Source> = sources().into_iter().filter(|source| self.applies_to(source)).collect();
        assert!(!found.is_empty(), "there is nothing in {:?}", self.within);
        for (file, _) in self.except {
            assert!(found.iter().any(|source| source.path == *file), "the exception {file} is gone");
        }
        found
    }

    fn applies_to(&self, source: &Source) -> bool {
        source.is_within(self.within) && !source.is_within(self.exempt)
    }
}

#[test]
fn backends_do_not_depend_on_the_app() {
    ArchitectureRule {
        within: &["backends/src"],
        exempt: &[],
        except: &[],
        banned: &["tintype", "ratatui", "crossterm", "tui_textarea", "clap", "rusqlite"],
        why: "the backends crate is of use without the studio",
        violating_samples: &[
            "use tintype::config::Config;",
            "use ratatui::style::Color;",
            "fn f(key: crossterm::event::KeyEvent) {}",
        ],
    }
    .enforce();
}

#[test]
fn headless_code_does_not_depend_on_the_screen() {
    ArchitectureRule {
        within: &[
            "src/engine",
            "src/library",
            "src/compare",
            "src/config",
            "src/export",
            "src/atomic_file.rs",
            "src/clipboard.rs",
            "src/id.rs",
            "src/sanitize.rs",
        ],
        exempt: &[],
        except: &[],
        banned: &["tui", "cli", "ratatui", "clap"],
        why: "engine, library, compare and config serve the studio and the command line alike",
        violating_samples: &["use crate::{library::Library, tui::model::Model};", "crate::cli::run(words);"],
    }
    .enforce();
}

#[test]
fn leaf_modules_do_not_depend_on_higher_layers() {
    ArchitectureRule {
        within: &[
            "src/theme",
            "src/config",
            "src/picture",
            "src/library",
            "src/export",
            "src/diagnostic",
            "src/clipboard.rs",
            "src/sanitize.rs",
        ],
        exempt: &[],
        except: &[],
        banned: &["crate :: engine", "crate :: tui", "crate :: cli"],
        why: "main leans on cli, cli on tui, tui on engine, engine on library; the rest are leaves",
        violating_samples: &["use crate::engine::Draft;"],
    }
    .enforce();
    ArchitectureRule {
        within: &[
            "src/theme",
            "src/config",
            "src/picture",
            "src/library",
            "src/engine",
            "src/export",
            "src/diagnostic",
        ],
        exempt: &[],
        except: &[],
        banned: &["compare ::"],
        why: "compare leans on engine and library, and nothing below tui and cli leans on it",
        violating_samples: &["use crate::compare::Pair;"],
    }
    .enforce();
    ArchitectureRule {
        within: &[
            "src/theme",
            "src/config",
            "src/picture",
            "src/export",
            "src/diagnostic",
            "src/clipboard.rs",
            "src/sanitize.rs",
        ],
        exempt: &[],
        except: &[],
        banned: &["library ::", "rusqlite"],
        why: "theme, config, picture and export are leaves",
        violating_samples: &["use crate::{id::Id, library::Record};"],
    }
    .enforce();
}

#[test]
fn studio_and_cli_name_no_backend_and_no_http() {
    ArchitectureRule {
        within: &["src/tui", "src/cli", "src/engine", "src/compare"],
        exempt: &[],
        except: &[],
        banned: &["reqwest", "sketch", "gpt_image", "codex", "external", "openai"],
        why: "a backend is reached through its trait, so that another one needs no change here",
        violating_samples: &[
            "use tintype_backends::sketch::Sketch;",
            "use tintype_backends::{Backend, gpt_image};",
            "reqwest::get(url)",
        ],
    }
    .enforce();
}

#[test]
fn only_the_library_contains_sql() {
    ArchitectureRule {
        within: &["src", "backends/src"],
        exempt: &["src/library"],
        except: &[],
        banned: &["rusqlite"],
        why: "only the library knows how its rows are kept",
        violating_samples: &["use rusqlite::Connection;"],
    }
    .enforce();
}

#[test]
fn update_and_view_neither_block_nor_have_side_effects() {
    ArchitectureRule {
        within: &[
            "src/tui/update",
            "src/tui/view",
            "src/tui/model",
            "src/tui/layout.rs",
            "src/tui/history_rows.rs",
            "src/tui/hints.rs",
            "src/tui/key_help.rs",
            "src/tui/message.rs",
            "src/tui/message_log.rs",
            "src/tui/popup_area.rs",
            "src/tui/setting_lines.rs",
            "src/tui/keymap.rs",
        ],
        exempt: &[],
        except: &[],
        banned: &[
            "await",
            "async",
            "fs ::",
            "File ::",
            "Command ::",
            "env ::",
            "thread ::",
            "tokio",
            "stdout",
            "stdin",
            "Instant :: now",
            "Timestamp :: now",
            "Zoned :: now",
            "SystemTime",
            "crossterm :: terminal",
        ],
        why: "what follows from a message is decided by the message and the model alone",
        violating_samples: &[
            "let text = work.await;",
            "std::fs::read(path)",
            "use std::fs::read;",
            "let now = Instant::now();",
            "let now = jiff::Timestamp::now();",
            "std::time::SystemTime::now()",
        ],
    }
    .enforce();
}

#[test]
fn stats_and_report_are_pure() {
    ArchitectureRule {
        within: &["src/compare/stats", "src/compare/report"],
        exempt: &[],
        except: &[],
        banned: &[
            "await",
            "async",
            "fs ::",
            "File ::",
            "env ::",
            "tokio",
            "Instant :: now",
            "Timestamp :: now",
            "Zoned :: now",
            "SystemTime",
            "fastrand :: Rng :: new",
            "Library",
        ],
        why: "the same votes give the same figures, whoever counts them and whenever",
        violating_samples: &[
            "let ballots = library.ballots().await;",
            "std::fs::read(path)",
            "let now = jiff::Zoned::now();",
            "let mut rng = fastrand::Rng::new();",
            "use crate::library::Library;",
        ],
    }
    .enforce();
}

#[test]
fn panes_know_nothing_of_each_other() {
    ArchitectureRule {
        within: &["src/tui/update"],
        exempt: &[
            "src/tui/update/mod.rs",
            "src/tui/update/dispatch_action.rs",
            "src/tui/update/keys.rs",
            "src/tui/update/mouse.rs",
            "src/tui/update/tests.rs",
        ],
        except: &[],
        banned: &[
            "dispatch_action",
            "super :: history",
            "super :: jobs",
            "super :: keys",
            "super :: mouse",
            "super :: preview",
            "super :: prompt",
            "super :: screens",
            "update :: history",
            "update :: jobs",
            "update :: preview",
            "update :: prompt",
        ],
        why: "only the dispatcher knows all panes: what an action leads to elsewhere is carried out there",
        violating_samples: &[
            "use super::dispatch_action::zoom;",
            "super::history::select(model, 0)",
            "use crate::tui::update::prompt;",
        ],
    }
    .enforce();
}

#[test]
fn view_does_not_change_the_model() {
    ArchitectureRule {
        within: &["src/tui/view"],
        exempt: &["src/tui/view/tests.rs", "src/tui/view/tests", "src/tui/view/screens/tests.rs"],
        except: &[],
        banned: &["& mut Model", "update ::"],
        why: "drawing changes nothing, and knows nothing of what does",
        violating_samples: &["fn draw(model: &mut Model, area: Rect) {}", "use crate::tui::update::update;"],
    }
    .enforce();
}

#[test]
fn rendering_goes_through_the_clip() {
    ArchitectureRule {
        within: &["src/tui/view"],
        exempt: &["src/tui/view/clipped_frame.rs"],
        except: &[("src/tui/view/mod.rs", "takes the frame and makes the canvas of it")],
        banned: &["Frame", "buffer_mut", "layout ( model", "model . terminal_size"],
        why: "a window may shrink before word of it comes: drawing trusts the frame's size alone",
        violating_samples: &[
            "fn draw(model: &Model, frame: &mut Frame<'_>) {}",
            "let areas = layout(model);",
            "let wide = model.terminal_size.0 > 80;",
        ],
    }
    .enforce();
}

#[test]
fn only_themes_and_images_name_colors() {
    ArchitectureRule {
        within: &["src"],
        exempt: &["src/theme", "src/picture"],
        except: &[],
        banned: &["Color ::", "Stylize"],
        why: "a colour has a meaning, which a theme looks up; the pixels of a picture are colours and mean nothing",
        violating_samples: &[
            "Style::new().fg(Color::Red)",
            "use ratatui::style::Color::Rgb;",
            "use ratatui::style::Stylize;",
        ],
    }
    .enforce();
}

#[test]
fn only_main_exits_the_process() {
    ArchitectureRule {
        within: &["src", "backends/src"],
        exempt: &["src/main.rs"],
        except: &[("src/failpoint.rs", "dies where a test says so, and does nothing in a release")],
        banned: &["process :: exit", "process :: abort", "exit ("],
        why: "an exit from deep inside leaves the terminal as it is, and jobs half done",
        violating_samples: &["std::process::exit(1);", "use std::process::exit;", "exit(2)"],
    }
    .enforce();
}

#[test]
fn only_the_cli_prints() {
    ArchitectureRule {
        within: &["src", "backends/src"],
        exempt: &["src/cli"],
        except: &[],
        banned: &["println !", "print !", "eprintln !", "eprint !", "dbg !"],
        why: "words on stdout are the command line's contract, words anywhere else tear the screen",
        violating_samples: &["println!(\"{id}\");", "eprintln!()"],
    }
    .enforce();
}

#[test]
fn files_are_written_in_one_module() {
    ArchitectureRule {
        within: &["src", "backends/src"],
        exempt: &["src/atomic_file.rs"],
        except: &[
            ("src/confined.rs", "makes the database and the locks, empty, for SQLite and for the system to fill"),
            ("backends/src/openai/spool.rs", "keeps a paid answer as it comes in: half of one is what it is for"),
            ("src/picture/probe/tty.rs", "opens the terminal, which is no file that could be half written"),
            ("src/tui/runtime/editor.rs", "writes the prompt for an editor into a temporary file"),
            (
                "backends/src/external/job_folder.rs",
                "puts pictures into a job's own folder, for a program that reads files",
            ),
            ("src/cli/backends/check.rs", "makes a folder for what a check draws, and removes it"),
        ],
        banned: &["fs :: write", "File :: create", "File :: create_new", "File :: options", "OpenOptions", "tempfile"],
        why: "a crash must not leave half a file: `atomic` writes beside, then renames",
        violating_samples: &[
            "std::fs::write(path, bytes)?;",
            "let file = File::create(path)?;",
            "tempfile::tempfile()",
        ],
    }
    .enforce();
}

#[test]
fn processes_are_spawned_only_with_a_controlled_environment() {
    ArchitectureRule {
        within: &["src", "backends/src"],
        exempt: &["src/helper_process.rs", "backends/src/external"],
        except: &[
            ("backends/src/svg/renderer/render_process.rs", "starts the renderer without any environment"),
            ("backends/src/openai/key.rs", "starts what prints the key, which may need all of the environment for it"),
        ],
        banned: &["Command :: new"],
        why: "a program inherits keys unless they are taken out: `child` does",
        violating_samples: &["Command::new(\"xdg-open\")", "std::process::Command::new(name)"],
    }
    .enforce();
}

#[test]
fn there_is_no_global_state() {
    ArchitectureRule {
        within: &["src", "backends/src"],
        // Built for tests alone.
        exempt: &["src/interleaving/scheduler.rs"],
        except: &[("src/theme/registry.rs", "the shipped themes are a part of the program, and never change")],
        banned: &["static", "thread_local", "lazy_static"],
        why: "values are handed over, so that two of everything can live side by side",
        violating_samples: &[
            "static mut COUNT: u32 = 0;",
            "static CELL: OnceLock<u8> = OnceLock::new();",
            "thread_local! {}",
        ],
    }
    .enforce();
}

/// The maximum number of lines per file that is still readable.
const LONGEST: usize = 600;

#[test]
fn no_file_exceeds_the_line_limit() {
    let long: Vec<String> = sources::all()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "split what has more than {LONGEST} lines:\n{}", long.join("\n"));
}
