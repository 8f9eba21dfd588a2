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
-- A member's outcome may be unknown, or known not to have come about; and how far its calls came.
CREATE TABLE batch_record_new (
    batch            INTEGER NOT NULL REFERENCES batch (id),
    record           INTEGER NOT NULL REFERENCES record (id),
    version          INTEGER NOT NULL,
    medins_setl_id   TEXT    NOT NULL UNIQUE CHECK (length(medins_setl_id) <= 30),
    chrg_bchno       TEXT    NOT NULL UNIQUE CHECK (chrg_bchno <> '0000'),
    first_feedetl_sn INTEGER NOT NULL,
    answer           TEXT    CHECK (answer = 'accepted' OR answer = 'refused' OR answer = 'unknown' OR answer = 'not_done'),
    answer_code      TEXT    NOT NULL DEFAULT '',
    answer_shown     TEXT    NOT NULL DEFAULT '',  -- the platform's words, masked
    answer_sealed    BLOB    NOT NULL DEFAULT x'', -- its words as given, and psn_no
    setl_id          TEXT    NOT NULL DEFAULT '',
    mdtrt_id         TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (batch, record)
) STRICT, WITHOUT ROWID;
INSERT INTO batch_record_new (batch, record, version, medins_setl_id, chrg_bchno, first_feedetl_sn, answer, answer_code, answer_shown,
        answer_sealed, setl_id, mdtrt_id)
    SELECT batch, record, version, medins_setl_id, chrg_bchno, first_feedetl_sn, answer, answer_code, answer_shown,
        answer_sealed, setl_id, mdtrt_id FROM batch_record;
