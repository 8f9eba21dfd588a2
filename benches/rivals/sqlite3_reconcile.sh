#!/bin/sh
# sqlite3_reconcile.sh DB STATEMENT: the statement into a table of its own, and the verdicts as one query.
set -e
sqlite3 "$1" <<SQL
PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE raw (setl_id TEXT, mdtrt_id TEXT, certno TEXT, at TEXT, total TEXT, fund TEXT, account TEXT, cash TEXT, back INTEGER, record_no TEXT);
.import --csv --skip 1 --schema temp "$2" raw
CREATE TEMP TABLE platform AS SELECT certno, CAST(round(total * 100) AS INTEGER) AS fen, back, record_no FROM raw;
CREATE TEMP VIEW record AS SELECT record_no, id_no, CAST(round(total * 100) AS INTEGER) AS fen FROM main.record;
.read "$(dirname "$0")/verdicts.sql"
SQL
