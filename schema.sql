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

-- The key this station signs with (ed25519): the public half to check with, the
-- other sealed. One row, made with the ledger.
CREATE TABLE station_key (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    public BLOB    NOT NULL CHECK (length(public) = 32),
    sealed BLOB    NOT NULL
) STRICT;

-- Facilities whose records stand here: the ledger's own, and others it was told of.
CREATE TABLE facility (
    code TEXT PRIMARY KEY CHECK (code <> ''),
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where patients turn to with their slips: printed on every slip, so it stands in the open.
CREATE TABLE service_desk (
    facility TEXT PRIMARY KEY REFERENCES facility (code),
    phone    TEXT NOT NULL,
    place    TEXT NOT NULL,
    hours    TEXT NOT NULL
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

-- Who may open the ledger and what each may do (see `domain/role.rs`). Nobody is
-- deleted: who may no longer work here is disabled and loses the key.
CREATE TABLE operator (
    name     TEXT    PRIMARY KEY CHECK (name <> ''),
    role     TEXT    NOT NULL CHECK (role IN ('cashier', 'it', 'auditor', 'admin')),
    state    TEXT    NOT NULL CHECK (state IN ('active', 'disabled')),
    added_at TEXT    NOT NULL,
    added_by TEXT    NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0) -- wrong passphrases since the last right one
) STRICT, WITHOUT ROWID;

-- The ledger key, which opens what is sealed: wrapped under each operator's
-- passphrase and under the recovery code, or bare in a ledger without encryption.
CREATE TABLE keyring (
    kind    TEXT NOT NULL CHECK (kind IN ('passphrase', 'recovery', 'bare')),
    holder  TEXT NOT NULL,
    kdf     TEXT NOT NULL,
    salt    BLOB NOT NULL CHECK (length(salt) = 16),
    wrapped BLOB NOT NULL,
    PRIMARY KEY (kind, holder)
) STRICT, WITHOUT ROWID;

-- Seals: the head of the chain as it was then, signed with the station's key.
-- `note` is printed, so it holds no identity. The event after it tells of it.
CREATE TABLE seal (
    number    INTEGER PRIMARY KEY,
    seq       INTEGER NOT NULL REFERENCES event (seq),
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    at        TEXT    NOT NULL,
    station   TEXT    NOT NULL,
    operator  TEXT    NOT NULL,
    why       TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    signature BLOB    NOT NULL CHECK (length(signature) = 64)
) STRICT;

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
    evidence BLOB    NOT NULL, -- sealed
    done_at  TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    PRIMARY KEY (notice, number)
) STRICT, WITHOUT ROWID;

-- Identities, apart from the claims that refer to them. A row never changes:
-- a corrected identity is a new row, and the record then points there. What a
-- person is called and numbered is sealed; lists show the masked forms; marks
-- are keyed digests by which an exact value is found. `whole` is the mark of the
-- identity as a whole, `content` the digest of all that stands in the row.
CREATE TABLE person (
    id          INTEGER PRIMARY KEY,
    whole       BLOB    NOT NULL UNIQUE CHECK (length(whole) = 32),
    id_type     TEXT    NOT NULL,
    name_shown  TEXT    NOT NULL,
    id_shown    TEXT    NOT NULL,
    phone_shown TEXT    NOT NULL,
    name_mark   BLOB    CHECK (length(name_mark) = 16),
    id_mark     BLOB    CHECK (length(id_mark) = 16),
    phone_mark  BLOB    CHECK (length(phone_mark) = 16),
    card_mark   BLOB    CHECK (length(card_mark) = 16),
    psn_mark    BLOB    CHECK (length(psn_mark) = 16),
    sealed      BLOB    NOT NULL,
    content     BLOB    NOT NULL CHECK (length(content) = 32)
) STRICT;
CREATE INDEX person_by_name ON person (name_mark) WHERE name_mark IS NOT NULL;
CREATE INDEX person_by_id ON person (id_mark) WHERE id_mark IS NOT NULL;
CREATE INDEX person_by_phone ON person (phone_mark) WHERE phone_mark IS NOT NULL;

