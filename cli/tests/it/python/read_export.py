"""Reads an export as DuckDB sees it, and says what is in it."""

import json
import sys
from datetime import timezone
from pathlib import Path

import duckdb

folder, form = Path(sys.argv[1]), sys.argv[2]
reader = {"jsonl": "read_json_auto", "csv": "read_csv_auto", "parquet": "read_parquet"}[form]


def table(name):
    return f"{reader}('{folder}/{name}/*.{form}')"


def all_of(query):
    return duckdb.sql(query).fetchall()


found = {}
for name, time in [
    ("decisions", "seen_at"),
    ("protections", "seen_at"),
    ("jobs", "ended_at"),
    ("coverage", "ended_at"),
]:
    kinds = {row[0]: row[1] for row in all_of(f"describe select * from {table(name)}")}
    assert kinds[time] == "TIMESTAMP WITH TIME ZONE", kinds
    rows, records, first = all_of(f"select count(*), count(distinct record), min({time}) from {table(name)}")[0]
    first = first.astimezone(timezone.utc).isoformat()
    found[name] = {"rows": rows, "records": records, "first": first}
by_run = f"select run, outcome, count(*) from {table('protections')} group by run, outcome order by run, outcome"
found["outcomes by run"] = [list(row) for row in all_of(by_run)]
found["gigabytes"] = int(all_of(f"select sum(gigabytes) from {table('decisions')}")[0][0])
found["reason"] = all_of(f"select distinct reason from {table('decisions')}")[0][0]
print(json.dumps(found))
