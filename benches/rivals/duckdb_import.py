"""duckdb_import.py DB RECORDS LINES: both files into tables, three indexes, two threads."""
import os
import sys

import duckdb

name, records, lines = sys.argv[1:]
if os.path.exists(name):
    os.remove(name)
db = duckdb.connect(name)
db.execute("SET threads = 2")
types = "types={'record_no':'VARCHAR','id_no':'VARCHAR','insured_area':'VARCHAR','insurance':'VARCHAR','total':'DECIMAL(16,2)','paid':'DECIMAL(16,2)'}"
db.execute(f"CREATE TABLE record AS SELECT * FROM read_csv('{records}', header=true, {types})")
db.execute(f"CREATE TABLE fee AS SELECT * FROM read_csv('{lines}', header=true)")
db.execute("CREATE UNIQUE INDEX by_no ON record (record_no)")
db.execute("CREATE INDEX by_person ON record (id_no)")
db.execute("CREATE INDEX by_time ON record (occurred_at)")
db.close()
