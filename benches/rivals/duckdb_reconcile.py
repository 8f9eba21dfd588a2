"""duckdb_reconcile.py DB STATEMENT: its own table against the file, the verdicts as one query, two threads."""
import pathlib
import sys

import duckdb

name, statement = sys.argv[1:]
db = duckdb.connect(name, read_only=True)
db.execute("SET threads = 2")
types = "types={'certno':'VARCHAR','medfee_sumamt':'DECIMAL(16,2)','refd_setl_flag':'INTEGER','record_no':'VARCHAR'}"
db.execute(f"""CREATE TEMP VIEW platform AS SELECT certno, CAST(medfee_sumamt * 100 AS BIGINT) AS fen, refd_setl_flag AS back,
    coalesce(record_no, '') AS record_no FROM read_csv('{statement}', header=true, {types})""")
query = (pathlib.Path(__file__).parent / "verdicts.sql").read_text()
query = query.replace("FROM record r", "FROM (SELECT record_no, id_no, CAST(total * 100 AS BIGINT) AS fen FROM record) r")
print(db.execute(query).fetchall())
