"""Drives the stand-in with the official SDK and checks every exchange against the published description.

    contract.py PROGRAM              start the stand-in, run every case
    contract.py --requests ADDRESS   judge the requests that a running stand-in has recorded
"""

import base64
import contextlib
import io
import json
import subprocess
import sys
import traceback
import urllib.error
import urllib.request

import openai
from PIL import Image

import describe

CASES = []


def case(function):
    CASES.append(function)
    return function


class Server:
    """A running stand-in."""

    def __init__(self, origin):
        self.origin = origin

    def client(self, **options):
        options = {"api_key": "sk-contract", "max_retries": 0, "timeout": 60} | options
        return openai.OpenAI(base_url=f"{self.origin}/v1", **options)

    def read(self, path):
        with urllib.request.urlopen(self.origin + path) as answer:
            return answer.read()

    def requests(self):
        return json.loads(self.read("/_fake/requests"))


@contextlib.contextmanager
def running(program, *arguments):
    process = subprocess.Popen([program, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().split("OPENAI_BASE_URL=")[1].split()[0]
        yield Server(address.removesuffix("/v1"))
    finally:
        process.terminate()
        process.wait()


def fits(name, value):
    wrong = describe.errors(name, value)
    assert not wrong, wrong


def same(got, expected):
    assert got == expected, f"{got!r} is not {expected!r}"


def opened(text):
    return Image.open(io.BytesIO(base64.b64decode(text, validate=True)))


def png(size, mode="RGB", colour=(200, 40, 40), hole=None):
    image = Image.new(mode, size, colour + ((255,) if mode == "RGBA" else ()))
    if hole:
        image.paste((0, 0, 0, 0), hole)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


SETTINGS = {"model": "gpt-image-2", "prompt": "a lighthouse", "size": "1024x1024", "quality": "low"}


@case
def generate_answers_as_described(server):
    raw = server.client().images.with_raw_response.generate(**SETTINGS, n=2)
    fits("ImagesResponse", json.loads(raw.text))
    answer = raw.parse()
    same([opened(item.b64_json).size for item in answer.data], [(1024, 1024)] * 2)
    same((answer.usage.output_tokens, answer.usage.output_tokens_details.image_tokens), (392, 392))
    same((answer.quality, answer.size, answer.background, answer.output_format), ("low", "1024x1024", "opaque", "png"))
    assert raw.headers["x-request-id"].startswith("req_")
    same(raw.headers["openai-version"], "2020-10-01")
    same(answer._request_id, raw.headers["x-request-id"])


@case
def bytes_are_those_the_server_says_it_sent(server):
    answer = server.client().images.generate(**SETTINGS)
    count = sum(1 for request in server.requests() if request["path"].startswith("/v1/images"))
    assert count >= 1
    sent, index = [], 0
    with contextlib.suppress(urllib.error.HTTPError):
        while True:
            sent.append(server.read(f"/_fake/images/{index}"))
            index += 1
    same(sent[-1] == base64.b64decode(answer.data[0].b64_json), True)


@case
def every_format_is_what_it_says(server):
    for name in ("png", "jpeg", "webp"):
        answer = server.client().images.generate(**SETTINGS | {"size": "1536x1024"}, output_format=name)
        image = opened(answer.data[0].b64_json)
        same((image.format.lower(), image.size), (name, (1536, 1024)))


@case
def newest_models_draw_gif_svg_and_five_qualities(server):
    client, settings = server.client(), SETTINGS | {"model": "gpt-image-2.6-flare"}
    moving = opened(client.images.generate(**settings | {"size": "1024x640"}, output_format="gif", frame_count=3).data[0].b64_json)
    same((moving.format, moving.n_frames, moving.size), ("GIF", 3, (1024, 640)))
    drawn = client.images.generate(**settings, output_format="svg", svg={"model": "gpt-5.5"})
    assert base64.b64decode(drawn.data[0].b64_json).startswith(b"<svg ")
    same(drawn.svg_usage.model, "gpt-5.5")
    same(client.images.generate(**settings | {"quality": "max"}, complexity="high").quality, "max")


@case
def transparent_has_holes(server):
    answer = server.client().images.generate(**SETTINGS | {"model": "gpt-image-1.5"}, background="transparent")
    image = opened(answer.data[0].b64_json)
    same((answer.background, image.mode, image.getextrema()[3]), ("transparent", "RGBA", (0, 255)))


@case
def stream_brings_partials_then_the_picture(server):
    stream = server.client().images.generate(**SETTINGS, stream=True, partial_images=3)
    events = list(stream)
    same([event.type for event in events], ["image_generation.partial_image"] * 3 + ["image_generation.completed"])
    for event in events:
        name = "ImageGenPartialImageEvent" if "partial" in event.type else "ImageGenCompletedEvent"
        fits(name, event.to_dict())
        same(opened(event.b64_json).size, (1024, 1024))
    same([event.partial_image_index for event in events[:3]], [0, 1, 2])
    same(events[3].usage.output_tokens, 196 + 300)


@case
def edit_takes_two_references_and_a_mask(server):
    client = server.client()
    first, second = png((512, 512)), png((256, 256), colour=(20, 90, 200))
    mask = png((512, 512), "RGBA", hole=(128, 128, 384, 384))
    raw = client.images.with_raw_response.edit(
        **SETTINGS,
        image=[("a.png", first, "image/png"), ("b.png", second, "image/png")],
        mask=("mask.png", mask, "image/png"),
    )
    fits("ImagesResponse", json.loads(raw.text))
    image = opened(raw.parse().data[0].b64_json)
    same(image.getpixel((20, 20)), (200, 40, 40))
    assert image.getpixel((512, 512)) != (200, 40, 40)
    assert raw.parse().usage.input_tokens_details.image_tokens > 0
    parts = server.requests()[-1]["body"]["parts"]
    files = [(part["name"], part["content_type"]) for part in parts if part["file_name"]]
    same(sorted(files), [("image[]", "image/png"), ("image[]", "image/png"), ("mask", "image/png")])


@case
def edit_streams(server):
    stream = server.client().images.edit(**SETTINGS, image=("a.png", png((512, 512)), "image/png"), stream=True, partial_images=1)
    events = list(stream)
    same([event.type for event in events], ["image_edit.partial_image", "image_edit.completed"])
    fits("ImageEditPartialImageEvent", events[0].to_dict())
    fits("ImageEditCompletedEvent", events[1].to_dict())


@case
def edit_takes_json_with_data_urls_and_files(server):
    client = server.client()
    file = client.files.create(file=("a.png", png((512, 512)), "image/png"), purpose="vision")
    url = "data:image/png;base64," + base64.b64encode(png((512, 512))).decode()
    body = SETTINGS | {"images": [{"image_url": url}, {"file_id": file.id}]}
    answer = client.post("/images/edits", body=body, cast_to=openai.types.ImagesResponse)
    same(opened(answer.data[0].b64_json).size, (1024, 1024))


@case
def models_list_with_their_end(server):
    raw = server.client().models.with_raw_response.list()
    fits("ListModelsResponse", json.loads(raw.text))
    ends = {model.id: model.shutdown_date for model in raw.parse().data}
    assert "gpt-image-1" not in ends
    same((ends["gpt-image-1.5"], ends["gpt-image-2.6-flare"]), ("2026-12-01", None))
    fits("Model", json.loads(server.client().models.with_raw_response.retrieve("gpt-5.3-codex").text))


def refused(call, kind, code=None, param=None):
    try:
        call()
    except kind as error:
        fits("ErrorResponse", {"error": error.body})
        same((error.code, error.param), (code, param))
        return error
    raise AssertionError(f"no {kind.__name__}")


@case
def retired_model_is_not_found(server):
    call = lambda: server.client().images.generate(**SETTINGS | {"model": "gpt-image-1"})
    assert "deprecated" in refused(call, openai.NotFoundError, "model_not_found").message
    call = lambda: server.client().models.retrieve("gpt-image-1")
    refused(call, openai.NotFoundError, "model_not_found")


@case
def wrong_key_is_an_authentication_error(server):
    call = lambda: server.client(api_key="wrong-key-of-some-length").models.list()
    error = refused(call, openai.AuthenticationError, "invalid_api_key")
    assert "wrong-key-of-some-length" not in error.message


@case
def bad_parameters_are_bad_requests(server):
    rows = [
        ({"n": 2, "stream": True}, "unsupported_parameter", "input"),
        ({"response_format": "b64_json"}, "unknown_parameter", "response_format"),
        ({"style": "vivid"}, "unknown_parameter", "style"),
        ({"size": "1000x1000"}, "invalid_value", "size"),
        ({"quality": "max"}, "unsupported_value", "quality"),
        ({"background": "transparent"}, "unsupported_value", "background"),
        ({"n": 11}, "integer_above_max_value", "n"),
        ({"model": "gpt-image-1.5", "size": "2048x2048"}, "unsupported_value", "size"),
        ({"model": "gpt-image-1.5", "background": "transparent", "output_format": "jpeg"}, "unsupported_value", "background"),
        ({"output_compression": 50}, "unsupported_value", "output_compression"),
        ({"partial_images": 4, "stream": True}, "integer_above_max_value", "partial_images"),
    ]
    for settings, code, param in rows:
        refused(lambda: server.client().images.generate(**SETTINGS | settings), openai.BadRequestError, code, param)
    image = ("a.png", png((64, 64)), "image/png")
    call = lambda: server.client().images.edit(**SETTINGS, image=image, input_fidelity="high")
    refused(call, openai.BadRequestError, "unsupported_parameter", "input_fidelity")
    call = lambda: server.client().images.edit(**SETTINGS, image=("a", png((64, 64)), "application/octet-stream"))
    refused(call, openai.BadRequestError, "unsupported_file_mimetype", "image")


@case
def faults_reach_the_exceptions_of_the_sdk(server):
    rows = [
        ("rate-limit", openai.RateLimitError, "rate_limit_exceeded"),
        ("quota", openai.RateLimitError, "insufficient_quota"),
        ("billing-limit", openai.BadRequestError, "billing_hard_limit_reached"),
        ("unverified", openai.PermissionDeniedError, None),
        ("moderation", openai.BadRequestError, "moderation_blocked"),
        ("server-error", openai.InternalServerError, None),
        ("overloaded", openai.InternalServerError, "slow_down"),
        ("conflict", openai.ConflictError, None),
    ]
    for name, kind, code in rows:
        refused(lambda: server.client().images.generate(**SETTINGS | {"prompt": f"[fault:{name}] a cat"}), kind, code)


@case
def broken_connections_are_connection_errors(server):
    for name in ("reset", "truncated"):
        try:
            server.client().images.generate(**SETTINGS, extra_headers={"x-fake-fault": name})
        except openai.APIConnectionError:
            continue
        raise AssertionError(f"{name}: no APIConnectionError")


@case
def hanging_is_a_timeout(server):
    try:
        server.client(timeout=0.3).images.generate(**SETTINGS, extra_headers={"x-fake-fault": "hang"})
    except openai.APITimeoutError:
        return
    raise AssertionError("no APITimeoutError")


@case
def the_sdk_retries_what_passes(server):
    prompt = "[fault:server-error,retry-after-ms=1*2] a passing storm"
    answer = server.client(max_retries=2).images.generate(**SETTINGS | {"prompt": prompt})
    same(len(answer.data), 1)
    same(sum(1 for request in server.requests() if (request["body"] or {}).get("json", {}).get("prompt") == prompt), 3)


@case
def error_in_the_stream_raises(server):
    for name in ("error-nested", "moderation-output"):
        stream = server.client().images.generate(
            **SETTINGS, stream=True, partial_images=1, extra_headers={"x-fake-fault": name}
        )
        kinds = []
        try:
            for event in stream:
                kinds.append(event.type)
        except openai.APIError:
            same(kinds, ["image_generation.partial_image"])
            continue
        raise AssertionError(f"{name}: no APIError")


@case
def the_sdk_survives_every_shape_of_stream(server):
    shapes = ["crlf", "cr", "comments", "done", "no-event-line", "multi-line-data", "split-utf8", "pieces=4093", "minimal"]
    for shape in shapes:
        stream = server.client().images.generate(
            **SETTINGS, stream=True, partial_images=1, extra_headers={"x-fake-fault": shape}
        )
        same([event.type.split(".")[1] for event in stream], ["partial_image", "completed"])


DRAW = {"model": "gpt-5.3-codex", "instructions": "Answer with one SVG.", "input": "a pelican on a bicycle"}


def described_events(events):
    for event in events:
        same(describe.event_errors(event.to_dict()), [])
    same([event.sequence_number for event in events], list(range(len(events))))
    return [event.type.removeprefix("response.") for event in events]


@case
def codex_writes_svg_in_described_events(server):
    events = list(server.client().responses.create(**DRAW, stream=True, reasoning={"effort": "low", "summary": "auto"}))
    names = described_events(events)
    same((names[0], names[1], names[-1]), ("created", "in_progress", "completed"))
    assert "reasoning_summary_text.delta" in names
    final = events[-1].response
    svg = "".join(event.delta for event in events if event.type == "response.output_text.delta" and event.item_id == final.output[-1].id)
    assert svg.startswith("<svg ") and svg == final.output[-1].content[0].text
    assert final.usage.output_tokens > final.usage.output_tokens_details.reasoning_tokens == 128


@case
def plain_response_is_as_described(server):
    raw = server.client().responses.with_raw_response.create(**DRAW)
    fits("Response", json.loads(raw.text))
    assert "<svg " in raw.parse().output_text


@case
def background_is_polled_resumed_and_cancelled(server):
    client = server.client()
    first = list(client.responses.create(**DRAW, background=True, stream=True))
    described_events(first)
    again = list(client.responses.retrieve(first[0].response.id, stream=True, starting_after=3))
    same([event.to_dict() for event in again], [event.to_dict() for event in first[4:]])
    same(client.responses.retrieve(first[0].response.id).status, "completed")
    waiting = client.responses.create(**DRAW, background=True, extra_headers={"x-fake-fault": "gate"})
    same((waiting.status, client.responses.cancel(waiting.id).status), ("queued", "cancelled"))


@case
def bad_endings_of_a_response_reach_the_sdk(server):
    rows = {"failed": "response.failed", "incomplete": "response.incomplete", "error-flat": "error", "eof": "response.output_item.done"}
    for name, last in rows.items():
        events = list(server.client().responses.create(**DRAW, stream=True, extra_headers={"x-fake-fault": name}))
        described_events(events)
        same(events[-1].type, last)
    try:
        list(server.client().responses.create(**DRAW, stream=True, extra_headers={"x-fake-fault": "error-nested"}))
    except openai.APIError as error:
        assert "quota" in error.message, error
    else:
        raise AssertionError("no APIError")
    refusal = server.client().responses.create(**DRAW, extra_headers={"x-fake-fault": "refusal"})
    same(refusal.output[-1].content[0].type, "refusal")


@case
def image_tool_draws_for_mainline_models_only(server):
    tool = {"type": "image_generation", "model": "gpt-image-2", "size": "1024x1024", "quality": "low", "partial_images": 1}
    settings = DRAW | {"model": "gpt-5.5", "tools": [tool]}
    events = list(server.client().responses.create(**settings, stream=True))
    names = described_events(events)
    call = ["in_progress", "generating", "partial_image", "completed"]
    start = names.index("image_generation_call.in_progress")
    same(names[start : start + 5], [f"image_generation_call.{name}" for name in call] + ["output_item.done"])
    same(opened(events[start + 4].item.result).size, (1024, 1024))
    call = lambda: server.client().responses.create(**DRAW, tools=[tool])
    refused(call, openai.BadRequestError, None, "tools")


@case
def bad_requests_for_a_response_are_refused(server):
    rows = [
        ({"reasoning": {"effort": "max"}}, "unsupported_value", "reasoning.effort"),
        ({"previous_response_id": "resp_none"}, "previous_response_not_found", "previous_response_id"),
        ({"max_output_tokens": 1}, "integer_below_min_value", "max_output_tokens"),
    ]
    for settings, code, param in rows:
        refused(lambda: server.client().responses.create(**DRAW | settings), openai.BadRequestError, code, param)


@case
def every_request_that_ended_well_is_as_described(server):
    good = [request for request in server.requests() if request["status"] == 200]
    assert len(good) > 20, len(good)
    same(judge(good), [])


def judge(requests):
    wrong = []
    for request in requests:
        wrong += [f"{request['path']}: {error}" for error in describe.request_errors(request)]
    return wrong


def main(arguments):
    if arguments[:1] == ["--requests"]:
        requests = Server(arguments[1]).requests()
        wrong = judge(requests)
        print(*wrong, sep="\n", end="\n" if wrong else "")
        print(f"{len(requests)} requests, {len(wrong)} errors")
        return 1 if wrong or not requests else 0
    failed = 0
    with running(arguments[0]) as server:
        for one in CASES:
            try:
                one(server)
            except Exception:
                failed += 1
                print(f"FAILED {one.__name__}\n{traceback.format_exc()}", file=sys.stderr)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
