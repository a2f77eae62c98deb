#!/usr/bin/env python3
"""Draws the prompt packs from the published sets, the same way every time.

usage: draw.py PartiPrompts.tsv evaluation_metadata.jsonl

Every category gives the same number of prompts, so that each can be looked at by itself. Within a category, prompts
stand in the order of the SHA-256 of their words, which is as good as chance and the same on every machine; the next
one taken is the first whose challenge was taken least often so far, in this category first and then in the whole pack.
A larger pack therefore holds the smaller ones.
"""

import csv
import hashlib
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).parent


def parti(path):
    rows = csv.DictReader(open(path, encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in rows:
        yield {"prompt": row["Prompt"].strip(), "category": row["Category"], "challenge": row["Challenge"]}


def geneval(path):
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        yield {"prompt": row["prompt"].strip(), "category": row["tag"].replace("_", " "), "challenge": None}


def draw(topics, size):
    shelves = defaultdict(list)
    for topic in {topic["prompt"]: topic for topic in topics}.values():
        shelves[topic["category"]].append(topic)
    for shelf in shelves.values():
        shelf.sort(key=lambda topic: hashlib.sha256(topic["prompt"].encode()).hexdigest())
    here, everywhere, taken = defaultdict(Counter), Counter(), []
    while len(taken) < size:
        for category in sorted(shelves):
            shelf, seen = shelves[category], here[category]
            topic = min(shelf, key=lambda topic: (seen[topic["challenge"]], everywhere[topic["challenge"]]))
            shelf.remove(topic)
            seen[topic["challenge"]] += 1
            everywhere[topic["challenge"]] += 1
            taken.append(topic)
    return taken


def write(name, topics, size):
    drawn = draw(topics, size)
    assert len(drawn) == size, f"{name}: {len(drawn)}"
    lines = [json.dumps({k: v for k, v in topic.items() if v}, ensure_ascii=False) for topic in drawn]
    (HERE / f"{name}-{size}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parti_topics, geneval_topics = list(parti(sys.argv[1])), list(geneval(sys.argv[2]))
    for size in (24, 60, 120):
        write("parti", parti_topics, size)
    for size in (24, 60, 120):
        write("geneval", geneval_topics, size)
