#!/usr/bin/env python3
"""skeleton: letters the prompt on a sheet of paper. PROTOCOL.md describes the messages."""
import json
import os
import sys
from xml.sax.saxutils import escape

HELLO = {
    "type": "hello",
    "versions": [1, 2],
    "name": "skeleton",
    "about": "letters the prompt on a sheet of paper",
    "offline": True,
    "previews": True,
    "params": [
        {"name": "size", "about": "width and height in pixels", "kind": "size",
         "presets": ["512x512", "768x512"], "default": "512x512"},
        {"name": "paper", "about": "color of the sheet", "kind": "choice",
         "choices": ["khaki", "lightblue", "pink"], "default": "khaki"},
    ],
}


def say(**message):
    """Writes one message. Everything else goes to stderr."""
    print(json.dumps(message), flush=True)


def sheet(words, settings):
    width, height = settings["size"].split("x")
    plain = "".join(c if c.isprintable() else " " for c in words)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'>"
        f"<rect width='100%' height='100%' fill='{settings['paper']}'/>"
        f"<text x='50%' y='50%' text-anchor='middle' font-family='sans-serif' font-size='{int(width) // 16}'>"
        f"{escape(plain[:60])}</text></svg>"
    )


def draw(order):
    """Draws the requested image and reports progress."""
    def write(name, words):
        with open(os.path.join(order["scratch"], name), "w", encoding="utf-8") as file:
            file.write(sheet(words, order["settings"]))

    write("sheet.svg", "")
    say(type="status", text="cutting the letters", eta=1)
    say(type="preview", path="sheet.svg")
    write("picture.svg", order["prompt"])
    say(type="image", path="picture.svg")
    say(type="done")


say(**HELLO)
line = sys.stdin.readline()  # empty at the end of stdin: no image is wanted
if line:
    draw(json.loads(line))
