-- Every job, its images, a search over them, what was spent, and counters that tell other processes of changes.

CREATE TABLE jobs (
    key     INTEGER PRIMARY KEY,          -- microseconds of submission * 1024 + a tie-break: sorts by age
    id      TEXT NOT NULL UNIQUE,         -- 32 hexadecimal digits
    parent  TEXT,                         -- the image this was made from
    backend TEXT NOT NULL,
    model   TEXT NOT NULL,
    prompt  TEXT NOT NULL,
    state   TEXT NOT NULL,
    marked  INTEGER NOT NULL,
    deleted INTEGER NOT NULL,             -- 1: its files lie in trash/ instead of images/
    moving  INTEGER NOT NULL DEFAULT 0,   -- 1: its files may still lie where they were
    ticket  TEXT,                         -- JSON: by this the provider finds the job again
    facts   TEXT NOT NULL                 -- JSON: the whole record without its images
) STRICT;
CREATE INDEX jobs_shelf ON jobs (deleted);
CREATE INDEX jobs_marked ON jobs (deleted) WHERE marked = 1;
CREATE INDEX jobs_open ON jobs (key) WHERE state IN ('queued', 'sent', 'received', 'unknown');
CREATE INDEX jobs_moving ON jobs (key) WHERE moving = 1;

CREATE TABLE images (
    key    INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    job    INTEGER NOT NULL REFERENCES jobs (key) ON DELETE CASCADE,
    place  INTEGER NOT NULL,              -- in the order of delivery, from 0
    name   TEXT NOT NULL,                 -- below images/ or trash/, with slashes
    svg    TEXT,                          -- likewise
    width  INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL,
    bytes  INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX images_job ON images (job, place);

-- Kept apart from the jobs: emptying the trash gives no money back.
CREATE TABLE spending (
    job     TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,             -- microseconds of submission
    backend TEXT NOT NULL,
    charge  INTEGER NOT NULL              -- billionths of a dollar; the estimate where the cost is unknown
) STRICT, WITHOUT ROWID;
CREATE INDEX spending_at ON spending (at, backend, charge);

CREATE VIRTUAL TABLE search USING fts5 (
    prompt, backend, model,
    content = 'jobs', content_rowid = 'key',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER search_insert AFTER INSERT ON jobs BEGIN
    INSERT INTO search (rowid, prompt, backend, model) VALUES (new.key, new.prompt, new.backend, new.model);
END;
CREATE TRIGGER search_delete AFTER DELETE ON jobs BEGIN
    INSERT INTO search (search, rowid, prompt, backend, model)
    VALUES ('delete', old.key, old.prompt, old.backend, old.model);
END;

-- `shelf` counts changes to which jobs there are, `changes` counts every change.
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('shelf', 0), ('changes', 0);
CREATE TRIGGER count_insert AFTER INSERT ON jobs BEGIN
    UPDATE counters SET value = value + 1;
END;
CREATE TRIGGER count_delete AFTER DELETE ON jobs BEGIN
    UPDATE counters SET value = value + 1;
END;
CREATE TRIGGER count_shelve AFTER UPDATE OF deleted, marked ON jobs BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'shelf';
END;
CREATE TRIGGER count_update AFTER UPDATE ON jobs BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'changes';
END;
