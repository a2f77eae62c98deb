"""The published description as JSON Schema: which schema belongs to which exchange, and whether a value satisfies it."""

import base64
import json
import pathlib

from jsonschema import Draft202012Validator

HERE = pathlib.Path(__file__).parent


def _plain(node):
    """Converts OpenAPI 3.0 remnants to JSON Schema: `nullable`, and discriminators that only help generators."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if key not in ("nullable", "discriminator")}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


def _schemas():
    schemas = {}
    for path in sorted(HERE.glob("openapi-*.json")):
        schemas.update(json.loads(path.read_text(encoding="utf-8"))["components"]["schemas"])
    return {name: _plain(schema) for name, schema in schemas.items()}


# Members that SDK 3.54.0 has and the description does not have yet.
NEWER = {
    "CreateImageRequest": {"safety_identifier", "complexity", "frame_count", "frame_duration_ms", "svg"},
    "CreateImageEditRequest": {"safety_identifier", "complexity", "frame_count", "frame_duration_ms", "markup"},
    "EditImageBodyJsonParam": {"safety_identifier", "complexity", "frame_count", "frame_duration_ms"},
}
NEWER_VALUES = {"quality": ["xhigh", "max"], "output_format": ["gif", "svg"]}


# Members of a response that the service sends as null, contrary to its description; the SDK's types allow it.
SENT_AS_NULL = {"Response": ["usage"], "ResponseProperties": ["user"], "ModelResponseProperties": ["user"]}


def _allow_null(node, names):
    if isinstance(node, list):
        for item in node:
            _allow_null(item, names)
    elif isinstance(node, dict):
        for name, schema in node.get("properties", {}).items():
            if name in names:
                node["properties"][name] = {"anyOf": [schema, {"type": "null"}]}
        _allow_null(node.get("allOf", []), names)


def _renew(schemas):
    """Adds the newer members and values, and lets sizes be any text as the newer models do."""
    for name, members in SENT_AS_NULL.items():
        _allow_null(schemas[name], members)
    for name, members in NEWER.items():
        schemas[name]["properties"].update({member: {} for member in members})
    for name, schema in schemas.items():
        for member, values in NEWER_VALUES.items():
            for place in _enums(schema.get("properties", {}).get(member, {})):
                place["enum"] = place["enum"] + values
        if "Image" in name and "size" in schema.get("properties", {}):
            schema["properties"]["size"] = {"type": "string"}
    return schemas


def _enums(node):
    if isinstance(node, list):
        return [place for item in node for place in _enums(item)]
    if not isinstance(node, dict):
        return []
    return ([node] if "enum" in node else []) + [place for value in node.values() for place in _enums(value)]


SCHEMAS = _renew(_schemas())


def errors(name, value):
    """Returns the violations of the schema of this name; empty if there are none."""
    if name not in SCHEMAS:
        return [f"no schema {name}"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    found = Draft202012Validator(schema).iter_errors(value)
    return [f"{name}{error.json_path[1:]}: {error.message[:200]}" for error in found]


def event_errors(event):
    """Returns the same for an event of a response, by the schema of its own type, which locates the fault better."""
    names = [one["$ref"].rsplit("/", 1)[1] for one in SCHEMAS["ResponseStreamEvent"]["anyOf"]]
    fitting = [name for name in names if event["type"] in SCHEMAS[name]["properties"]["type"].get("enum", [])]
    return errors(fitting[0], event) if fitting else [f"no schema for {event['type']}"]


def unknown(name, value):
    """Returns members that the schema does not know: the service rejects them, JSON Schema would not."""
    return sorted(set(value) - set(SCHEMAS[name].get("properties", {})))


NUMBERS = ("n", "partial_images", "output_compression")


def form(parts):
    """Returns a form as the object that its schema describes: numbers are numbers, files are text."""
    body = {}
    for part in parts:
        name, text = part["name"], base64.b64decode(part["base64"])
        if part["file_name"] is not None:
            if name == "image[]":
                body.setdefault("image", []).append("binary")
            else:
                body[name] = "binary"
        elif name in NUMBERS:
            body[name] = int(text)
        elif name == "stream":
            body[name] = text == b"true"
        else:
            body[name] = text.decode()
    return body


def request_errors(request):
    """Returns the violations of a recorded request; routes that the description parts do not cover are ignored."""
    path, body = request["path"], request["body"]
    if request["method"] != "POST" or not isinstance(body, dict):
        return []
    if path.endswith("/images/generations"):
        name, value = "CreateImageRequest", body.get("json")
    elif path.endswith("/images/edits") and "parts" in body:
        name, value = "CreateImageEditRequest", form(body["parts"])
    elif path.endswith("/images/edits"):
        name, value = "EditImageBodyJsonParam", body.get("json")
    elif path.endswith("/responses"):
        name, value = "CreateResponse", body.get("json")
    else:
        return []
    if not isinstance(value, dict):
        return [f"{path}: the body is no object"]
    extra = [] if name == "CreateResponse" else unknown(name, value)
    return errors(name, value) + [f"{name}: unknown member {member}" for member in extra]
