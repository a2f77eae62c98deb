#!/usr/bin/env python3
"""Measures how the code speaks, against the targets of the project's word list: `just words`.

Prints shares over the Rust sources and exits with 1 where one misses its target and `--check` is given. It reads text,
not syntax: a figure is a hint where to look, not a proof.
"""

import argparse
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PARTS = ["src", "backends", "crates", "tests", "benches", "examples"]
# Crates that others depend on: their fields are documented for people who do not read the source.
PUBLISHED = ["backends", "crates"]

OPENERS = re.compile(r"(What|Where|Who|How|Whether|From)\b")
TRANSLATED = re.compile(r"\b(said|told|nobody|shall|anew)\b", re.IGNORECASE)
DOC = re.compile(r"\s*//[/!] ?(.*)")
# At the left margin: an indented `type` is a part of a trait.
TYPE = re.compile(r"(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|union|type) ([A-Z]\w*)")
FIELD = re.compile(r"\s*(?:pub(?:\([^)]*\))? )?[a-z_]\w*: .*,$")


def sources():
    """The Rust files of the repository, with the part that each belongs to."""
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.rs")):
            if "target" not in path.relative_to(ROOT).parts:
                yield part, path


def comments(lines):
    """The doc comments of a file: the lines of each, and the line of code below it."""
    comment = []
    for line in lines:
        match = DOC.match(line)
        if match and not line.strip().startswith("////"):
            comment.append(match.group(1))
        elif comment:
            yield comment, line
            comment = []
    if comment:
        yield comment, ""


class Figures:
    """What is counted over all files."""

    def __init__(self):
        self.comments = self.openers = self.lines = self.translated = 0
        self.types = collections.Counter()
        self.short_fields = []
        self.code = collections.Counter()

    def add(self, part, path):
        lines = path.read_text(encoding="utf-8").splitlines()
        self.code[part] += len(lines)
        for comment, below in comments(lines):
            self.comments += 1
            self.openers += bool(OPENERS.match(comment[0]))
            self.lines += len(comment)
            self.translated += sum(bool(TRANSLATED.search(line)) for line in comment)
            if part not in PUBLISHED and FIELD.match(below) and len(" ".join(comment).split()) <= 7:
                self.short_fields.append(path.relative_to(ROOT))
        if "tests" not in path.parts:
            self.types.update(match.group(1) for match in map(TYPE.match, lines) if match)

    def shares(self):
        """Each share: its name, its value, its target."""
        repeated = sum(count > 1 for count in self.types.values())
        return [
            ("doc comments that begin with What, Where, Who, How, Whether, From", self.openers / self.comments, 0.04),
            ("doc lines with said, told, nobody, shall, anew", self.translated / self.lines, 0.005),
            ("type names that are used more than once", repeated / len(self.types), 0.08),
        ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 where a target is missed")
    parser.add_argument("--names", action="store_true", help="list the type names that are used more than once")
    options = parser.parse_args()
    figures = Figures()
    for part, path in sources():
        figures.add(part, path)
    missed = 0
    for name, share, target in figures.shares():
        missed += share >= target
        print(f"{share:7.1%}  {name} (target: under {target:.1%})")
    missed += bool(figures.short_fields)
    print(f"{len(figures.short_fields):7}  field docs of up to seven words outside of published crates (target: 0)")
    print(f"{sum(figures.code.values()):7}  lines: " + ", ".join(f"{part} {n}" for part, n in figures.code.items()))
    if options.names:
        for name, count in figures.types.most_common():
            if count > 1:
                print(f"{count:7}  {name}")
    sys.exit(bool(missed and options.check))


if __name__ == "__main__":
    main()
