# Common tasks. `just` alone lists them.

default:
    @just --list

# Open the studio
run *ARGS:
    cargo run --release -- {{ARGS}}

# Run the tests; needs only a Rust toolchain and a C compiler
test *ARGS:
    cargo test --workspace {{ARGS}}

# Check format, lints and docs, as required before merging
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

# Format all code
fmt:
    cargo fmt --all

# Accept changed screen snapshots after reviewing them
screens:
    INSTA_UPDATE=always cargo test --lib tui::view

# Regenerate the reference sections of the book and the key table in config.example.toml
docs:
    UPDATE_DOCS=1 cargo test --workspace --lib tui::key_docs
    UPDATE_DOCS=1 cargo test --workspace --test it docs::

# Build the documentation into target/book; needs mdbook (`cargo install mdbook --locked`)
book:
    mdbook build

# Check the stand-in server against the official Python SDK and the published API description
contract:
    tests/fake-openai/contract/run.sh

# Takes a few minutes. `TINTYPE_CRASH_SEED=N just crash` repeats a run.
# Kill the program at every step of a job and at 200 random times, fill its disk, and load it with 500 jobs
crash $TINTYPE_CRASH_ROUNDS="200" $TINTYPE_CRASH_ROUTES="6" $TINTYPE_CRASH_LOAD="500":
    cargo test --test it crash:: -- --nocapture --test-threads 1

# Run the benchmarks: all, or `studio`, `gallery`, `pictures` or `terminal`; `just bench studio drawing` runs a part
bench WHICH="*" *ARGS:
    cargo bench --bench '{{WHICH}}' -- {{ARGS}}

# The fuzz targets, each with its maximum input length in bytes.
fuzz_targets := """
    svg      16384
    sse       4096
    sidecar   8192
    config    8192
    answers   8192
    keys      4096
    protocol  4096
"""

# Not part of `.ci/run`, because it needs cargo-fuzz and a C++ compiler.
# Fuzz every target for SECONDS each, or only TARGET
fuzz SECONDS="120" TARGET="":
    #!/usr/bin/env bash
    set -euo pipefail
    while read -r name longest; do
        [ -n "$name" ] || continue
        [ -z "{{TARGET}}" ] || [ "{{TARGET}}" = "$name" ] || continue
        mkdir -p "fuzz/corpus/$name"
        dictionary=()
        [ ! -f "fuzz/$name.dict" ] || dictionary=("-dict=fuzz/$name.dict")
        cargo fuzz run --sanitizer none "$name" "fuzz/corpus/$name" "fuzz/seeds/$name" -- -max_total_time={{SECONDS}} \
            -timeout=10 -rss_limit_mb=2048 -max_len="$longest" "${dictionary[@]}" < /dev/null
    done <<< "{{fuzz_targets}}"

# Compare screenshots of real terminals: xterm, kitty and tmux, or those named; `xtermjs` is VS Code's
shots *TERMINALS:
    cargo build --bin tintype --example shots
    shots/run.sh {{TERMINALS}}

# Needs root, because debootstrap installs the Debian. Run weekly; the results are kept in docs/terminals.md.
# Compare screenshots in the terminals of a newer Debian (`trixie` or `sid`)
shots-newer RELEASE="trixie" *TERMINALS:
    cargo build --bin tintype --example shots
    shots/newer.sh {{RELEASE}} {{TERMINALS}}

# Each start has an image on its first screen, which must be complete every time. `LOAD=2` keeps two cores busy.
# Start the studio many times in one terminal of a newer Debian
starts COUNT="100" RELEASE="trixie" TERMINAL="kitty":
    cargo build --bin tintype --example shots
    STARTS={{COUNT}} shots/newer.sh {{RELEASE}} {{TERMINAL}}

# Check the report in Chromium: no errors, the figures of `stats --json`, and screenshots in target/report for review
report:
    TINTYPE_REPORT_SHOTS={{justfile_directory()}}/target/report cargo test --test it -- --ignored --exact cli::report::chromium_shows_the_report_without_errors

# Regenerate the reference tables of the statistics; needs numpy, scipy, statsmodels and choix
reference PYTHON="python3":
    {{PYTHON}} tests/data/stats/reference.py > target/reference.json && mv target/reference.json tests/data/stats/reference.json

# Measure the language of the code against its targets; `just words --names` lists type names used more than once
words *ARGS:
    python3 tools/words.py {{ARGS}}

# Check licenses, sources and duplicate versions of dependencies
deny:
    cargo deny check bans licenses sources

# Build the release binary
dist:
    cargo build --profile dist --locked --features keyring
