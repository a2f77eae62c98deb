-- A checksum in every row, kept by triggers: a damaged row is found, and never changed as if it were sound.
-- `row_checksum` is a function of the program.

-- The checksum of a ballot is written behind it.
DROP TRIGGER ballots_stay_as_they_are;
CREATE TRIGGER ballots_stay_as_they_are BEFORE UPDATE OF key, id, pair, facts ON ballots BEGIN
    SELECT raise(ABORT, 'a ballot is never changed');
END;

ALTER TABLE jobs ADD COLUMN checksum INTEGER;
UPDATE jobs SET checksum = row_checksum(key, id, parent, backend, model, prompt, state, marked, deleted, moving, ticket, facts);
CREATE TRIGGER jobs_checksum_insert AFTER INSERT ON jobs BEGIN
    UPDATE jobs SET checksum = row_checksum(new.key, new.id, new.parent, new.backend, new.model, new.prompt, new.state, new.marked, new.deleted, new.moving, new.ticket, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER jobs_checksum_update AFTER UPDATE OF key, id, parent, backend, model, prompt, state, marked, deleted, moving, ticket, facts ON jobs BEGIN
    UPDATE jobs SET checksum = row_checksum(new.key, new.id, new.parent, new.backend, new.model, new.prompt, new.state, new.marked, new.deleted, new.moving, new.ticket, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER jobs_checksum_holds BEFORE UPDATE OF key, id, parent, backend, model, prompt, state, marked, deleted, moving, ticket, facts ON jobs
WHEN old.checksum IS NOT row_checksum(old.key, old.id, old.parent, old.backend, old.model, old.prompt, old.state, old.marked, old.deleted, old.moving, old.ticket, old.facts) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

ALTER TABLE images ADD COLUMN checksum INTEGER;
UPDATE images SET checksum = row_checksum(key, id, job, place, name, svg, width, height, format, bytes, sha256);
CREATE TRIGGER images_checksum_insert AFTER INSERT ON images BEGIN
    UPDATE images SET checksum = row_checksum(new.key, new.id, new.job, new.place, new.name, new.svg, new.width, new.height, new.format, new.bytes, new.sha256) WHERE key = new.key;
END;
CREATE TRIGGER images_checksum_update AFTER UPDATE OF key, id, job, place, name, svg, width, height, format, bytes, sha256 ON images BEGIN
    UPDATE images SET checksum = row_checksum(new.key, new.id, new.job, new.place, new.name, new.svg, new.width, new.height, new.format, new.bytes, new.sha256) WHERE key = new.key;
END;
CREATE TRIGGER images_checksum_holds BEFORE UPDATE OF key, id, job, place, name, svg, width, height, format, bytes, sha256 ON images
WHEN old.checksum IS NOT row_checksum(old.key, old.id, old.job, old.place, old.name, old.svg, old.width, old.height, old.format, old.bytes, old.sha256) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

ALTER TABLE spending ADD COLUMN checksum INTEGER;
UPDATE spending SET checksum = row_checksum(job, at, backend, charge);
CREATE TRIGGER spending_checksum_insert AFTER INSERT ON spending BEGIN
    UPDATE spending SET checksum = row_checksum(new.job, new.at, new.backend, new.charge) WHERE job = new.job;
END;
CREATE TRIGGER spending_checksum_update AFTER UPDATE OF job, at, backend, charge ON spending BEGIN
    UPDATE spending SET checksum = row_checksum(new.job, new.at, new.backend, new.charge) WHERE job = new.job;
END;
CREATE TRIGGER spending_checksum_holds BEFORE UPDATE OF job, at, backend, charge ON spending
WHEN old.checksum IS NOT row_checksum(old.job, old.at, old.backend, old.charge) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

ALTER TABLE runs ADD COLUMN checksum INTEGER;
UPDATE runs SET checksum = row_checksum(key, id, facts);
CREATE TRIGGER runs_checksum_insert AFTER INSERT ON runs BEGIN
    UPDATE runs SET checksum = row_checksum(new.key, new.id, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER runs_checksum_update AFTER UPDATE OF key, id, facts ON runs BEGIN
    UPDATE runs SET checksum = row_checksum(new.key, new.id, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER runs_checksum_holds BEFORE UPDATE OF key, id, facts ON runs
WHEN old.checksum IS NOT row_checksum(old.key, old.id, old.facts) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

ALTER TABLE shots ADD COLUMN checksum INTEGER;
UPDATE shots SET checksum = row_checksum(run, place, job, first_preview);
CREATE TRIGGER shots_checksum_insert AFTER INSERT ON shots BEGIN
    UPDATE shots SET checksum = row_checksum(new.run, new.place, new.job, new.first_preview) WHERE run = new.run AND place = new.place;
END;
CREATE TRIGGER shots_checksum_update AFTER UPDATE OF run, place, job, first_preview ON shots BEGIN
    UPDATE shots SET checksum = row_checksum(new.run, new.place, new.job, new.first_preview) WHERE run = new.run AND place = new.place;
END;
CREATE TRIGGER shots_checksum_holds BEFORE UPDATE OF run, place, job, first_preview ON shots
WHEN old.checksum IS NOT row_checksum(old.run, old.place, old.job, old.first_preview) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

ALTER TABLE pairs ADD COLUMN checksum INTEGER;
UPDATE pairs SET checksum = row_checksum(key, id, run, place, facts);
CREATE TRIGGER pairs_checksum_insert AFTER INSERT ON pairs BEGIN
    UPDATE pairs SET checksum = row_checksum(new.key, new.id, new.run, new.place, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER pairs_checksum_update AFTER UPDATE OF key, id, run, place, facts ON pairs BEGIN
    UPDATE pairs SET checksum = row_checksum(new.key, new.id, new.run, new.place, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER pairs_checksum_holds BEFORE UPDATE OF key, id, run, place, facts ON pairs
WHEN old.checksum IS NOT row_checksum(old.key, old.id, old.run, old.place, old.facts) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

ALTER TABLE ballots ADD COLUMN checksum INTEGER;
UPDATE ballots SET checksum = row_checksum(key, id, pair, facts);
CREATE TRIGGER ballots_checksum_insert AFTER INSERT ON ballots BEGIN
    UPDATE ballots SET checksum = row_checksum(new.key, new.id, new.pair, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER ballots_checksum_update AFTER UPDATE OF key, id, pair, facts ON ballots BEGIN
    UPDATE ballots SET checksum = row_checksum(new.key, new.id, new.pair, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER ballots_checksum_holds BEFORE UPDATE OF key, id, pair, facts ON ballots
WHEN old.checksum IS NOT row_checksum(old.key, old.id, old.pair, old.facts) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

-- `commits` counts what changed anything at all: the file `library.commits` says how far it came.
INSERT INTO counters VALUES ('commits', 0);

-- The layout as it was made, so that damage to it is found.
CREATE TABLE layout (version INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;
