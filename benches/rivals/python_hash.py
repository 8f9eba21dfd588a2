"""python_hash.py LEDGER: reads every row of the records, their lines and the events, and hashes it."""
import hashlib
import sqlite3
import sys

db, digest = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True), hashlib.sha256()
for table in ("record", "record_lines", "person", "event"):
    for row in db.execute(f"SELECT * FROM {table}"):
        digest.update(repr(row).encode())
print(digest.hexdigest())
