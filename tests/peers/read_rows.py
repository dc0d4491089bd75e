"""Reads the rows of a folder of exports with Python's own readers and pyarrow.

Prints, for each form, how many rows there are and the sum of a column.
"""

import csv
import json
import sys
from pathlib import Path

import pyarrow.ipc
import pyarrow.parquet

folder = Path(sys.argv[1])
csv.field_size_limit(1 << 30)


def cells(name, delimiter):
    with open(folder / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


with open(folder / "export.jsonl", encoding="utf-8") as file:
    lines = [json.loads(line) for line in file]
found = {
    "json": json.loads((folder / "export.json").read_text(encoding="utf-8")),
    "jsonl": lines,
    "csv": cells("export.csv", ","),
    "tsv": cells("export.tsv", "\t"),
    "parquet": pyarrow.parquet.read_table(folder / "export.parquet").to_pylist(),
    "arrow": pyarrow.ipc.open_stream(folder / "export.arrow").read_all().to_pylist(),
}
answers = {
    form: {
        "rows": len(rows),
        "input_tokens": sum(int(row["input_tokens"] or 0) for row in rows),
    }
    for form, rows in found.items()
}
print(json.dumps(answers))
