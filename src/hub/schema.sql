-- The city's ledger on PostgreSQL, or on what speaks its protocol. The facility comes first in
-- every key and every join, and nothing is unique across facilities, so that the same tables
-- stand on one server or spread over many. No sequences: an id is a digest of what it stands for,
-- a UUID from a facility, or a count that one process keeps. No boolean columns and no
-- ON CONFLICT: 0 and 1, and an anti-join.
--
-- Money is whole fen, times are Beijing time without a zone. Identities stand here sealed with
-- the key of the city's own ledger, which no server has; equal ones are found by keyed digests.
-- `*_key` and the columns in a record's or settlement's line of keys are 64-bit stand-ins, each
-- mixed with the facility, that are only ever compared.

-- Whose hub this is. One row.
CREATE TABLE hub (
    one          SMALLINT  NOT NULL PRIMARY KEY,
    id           UUID      NOT NULL,
    code         TEXT      NOT NULL,
    name         TEXT      NOT NULL,
    card         TEXT      NOT NULL,
    proof        BYTEA     NOT NULL, -- known to whoever has the key of the city's ledger
    version      INTEGER   NOT NULL,
    distribution TEXT      NOT NULL,
    created_at   TIMESTAMP NOT NULL
);

-- What was done to the tables, and with which edition.
CREATE TABLE migration (
    version INTEGER   NOT NULL PRIMARY KEY,
    done_at TIMESTAMP NOT NULL
);

-- Facilities: a digest of the code stands for it everywhere else. Small, on every server.
CREATE TABLE facility (
    id   BIGINT NOT NULL PRIMARY KEY,
    code TEXT   NOT NULL,
    name TEXT   NOT NULL
);

-- Windows whose bundles are taken: people compared the fingerprint of each key.
CREATE TABLE sender (
    facility   BIGINT    NOT NULL,
    ledger     UUID      NOT NULL,
    station    TEXT      NOT NULL,
    name       TEXT      NOT NULL,
    sign_key   BYTEA     NOT NULL,
    recipient  TEXT      NOT NULL,
    state      TEXT      NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    operator   TEXT      NOT NULL,
    PRIMARY KEY (facility, ledger)
);

-- Bundles that came. One before its turn is `aside`, one of a second chain `quarantined`; `hashes`
-- are those of its events, 32 bytes each.
CREATE TABLE bundle (
    facility    BIGINT    NOT NULL,
    ledger      UUID      NOT NULL,
    first_seq   BIGINT    NOT NULL,
    last_seq    BIGINT    NOT NULL,
    before_hash BYTEA     NOT NULL,
    head        BYTEA     NOT NULL,
    records     BIGINT    NOT NULL,
    total_fen   BIGINT    NOT NULL,
    refunds_fen BIGINT    NOT NULL,
    state       TEXT      NOT NULL,
    fork_seq    BIGINT,
    note        TEXT, -- why it was dropped, and by whom
    hashes      BYTEA     NOT NULL,
    sealed_at   TIMESTAMP NOT NULL,
    loaded_at   TIMESTAMP NOT NULL,
    operator    TEXT      NOT NULL,
    PRIMARY KEY (facility, ledger, last_seq, head)
);

-- The files as they came, encrypted to the city's ledger: what a facility that lost its PC gets back.
CREATE TABLE bundle_file (
    facility BIGINT NOT NULL,
    ledger   UUID   NOT NULL,
    last_seq BIGINT NOT NULL,
    head     BYTEA  NOT NULL,
    file     BYTEA  NOT NULL,
    PRIMARY KEY (facility, ledger, last_seq, head)
);

-- Records as their own windows last told them; `stage` is what all windows together come to, `own_stage`
-- what its own says, of `version`. `who` is the masked name.
CREATE TABLE record (
    facility    BIGINT    NOT NULL,
    id          UUID      NOT NULL,
    ledger      UUID      NOT NULL,
    number      TEXT      NOT NULL,
    seq         BIGINT    NOT NULL,
    version     BIGINT    NOT NULL,
    kind        TEXT      NOT NULL,
    total_fen   BIGINT    NOT NULL,
    paid_fen    BIGINT,
    occurred_at TIMESTAMP NOT NULL,
    entered_at  TIMESTAMP NOT NULL,
    stage       TEXT      NOT NULL,
    own_stage   TEXT,
    refund_fen  BIGINT,
    refusal     TEXT, -- the platform's code of the last refusal that stands
    insutype    TEXT      NOT NULL,
    who         TEXT      NOT NULL,
    record_no   BIGINT,
    receipt     BIGINT,
    issued      BIGINT,
    answered    BIGINT,
    visit       BIGINT,
    stay        BIGINT,
    cert        BIGINT,
    psn         BIGINT,
    person      UUID, -- as in `attendance`
    PRIMARY KEY (facility, id)
);

-- All that its window told of a record but the fee lines, sealed.
CREATE TABLE record_content (
    facility BIGINT NOT NULL,
    id       UUID   NOT NULL,
    sealed   BYTEA  NOT NULL,
    PRIMARY KEY (facility, id)
);

