-- The ledger. A new one is built from this file; comments are part of it.
--
-- Money is integer fen, times are Beijing time as 2021-10-29T10:20:00. Nothing
-- is deleted: a correction is a new event, and every change of a row below
-- commits together with the event that says so.

-- Whose ledger this is. One row.
CREATE TABLE ledger (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    uuid       BLOB    NOT NULL CHECK (length(uuid) = 16),
    facility   TEXT    NOT NULL REFERENCES facility (code),
    station    TEXT    NOT NULL CHECK (length(station) BETWEEN 1 AND 4),
    created_at TEXT    NOT NULL
) STRICT;

-- Facilities whose records stand here: the ledger's own, and others it was told of.
CREATE TABLE facility (
    code TEXT PRIMARY KEY CHECK (code <> ''),
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The chain. `hash` covers the hash before it and every column of its own row
-- (see `store/event.rs` for the exact bytes), so that no row can be changed,
-- left out or put elsewhere without showing. `content` is the digest of what
-- the event left behind: the record as it then was, or the members of a set.
CREATE TABLE event (
    seq      INTEGER PRIMARY KEY CHECK (seq > 0),
    at       TEXT    NOT NULL,
    station  TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    record   INTEGER REFERENCES record (id),
    detail   TEXT    NOT NULL CHECK (json_valid(detail)),
    content  BLOB    NOT NULL CHECK (length(content) = 32),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX event_of_record ON event (record) WHERE record IS NOT NULL;

-- Notices in force, as the text that was loaded, and what was recorded of the
-- real resumption. The latest row of one notice, window and facility counts.
CREATE TABLE notice (
    id       TEXT    PRIMARY KEY CHECK (id <> ''),
    text     TEXT    NOT NULL,
    added_at TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resumption (
    id          INTEGER PRIMARY KEY,
    notice      TEXT    NOT NULL REFERENCES notice (id),
    window      TEXT    NOT NULL CHECK (window <> ''),
    facility    TEXT    NOT NULL DEFAULT '',
    resumed_at  TEXT    NOT NULL,
    recorded_at TEXT    NOT NULL
) STRICT;

-- Duties of a notice that were done, by their place in it.
CREATE TABLE duty_done (
    notice   TEXT    NOT NULL REFERENCES notice (id),
    number   INTEGER NOT NULL CHECK (number > 0),
    evidence TEXT    NOT NULL CHECK (evidence <> ''),
    done_at  TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    PRIMARY KEY (notice, number)
) STRICT, WITHOUT ROWID;

-- Identities, apart from the claims that refer to them. A row never changes:
-- a corrected identity is a new row, and the record then points there.
CREATE TABLE person (
    id      INTEGER PRIMARY KEY,
    content BLOB    NOT NULL UNIQUE CHECK (length(content) = 32),
    name    TEXT    NOT NULL,
    id_type TEXT    NOT NULL,
    id_no   TEXT    NOT NULL,
    phone   TEXT    NOT NULL,
    card_no TEXT    NOT NULL,
    psn_no  TEXT    NOT NULL
) STRICT;
CREATE INDEX person_by_id_no ON person (id_no) WHERE id_no <> '';

-- What was retained. `row_key` and `occurrence` say which row of which content
-- it came from, so that the same rows can be imported again without effect and
-- equal rows without a number stay as many as they were. The closed lists are
-- spelled out with OR: for a long IN, SQLite builds a table at every insert.
CREATE TABLE record (
    id             INTEGER PRIMARY KEY,
    uuid           BLOB    NOT NULL UNIQUE CHECK (length(uuid) = 16),
    station        TEXT    NOT NULL,
    count          INTEGER NOT NULL CHECK (count > 0),
    record_no      TEXT    NOT NULL,
    row_key        BLOB    NOT NULL CHECK (length(row_key) = 32),
    occurrence     INTEGER NOT NULL CHECK (occurrence > 0),
    facility       TEXT    NOT NULL REFERENCES facility (code),
    kind           TEXT    NOT NULL CHECK (kind = 'outpatient' OR kind = 'inpatient' OR kind = 'purchase'
                                           OR kind = 'filing'),
    line           TEXT    NOT NULL,
    person         INTEGER NOT NULL REFERENCES person (id),
    insured_area   TEXT    NOT NULL,
    insurance      TEXT    NOT NULL,
    person_group   TEXT    NOT NULL,
    occurred_at    TEXT    NOT NULL,
    admitted_at    TEXT,
    discharged_at  TEXT,
    applied_on     TEXT,
    department     TEXT    NOT NULL,
    doctor         TEXT    NOT NULL,
    diagnosis_code TEXT    NOT NULL,
    diagnosis_name TEXT    NOT NULL,
    total_fen      INTEGER NOT NULL CHECK (total_fen >= 0),
    paid_fen       INTEGER CHECK (paid_fen >= 0), -- NULL is unknown
    pay_method     TEXT,
    receipt_no     TEXT    NOT NULL,
    facts          TEXT    NOT NULL CHECK (json_valid(facts)),
    note           TEXT    NOT NULL,
    version        INTEGER NOT NULL CHECK (version > 0),
    content        BLOB    NOT NULL CHECK (length(content) = 32),
    entered_at     TEXT    NOT NULL,
    operator       TEXT    NOT NULL,
    stage          TEXT    NOT NULL CHECK (stage = 'pending' OR stage = 'settled' OR stage = 'exported'
                                           OR stage = 'draft' OR stage = 'refunded' OR stage = 'cleared'
                                           OR stage = 'rejected' OR stage = 'handed_over' OR stage = 'held'
                                           OR stage = 'void'),
    verdict        TEXT    CHECK (verdict = 'matched' OR verdict = 'amount_mismatch' OR verdict = 'missing'
                                  OR verdict = 'duplicate' OR verdict = 'reversed' OR verdict = 'ambiguous'),
    UNIQUE (station, count)
) STRICT;
CREATE UNIQUE INDEX record_by_no ON record (record_no, facility) WHERE record_no <> '';
CREATE UNIQUE INDEX record_by_origin ON record (row_key, facility, occurrence) WHERE record_no = '';
CREATE INDEX record_by_stage ON record (stage, occurred_at);
CREATE INDEX record_by_person ON record (person);

-- The fee lines of one record, written and read together: a JSON array with
-- amounts in fen and quantities and prices as decimal text.
CREATE TABLE record_lines (
    record INTEGER PRIMARY KEY REFERENCES record (id),
    lines  TEXT    NOT NULL CHECK (json_valid(lines))
) STRICT;

-- The same, opened for SQL.
CREATE VIEW line AS
    SELECT record, value ->> 'line_no' AS line_no, value ->> 'item_code' AS item_code,
           value ->> 'item_name' AS item_name, value ->> 'quantity' AS quantity,
           value ->> 'unit_price' AS unit_price, value ->> 'amount_fen' AS amount_fen
    FROM record_lines, json_each(record_lines.lines);

-- Files that were read, so that the same file is known again.
CREATE TABLE file (
    digest  BLOB    PRIMARY KEY CHECK (length(digest) = 32),
    name    TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    rows    INTEGER NOT NULL,
    read_at TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Batches. A batch is `preparing` while its folder is being written; only a
-- folder that is whole and durable makes it `sent` and its records `exported`.
CREATE TABLE batch (
    id         INTEGER PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('preparing', 'sent', 'answered', 'cancelled')),
    folder     TEXT    NOT NULL,
    out_dir    TEXT    NOT NULL,
    created_at TEXT    NOT NULL,
    total_fen  INTEGER NOT NULL
) STRICT;

-- The members of a batch, the keys issued to them and the platform's answers.
-- At most one live batch holds a record for one purpose.
CREATE TABLE batch_record (
    batch            INTEGER NOT NULL REFERENCES batch (id),
    record           INTEGER NOT NULL REFERENCES record (id),
    version          INTEGER NOT NULL,
    medins_setl_id   TEXT    NOT NULL UNIQUE CHECK (length(medins_setl_id) <= 30),
    chrg_bchno       TEXT    NOT NULL UNIQUE CHECK (chrg_bchno <> '0000'),
    first_feedetl_sn INTEGER NOT NULL,
    answer           TEXT    CHECK (answer IN ('accepted', 'refused')),
    answer_code      TEXT    NOT NULL DEFAULT '',
    answer_text      TEXT    NOT NULL DEFAULT '',
    setl_id          TEXT    NOT NULL DEFAULT '',
    mdtrt_id         TEXT    NOT NULL DEFAULT '',
    psn_no           TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (batch, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_of_record ON batch_record (record);

-- The files of a batch, deflated, so that it can be given again byte for byte.
CREATE TABLE batch_file (
    batch    INTEGER NOT NULL REFERENCES batch (id),
    name     TEXT    NOT NULL,
    bytes    INTEGER NOT NULL,
    sha256   BLOB    NOT NULL CHECK (length(sha256) = 32),
    deflated BLOB    NOT NULL,
    PRIMARY KEY (batch, name)
) STRICT, WITHOUT ROWID;

-- Counters for the keys that this station issues.
CREATE TABLE counter (
    name TEXT    PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the platform says it settled, every row of every statement once.
CREATE TABLE settlement (
    id             INTEGER PRIMARY KEY,
    content        BLOB    NOT NULL UNIQUE CHECK (length(content) = 32),
    setl_id        TEXT    NOT NULL,
    init_setl_id   TEXT    NOT NULL,
    mdtrt_id       TEXT    NOT NULL,
    psn_no         TEXT    NOT NULL,
    certno         TEXT    NOT NULL,
    psn_name       TEXT    NOT NULL,
    med_type       TEXT    NOT NULL,
    insutype       TEXT    NOT NULL,
    setl_time      TEXT,
    total_fen      INTEGER NOT NULL,
    fund_fen       INTEGER,
    account_fen    INTEGER,
    cash_fen       INTEGER,
    refunded       INTEGER NOT NULL CHECK (refunded IN (0, 1)),
    medins_setl_id TEXT    NOT NULL,
    record_no      TEXT    NOT NULL,
    run            INTEGER NOT NULL REFERENCES run (id)
) STRICT;
CREATE INDEX settlement_by_setl_id ON settlement (setl_id);

-- A reconciliation that changed something.
CREATE TABLE run (
    id       INTEGER PRIMARY KEY,
    at       TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    file     TEXT    NOT NULL,
    outcome  TEXT    NOT NULL CHECK (json_valid(outcome))
) STRICT;

-- Which settlement settles which record. Each settlement is used once. A match
-- that a later statement took back keeps its row and names the run that did so.
CREATE TABLE match (
    id         INTEGER PRIMARY KEY,
    record     INTEGER NOT NULL REFERENCES record (id),
    settlement INTEGER NOT NULL REFERENCES settlement (id),
    by         TEXT    NOT NULL,
    run        INTEGER NOT NULL REFERENCES run (id),
    undone_run INTEGER REFERENCES run (id)
) STRICT;
CREATE UNIQUE INDEX match_of_record ON match (record) WHERE undone_run IS NULL;
CREATE UNIQUE INDEX match_of_settlement ON match (settlement) WHERE undone_run IS NULL;

-- The register of what does not agree (问题台账). A break is seen anew in each
-- run until it is resolved or no longer there.
CREATE TABLE break (
    id             INTEGER PRIMARY KEY,
    reason         TEXT    NOT NULL,
    record         INTEGER REFERENCES record (id),
    settlement     INTEGER REFERENCES settlement (id),
    difference_fen INTEGER NOT NULL,
    first_run      INTEGER NOT NULL REFERENCES run (id),
    last_run       INTEGER NOT NULL REFERENCES run (id),
    state          TEXT    NOT NULL CHECK (state IN ('open', 'resolved', 'gone')),
    how            TEXT,
    evidence       TEXT,
    closed_by      TEXT,
    closed_at      TEXT,
    CHECK (record IS NOT NULL OR settlement IS NOT NULL),
    CHECK ((state = 'resolved') = (how IS NOT NULL AND evidence IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX break_once ON break (reason, coalesce(record, 0), coalesce(settlement, 0));
CREATE INDEX break_by_state ON break (state);

-- Refunds paid to patients, one for a record and never a second.
CREATE TABLE refund (
    record     INTEGER PRIMARY KEY REFERENCES record (id),
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    receipt_no TEXT    NOT NULL CHECK (receipt_no <> ''),
    pay_method TEXT    NOT NULL,
    paid_at    TEXT    NOT NULL,
    operator   TEXT    NOT NULL
) STRICT;

-- Closed records (销号), each with its evidence.
CREATE TABLE clearing (
    record     INTEGER PRIMARY KEY REFERENCES record (id),
    evidence   TEXT    NOT NULL CHECK (evidence <> ''),
    cleared_at TEXT    NOT NULL,
    operator   TEXT    NOT NULL
) STRICT;

-- The patients in hospital before a stop (在院名册), one row for each stay. `key`
-- is what makes it the same stay in another list; a later list that says
-- otherwise makes a new version. What a notice asks for each is decided anew
-- each day and kept nowhere.
CREATE TABLE census (
    id            INTEGER PRIMARY KEY,
    key           BLOB    NOT NULL UNIQUE CHECK (length(key) = 32),
    bed_no        TEXT    NOT NULL,
    record_no     TEXT    NOT NULL,
    facility      TEXT    NOT NULL REFERENCES facility (code),
    line          TEXT    NOT NULL,
    person        INTEGER NOT NULL REFERENCES person (id),
    insured_area  TEXT    NOT NULL,
    insurance     TEXT    NOT NULL,
    person_group  TEXT    NOT NULL,
    admitted_at   TEXT    NOT NULL,
    discharged_at TEXT,
    department    TEXT    NOT NULL,
    doctor        TEXT    NOT NULL,
    total_fen     INTEGER CHECK (total_fen >= 0), -- NULL is unknown
    paid_fen      INTEGER CHECK (paid_fen >= 0),  -- NULL is unknown
    facts         TEXT    NOT NULL CHECK (json_valid(facts)),
    note          TEXT    NOT NULL,
    version       INTEGER NOT NULL CHECK (version > 0),
    content       BLOB    NOT NULL CHECK (length(content) = 32),
    entered_at    TEXT    NOT NULL,
    operator      TEXT    NOT NULL
) STRICT;

-- What was done for them, each thing once. A conversion or readmission names
-- the inpatient record in which the stay goes on.
CREATE TABLE census_done (
    census   INTEGER NOT NULL REFERENCES census (id),
    action   TEXT    NOT NULL CHECK (action <> ''),
    done_at  TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    evidence TEXT    NOT NULL,
    record   INTEGER REFERENCES record (id),
    PRIMARY KEY (census, action)
) STRICT, WITHOUT ROWID;
CREATE INDEX census_done_of_record ON census_done (record) WHERE record IS NOT NULL;
