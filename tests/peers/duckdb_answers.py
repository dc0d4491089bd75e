"""Runs tracekit's queries on DuckDB and compares the rows with those that tracekit gave.

Usage: duckdb_answers.py CASES.json

Each case names a script (what `tracekit ANALYSIS --explain` prints, or a part of it), a query to run
after it, and a file with tracekit's rows as JSON. Without a query the script's own SELECTs are
compared, one after the other. Prints what differs; ends with 1 if anything does.
"""

import datetime
import json
import math
import sys

import duckdb

JSON_COLUMNS = {"data", "extra", "labels"}


def micros(text):
    """A time as tracekit prints it, in microseconds since 1970; anything else as it is."""
    if not (isinstance(text, str) and len(text) == 27 and text.endswith("Z")):
        return text
    try:
        time = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        return text
    past = time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return past // datetime.timedelta(microseconds=1)


def plain(name, value):
    """A value of either side in one spelling."""
    if isinstance(value, str) and name in JSON_COLUMNS:
        value = json.loads(value)
    elif isinstance(value, datetime.date):
        value = value.isoformat()
    elif isinstance(value, str):
        value = micros(value)
    if name == "tags" and value == []:
        return None
    return value


def run(connection, query):
    """The rows of a query; times come as microseconds, so that no time-zone library is needed."""
    columns = connection.execute(f"DESCRIBE {query}").fetchall()
    names = [column[0] for column in columns]
    quoted = [
        f'epoch_us("{name}") AS "{name}"' if column[1].startswith("TIMESTAMP") else f'"{name}"'
        for name, column in zip(names, columns)
    ]
    rows = connection.execute(f"SELECT {', '.join(quoted)} FROM ({query}\n)").fetchall()
    return [{name: plain(name, value) for name, value in zip(names, row)} for row in rows]


def key(row):
    """A text to sort by, in which close floats are alike."""
    short = {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()}
    return json.dumps(short, sort_keys=True, default=str)


def is_same(left, right):
    if isinstance(left, float) or isinstance(right, float):
        numbers = all(isinstance(side, (int, float)) for side in (left, right))
        return numbers and math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return left == right


def differences(found, expected, is_partial):
    """What is different between DuckDB's rows and tracekit's, in words."""
    if len(found) != len(expected):
        yield f"{len(found)} rows on DuckDB, {len(expected)} in tracekit"
    if found and expected:
        names, known = set(found[0]), set(expected[0])
        if names != known and not is_partial:
            yield f"columns on one side only: {sorted(names ^ known)}"
        common = names & known
        pick = lambda rows: sorted(({k: row[k] for k in common} for row in rows), key=key)
        for left, right in zip(pick(found), pick(expected)):
            different = [k for k in sorted(common) if not is_same(left[k], right[k])]
            if different:
                shown = {k: (left[k], right[k]) for k in different}
                yield f"DuckDB and tracekit differ in {shown}, in {right}"
                return


def bare(query):
    """A statement without its semicolon, behind which DuckDB leaves the next one's comment."""
    lines = query.rstrip().split("\n")
    while lines[-1].startswith("--") or not lines[-1].strip():
        lines.pop()
    return "\n".join(lines).rstrip("; ")


def read_rows(path):
    with open(path, encoding="utf-8") as file:
        return [{k: plain(k, v) for k, v in row.items()} for row in json.load(file)]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    failed = 0
    for case in cases:
        connection = duckdb.connect()
        with open(case["script"], encoding="utf-8") as file:
            statements = connection.extract_statements(file.read())
        queries = []
        for statement in statements:
            if statement.type == duckdb.StatementType.SELECT:
                queries.append(bare(statement.query))
            else:
                connection.execute(statement.query)
        if case["query"] is not None:
            queries = [case["query"]]
        if len(queries) != len(case["rows"]):
            print(f"{case['name']}: the script has {len(queries)} queries, not {len(case['rows'])}")
            failed += 1
        for query, path in zip(queries, case["rows"]):
            try:
                found = run(connection, query)
            except duckdb.Error as error:
                print(f"{case['name']}: {error}")
                failed += 1
                continue
            for difference in differences(found, read_rows(path), case["partial"]):
                print(f"{case['name']} ({path}): {difference}"[:3000])
                failed += 1
    print(f"{len(cases)} cases compared, {failed} differences")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
