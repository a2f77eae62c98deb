"""The official SDK on the same way: receive a picture, decode it, save it.

It hashes nothing, keeps no library and does not wait for the disk, which Tintype does.
"""

import base64
import json
import os
import sys

from openai import OpenAI


def one(client, partials, size):
    """The bytes of one picture; partial ones are decoded, as whoever shows them has to."""
    order = {"model": "gpt-image-2.5-flare", "prompt": "a lighthouse", "size": size, "quality": "low"}
    if not partials:
        return base64.b64decode(client.images.generate(**order).data[0].b64_json)
    for event in client.images.generate(**order, stream=True, partial_images=partials):
        picture = base64.b64decode(event.b64_json)
    return picture


def main():
    folder, count, partials, _at_once, size = sys.argv[1:6]
    client, largest = OpenAI(), 0
    for index in range(int(count)):
        picture = one(client, int(partials), size)
        largest = max(largest, len(picture))
        with open(os.path.join(folder, f"{index}.png"), "wb") as file:
            file.write(picture)
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    print(json.dumps({"peak": peak, "saved": int(count), "largest": largest}))


main()