-- What was retained. `row_key` and `occurrence` say which row of which content
-- it came from, so that the same rows can be imported again without effect and
-- equal rows without a number stay as many as they were; the key is a keyed
-- digest. `private` holds doctor, diagnosis and note, sealed. `content` covers
-- the row, the person's content and the lines. The closed lists are spelled out with OR: for a long IN, SQLite builds a table at every insert.
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
    total_fen      INTEGER NOT NULL CHECK (total_fen >= 0),
    paid_fen       INTEGER CHECK (paid_fen >= 0), -- NULL is unknown
    pay_method     TEXT,
    receipt_no     TEXT    NOT NULL,
    facts          TEXT    NOT NULL CHECK (json_valid(facts)),
    private        BLOB    NOT NULL,
    version        INTEGER NOT NULL CHECK (version > 0),
    content        BLOB    NOT NULL CHECK (length(content) = 32),
    entered_at     TEXT    NOT NULL,
    operator       TEXT    NOT NULL,
    file           BLOB    CHECK (length(file) = 32), -- the file it came in, and the line there
    row            INTEGER CHECK (row > 0),
    stage          TEXT    NOT NULL CHECK (stage = 'pending' OR stage = 'settled' OR stage = 'exported'
                                           OR stage = 'draft' OR stage = 'refunded' OR stage = 'cleared'
                                           OR stage = 'rejected' OR stage = 'handed_over' OR stage = 'held'
                                           OR stage = 'void'),
    verdict        TEXT    CHECK (verdict = 'matched' OR verdict = 'amount_mismatch' OR verdict = 'missing'
                                  OR verdict = 'duplicate' OR verdict = 'reversed' OR verdict = 'ambiguous'),
    UNIQUE (station, count)
) STRICT;
CREATE UNIQUE INDEX record_by_no ON record (record_no, facility, station) WHERE record_no <> '';
CREATE UNIQUE INDEX record_by_origin ON record (row_key, facility, occurrence) WHERE record_no = '';
CREATE INDEX record_by_stage ON record (stage, occurred_at);
CREATE INDEX record_by_time ON record (occurred_at);
CREATE INDEX record_by_person ON record (person);
CREATE INDEX record_filing ON record (occurred_at) WHERE kind = 'filing';
CREATE INDEX record_by_entry ON record (station, entered_at, operator);

-- The fee lines of one record, written and read together: a JSON array with
-- amounts in fen and quantities and prices as decimal text. `file` is the file
-- they came in, `rows` on which lines there, in the order of the array: `2-6 9`.
CREATE TABLE record_lines (
    record INTEGER PRIMARY KEY REFERENCES record (id),
    lines  TEXT    NOT NULL CHECK (json_valid(lines)),
    file   BLOB    CHECK (length(file) = 32),
    rows   TEXT
) STRICT;

-- The same, opened for SQL.
CREATE VIEW line AS
    SELECT record, value ->> 'line_no' AS line_no, value ->> 'item_code' AS item_code,
           value ->> 'item_name' AS item_name, value ->> 'quantity' AS quantity,
           value ->> 'unit_price' AS unit_price, value ->> 'amount_fen' AS amount_fen
    FROM record_lines, json_each(record_lines.lines);

-- What someone is still typing at a window, kept so that a crash loses nothing.
-- A draft is no record: it has no number, no event and no place in the proof,
-- and its row goes when it has become a record. `sealed` holds identities.
CREATE TABLE draft (
    id       INTEGER PRIMARY KEY,
    station  TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    saved_at TEXT    NOT NULL,
    sealed   BLOB    NOT NULL
) STRICT;

