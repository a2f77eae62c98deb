#!/usr/bin/env bash
# Checks the stand-in against the official Python SDK and the published description of the API.
# Needs Python 3 with venv, and access to a package index for the first run.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
target=${CARGO_TARGET_DIR:-target}
venv=$target/contract-venv

if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"

cargo build --quiet -p fake-openai
exec "$venv/bin/python" "$here/contract.py" "$target/debug/fake-openai"
