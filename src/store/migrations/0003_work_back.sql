-- What the way back needs beside the first release. Every statement here stands in `schema.sql` too.

-- The file that fee lines came in, and where in it.
ALTER TABLE record_lines ADD COLUMN file   BLOB    CHECK (length(file) = 32);
ALTER TABLE record_lines ADD COLUMN rows   TEXT;
-- What a batch takes back on the platform.
CREATE TABLE batch_undo (
    batch   INTEGER NOT NULL REFERENCES batch (id),
    record  INTEGER NOT NULL REFERENCES record (id),
    setl_id TEXT    NOT NULL,
    leaves  TEXT    NOT NULL CHECK (leaves IN ('nothing', 'other', 'again')),
    PRIMARY KEY (batch, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_undo_of_record ON batch_undo (record);
