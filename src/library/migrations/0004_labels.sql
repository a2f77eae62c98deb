-- Labels of jobs (title, rating, favorite, tags, collections) in a column of their own, which takes the place of the
-- mark, and the facts that searches filter by in narrow tables that triggers derive from the jobs.

DROP TRIGGER count_shelve;
DROP TRIGGER jobs_checksum_insert;
DROP TRIGGER jobs_checksum_update;
DROP TRIGGER jobs_checksum_holds;
DROP TRIGGER search_insert;
DROP TRIGGER search_delete;
DROP TABLE search;
DROP INDEX jobs_marked;

ALTER TABLE jobs ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';  -- JSON
-- A damaged row stays damaged.
UPDATE jobs SET
    labels = iif(marked = 1, '{"favorite":true}', '{}'),
    checksum = iif(
        checksum IS row_checksum(key, id, parent, backend, model, prompt, state, marked, deleted, moving, ticket, facts),
        row_checksum(key, id, parent, backend, model, prompt, state, iif(marked = 1, '{"favorite":true}', '{}'), deleted, moving, ticket, facts),
        NULL
    );
ALTER TABLE jobs DROP COLUMN marked;

CREATE TRIGGER jobs_checksum_insert AFTER INSERT ON jobs BEGIN
    UPDATE jobs SET checksum = row_checksum(new.key, new.id, new.parent, new.backend, new.model, new.prompt, new.state, new.labels, new.deleted, new.moving, new.ticket, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER jobs_checksum_update AFTER UPDATE OF key, id, parent, backend, model, prompt, state, labels, deleted, moving, ticket, facts ON jobs BEGIN
    UPDATE jobs SET checksum = row_checksum(new.key, new.id, new.parent, new.backend, new.model, new.prompt, new.state, new.labels, new.deleted, new.moving, new.ticket, new.facts) WHERE key = new.key;
END;
CREATE TRIGGER jobs_checksum_holds BEFORE UPDATE OF key, id, parent, backend, model, prompt, state, labels, deleted, moving, ticket, facts ON jobs
WHEN old.checksum IS NOT row_checksum(old.key, old.id, old.parent, old.backend, old.model, old.prompt, old.state, old.labels, old.deleted, old.moving, old.ticket, old.facts) BEGIN
    SELECT raise(ABORT, 'damaged row');
END;

-- `shelf` counts changes to the result of any search.
CREATE TRIGGER count_shelve AFTER UPDATE OF deleted, labels, state ON jobs BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'shelf';
END;

-- Jobs whose sidecars do not have the labels of the row yet: the row is right.
CREATE TABLE pending_sidecars (key INTEGER PRIMARY KEY REFERENCES jobs (key) ON DELETE CASCADE) STRICT;
CREATE TRIGGER labels_changed AFTER UPDATE OF labels ON jobs WHEN old.labels IS NOT new.labels BEGIN
    INSERT OR IGNORE INTO pending_sidecars (key) VALUES (new.key);
END;

-- Words are found in what the user wrote and in what drew it.
CREATE VIEW searchable AS SELECT
    key, prompt, backend, model,
    json_extract(iif(json_valid(labels), labels, '{}'), '$.title') AS title,
    json_extract(iif(json_valid(labels), labels, '{}'), '$.tags') AS tags
FROM jobs;
CREATE VIRTUAL TABLE search USING fts5 (
    prompt, backend, model, title, tags,
    content = 'searchable', content_rowid = 'key',
    tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (search, row);
INSERT INTO search (search) VALUES ('rebuild');
CREATE TRIGGER search_insert AFTER INSERT ON jobs BEGIN
    INSERT INTO search (rowid, prompt, backend, model, title, tags)
    SELECT * FROM searchable WHERE key = new.key;
END;
CREATE TRIGGER search_delete AFTER DELETE ON jobs BEGIN
    INSERT INTO search (search, rowid, prompt, backend, model, title, tags)
    VALUES ('delete', old.key, old.prompt, old.backend, old.model,
            json_extract(old.labels, '$.title'), json_extract(old.labels, '$.tags'));
END;
CREATE TRIGGER search_update AFTER UPDATE OF labels ON jobs
WHEN json_extract(old.labels, '$.title') IS NOT json_extract(new.labels, '$.title')
  OR json_extract(old.labels, '$.tags') IS NOT json_extract(new.labels, '$.tags') BEGIN
    INSERT INTO search (search, rowid, prompt, backend, model, title, tags)
    VALUES ('delete', old.key, old.prompt, old.backend, old.model,
            json_extract(old.labels, '$.title'), json_extract(old.labels, '$.tags'));
    INSERT INTO search (rowid, prompt, backend, model, title, tags)
    SELECT * FROM searchable WHERE key = new.key;
END;

-- One narrow row a job, so that a filter reads no records.
CREATE VIEW facet_source AS SELECT
    jobs.key AS key, deleted, state, backend, model, parent IS NOT NULL AS is_edit,
    coalesce(json_extract(iif(json_valid(labels), labels, '{}'), '$.favorite'), 0) AS favorite,
    json_extract(iif(json_valid(labels), labels, '{}'), '$.rating') AS rating,
    json_extract(iif(json_valid(facts), facts, '{}'), '$.cost.usd') AS cost,
    json_extract(iif(json_valid(facts), facts, '{}'), '$.recipe.name') AS recipe,
    json_extract(iif(json_valid(facts), facts, '{}'), '$.batch') AS batch,
    (SELECT max(max(width, height)) FROM images WHERE images.job = jobs.key) AS longer_side,
    (SELECT width FROM images WHERE images.job = jobs.key AND place = 0) AS width,
    (SELECT height FROM images WHERE images.job = jobs.key AND place = 0) AS height
FROM jobs;
CREATE TABLE facets (
    key         INTEGER PRIMARY KEY,
    deleted     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    backend     TEXT NOT NULL,
    model       TEXT NOT NULL,
    is_edit     INTEGER NOT NULL,
    favorite    INTEGER NOT NULL,
    rating      INTEGER,
    cost        REAL,                     -- US dollars; null while unknown
    recipe      TEXT,
    batch       TEXT,
    longer_side INTEGER,                  -- of the largest image
    width       INTEGER,                  -- of the first image
    height      INTEGER
);
INSERT INTO facets SELECT * FROM facet_source;
CREATE TRIGGER facets_insert AFTER INSERT ON jobs BEGIN
    INSERT OR REPLACE INTO facets SELECT * FROM facet_source WHERE key = new.key;
END;
CREATE TRIGGER facets_update AFTER UPDATE OF parent, backend, model, state, labels, deleted, facts ON jobs BEGIN
    INSERT OR REPLACE INTO facets SELECT * FROM facet_source WHERE key = new.key;
END;
CREATE TRIGGER facets_delete AFTER DELETE ON jobs BEGIN
    DELETE FROM facets WHERE key = old.key;
END;
CREATE TRIGGER facets_image_insert AFTER INSERT ON images BEGIN
    INSERT OR REPLACE INTO facets SELECT * FROM facet_source WHERE key = new.job;
END;
CREATE TRIGGER facets_image_update AFTER UPDATE OF job, place, width, height ON images BEGIN
    INSERT OR REPLACE INTO facets SELECT * FROM facet_source WHERE key = new.job;
END;
CREATE TRIGGER facets_image_delete AFTER DELETE ON images BEGIN
    INSERT OR REPLACE INTO facets SELECT * FROM facet_source WHERE key = old.job;
END;

-- Tags and collections, by name.
CREATE TABLE label_names (
    kind TEXT NOT NULL,                   -- tag or collection
    name TEXT NOT NULL COLLATE NOCASE,
    key  INTEGER NOT NULL,
    PRIMARY KEY (kind, name, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX label_names_key ON label_names (key);
CREATE TRIGGER label_names_insert AFTER INSERT ON jobs WHEN new.labels <> '{}' BEGIN
    INSERT OR IGNORE INTO label_names SELECT 'tag', value, new.key FROM json_each(new.labels, '$.tags');
    INSERT OR IGNORE INTO label_names SELECT 'collection', value, new.key FROM json_each(new.labels, '$.collections');
END;
CREATE TRIGGER label_names_update AFTER UPDATE OF labels ON jobs WHEN old.labels IS NOT new.labels BEGIN
    DELETE FROM label_names WHERE key = old.key;
    INSERT OR IGNORE INTO label_names SELECT 'tag', value, new.key FROM json_each(new.labels, '$.tags');
    INSERT OR IGNORE INTO label_names SELECT 'collection', value, new.key FROM json_each(new.labels, '$.collections');
END;
CREATE TRIGGER label_names_delete AFTER DELETE ON jobs BEGIN
    DELETE FROM label_names WHERE key = old.key;
END;
