#!/usr/bin/env python3
"""Draws with a ComfyUI server. Standard library only.

COMFYUI_URL       address of the server; http://127.0.0.1:8188
COMFYUI_WORKFLOW  a workflow of your own in ComfyUI's API format, with %prompt%, %negative%, %seed%, %width%,
                  %height%, %steps%, %count% and %checkpoint% where they belong
"""
import io
import json
import os
import random
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

URL = os.environ.get("COMFYUI_URL", "http://127.0.0.1:8188").rstrip("/")
WORKFLOW = os.environ.get("COMFYUI_WORKFLOW")
# The interval between two polls of the server, in seconds.
POLL = float(os.environ.get("COMFYUI_POLL", "0.5"))


class Trouble(Exception):
    """A failure to report as an error: its kind, what happened, and what to do."""

    def __init__(self, kind, message, hint=None):
        super().__init__(message)
        self.kind, self.hint = kind, hint


def say(**message):
    print(json.dumps({key: value for key, value in message.items() if value is not None}), flush=True)


# ---- the server -------------------------------------------------------------------------------------------------


def call(path, body=None, content_type="application/json", timeout=30):
    """Sends GET, or POST if there is a body; returns the bytes of the response."""
    headers = {"Content-Type": content_type} if body is not None else {}
    request = urllib.request.Request(URL + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Trouble(*explain(error)) from error
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise Trouble("network", f"no server at {URL}: {reason}", "start ComfyUI, or set COMFYUI_URL") from error


def explain(error):
    """Explains an error response. For an invalid workflow it has an `error` and a list of `node_errors`."""
    text = error.read().decode("utf-8", "replace")
    try:
        told = json.loads(text)
        message = told["error"]["message"]
        nodes = [one["details"] or one["message"] for node in told.get("node_errors", {}).values() for one in node["errors"]]
        message = "; ".join([message, *nodes])
    except (ValueError, KeyError, TypeError):
        message = text.strip()[:200] or error.reason
    kind = "invalid_parameter" if error.code == 400 else "server"
    return kind, f"the server responded with {error.code}: {message}"


def ask(path, body=None, **more):
    """Does the same with JSON."""
    answer = call(path, None if body is None else json.dumps(body).encode(), **more)
    try:
        return json.loads(answer)
    except ValueError as error:
        raise Trouble("server", f"{URL}{path} did not respond with JSON") from error


def upload(path):
    """Uploads an image; returns its name on the server."""
    boundary, name = uuid.uuid4().hex, f"tintype-{uuid.uuid4().hex}{os.path.splitext(path)[1]}"
    with open(path, "rb") as file:
        picture = file.read()
    body = io.BytesIO()
    body.write(f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'.encode())
    body.write(b"Content-Type: application/octet-stream\r\n\r\n" + picture)
    body.write(f"\r\n--{boundary}--\r\n".encode())
    answer = json.loads(call("/upload/image", body.getvalue(), f"multipart/form-data; boundary={boundary}"))
    return "/".join(part for part in (answer.get("subfolder"), answer["name"]) if part)


# ---- what it can do ---------------------------------------------------------------------------------------------


def params(samplers):
    return [
        {"name": "size", "about": "width and height in pixels", "kind": "size", "default": "1024x1024",
         "presets": ["1024x1024", "1216x832", "832x1216", "512x512"],
         "free": {"min_edge": 64, "max_edge": 4096, "multiple_of": 8}},
        {"name": "steps", "about": "number of denoising steps", "kind": "integer", "min": 1, "max": 150, "default": 25},
        {"name": "guidance", "about": "adherence to the prompt, in tenths", "kind": "integer",
         "min": 10, "max": 300, "default": 70},
        {"name": "strength", "about": "how much of a reference image changes, in percent", "kind": "integer",
         "min": 1, "max": 100, "default": 75},
        {"name": "sampler", "about": "sampler", "kind": "choice", "choices": samplers, "default": samplers[0]},
        {"name": "seed", "about": "the same seed gives the same image; -1 picks a new one", "kind": "integer",
         "min": -1, "max": 2**62, "default": -1},
        {"name": "negative", "about": "what to keep out of the image", "kind": "text", "max_chars": 2000, "default": ""},
    ]


def options(node, field):
    """Returns the values that a node of the server offers for a field."""
    info = ask(f"/object_info/{node}", timeout=5)
    offered = info[node]["input"]["required"][field][0]
    # Newer servers write ["COMBO", {"options": [...]}].
    return offered if isinstance(offered, list) else info[node]["input"]["required"][field][1]["options"]


def hello():
    message = {"type": "hello", "versions": [1], "name": "comfyui", "about": "draws with a ComfyUI server",
               "offline": True, "resume": True}
    try:
        checkpoints = options("CheckpointLoaderSimple", "ckpt_name")
        samplers = options("KSampler", "sampler_name") or ["euler"]
        if not checkpoints:
            raise Trouble("local", "the server has no checkpoint", "put one into ComfyUI's models/checkpoints")
        message["models"] = [{"id": name, "about": "a checkpoint of the server", "max_count": 8, "max_inputs": 1,
                              "mask": True} for name in checkpoints]
        message["params"] = params(samplers)
    except Trouble as trouble:
        message.update(missing=str(trouble), hint=trouble.hint)
    except (KeyError, IndexError, TypeError):
        message.update(missing=f"{URL} is not a ComfyUI server", hint="set COMFYUI_URL")
    say(**message)


# ---- workflows --------------------------------------------------------------------------------------------------


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def plain_workflow(order, values):
    """Text to image; image to image with a reference; inpainting with a mask."""
    settings, graph = order["settings"], {
        "model": node("CheckpointLoaderSimple", ckpt_name=values["checkpoint"]),
        "positive": node("CLIPTextEncode", clip=["model", 1], text=values["prompt"]),
        "negative": node("CLIPTextEncode", clip=["model", 1], text=values["negative"]),
    }
    latent, strength = ["empty", 0], 1.0
    if order["inputs"]:
        picture = upload(os.path.join(order["scratch"], order["inputs"][0]["path"]))
        graph["picture"] = node("LoadImage", image=picture)
        if order.get("mask"):
            mask = upload(os.path.join(order["scratch"], order["mask"]["path"]))
            # Transparent parts may change: this node turns the alpha channel into such a mask.
            graph["mask"] = node("LoadImageMask", image=mask, channel="alpha")
            graph["latent"] = node("VAEEncodeForInpaint", pixels=["picture", 0], vae=["model", 2], mask=["mask", 0],
                                   grow_mask_by=6)
        else:
            strength = settings["strength"] / 100
            graph["latent"] = node("VAEEncode", pixels=["picture", 0], vae=["model", 2])
        graph["batch"] = node("RepeatLatentBatch", samples=["latent", 0], amount=values["count"])
        latent = ["batch", 0]
    else:
        graph["empty"] = node("EmptyLatentImage", width=values["width"], height=values["height"],
                              batch_size=values["count"])
    graph["sampler"] = node("KSampler", model=["model", 0], positive=["positive", 0], negative=["negative", 0],
                            latent_image=latent, seed=values["seed"], steps=values["steps"],
                            cfg=settings["guidance"] / 10, sampler_name=settings["sampler"], scheduler="normal",
                            denoise=strength)
    graph["decoded"] = node("VAEDecode", samples=["sampler", 0], vae=["model", 2])
    graph["saved"] = node("SaveImage", images=["decoded", 0], filename_prefix="tintype")
    return graph


def own_workflow(values):
    """Returns the user's workflow with its placeholders filled in. A text that is one placeholder becomes its value."""
    def fill(part):
        if isinstance(part, dict):
            return {key: fill(value) for key, value in part.items()}
        if isinstance(part, list):
            return [fill(value) for value in part]
        if isinstance(part, str):
            if part.strip("%") in values and part == f"%{part.strip('%')}%":
                return values[part.strip("%")]
            for name, value in values.items():
                part = part.replace(f"%{name}%", str(value))
        return part

    try:
        with open(WORKFLOW, encoding="utf-8") as file:
            return fill(json.load(file))
    except (OSError, ValueError) as error:
        raise Trouble("local", f"cannot read {WORKFLOW}: {error}", "export it in ComfyUI's API format") from error


def workflow(order):
    settings = order["settings"]
    width, height = (int(edge) for edge in settings["size"].split("x"))
    seed = settings["seed"] if settings["seed"] >= 0 else random.randrange(2**48)
    values = {"prompt": order["prompt"], "negative": settings.get("negative", ""), "seed": seed, "width": width,
              "height": height, "steps": settings["steps"], "count": order["count"], "checkpoint": order["model"]}
    return (own_workflow(values) if WORKFLOW else plain_workflow(order, values)), seed


# ---- a job ------------------------------------------------------------------------------------------------------


def place_in_queue(prompt_id):
    """Returns `running`, the number of jobs before it, or None if it is not in the queue."""
    queue = ask("/queue")
    if any(entry[1] == prompt_id for entry in queue["queue_running"]):
        return "running"
    waiting = [entry[1] for entry in sorted(queue["queue_pending"])]
    return waiting.index(prompt_id) + len(queue["queue_running"]) if prompt_id in waiting else None


def wait(prompt_id):
    """Waits until the server has the images; returns their entry in its history."""
    lost = 0
    while True:
        found = ask(f"/history/{prompt_id}").get(prompt_id)
        if found:
            return found
        place = place_in_queue(prompt_id)
        # It may have moved from the queue to the history between the two requests.
        lost = lost + 1 if place is None else 0
        if lost > 2:
            raise Trouble("unknown", "the server has lost the job", "it may have been restarted; try again")
        say(type="status", text="drawing" if place == "running" else f"waiting, {place or 0} before it")
        time.sleep(POLL)


def failure(found):
    for kind, details in found.get("status", {}).get("messages", []):
        if kind == "execution_error":
            return details.get("exception_message", "").strip() or details.get("exception_type", "no reason given")
        if kind == "execution_interrupted":
            return "it was interrupted"
    return None


def fetch(found, scratch):
    """Downloads the images and reports them."""
    count = 0
    for outputs in found["outputs"].values():
        for picture in outputs.get("images", []):
            if picture.get("type") == "temp":
                continue
            query = urllib.parse.urlencode({key: picture[key] for key in ("filename", "subfolder", "type")})
            name = f"picture-{count}{os.path.splitext(picture['filename'])[1]}"
            with open(os.path.join(scratch, name), "wb") as file:
                file.write(call(f"/view?{query}", timeout=120))
            say(type="image", path=name)
            count += 1
    if count == 0:
        raise Trouble("invalid_image", "the workflow saved no image", "add a SaveImage node to it")


def cancel(prompt_id):
    """Removes the job from the queue, or stops it if it is running. A failure here is only logged."""
    try:
        if place_in_queue(prompt_id) == "running":
            ask_nothing("/interrupt", {"prompt_id": prompt_id})
        ask_nothing("/queue", {"delete": [prompt_id]})
    except Trouble as trouble:
        print(f"not canceled: {trouble}", file=sys.stderr)


def ask_nothing(path, body):
    call(path, json.dumps(body).encode(), timeout=2)


class Job:
    """The job of this process, if it has one, for when it is canceled."""
    prompt_id = None


def follow(prompt_id, scratch, seed):
    found = wait(prompt_id)
    trouble = failure(found)
    if trouble:
        raise Trouble("server", f"the server failed: {trouble}")
    fetch(found, scratch)
    Job.prompt_id = None
    say(type="done", effective={"seed": seed} if seed is not None else {})


def generate(order, kept):
    graph, seed = workflow(order)
    say(type="status", text="sending the workflow")
    Job.prompt_id = ask("/prompt", {"prompt": graph, "client_id": uuid.uuid4().hex})["prompt_id"]
    say(type="ticket", ticket={"prompt_id": Job.prompt_id, "seed": seed})
    kept.wait()
    follow(Job.prompt_id, order["scratch"], seed)


def resume(order):
    ticket = order["ticket"]
    say(type="status", text="resuming the job")
    follow(ticket["prompt_id"], order["scratch"], ticket.get("seed"))


def work(order, kept):
    try:
        if order["type"] == "resume":
            resume(order)
        else:
            generate(order, kept)
    except Trouble as trouble:
        say(type="error", kind=trouble.kind, message=str(trouble), hint=trouble.hint)
    except (KeyError, TypeError, ValueError) as error:
        say(type="error", kind="server", message=f"invalid response or request: {error!r}")


def main():
    hello()
    kept, worker = threading.Event(), None
    # Stdin is read in the meantime, so that a cancel arrives while the server draws.
    for line in sys.stdin:
        order = json.loads(line)
        if order["type"] in ("generate", "resume") and worker is None:
            worker = threading.Thread(target=work, args=(order, kept), daemon=True)
            worker.start()
        elif order["type"] == "kept":
            kept.set()
        elif order["type"] == "cancel":
            if Job.prompt_id:
                cancel(Job.prompt_id)
            break


if __name__ == "__main__":
    main()
