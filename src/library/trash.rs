//! The trash: what is deleted is only put aside, with its files, until the trash is emptied.
//! A move that a crash cuts short is taken up again when the library is next opened.

use std::{fs, path::Path};

use rusqlite::Connection;

use crate::{
    atomic,
    id::Id,
    library::{
        LibraryError, Record, codec,
        places::Places,
        sidecar,
        write::{Writer, transact},
    },
};

impl Writer {
    /// Puts a job's files into the trash, or back.
    pub(super) fn set_deleted(&mut self, job: Id, deleted: bool) -> Result<(), LibraryError> {
        let record = self.existing(job)?;
        if record.deleted == deleted {
            return Ok(());
        }
        shelve(&mut self.connection, &self.places, job, deleted, true)?;
        let moved = Record { deleted, ..record };
        if let Err(error) = settle(&mut self.connection, &self.places, &moved) {
            // What could not be moved is where it was, and so says the row.
            shelve(&mut self.connection, &self.places, job, !deleted, true)?;
            settle(&mut self.connection, &self.places, &Record { deleted: !deleted, ..moved })?;
            return Err(error);
        }
        Ok(())
    }

    /// Has a job's files where its row says.
    pub(super) fn settle(&mut self, job: Id) -> Result<(), LibraryError> {
        let record = self.existing(job)?;
        settle(&mut self.connection, &self.places, &record)
    }

    /// Deletes what is in the trash, files first; returns how many jobs that were.
    pub(super) fn empty_trash(&mut self) -> Result<u64, LibraryError> {
        let records = selected(&self.connection, &self.places, "deleted = 1")?;
        for record in &records {
            for name in names(&self.places, record)? {
                atomic::remove(&self.places.path(&name, true))?;
                atomic::remove(&self.places.path(&name, false))?;
            }
            atomic::remove(&self.places.scratch(record.id))?;
            self.transact(|transaction, _| {
                Ok(transaction.execute("DELETE FROM jobs WHERE id = ?1", [codec::hex(record.id)]).map(drop)?)
            })?;
        }
        Ok(records.len() as u64)
    }
}

/// Takes up the moves that were cut short.
pub(super) fn finish_moves(connection: &mut Connection, places: &Places) -> Result<(), LibraryError> {
    for record in selected(connection, places, "moving = 1")? {
        settle(connection, places, &record)?;
    }
    Ok(())
}

fn selected(connection: &Connection, places: &Places, condition: &str) -> Result<Vec<Record>, LibraryError> {
    let select = || {
        let sql = format!("SELECT {} FROM jobs WHERE {condition}", codec::COLUMNS);
        let mut jobs = connection.prepare(&sql)?;
        let mut images = codec::images(connection)?;
        let records = jobs.query_map([], |row| codec::record(row, &mut images, places))?;
        records.collect::<rusqlite::Result<Vec<Record>>>()
    };
    select().map_err(|error| LibraryError::of(error, &places.database()))
}

fn shelve(
    connection: &mut Connection,
    places: &Places,
    job: Id,
    deleted: bool,
    moving: bool,
) -> Result<(), LibraryError> {
    transact(connection, places, |transaction, _| {
        let sql = "UPDATE jobs SET deleted = ?2, moving = ?3 WHERE id = ?1";
        Ok(transaction.execute(sql, (codec::hex(job), deleted, moving)).map(drop)?)
    })
}

/// Has every file of a job where its row says, then notes that it is so.
fn settle(connection: &mut Connection, places: &Places, record: &Record) -> Result<(), LibraryError> {
    for name in names(places, record)? {
        let (from, to) = (places.path(&name, !record.deleted), places.path(&name, record.deleted));
        if from.exists() {
            carry(&from, &to)?;
        }
    }
    shelve(connection, places, record.id, record.deleted, false)
}

fn carry(from: &Path, to: &Path) -> Result<(), LibraryError> {
    if let Some(folder) = to.parent() {
        atomic::create_dir(folder)?;
    }
    match atomic::move_new(from, to) {
        // A crash between the two halves of the move: both names, one file.
        Err(error)
            if error.source.kind() == std::io::ErrorKind::AlreadyExists
                && fs::read(from).ok().zip(fs::read(to).ok()).is_some_and(|(from, to)| from == to) =>
        {
            Ok(atomic::remove(from)?)
        }
        moved => Ok(moved?),
    }
}

/// The library's names of all files of a job: images, sources, sidecars.
fn names(places: &Places, record: &Record) -> Result<Vec<String>, LibraryError> {
    let mut names = Vec::new();
    for image in &record.images {
        names.push(places.name(&image.path)?);
        names.push(places.name(&sidecar::path_of(&image.path))?);
        if let Some(svg) = &image.svg {
            names.push(places.name(svg)?);
        }
    }
    Ok(names)
}