DROP TABLE batch_record;
ALTER TABLE batch_record_new RENAME TO batch_record;
CREATE INDEX batch_of_record ON batch_record (record);
CREATE TABLE batch_call (
    batch    INTEGER NOT NULL,
    step     INTEGER NOT NULL CHECK (step > 0),
    record   INTEGER NOT NULL,
    infno    TEXT    NOT NULL,
    msgid    TEXT    NOT NULL UNIQUE CHECK (length(msgid) <= 30),
    answer   TEXT    NOT NULL CHECK (answer = 'accepted' OR answer = 'refused' OR answer = 'unknown' OR answer = 'not_done'),
    code     TEXT    NOT NULL,
    shown    TEXT    NOT NULL, -- the platform's words, masked
    sealed   BLOB    NOT NULL, -- its words as given, and psn_no
    setl_id  TEXT    NOT NULL,
    mdtrt_id TEXT    NOT NULL,
    PRIMARY KEY (batch, step),
    FOREIGN KEY (batch, record) REFERENCES batch_record (batch, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_call_of_record ON batch_call (record);
-- Matches of groups, and why each was made.
ALTER TABLE match ADD COLUMN part TEXT CHECK (part = 'one' OR part = 'parts' OR part = 'joint');
ALTER TABLE match ADD COLUMN keys TEXT;
ALTER TABLE match ADD COLUMN beat TEXT;
DROP INDEX match_of_record;
CREATE UNIQUE INDEX match_of_record ON match (record, CASE part WHEN 'parts' THEN settlement ELSE 0 END)
    WHERE undone_run IS NULL;
DROP INDEX match_of_settlement;
CREATE UNIQUE INDEX match_of_settlement ON match (settlement, CASE part WHEN 'joint' THEN record ELSE 0 END)
    WHERE undone_run IS NULL;
-- What a run suggested and did not decide.
ALTER TABLE run ADD COLUMN suggested BLOB;
-- Whose settlement it is, and of which receipt.
ALTER TABLE settlement ADD COLUMN facility TEXT NOT NULL DEFAULT '';
ALTER TABLE settlement ADD COLUMN receipt_no TEXT NOT NULL DEFAULT '';
-- What a settlement says of itself, the hospital's share, and what nobody could read of it.
ALTER TABLE settlement ADD COLUMN hospital_fen INTEGER;
ALTER TABLE settlement ADD COLUMN clr_type TEXT NOT NULL DEFAULT '';
ALTER TABLE settlement ADD COLUMN counted_on TEXT;
ALTER TABLE settlement ADD COLUMN standing TEXT NOT NULL DEFAULT 'settled' CHECK (standing <> '');
ALTER TABLE settlement ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0 CHECK (unpriced IN (0, 1));
ALTER TABLE settlement ADD COLUMN unread TEXT NOT NULL DEFAULT '';
-- The life of a break, pairs made by hand, runs that are undone, limits, and sign-offs.
ALTER TABLE run ADD COLUMN undone_at TEXT;
ALTER TABLE run ADD COLUMN undone_by TEXT;
ALTER TABLE break ADD COLUMN second INTEGER CHECK (second = 1);
ALTER TABLE break ADD COLUMN owner TEXT CHECK (owner <> '');
ALTER TABLE break ADD COLUMN earlier INTEGER REFERENCES break (id);
ALTER TABLE break ADD COLUMN frozen_by INTEGER REFERENCES signoff (id);
DROP INDEX break_once;
CREATE UNIQUE INDEX break_once ON break (reason, coalesce(record, 0), coalesce(settlement, 0)) WHERE state = 'open';
CREATE INDEX break_of_what ON break (reason, coalesce(record, 0), coalesce(settlement, 0));
CREATE INDEX break_after ON break (earlier) WHERE earlier IS NOT NULL;
CREATE TABLE settlement_again (
    settlement INTEGER NOT NULL REFERENCES settlement (id),
    run        INTEGER NOT NULL REFERENCES run (id),
    PRIMARY KEY (settlement, run)
) STRICT, WITHOUT ROWID;
CREATE TABLE by_hand (
    id         INTEGER PRIMARY KEY,
    record     INTEGER NOT NULL REFERENCES record (id),
    settlement INTEGER NOT NULL REFERENCES settlement (id),
    said       TEXT    NOT NULL CHECK (said IN ('match', 'apart')),
    reason     BLOB    NOT NULL,
    said_at    TEXT    NOT NULL,
    operator   TEXT    NOT NULL
) STRICT;
CREATE INDEX by_hand_of_record ON by_hand (record);
CREATE TABLE amount_limit (
    name       TEXT    PRIMARY KEY CHECK (name <> ''),
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    set_at     TEXT    NOT NULL,
    set_by     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE signoff (
    id         INTEGER PRIMARY KEY,
    run        INTEGER NOT NULL REFERENCES run (id),
    seq        INTEGER NOT NULL REFERENCES event (seq),
    frozen     TEXT    NOT NULL CHECK (json_valid(frozen)),
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    created_at TEXT    NOT NULL,
    created_by TEXT    NOT NULL,
    signed_at  TEXT,
    signed_by  TEXT CHECK (signed_by <> created_by),
    CHECK ((signed_at IS NULL) = (signed_by IS NULL))
) STRICT;
-- Where patients turn to with their slips.
CREATE TABLE service_desk (
    facility TEXT PRIMARY KEY REFERENCES facility (code),
    phone    TEXT NOT NULL,
    place    TEXT NOT NULL,
    hours    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Accounts that move to the virtual side: their lists, rehearsed comparisons, and their place in runs and breaks.
ALTER TABLE run ADD COLUMN what TEXT CHECK (what IN ('accounts', 'windows'));
CREATE TABLE account_load (
    id        INTEGER PRIMARY KEY,
    rehearsal INTEGER NOT NULL CHECK (rehearsal IN (0, 1)),
    side      TEXT    NOT NULL CHECK (side IN ('bank', 'virtual')),
    bank      TEXT    NOT NULL, -- empty where each row names its own
    lot       TEXT    NOT NULL CHECK (lot <> ''),
    whole     BLOB    NOT NULL CHECK (length(whole) = 32),
    file      BLOB    NOT NULL CHECK (length(file) = 32),
    rows      INTEGER NOT NULL CHECK (rows >= 0),
    total_fen INTEGER NOT NULL,
    replaces  INTEGER UNIQUE REFERENCES account_load (id),
    loaded_at TEXT    NOT NULL,
    operator  TEXT    NOT NULL
) STRICT;
CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    load          INTEGER NOT NULL REFERENCES account_load (id),
    row           INTEGER NOT NULL CHECK (row > 0), -- the line of the file
    bank          TEXT    NOT NULL CHECK (bank <> ''),
    state         TEXT    NOT NULL CHECK (state IN ('normal', 'lost', 'reissued', 'frozen', 'closed')),
    balance_fen   INTEGER NOT NULL,
    name_shown    TEXT    NOT NULL,
    id_shown      TEXT    NOT NULL,
    card_shown    TEXT    NOT NULL,
    old_shown     TEXT    NOT NULL, -- the card before this one
    name_mark     BLOB    CHECK (length(name_mark) = 16),
    id_mark       BLOB    CHECK (length(id_mark) = 16),
    card_mark     BLOB    CHECK (length(card_mark) = 16),
    old_card_mark BLOB    CHECK (length(old_card_mark) = 16),
    whole         BLOB    NOT NULL CHECK (length(whole) = 32),
    sealed        BLOB    NOT NULL
) STRICT;
CREATE INDEX account_of_load ON account (load);
CREATE INDEX account_by_whole ON account (whole);
CREATE TABLE account_rehearsal (
    id       INTEGER PRIMARY KEY,
    at       TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    lot      TEXT    NOT NULL CHECK (lot <> ''),
    outcome  TEXT    NOT NULL CHECK (json_valid(outcome)),
    findings BLOB    NOT NULL
) STRICT;
CREATE TABLE break_new (
    id             INTEGER PRIMARY KEY,
    reason         TEXT    NOT NULL,
    record         INTEGER REFERENCES record (id),
    settlement     INTEGER REFERENCES settlement (id),
    difference_fen INTEGER NOT NULL,
    first_run      INTEGER NOT NULL REFERENCES run (id),
    last_run       INTEGER NOT NULL REFERENCES run (id),
    state          TEXT    NOT NULL CHECK (state IN ('open', 'resolved', 'gone')),
    how            TEXT,
    evidence       BLOB, -- sealed
    closed_by      TEXT,
    closed_at      TEXT,
    signed_by      TEXT, -- never who closed it
    signed_at      TEXT,
    second         INTEGER CHECK (second = 1),
    owner          TEXT CHECK (owner <> ''),
    earlier        INTEGER REFERENCES break (id),
    frozen_by      INTEGER REFERENCES signoff (id),
    account        INTEGER REFERENCES account (id), -- the first list that said just this of it
    CHECK (signed_by IS NULL OR signed_by <> closed_by),
    CHECK (record IS NOT NULL OR settlement IS NOT NULL OR account IS NOT NULL),
    CHECK ((state = 'resolved') = (how IS NOT NULL AND evidence IS NOT NULL))
) STRICT;
INSERT INTO break_new (id, reason, record, settlement, difference_fen, first_run, last_run, state, how, evidence, closed_by, closed_at, signed_by,
        signed_at, second, owner, earlier, frozen_by)
    SELECT id, reason, record, settlement, difference_fen, first_run, last_run, state, how, evidence, closed_by, closed_at, signed_by,
        signed_at, second, owner, earlier, frozen_by FROM break;
DROP TABLE break;
ALTER TABLE break_new RENAME TO break;
CREATE UNIQUE INDEX break_once ON break (reason, coalesce(record, 0), coalesce(settlement, 0), coalesce(account, 0))
    WHERE state = 'open';
CREATE INDEX break_of_what ON break (reason, coalesce(record, 0), coalesce(settlement, 0), coalesce(account, 0));
CREATE INDEX break_by_state ON break (state);
CREATE INDEX break_after ON break (earlier) WHERE earlier IS NOT NULL;
CREATE INDEX break_of_account ON break (account) WHERE account IS NOT NULL;

-- Lists are in the order of time, and mostly short.
CREATE INDEX record_by_time ON record (occurred_at);

-- Bundles between windows, and one number at several of them.
DROP INDEX record_by_no;
CREATE UNIQUE INDEX record_by_no ON record (record_no, facility, station) WHERE record_no <> '';
CREATE TABLE peer (
    id         INTEGER PRIMARY KEY,
    ledger     TEXT    NOT NULL UNIQUE CHECK (length(ledger) = 32),
    station    TEXT    NOT NULL UNIQUE CHECK (length(station) BETWEEN 1 AND 4),
    facility   TEXT    NOT NULL CHECK (facility <> ''),
    name       TEXT    NOT NULL,
    sign_key   BLOB    NOT NULL CHECK (length(sign_key) = 32),
    recipient  TEXT    NOT NULL CHECK (recipient <> ''),
    answers    INTEGER NOT NULL CHECK (answers IN (0, 1)),
    state      TEXT    NOT NULL CHECK (state IN ('trusted', 'revoked')),
    sealed_seq INTEGER NOT NULL CHECK (sealed_seq >= 0),
    changed_at TEXT    NOT NULL,
    operator   TEXT    NOT NULL
) STRICT;
CREATE TABLE peer_event (
    peer     INTEGER NOT NULL REFERENCES peer (id),
    seq      INTEGER NOT NULL CHECK (seq > 0),
    at       TEXT    NOT NULL,
    station  TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    record   INTEGER,
    detail   TEXT    NOT NULL,
    content  BLOB    NOT NULL CHECK (length(content) = 32),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (peer, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE bundle (
    id        INTEGER PRIMARY KEY,
    peer      INTEGER NOT NULL REFERENCES peer (id),
    first_seq INTEGER NOT NULL CHECK (first_seq > 0),
    last_seq  INTEGER NOT NULL CHECK (last_seq >= first_seq),
    head      BLOB    NOT NULL CHECK (length(head) = 32),
    state     TEXT    NOT NULL CHECK (state IN ('merged', 'aside', 'quarantined', 'dropped')),
    fork_seq  INTEGER,
    opened_at TEXT    NOT NULL,
    operator  TEXT    NOT NULL,
    moves     BLOB    NOT NULL DEFAULT x'',
    file      BLOB,
    CHECK ((state IN ('aside', 'quarantined')) = (file IS NOT NULL))
) STRICT;
CREATE INDEX bundle_of_peer ON bundle (peer, state);
CREATE TABLE said (
    bundle     INTEGER NOT NULL REFERENCES bundle (id),
    uuid       BLOB    NOT NULL CHECK (length(uuid) = 16),
    seq        INTEGER NOT NULL CHECK (seq > 0),
    stage      TEXT,
    verdict    TEXT,
    version    INTEGER NOT NULL CHECK (version > 0),
    setl_id    TEXT    NOT NULL,
    share_fen  INTEGER,
    refund_fen INTEGER CHECK (refund_fen > 0),
    mark       BLOB    CHECK (length(mark) = 32),
    sealed     BLOB    NOT NULL,
    PRIMARY KEY (bundle, uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX said_of ON said (uuid);
-- The papers among many records.
CREATE INDEX record_filing ON record (occurred_at) WHERE kind = 'filing';
-- What somebody wrote down at a window in a shift.
CREATE INDEX record_by_entry ON record (station, entered_at, operator);
