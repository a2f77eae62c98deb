//! The scaffold of a new backend: a working script, its table for the config, and a README with the next steps. It
//! writes nothing itself; the caller does.

/// The languages in which a skeleton is available.
pub const SKELETON_LANGUAGES: [&str; 2] = ["sh", "python"];

const SHELL: &str = include_str!("../../examples/poster/poster.sh");
const PYTHON: &str = include_str!("skeleton/skeleton.py");
const README: &str = include_str!("skeleton/README.md");
const PROTOCOL: &str = include_str!("PROTOCOL.md");
const SCHEMA: &str = include_str!("protocol.schema.json");

/// The files and the config of a new backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// The table to be added to the config.
    pub table: String,
    /// The files; the first one is the program.
    pub files: Vec<SkeletonFile>,
}

/// A file of a skeleton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkeletonFile {
    /// The file name in the backend's folder.
    pub name: String,
    /// The content of the file.
    pub text: String,
}

impl Skeleton {
    /// Creates a backend called `name` in one of [`SKELETON_LANGUAGES`], whose files will be in `folder`, relative to
    /// the config. Returns `None` for an unknown language.
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
