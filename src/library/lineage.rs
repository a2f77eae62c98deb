//! Lineage of a job: the images it was made from, and the images made from its own.
//!
//! It follows the stored records; a permanently deleted image ends the line.

use std::collections::HashSet;

use crate::library::{Record, codec, reader::LibraryReader};

/// Maximum length of a line, in jobs. A longer line loses its oldest jobs.
const MAX_LINEAGE: usize = 100;

/// Ancestors and descendants of a job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lineage {
    /// Chain of jobs that it was made from, nearest first.
    pub made_from: Vec<Record>,
    /// Jobs that were made from its images, oldest first.
    pub led_to: Vec<Record>,
}

/// A job in a tree of edits.
#[derive(Clone, Debug, PartialEq)]
pub struct LineageNode {
    /// Number of edits from the first job of the tree.
    pub depth: usize,
    pub record: Record,
}

/// Maximum number of jobs of a tree that are read.
const MAX_TREE: usize = 500;

impl LibraryReader {
    /// Returns the tree of edits that a job belongs to, each job before its own edits.
    pub(super) fn lineage_tree(&self, record: &Record) -> rusqlite::Result<Vec<LineageNode>> {
        let first = self.lineage(record)?.made_from.pop().unwrap_or_else(|| record.clone());
        let (mut open, mut tree) = (vec![LineageNode { depth: 0, record: first }], Vec::new());
        let mut seen = HashSet::new();
        while let Some(node) = open.pop().filter(|_| tree.len() < MAX_TREE) {
            if seen.insert(node.record.id) {
                let edits = self.descendants(&node.record)?;
                let depth = node.depth + 1;
                open.extend(edits.into_iter().rev().map(|record| LineageNode { depth, record }));
                tree.push(node);
            }
        }
        Ok(tree)
    }

    pub(super) fn lineage(&self, record: &Record) -> rusqlite::Result<Lineage> {
        let mut seen = HashSet::from([record.id]);
        let mut made_from = Vec::new();
        let mut parent = record.parent;
        while let (Some(image), true) = (parent, made_from.len() < MAX_LINEAGE) {
            let Some(older) = self.job_of(image)?.filter(|older| seen.insert(older.id)) else { break };
            parent = older.parent;
            made_from.push(older);
        }
        Ok(Lineage { made_from, led_to: self.descendants(record)? })
    }

    fn descendants(&self, record: &Record) -> rusqlite::Result<Vec<Record>> {
        let sql =
            format!("SELECT {} FROM jobs WHERE parent = ?1 AND deleted = 0 ORDER BY key LIMIT 100", codec::COLUMNS);
        let mut jobs = self.connection.prepare_cached(&sql)?;
        let mut images = codec::images(&self.connection)?;
        let mut led_to = Vec::new();
        for image in &record.images {
            let made =
                jobs.query_map([codec::id_hex(image.id)], |row| codec::record(row, &mut images, &self.places))?;
            led_to.extend(made.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(led_to)
    }
}
