//! The beginning of a new backend: a script that works at once, its table for the config, and how to go on from there.
//! It writes nothing; whoever asked for it does.

/// The languages a skeleton can be had in.
pub const SKELETON_LANGUAGES: [&str; 2] = ["sh", "python"];

const SHELL: &str = include_str!("../../examples/poster/poster.sh");
const PYTHON: &str = include_str!("skeleton/skeleton.py");
const README: &str = include_str!("skeleton/README.md");
const PROTOCOL: &str = include_str!("PROTOCOL.md");
const SCHEMA: &str = include_str!("protocol.schema.json");

/// What a new backend consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// Its table, to be put into the config.
    pub table: String,
    /// Its files; the first one is the program.
    pub files: Vec<SkeletonFile>,
}

/// A file of a skeleton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkeletonFile {
    /// Its name in the backend's folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Skeleton {
    /// A backend called `name` in one of [`SKELETON_LANGUAGES`], whose files will lie in `folder`, as seen from the
    /// config. `None` for a language there is no skeleton in.
    pub fn new(name: &str, language: &str, folder: &str) -> Option<Self> {
        let (interpreter, script, text) = match language {
            "sh" => ("sh", format!("{name}.sh"), SHELL.replace("poster", name)),
            "python" => ("python3", format!("{name}.py"), PYTHON.replace("skeleton", name)),
            _ => return None,
        };
        let table =
            format!("[backends.{name}]\nkind = \"external\"\ncommand = [\"{interpreter}\", \"{folder}/{script}\"]\n");
        let readme = README.replace("NAME", name).replace("SCRIPT", &script).replace("TABLE", table.trim_end());
        let file = |name: &str, text: String| SkeletonFile { name: name.to_owned(), text };
        let files = vec![
            file(&script, text),
            file("README.md", readme),
            file("PROTOCOL.md", PROTOCOL.to_owned()),
            file("protocol.schema.json", SCHEMA.to_owned()),
        ];
        Some(Self { table, files })
    }
}
