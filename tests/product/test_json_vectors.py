"""A public suite of JSON bodies (nst/JSONTestSuite) against the whole product: never a 5xx, never silence.

The suite is data beside the source, not part of it: $AIS_VECTORS, else ../shared/vectors."""

import os
import pathlib

import pytest

from server import ROOT

FOLDER = pathlib.Path(os.environ.get("AIS_VECTORS", ROOT.parent / "shared" / "vectors")) / "json-parsing/test_parsing"
VECTORS = sorted(FOLDER.glob("*.json"))
# Objects with a key twice: the grammar has them, we refuse them.
DUPLICATES = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
PREFLIGHT = "/api/v1/preflight"

pytestmark = pytest.mark.skipif(not VECTORS, reason=f"no vectors at {FOLDER} (set AIS_VECTORS)")


def check(answer, name):
    assert answer.status in (200, 400, 422), f"{name}: {answer}"
    if answer.status != 200:
        assert answer.json()["allowed"] is False


def as_argument(body):
    return b'{"tool_name":"t","tool_args":{"v":' + body + b"}}"


def test_as_whole_bodies(rest):
    for vector in VECTORS:
        answer = rest.post(PREFLIGHT, vector.read_bytes())
        check(answer, vector.name)
        if vector.name.startswith("n_") or vector.name in DUPLICATES:
            assert answer.status == 400, f"{vector.name}: {answer}"
        elif vector.name.startswith("y_"):
            assert answer.status == 422, f"{vector.name}: {answer}"  # well-formed, and no preflight


def breaks_out(body):
    """Bodies that close the object around them and so become other, possibly good JSON inside of it."""
    return body.count(b"}") > body.count(b"{") or not body.strip()


def test_inside_of_arguments(rest):
    for vector in VECTORS:
        body = vector.read_bytes()
        answer = rest.post(PREFLIGHT, as_argument(body))
        check(answer, vector.name)
        if vector.name in DUPLICATES or (vector.name.startswith("n_") and not breaks_out(body)):
            assert answer.status == 400, f"{vector.name}: {answer}"
        elif vector.name.startswith("y_"):
            assert answer.status == 200, f"{vector.name}: {answer}"


def test_over_zeromq_as_over_rest(rest, req):
    for vector in VECTORS:
        body = vector.read_bytes()
        assert req.preflight(body)[0] == rest.post(PREFLIGHT, body).status, vector.name
