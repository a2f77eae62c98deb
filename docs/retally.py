#!/usr/bin/env python3
"""Recounts exported ballots independently of Tintype. The results must match those of `tintype stats --json`.

    python3 docs/retally.py ballots.jsonl [--pairs pairs.jsonl]

Prints one JSON object per line for each voter, question and pair of lanes: the votes, the win rate of the lane named
`first` with ties and "both bad" counted half, and Wilson's 95% interval as if all votes were independent. With --pairs,
outcomes without a vote count too, each weighted by the share of the pairs with two images that was voted on.
Requires only Python 3.8.
"""

import argparse
import collections
import json
import math
import sys

QUESTIONS = ("follows", "looks")
FLIPPED = {"left": "right", "right": "left", "tie": "tie", "both_bad": "both_bad"}


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def identity(side):
    lane = side["lane"]
    return json.dumps([lane["backend"], lane["model"], lane["settings"]], sort_keys=True)


def contestants(meetings):
    """Every lane once, in the order in which the program lists them: by name, then by model, then by appearance."""
    seen = {}
    for meeting in meetings:
        for side in (meeting["left"], meeting["right"]):
            seen.setdefault(identity(side), side["lane"])
    ordered = sorted(seen.items(), key=lambda item: (item[1]["name"].encode(), item[1]["model"].encode()))
    return {key: (number, lane["name"]) for number, (key, lane) in enumerate(ordered)}


def told_of_lanes(ballot, question, order):
    """The answer with `left` meaning the lane that comes first, wherever it was shown."""
    upright = order[identity(ballot["left"])][0] < order[identity(ballot["right"])][0]
    return ballot[question] if upright else FLIPPED[ballot[question]]


def votes(ballots, voter, order):
    """{pair: {question: answer}}; a judge's answer is None where its two orders disagree."""
    by_pair = collections.defaultdict(list)
    for ballot in ballots:
        if json.dumps(ballot["voter"], sort_keys=True) == voter and ballot["mirrors"] is None:
            by_pair[ballot["pair"]].append(ballot)
    counted = {}
    for pair, cast in by_pair.items():
        first = {question: told_of_lanes(cast[0], question, order) for question in QUESTIONS}
        if json.loads(voter)["kind"] != "human":
            turned = [b for b in cast if identity(b["left"]) == identity(cast[0]["right"])]
            if not turned:
                continue
            other = {question: told_of_lanes(turned[0], question, order) for question in QUESTIONS}
            first = {question: first[question] if first[question] == other[question] else None for question in QUESTIONS}
        counted[pair] = first
    return counted


def without_a_vote(meeting, order):
    """The rule for failures: `left` where only the lane that comes first has an image, and so on."""
    endings = {order[identity(meeting[side])][0]: meeting[side]["ending"] for side in ("left", "right")}
    first, second = (endings[number] == "image" for number in sorted(endings))
    if "unknown" in endings.values() or first and second:
        return None
    return "left" if first else "right" if second else "both_bad"


def wilson(rate, n, z=1.959963984540054):
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return {"low": max(0.0, middle - half), "high": min(1.0, middle + half)}


def tally(meetings, counted, question, order):
    count = collections.Counter()
    walkovers = collections.Counter()
    votable = voted = 0
    for meeting in meetings:
        outcome = without_a_vote(meeting, order)
        if outcome is not None:
            walkovers[outcome] += 1
        elif meeting["left"]["ending"] == meeting["right"]["ending"] == "image":
            votable += 1
            if meeting["pair"] in counted:
                voted += 1
                count[counted[meeting["pair"]][question] or "split"] += 1
    weight = voted / votable if votable else 1.0
    votes_counted = sum(count[answer] for answer in FLIPPED)
    total = votes_counted + weight * sum(walkovers.values())
    wins = count["left"] + weight * walkovers["left"]
    halves = count["tie"] + count["both_bad"] + weight * walkovers["both_bad"]
    rate = (wins + halves / 2) / total if total else None
    return {
        "votes": votes_counted, "first_wins": count["left"], "second_wins": count["right"],
        "ties": count["tie"], "both_bad": count["both_bad"], "split": count["split"],
        "walkovers": {
            "first_wins": walkovers["left"], "second_wins": walkovers["right"], "neither": walkovers["both_bad"],
            "weight": weight,
        },
        "win_rate": rate, "naive_interval": wilson(rate, total) if total else None,
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("ballots", help="ballots in JSON Lines format")
    arguments.add_argument("--pairs", help="pairs in JSON Lines format; adds outcomes without a vote")
    arguments = arguments.parse_args()
    ballots = lines(arguments.ballots)
    pairs = [dict(pair, pair=pair["id"]) for pair in lines(arguments.pairs)] if arguments.pairs else []
    order = contestants(pairs + ballots)
    meetings = {}
    for meeting in pairs + ballots:
        if meeting["mirrors"] is None:
            meetings.setdefault(meeting["pair"], meeting)
    by_lanes = collections.defaultdict(list)
    for meeting in meetings.values():
        lanes = tuple(sorted((identity(meeting["left"]), identity(meeting["right"])), key=lambda lane: order[lane][0]))
        if lanes[0] != lanes[1]:
            by_lanes[lanes].append(meeting)
    voters = dict.fromkeys(json.dumps(ballot["voter"], sort_keys=True) for ballot in ballots)
    for voter in voters:
        counted = votes(ballots, voter, order)
        for question in QUESTIONS:
            for lanes in sorted(by_lanes, key=lambda lanes: [order[lane][0] for lane in lanes]):
                first, second = (order[lane][1] for lane in lanes)
                row = {"voter": json.loads(voter), "question": question, "first": first, "second": second}
                row.update(tally(by_lanes[lanes], counted, question, order))
                json.dump(row, sys.stdout)
                print()


if __name__ == "__main__":
    main()
