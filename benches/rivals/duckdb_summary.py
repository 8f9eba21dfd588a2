"""duckdb_summary.py DB: counts and sums by kind and insurance type, of its own table."""
import sys

import duckdb

db = duckdb.connect(sys.argv[1], read_only=True)
db.execute("SET threads = 2")
print(db.execute("SELECT kind, insurance, count(*), sum(total), sum(paid) FROM record GROUP BY ALL ORDER BY ALL").fetchall())
