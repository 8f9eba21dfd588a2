#!/bin/sh
# sqlite3_import.sh DB RECORDS LINES: both files as they are, then four indexes.
set -e
rm -f "$1" "$1-wal" "$1-shm"
sqlite3 "$1" <<SQL
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
CREATE TABLE record (record_no TEXT, kind TEXT, line TEXT, name TEXT, id_no TEXT, area TEXT, insurance TEXT, occurred_at TEXT,
    total NUMERIC, paid NUMERIC, receipt_no TEXT);
CREATE TABLE fee (record_no TEXT, line_no INTEGER, code TEXT, name TEXT, quantity NUMERIC, price NUMERIC, amount NUMERIC);
.import --csv --skip 1 "$2" record
.import --csv --skip 1 "$3" fee
CREATE UNIQUE INDEX record_by_no ON record (record_no);
CREATE INDEX record_by_person ON record (id_no, total);
CREATE INDEX record_by_time ON record (occurred_at);
CREATE INDEX fee_of_record ON fee (record_no);
SQL
