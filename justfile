# What is done often, one word each. `just` alone lists it.

default:
    @just --list

# Open the studio.
run *ARGS:
    cargo run --release -- {{ARGS}}

# Everything that needs nothing but a Rust toolchain and a C compiler.
test *ARGS:
    cargo test --workspace {{ARGS}}

# What must be clean before anything lands.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

# Format everything.
fmt:
    cargo fmt --all

# Take over changed screens after looking at them.
screens:
    INSTA_UPDATE=always cargo test --lib tui::view

# Write the tables of keys in README.md and config.example.toml anew.
docs:
    UPDATE_DOCS=1 cargo test --lib tui::docs

# The stand-in server against the official Python SDK and the published description of the API.
contract:
    tests/fake-openai/contract/run.sh

# Kill the program at every step of a job's life and at 200 random instants, fill its disk, and load it with 500 jobs.
# `TINTYPE_CRASH_SEED=N just crash` repeats a run. Some minutes.
crash $TINTYPE_CRASH_ROUNDS="200" $TINTYPE_CRASH_ROUTES="6" $TINTYPE_CRASH_LOAD="500":
    cargo test --test it crash:: -- --nocapture --test-threads 1

# Figures, printed as tables: all, or one of `studio`, `pictures`, `terminal`; `just bench studio drawing` is a part.
bench WHICH="*" *ARGS:
    cargo bench --bench '{{WHICH}}' -- {{ARGS}}

# The fuzz targets, each with its longest input in bytes.
fuzz_targets := """
    svg      16384
    sse       4096
    sidecar   8192
    config    8192
    answers   8192
    keys      4096
    protocol  4096
"""

# Every fuzz target for so many seconds each, or the one named. Not in the gate: it needs cargo-fuzz and a C++ compiler.
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

# Screenshots of real terminals, compared: xterm, kitty and tmux, or those that are named; `xtermjs` is VS Code's.
shots *TERMINALS:
    cargo build --bin tintype --example shots
    shots/run.sh {{TERMINALS}}

# The same in the terminals of a newer Debian (`trixie` or `sid`), which debootstrap brings. As root, run weekly; the
# results are kept in docs/terminals.md.
shots-newer RELEASE="trixie" *TERMINALS:
    cargo build --bin tintype --example shots
    shots/newer.sh {{RELEASE}} {{TERMINALS}}

# The studio started many times in one terminal of a Debian, with an image on its first screen: whole every time? `LOAD=2`
# keeps two cores busy meanwhile.
starts COUNT="100" RELEASE="trixie" TERMINAL="kitty":
    cargo build --bin tintype --example shots
    STARTS={{COUNT}} shots/newer.sh {{RELEASE}} {{TERMINAL}}

# The report in Chromium: no complaint, the numbers of `stats --json`, and screenshots in target/report to be looked at.
report:
    TINTYPE_REPORT_SHOTS={{justfile_directory()}}/target/report cargo test --test it -- --ignored --exact cli::report::chromium_shows_the_page_without_complaint

# The tables that the statistics are checked against, made anew; needs numpy, scipy, statsmodels and choix.
reference PYTHON="python3":
    {{PYTHON}} tests/data/stats/reference.py > target/reference.json && mv target/reference.json tests/data/stats/reference.json

# How the code speaks, in figures, beside their targets; `just words --names` lists the type names used more than once.
words *ARGS:
    python3 tools/words.py {{ARGS}}

# Licences, sources and duplicate versions of dependencies.
deny:
    cargo deny check bans licenses sources

# What is shipped.
dist:
    cargo build --profile dist --locked --features keyring
