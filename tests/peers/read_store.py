"""Reads a tracekit store with the `deltalake` package, and its files with DuckDB; prints what they find.

Usage: read_store.py STORE

Prints one JSON object: version, columns, and for each of the two readers the number of rows, the sums
of the integer columns and the number of rows by kind and type.
"""

import json
import sys

import duckdb
import pyarrow.compute as compute
from deltalake import DeltaTable

SUMS = ["duration_ns", "input_tokens", "output_tokens", "cost_microusd", "source_offset"]


def counts(pairs):
    """Counts by kind and type in one spelling."""
    return {f"{kind} {type_}": count for kind, type_, count in sorted(pairs)}


def by_delta(table):
    rows = table.to_pyarrow_table()
    groups = rows.group_by(["kind", "type"]).aggregate([([], "count_all")]).to_pylist()
    return {
        "rows": rows.num_rows,
        "sums": {name: compute.sum(rows[name]).as_py() for name in SUMS},
        "types": counts((row["kind"], row["type"], row["count_all"]) for row in groups),
    }


def by_duckdb(table):
    files = table.file_uris()
    connection = duckdb.connect()
    connection.execute(
        "CREATE VIEW records AS SELECT * FROM read_parquet($files, union_by_name = true, "
        "hive_partitioning = true)".replace("$files", str(files))
    )
    there = {row[0] for row in connection.execute("DESCRIBE records").fetchall()}
    query = "SELECT kind, type, COUNT(*) FROM records GROUP BY kind, type"
    sums = {}
    for name in SUMS:
        # A column without a value in any file is left out of all of them.
        answer = connection.execute(f"SELECT SUM({name}) FROM records").fetchone() if name in there else [None]
        sums[name] = None if answer[0] is None else int(answer[0])
    return {
        "rows": connection.execute("SELECT COUNT(*) FROM records").fetchone()[0],
        "sums": sums,
        "types": counts(connection.execute(query).fetchall()),
    }


def main():
    table = DeltaTable(sys.argv[1])
    found = {
        "version": table.version(),
        "columns": [field.name for field in table.schema().fields],
        "delta": by_delta(table),
        "duckdb": by_duckdb(table),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
