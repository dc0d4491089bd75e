# Habits of the project; `just` lists them. Everything uses the one debug build in target/.

_default:
    @just --list --unsorted

# All that must pass before a commit.
check: _format-check _lint test _doc _deny docs-check

# Format the code.
fmt:
    cargo fmt

# All tests, as the README runs them.
test:
    cargo test

# Measure: the steps of ingesting, instructions per record, and whole commands against other tools.
bench:
    cargo build --release
    cargo bench --bench ingest
    cargo bench --bench parse_only
    benches/instructions.sh
    benches/compare.py

# Torture the optimised program for an hour or more; prints the figures that the README has.
soak:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release
    TRACEKIT_SOAK=1 TRACEKIT_BINARY="$(realpath "${CARGO_TARGET_DIR:-target}")/release/tracekit" \
        cargo test --test cli torture:: -- --nocapture --test-threads=1
    TRACEKIT_SOAK=1 cargo test --lib store::tests -- --nocapture --test-threads=1
    TRACEKIT_SOAK=1 cargo test --release --lib statistics::tests

# Fuzz one target of fuzz/ with cargo-fuzz, which needs a nightly compiler or RUSTC_BOOTSTRAP=1.
fuzz target seconds="300":
    cargo fuzz run --fuzz-dir fuzz {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- \
        -max_total_time={{seconds}} -timeout=30

# Write completions and manual pages anew from the command line itself.
docs: (_generate "completions" "man")

# Fail when completions or manual pages are not what the command line says.
docs-check:
    #!/usr/bin/env bash
    set -euo pipefail
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    just _generate "$fresh/completions" "$fresh/man"
    diff -r completions "$fresh/completions" && diff -r man "$fresh/man" \
        || { echo "\`just docs\` writes them anew" >&2; exit 1; }

# Run all that CI runs.
ci:
    .ci/run

_format-check:
    cargo fmt --check

_lint:
    cargo clippy --all-targets -- -D warnings

_doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

_deny:
    #!/usr/bin/env bash
    set -euo pipefail
    if cargo deny --version >/dev/null 2>&1; then
        cargo deny check
    else
        echo "cargo-deny is not installed: licences and advisories are not checked" >&2
    fi

_generate completions man:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --quiet
    tracekit="${CARGO_TARGET_DIR:-target}/debug/tracekit"
    mkdir -p "{{completions}}"
    "$tracekit" completions bash -o "{{completions}}/tracekit.bash"
    "$tracekit" completions elvish -o "{{completions}}/tracekit.elv"
    "$tracekit" completions fish -o "{{completions}}/tracekit.fish"
    "$tracekit" completions powershell -o "{{completions}}/_tracekit.ps1"
    "$tracekit" completions zsh -o "{{completions}}/_tracekit"
    "$tracekit" man --dir "{{man}}"