-- What other windows say of a record, each its last word.
CREATE TABLE said (
    facility   BIGINT NOT NULL,
    id         UUID   NOT NULL,
    ledger     UUID   NOT NULL,
    seq        BIGINT NOT NULL,
    stage      TEXT,
    version    BIGINT NOT NULL,
    refund_fen BIGINT,
    refusal    TEXT,
    issued     BIGINT,
    answered   BIGINT,
    visit      BIGINT,
    PRIMARY KEY (facility, id, ledger)
);

-- Who was where: the person's digest comes first, so that one person is asked of without asking every facility.
CREATE TABLE attendance (
    person    UUID   NOT NULL,
    facility  BIGINT NOT NULL,
    id        UUID   NOT NULL,
    day       DATE   NOT NULL,
    kind      TEXT   NOT NULL,
    total_fen BIGINT NOT NULL,
    PRIMARY KEY (person, facility, id)
);

-- Statement files that were taken, by digest.
CREATE TABLE statement (
    digest    BYTEA     NOT NULL PRIMARY KEY,
    name      TEXT      NOT NULL,
    rows      BIGINT    NOT NULL,
    new_rows  BIGINT    NOT NULL,
    total_fen BIGINT    NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    operator  TEXT      NOT NULL
);

-- What the platform says it settled. `id` is a keyed digest of the whole row, so that the same row is
-- there once however often it comes. `plain` is 1 for a settlement that is nothing out of the ordinary
-- by itself; `sealed` holds whom it concerns.
CREATE TABLE settlement (
    facility       BIGINT    NOT NULL,
    id             UUID      NOT NULL,
    setl_id        TEXT      NOT NULL,
    init_setl_id   TEXT      NOT NULL,
    mdtrt_id       TEXT      NOT NULL,
    medins_setl_id TEXT      NOT NULL,
    record_text    TEXT      NOT NULL,
    receipt_text   TEXT      NOT NULL,
    med_type       TEXT      NOT NULL,
    kind           TEXT      NOT NULL, -- what that stands for, empty where the country does not agree on it
    insutype       TEXT      NOT NULL,
    clr_type       TEXT      NOT NULL,
    standing       TEXT      NOT NULL,
    unread         TEXT      NOT NULL,
    refunded       SMALLINT  NOT NULL,
    unpriced       SMALLINT  NOT NULL,
    plain          SMALLINT  NOT NULL,
    setl_time      TIMESTAMP,
    counted_on     DATE,
    total_fen      BIGINT    NOT NULL,
    fund_fen       BIGINT,
    account_fen    BIGINT,
    cash_fen       BIGINT,
    hospital_fen   BIGINT,
    setl           BIGINT,
    init           BIGINT,
    record_no      BIGINT,
    receipt        BIGINT,
    issued         BIGINT,
    visit          BIGINT,
    cert           BIGINT,
    psn            BIGINT,
    sealed         BYTEA     NOT NULL,
    PRIMARY KEY (facility, id)
);

-- Reconciliations. Each fills the tables of one slot while readers see those of the other, and counts once its
-- state is `done`.
CREATE TABLE run (
    run           BIGINT    NOT NULL PRIMARY KEY,
    slot          SMALLINT  NOT NULL,
    state         TEXT      NOT NULL,
    tolerance_fen BIGINT    NOT NULL,
    outcome       TEXT      NOT NULL,
    started_at    TIMESTAMP NOT NULL,
    finished_at   TIMESTAMP,
    operator      TEXT      NOT NULL
);

-- The verdict of each record.
CREATE TABLE verdict_0 (
    facility       BIGINT   NOT NULL,
    id             UUID     NOT NULL,
    verdict        TEXT     NOT NULL,
    reason         TEXT,
    ground         TEXT,
    settlement     UUID,
    difference_fen BIGINT   NOT NULL
);
CREATE TABLE verdict_1 (
    facility       BIGINT   NOT NULL,
    id             UUID     NOT NULL,
    verdict        TEXT     NOT NULL,
    reason         TEXT,
    ground         TEXT,
    settlement     UUID,
    difference_fen BIGINT   NOT NULL
);

-- The verdict of each settlement that does not settle exactly one record to the fen; `record` is the one it is
-- nearest to.
CREATE TABLE row_verdict_0 (
    facility   BIGINT   NOT NULL,
    settlement UUID     NOT NULL,
    verdict    TEXT     NOT NULL,
    reason     TEXT,
    ground     TEXT,
    record     UUID,
    repeats    UUID,
    signed_fen BIGINT   NOT NULL
);
CREATE TABLE row_verdict_1 (
    facility   BIGINT   NOT NULL,
    settlement UUID     NOT NULL,
    verdict    TEXT     NOT NULL,
    reason     TEXT,
    ground     TEXT,
    record     UUID,
    repeats    UUID,
    signed_fen BIGINT   NOT NULL
);

-- What was answered to each facility, as a chain of its own: bundles to it are written from here.
CREATE TABLE answer (
    facility  BIGINT    NOT NULL,
    seq       BIGINT    NOT NULL,
    run       BIGINT    NOT NULL,
    line      TEXT      NOT NULL,
    said      BYTEA     NOT NULL, -- deflated lines
    made_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (facility, seq)
);
