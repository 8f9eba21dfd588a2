"""python_import.py DB RECORDS LINES: what a careful script does: csv, executemany, three indexes, a chain of hashes."""
import csv
import hashlib
import os
import sqlite3
import sys

name, records, lines = sys.argv[1:]
for more in ("", "-wal", "-shm"):
    if os.path.exists(name + more):
        os.remove(name + more)
db = sqlite3.connect(name)
db.executescript("""
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
CREATE TABLE record (id INTEGER PRIMARY KEY, record_no TEXT, kind TEXT, line TEXT, name TEXT, id_no TEXT, area TEXT, insurance TEXT,
    occurred_at TEXT, total INTEGER, paid INTEGER, receipt_no TEXT, stage INTEGER DEFAULT 0);
CREATE TABLE event (seq INTEGER PRIMARY KEY, hash BLOB);
CREATE TABLE fee (record INTEGER, line_no INTEGER, code TEXT, name TEXT, quantity INTEGER, price INTEGER, amount INTEGER,
    PRIMARY KEY (record, line_no)) WITHOUT ROWID;
CREATE UNIQUE INDEX record_by_no ON record (record_no);
CREATE INDEX record_by_person ON record (id_no, total);
CREATE INDEX record_by_stage ON record (stage, occurred_at);""")


def fen(text):
    yuan, rest = text.split(".")
    return int(yuan) * 100 + int(rest)


ids, hashes, last = {}, [], bytes(32)


def record_rows():
    global last
    with open(records, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        for at, row in enumerate(rows, 1):
            ids[row[0]] = at
            last = hashlib.sha256(last + "\x1f".join(row).encode()).digest()
            hashes.append((at, last))
            yield at, *row[:8], fen(row[8]), fen(row[9]), row[10]


def fee_rows():
    with open(lines, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield ids[row[0]], int(row[1]), row[2], row[3], int(row[4]), fen(row[5]), fen(row[6])


with db:
    db.executemany("INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,?,?,?,0)", record_rows())
    db.executemany("INSERT INTO event VALUES (?,?)", hashes)
    db.executemany("INSERT INTO fee VALUES (?,?,?,?,?,?,?)", fee_rows())
db.close()
