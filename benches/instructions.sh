#!/usr/bin/env bash
# Instructions that one Claude-Flow record costs from its line to its pages, by callgrind: the difference of two
# runs by the difference of their records, so that starting and committing do not count.
#
# usage: benches/instructions.sh [TRACEKIT]
#
# A figure to hold changes against: it does not depend on what else the machine does.
set -euo pipefail
tracekit=$(realpath "${1:-target/release/tracekit}")
command -v valgrind >/dev/null || { echo "valgrind is not installed: skipped" >&2; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
count() {
    "$tracekit" demo --events "$1" -o "$1.jsonl" --quiet
    valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$tracekit" ingest "$1.jsonl" --store "store-$1" --threads 1 --quiet 2>&1 |
        awk '/Collected/ { print $4 }'
}
few=$(count 20000)
many=$(count 60000)
echo "$(((many - few) / 40000)) instructions per record"
