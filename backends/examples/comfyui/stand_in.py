#!/usr/bin/env python3
"""A small mock of ComfyUI's HTTP API, for tests: it queues jobs, draws gray images of the requested size, and records
its requests. It prints its address, and ends when stdin does. `GET /told` returns the record."""
import json
import re
import struct
import sys
import threading
import time
import urllib.parse
import uuid
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STEP = 0.05  # seconds that an image takes


class State:
    lock = threading.Lock()
    pending, running, history = [], [], {}
    uploads, prompts, interrupted, deleted = {}, [], [], []


def png(width, height, shade):
    """Returns a gray PNG."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def shade(graph):
    """Returns the shade of gray, which depends on the input images."""
    names = [node["inputs"].get("image") for node in graph.values() if node["class_type"].startswith("LoadImage")]
    return 20 + zlib.crc32(b"".join(State.uploads.get(name, b"") for name in names)) % 200


def size_and_count(graph):
    for node in graph.values():
        if node["class_type"] == "EmptyLatentImage":
            inputs = node["inputs"]
            return inputs["width"], inputs["height"], inputs["batch_size"]
        if node["class_type"] == "RepeatLatentBatch":
            return 64, 64, node["inputs"]["amount"]
    return 64, 64, 1


def draw():
    """Runs the jobs in the queue, one after the other."""
    while True:
        with State.lock:
            job = State.pending.pop(0) if State.pending else None
            if job:
                State.running.append(job)
        if not job:
            time.sleep(0.01)
            continue
        prompt_id, graph = job[1], job[2]
        slow = any("forever" in str(node["inputs"].get("text")) for node in graph.values())
        while slow and prompt_id not in State.interrupted:
            time.sleep(0.01)
        slowly = any("slowly" in str(node["inputs"].get("text")) for node in graph.values())
        time.sleep(20 * STEP if slowly else STEP)
        width, height, count = size_and_count(graph)
        images = [{"filename": f"{prompt_id}_{at}_{shade(graph)}_{width}x{height}.png", "subfolder": "", "type": "output"}
                  for at in range(count)]
        broken = any("broken" in str(node["inputs"].get("text")) for node in graph.values())
        messages = [["execution_error", {"exception_message": "out of memory\n"}]] if broken else []
        messages = [["execution_interrupted", {}]] if slow else messages
        with State.lock:
            State.running.remove(job)
            State.history[prompt_id] = {"outputs": {} if messages else {"saved": {"images": images}},
                                        "status": {"messages": messages}}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def send(self, body, code=200, kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(path.query))
        with State.lock:
            if path.path == "/object_info/CheckpointLoaderSimple":
                names = ["sd_xl_base_1.0.safetensors", "dreams.ckpt"]
                self.send({"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [names]}}}})
            elif path.path == "/object_info/KSampler":
                newer = ["COMBO", {"options": ["euler", "dpmpp_2m"]}]
                self.send({"KSampler": {"input": {"required": {"sampler_name": newer}}}})
            elif path.path == "/queue":
                self.send({"queue_running": State.running, "queue_pending": State.pending})
            elif path.path.startswith("/history/"):
                prompt_id = path.path.rsplit("/", 1)[1]
                found = State.history.get(prompt_id)
                self.send({prompt_id: found} if found else {})
            elif path.path == "/view":
                facts = re.search(r"_(\d+)_(\d+)x(\d+)\.png", query["filename"]).groups()
                grey, width, height = map(int, facts)
                self.send(png(width, height, grey), kind="image/png")
            elif path.path == "/told":
                self.send({"prompts": State.prompts, "uploads": {name: len(data) for name, data in State.uploads.items()},
                           "interrupted": State.interrupted, "deleted": State.deleted})
            else:
                self.send({}, 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with State.lock:
            if self.path == "/upload/image":
                name = re.search(rb'filename="([^"]+)"', body).group(1).decode()
                State.uploads[name] = body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
                self.send({"name": name, "subfolder": "", "type": "input"})
            elif self.path == "/prompt":
                graph = json.loads(body)["prompt"]
                State.prompts.append(graph)
                problem = self.wrong_with(graph)
                if problem:
                    self.send({"error": {"type": "prompt_outputs_failed_validation",
                                         "message": "Prompt outputs failed validation"},
                               "node_errors": {"model": {"errors": [{"message": "Value not in list",
                                                                     "details": problem}]}}}, 400)
                    return
                prompt_id = str(uuid.uuid4())
                State.pending.append([len(State.prompts), prompt_id, graph, {}, ["saved"]])
                self.send({"prompt_id": prompt_id, "number": len(State.prompts), "node_errors": {}})
            elif self.path == "/interrupt":
                State.interrupted.append(json.loads(body)["prompt_id"])
                self.send({})
            elif self.path == "/queue":
                wanted = json.loads(body)["delete"]
                State.deleted.extend(wanted)
                State.pending = [job for job in State.pending if job[1] not in wanted]
                self.send({})
            else:
                self.send({}, 404)

    @staticmethod
    def wrong_with(graph):
        name = graph["model"]["inputs"]["ckpt_name"] if "model" in graph else "dreams.ckpt"
        return None if name in ("sd_xl_base_1.0.safetensors", "dreams.ckpt") else f"ckpt_name: '{name}' not in list"


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=draw, daemon=True).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()