-- Files that were read, so that the same file is known again, by keyed digest,
-- and their bytes, deflated and sealed; `bytes` counts them as they were read.
-- Both are NULL where the file was too large to be kept.
CREATE TABLE file (
    digest  BLOB    PRIMARY KEY CHECK (length(digest) = 32),
    name    TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    rows    INTEGER NOT NULL,
    read_at TEXT    NOT NULL,
    bytes   INTEGER CHECK (bytes >= 0),
    sealed  BLOB,
    CHECK ((bytes IS NULL) = (sealed IS NULL))
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
    total_fen  INTEGER NOT NULL,
    check_code TEXT    NOT NULL -- the manifest's digest in short, to read over the phone
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
    answer           TEXT    CHECK (answer = 'accepted' OR answer = 'refused' OR answer = 'unknown' OR answer = 'not_done'),
    answer_code      TEXT    NOT NULL DEFAULT '',
    answer_shown     TEXT    NOT NULL DEFAULT '',  -- the platform's words, masked
    answer_sealed    BLOB    NOT NULL DEFAULT x'', -- its words as given, and psn_no
    setl_id          TEXT    NOT NULL DEFAULT '',
    mdtrt_id         TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (batch, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_of_record ON batch_record (record);

-- How far the calls of a member came: one row for each call of which something is
-- known, at its step of the batch's run order. What a stopped chain left on the
-- platform is taken back from here before the record goes out again.
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

-- The files of a batch, deflated and sealed, so that it can be given again byte
-- for byte. `content` is the digest of what stands here.
CREATE TABLE batch_file (
    batch   INTEGER NOT NULL REFERENCES batch (id),
    name    TEXT    NOT NULL,
    bytes   INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,
    content BLOB    NOT NULL CHECK (length(content) = 32),
    PRIMARY KEY (batch, name)
) STRICT, WITHOUT ROWID;

-- What a batch takes back on the platform: of each of its records the settlement
-- (of a filing the platform's number of it), and what the platform has then.
CREATE TABLE batch_undo (
    batch   INTEGER NOT NULL REFERENCES batch (id),
    record  INTEGER NOT NULL REFERENCES record (id),
    setl_id TEXT    NOT NULL,
    leaves  TEXT    NOT NULL CHECK (leaves IN ('nothing', 'other', 'again')),
    PRIMARY KEY (batch, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_undo_of_record ON batch_undo (record);

-- Counters for the keys that this station issues.
CREATE TABLE counter (
    name TEXT    PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the platform says it settled, every row of every statement once: `whole`
-- is the mark of the row as it was read. psn_no, certno, psn_name and codes that nobody knows are sealed. `counted_on`
-- is the day where it is not that of `setl_time`; a row without an amount is `unpriced` and has 0 for its total.
CREATE TABLE settlement (
    id             INTEGER PRIMARY KEY,
    whole          BLOB    NOT NULL UNIQUE CHECK (length(whole) = 32),
    content        BLOB    NOT NULL CHECK (length(content) = 32),
    setl_id        TEXT    NOT NULL,
    init_setl_id   TEXT    NOT NULL,
    mdtrt_id       TEXT    NOT NULL,
    sealed         BLOB    NOT NULL,
    name_shown     TEXT    NOT NULL,
    id_mark        BLOB    CHECK (length(id_mark) = 16),
    psn_mark       BLOB    CHECK (length(psn_mark) = 16),
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
    run            INTEGER NOT NULL REFERENCES run (id),
    facility       TEXT    NOT NULL DEFAULT '',
    receipt_no     TEXT    NOT NULL DEFAULT '',
    hospital_fen   INTEGER,
    clr_type       TEXT    NOT NULL DEFAULT '',
    counted_on     TEXT,
    standing       TEXT    NOT NULL DEFAULT 'settled' CHECK (standing <> ''),
    unpriced       INTEGER NOT NULL DEFAULT 0 CHECK (unpriced IN (0, 1)),
    unread         TEXT    NOT NULL DEFAULT '' -- columns whose code nobody knows; the codes are sealed
) STRICT;
CREATE INDEX settlement_by_setl_id ON settlement (setl_id);

-- Rows of a run that was undone are set aside. One that a later statement gives
-- again counts from that run on.
CREATE TABLE settlement_again (
    settlement INTEGER NOT NULL REFERENCES settlement (id),
    run        INTEGER NOT NULL REFERENCES run (id),
    PRIMARY KEY (settlement, run)
) STRICT, WITHOUT ROWID;

-- A reconciliation that changed something. `moves` and `findings` say what it
-- changed, deflated text: a line `record stage verdict` for each record it moved
-- (`-` for a stage that stayed), and a line `reason record settlement difference`
-- for each break it saw. Stages, verdicts and breaks are proved from them. `suggested`
-- has a line `record settlement likeness` for each pair left to a person.
CREATE TABLE run (
    id       INTEGER PRIMARY KEY,
    at       TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    file     TEXT    NOT NULL,
    outcome  TEXT    NOT NULL CHECK (json_valid(outcome)),
    moves    BLOB    NOT NULL DEFAULT x'',
    findings BLOB    NOT NULL DEFAULT x'',
    suggested BLOB,
    undone_at TEXT, -- when somebody took the whole run back, and who
    undone_by TEXT,
    what      TEXT CHECK (what IN ('accounts', 'windows')) -- NULL is a reconciliation with the platform
) STRICT;

-- Which settlement settles which record. A match that a later statement took
-- back keeps its row and names the run that did so. Each record and each settlement
-- is used once, except that a record may be settled in `parts` and a settlement
-- may settle `joint` records; NULL is 'one'. `by` is the stage that found it,
-- `keys` what both sides have in common, `beat` the settlements it was chosen over.
CREATE TABLE match (
    id         INTEGER PRIMARY KEY,
    record     INTEGER NOT NULL REFERENCES record (id),
    settlement INTEGER NOT NULL REFERENCES settlement (id),
    by         TEXT    NOT NULL,
    run        INTEGER NOT NULL REFERENCES run (id),
    undone_run INTEGER REFERENCES run (id),
    part       TEXT CHECK (part = 'one' OR part = 'parts' OR part = 'joint'),
    keys       TEXT,
    beat       TEXT
) STRICT;
CREATE UNIQUE INDEX match_of_record ON match (record, CASE part WHEN 'parts' THEN settlement ELSE 0 END)
    WHERE undone_run IS NULL;
CREATE UNIQUE INDEX match_of_settlement ON match (settlement, CASE part WHEN 'joint' THEN record ELSE 0 END)
    WHERE undone_run IS NULL;

-- What a person said of a record and a settlement: that they belong together, or
-- that they do not. The last word on a pair counts, in every run after it.
CREATE TABLE by_hand (
    id         INTEGER PRIMARY KEY,
    record     INTEGER NOT NULL REFERENCES record (id),
    settlement INTEGER NOT NULL REFERENCES settlement (id),
    said       TEXT    NOT NULL CHECK (said IN ('match', 'apart')),
    reason     BLOB    NOT NULL, -- sealed
    said_at    TEXT    NOT NULL,
    operator   TEXT    NOT NULL
) STRICT;
CREATE INDEX by_hand_of_record ON by_hand (record);

-- The register of what does not agree (问题台账). A break is seen anew in each
-- run until it is resolved or no longer there. No run changes one that was
-- resolved, or was closed when a reconciliation was signed off (`frozen_by`): what
-- is found there later is a break of its own that names the `earlier` one.
-- `second` is 1 where it was waived above a limit and does not count as
-- resolved until somebody else has signed it.
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
CREATE UNIQUE INDEX break_once ON break (reason, coalesce(record, 0), coalesce(settlement, 0), coalesce(account, 0))
    WHERE state = 'open';
CREATE INDEX break_of_what ON break (reason, coalesce(record, 0), coalesce(settlement, 0), coalesce(account, 0));
CREATE INDEX break_by_state ON break (state);
CREATE INDEX break_after ON break (earlier) WHERE earlier IS NOT NULL;
CREATE INDEX break_of_account ON break (account) WHERE account IS NOT NULL;

-- Limits that were set; `domain/limit.rs` has what holds for the others.
CREATE TABLE amount_limit (
    name       TEXT    PRIMARY KEY CHECK (name <> ''),
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    set_at     TEXT    NOT NULL,
    set_by     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Reconciliations that were signed off. `frozen` holds the counts and sums as
-- they were after event `seq`, the last one it covers, and `digest` what was
-- counted: every record, break, settlement and match. Both can be worked out
-- from the events again at any time. It counts when somebody else has signed.
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
    evidence   BLOB    NOT NULL, -- sealed
    cleared_at TEXT    NOT NULL,
    operator   TEXT    NOT NULL
) STRICT;

-- Papers of a record that are in custody, were given back or are known to be
-- missing. For a paper that stands here this is what counts; for all others what the
-- record's fact `papers` says. `holder` is who has it, or to whom it was given.
CREATE TABLE paper (
    record   INTEGER NOT NULL REFERENCES record (id),
    kind     TEXT    NOT NULL CHECK (kind <> ''),
    state    TEXT    NOT NULL CHECK (state IN ('kept', 'returned', 'missing')),
    holder   BLOB    NOT NULL, -- sealed
    since    TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    PRIMARY KEY (record, kind)
) STRICT, WITHOUT ROWID;

-- Shifts of the cashiers, at most one open for an operator. A shift covers the
-- events after `first_seq` up to `last_seq`; the next event closes it and is the one
-- that its seal signs. `tally` holds the sums as they then were.
CREATE TABLE shift (
    id           INTEGER PRIMARY KEY,
    station      TEXT    NOT NULL,
    operator     TEXT    NOT NULL,
    opened_at    TEXT    NOT NULL,
    first_seq    INTEGER NOT NULL,
    float_fen    INTEGER NOT NULL CHECK (float_fen >= 0),
    closed_at    TEXT,
    last_seq     INTEGER CHECK (last_seq > first_seq),
    counted_fen  INTEGER CHECK (counted_fen >= 0),
    expected_fen INTEGER,
    tally        TEXT    CHECK (json_valid(tally)),
    note         BLOB, -- sealed
    CHECK ((closed_at IS NULL) = (last_seq IS NULL AND counted_fen IS NULL AND expected_fen IS NULL
                                  AND tally IS NULL AND note IS NULL))
) STRICT;
CREATE UNIQUE INDEX shift_open ON shift (station, operator) WHERE closed_at IS NULL;

-- The patients in hospital before a stop (在院名册), one row for each stay. `key`
-- is what makes it the same stay in another list, `whole` the mark of all that
-- the list said; a later list that says otherwise makes a new version. What a notice asks for each is decided anew
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
    total_fen     INTEGER CHECK (total_fen >= 0), -- NULL is unknown
    paid_fen      INTEGER CHECK (paid_fen >= 0),  -- NULL is unknown
    facts         TEXT    NOT NULL CHECK (json_valid(facts)),
    private       BLOB    NOT NULL, -- doctor and note, sealed
    version       INTEGER NOT NULL CHECK (version > 0),
    whole         BLOB    NOT NULL CHECK (length(whole) = 32),
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
    evidence BLOB    NOT NULL, -- sealed
    record   INTEGER REFERENCES record (id),
    PRIMARY KEY (census, action)
) STRICT, WITHOUT ROWID;
CREATE INDEX census_done_of_record ON census_done (record) WHERE record IS NOT NULL;

-- Personal accounts that move from banks to the virtual side (实转虚): lists of
-- either side, in lots. A corrected list of the same side, bank and lot is a list of its
-- own that `replaces` the one before; the last one counts. `whole` is the mark of all its
-- rows in any order. What is a `rehearsal` never meets what is real.
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

-- Their rows, which never change. Name, numbers and cards are sealed; lists show the
-- masked forms, and both sides are laid against each other by marks. `whole` is the mark
-- of all that the row says, with its side and lot: the same account in a later list has the same.
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

-- Comparisons that were only rehearsed: what they came to, and what they would have put
-- into the register, as `run.findings` has it.
CREATE TABLE account_rehearsal (
    id       INTEGER PRIMARY KEY,
    at       TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    lot      TEXT    NOT NULL CHECK (lot <> ''),
    outcome  TEXT    NOT NULL CHECK (json_valid(outcome)),
    findings BLOB    NOT NULL
) STRICT;

-- Other ledgers that bundles are exchanged with (docs/bundles.md): whose each is, the
-- keys that people compared, and up to which of our events it was sealed what we know.
-- One with `answers` gets only what concerns its own records.
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

-- Their chains, as far as they are known, event by event as they stand there.
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

-- Bundles that were opened. One that came before its turn is `aside` until the rest is there,
-- one of another chain `quarantined` from event `fork_seq` on; both keep their `file`, which is
-- encrypted to this ledger. `moves` says which rows a bundle changed and to what, deflated text:
-- stages, verdicts, versions and the rows of others' refunds and clearings are proved from it.
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

-- What each bundle says of which record: where it stands by that ledger's own events, with which
-- result, and the rest sealed. `mark` is the keyed digest of the content it gives. A record that is
-- not known yet may be spoken of: what was said counts when it comes.
CREATE TABLE said (
    bundle     INTEGER NOT NULL REFERENCES bundle (id),
    uuid       BLOB    NOT NULL CHECK (length(uuid) = 16),
    seq        INTEGER NOT NULL CHECK (seq > 0),
    stage      TEXT,
    verdict    TEXT,
    version    INTEGER NOT NULL CHECK (version > 0),
    setl_id    TEXT    NOT NULL,
    share_fen  INTEGER, -- the person's own share, where a settlement tells it
    refund_fen INTEGER CHECK (refund_fen > 0),
    mark       BLOB    CHECK (length(mark) = 32),
    sealed     BLOB    NOT NULL,
    PRIMARY KEY (bundle, uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX said_of ON said (uuid);
