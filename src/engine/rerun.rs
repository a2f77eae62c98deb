//! Reruns: a draft rebuilt from the record of an earlier job.
//! References are loaded again by name, and the job is priced again; the old request is not replayed.

use std::path::{Path, PathBuf};

use crate::{
    engine::{Draft, Reference},
    library::{Inputs, Labels, PromptRewrite, Record, ReferenceOrigin},
};

/// The reason why a job cannot be rerun: the bytes of one of its references were never saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reference {number} of this job {how} and was not saved")]
pub struct RerunError {
    /// The position of that reference among the job's references, counted from 1.
    pub number: usize,
    how: &'static str,
}

impl Draft {
    /// Rebuilds the draft of `record`: prompt, backend, model, settings and all references.
    pub fn from_record(record: &Record) -> Result<Self, RerunError> {
        let Inputs { pictures, mask, markup } = record.inputs.clone();
        let source = |(index, origin)| match origin {
            ReferenceOrigin::File(path) => Ok(Reference::File(path)),
            ReferenceOrigin::Image(id) => Ok(Reference::Image(id)),
            ReferenceOrigin::Clipboard => Err(RerunError { number: index + 1, how: "was pasted" }),
            ReferenceOrigin::Piped => Err(RerunError { number: index + 1, how: "came from a pipe" }),
        };
        let mut inputs: Vec<Reference> = pictures.into_iter().enumerate().map(source).collect::<Result<_, _>>()?;
        // Records from before `inputs` was stored only have the parent image.
        if inputs.is_empty() {
            inputs.extend(record.parent.map(Reference::Image));
        }
        Ok(Self {
            prompt: record.prompt.clone(),
            backend: Some(record.backend.clone()),
            model: Some(record.model.clone()),
            settings: record.settings.clone(),
            count: record.count,
            inputs,
            mask,
            markup,
            parent: record.parent,
            directed: record.directed.clone().map(PromptRewrite::without_cost),
            labels: Labels::default(),
            id: None,
        })
    }

    /// Returns the same draft for another job.
    #[must_use]
    pub fn for_rerun(&self) -> Self {
        Self { id: None, directed: self.directed.clone().map(PromptRewrite::without_cost), ..self.clone() }
    }

    /// Returns the references of this draft as a record stores them: file names are absolute, so that they work from
    /// any folder.
    pub(super) fn recorded_references(&self) -> Inputs {
        let origin = |source: &Reference| match source {
            Reference::File(path) => ReferenceOrigin::File(absolute(path)),
            Reference::Image(id) => ReferenceOrigin::Image(*id),
            Reference::Clipboard(_) => ReferenceOrigin::Clipboard,
            Reference::Piped(_) => ReferenceOrigin::Piped,
        };
        Inputs {
            pictures: self.inputs.iter().map(origin).collect(),
            mask: self.mask.as_deref().map(absolute),
            markup: self.markup.as_deref().map(absolute),
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{engine::ImageBytes, id::Id};

    #[test]
    fn recorded_references_have_absolute_paths_and_no_bytes() {
        let id = Id::new();
        let pasted = Reference::Clipboard(ImageBytes(Bytes::from_static(b"pixels")));
        let draft = Draft {
            inputs: vec![Reference::File("fox.png".into()), Reference::Image(id), pasted],
            mask: Some("mask.png".into()),
            ..Draft::default()
        };
        let here = std::env::current_dir().unwrap();
        let Inputs { pictures, mask, markup } = draft.recorded_references();
        assert_eq!(
            pictures,
            [ReferenceOrigin::File(here.join("fox.png")), ReferenceOrigin::Image(id), ReferenceOrigin::Clipboard]
        );
        assert_eq!((mask, markup), (Some(here.join("mask.png")), None));
    }
}
