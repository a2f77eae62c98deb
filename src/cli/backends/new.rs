//! `tintype backends new`: scaffolds a custom backend that works immediately.
//! It appends to the config, creates a directory next to it, and overwrites nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tintype_backends::{SKELETON_LANGUAGES, Skeleton};

use crate::{
    atomic_file::{self, FileError},
    cli::{context::CliContext, failure::Failure, stdout},
    config::Config,
    suggest,
};

/// Maximum length of a backend name, in bytes.
const MAX_NAME_LEN: usize = 40;

pub(super) fn run(name: &str, language: &str, session: &mut CliContext) -> Result<(), Failure> {
    check_name(name)?;
    let file = session.locations().file.ok_or_else(|| {
        Failure::usage("cannot find a directory for the config file").with_hint("pass --config or set TINTYPE_CONFIG")
    })?;
    check_free(name, &file, session)?;
    let skeleton = Skeleton::new(name, language, &format!("backends/{name}")).ok_or_else(|| {
        Failure::usage(format!("there is no template for `{language}`"))
            .with_hint(suggest::hint(language, SKELETON_LANGUAGES))
    })?;
    let config = with_table(&file, &skeleton.table)?;
    let folder = file.parent().unwrap_or(Path::new(".")).join("backends").join(name);
    if folder.exists() {
        return Err(Failure::usage(format!("`{}` already exists", folder.display()))
            .with_hint("choose another name, or move it"));
    }
    for path in write(&folder, &skeleton)? {
        session.out.path(&path)?;
    }
    // The config comes last: as soon as it has the table, the backend exists.
    atomic_file::write(&file, config.as_bytes())?;
    session.out.path(&file)?;
    stdout::note(&format!("try it: tintype generate \"hello\" -b {name}"));
    stdout::note(&format!("next steps: `{}`", folder.join("README.md").display()));
    Ok(())
}

fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins && name.len() <= MAX_NAME_LEN && name.chars().all(plain) {
        return Ok(());
    }
    Err(Failure::usage(format!("`{name}` is not a valid backend name"))
        .with_hint(format!("use lowercase letters, digits, `-` and `_`, at most {MAX_NAME_LEN}")))
}

fn check_free(name: &str, file: &Path, session: &mut CliContext) -> Result<(), Failure> {
    let taken = if file.exists() {
        session.config()?.backends.contains_key(name)
    } else {
        Config::defaults().backends.contains_key(name)
    };
    if taken {
        return Err(Failure::usage(format!("a backend named `{name}` already exists")).with_hint("choose another name"));
    }
    Ok(())
}

/// Returns the config with `table` appended, provided that the result still parses.
fn with_table(file: &Path, table: &str) -> Result<String, Failure> {
    let mut text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(FileError::new("read", file, error).into()),
    };
    if !text.is_empty() {
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    text.push_str(table);
    match Config::parse(file, text.as_str()) {
        Ok(_) => Ok(text),
        Err(_) => Err(Failure::usage(format!("cannot append a table to `{}`", file.display()))
            .with_hint(format!("add it yourself: {}", table.trim_end().replace('\n', "; ")))),
    }
}

fn write(folder: &Path, skeleton: &Skeleton) -> Result<Vec<PathBuf>, Failure> {
    atomic_file::create_dir(folder)?;
    let write = |file: &tintype_backends::SkeletonFile| {
        let path = folder.join(&file.name);
        atomic_file::write_new(&path, file.text.as_bytes())?;
        Ok(path)
    };
    skeleton.files.iter().map(write).collect()
}
