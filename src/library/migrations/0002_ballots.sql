-- Comparisons: runs, the jobs that draw them, the pairs that come of it, and the ballots on those.

CREATE TABLE runs (
    key   INTEGER PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,           -- 32 hexadecimal digits
    facts TEXT NOT NULL                   -- JSON: the whole run
) STRICT;

-- Which job draws what. A row is there before its job is, so a job that was sent is found again and not sent twice.
CREATE TABLE shots (
    run           TEXT NOT NULL REFERENCES runs (id),
    place         INTEGER NOT NULL,       -- which drawing of the run, from 0
    job           TEXT NOT NULL,
    first_preview REAL,                   -- seconds after submit
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE pairs (
    key   INTEGER PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,
    run   TEXT REFERENCES runs (id),      -- none for one made on the spot
    place INTEGER,                        -- which pair of the run, from 0; none for a mirrored one
    facts TEXT NOT NULL,                  -- JSON: the whole pair
    UNIQUE (run, place)
) STRICT;

-- A ballot is about a pair but leans on nothing: all it is about is frozen in it.
CREATE TABLE ballots (
    key   INTEGER PRIMARY KEY AUTOINCREMENT,
    id    TEXT NOT NULL UNIQUE,
    pair  TEXT NOT NULL,
    facts TEXT NOT NULL                   -- JSON: the whole ballot
) STRICT;
CREATE INDEX ballots_pair ON ballots (pair);
CREATE TRIGGER ballots_stay_as_they_are BEFORE UPDATE ON ballots BEGIN
    SELECT raise(ABORT, 'a ballot is never changed');
END;
CREATE TRIGGER ballots_stay BEFORE DELETE ON ballots BEGIN
    SELECT raise(ABORT, 'a ballot is never deleted');
END;
CREATE TRIGGER ballots_stay_apart BEFORE INSERT ON ballots
WHEN EXISTS (SELECT 1 FROM ballots WHERE id = new.id) BEGIN
    SELECT raise(ABORT, 'a ballot is never replaced');
END;
CREATE TRIGGER pairs_with_ballots_stay BEFORE DELETE ON pairs
WHEN EXISTS (SELECT 1 FROM ballots WHERE pair = old.id) BEGIN
    SELECT raise(ABORT, 'a pair that was voted on is never deleted');
END;

CREATE TRIGGER count_pair AFTER INSERT ON pairs BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'changes';
END;
CREATE TRIGGER count_ballot AFTER INSERT ON ballots BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'changes';
END;
