"""Every route and method with every kind of key. The routes are those of the product's own table; what is expected of a
route follows from its row, and that the table is whole from what the server says of each path."""

import re

import pytest

from client import new_source
from server import ROOT, Prepared, wait_until

SCOPES = ("preflight", "read", "approve", "admin")
# Keys that are none: whatever the route, unless it is open to all, the answer is 401.
NO_KEYS = ("none", "empty", "garbage", "mistyped", "revoked", "expired", "elsewhere")
GOOD_KEYS = SCOPES + ("all",)

ROW = re.compile(r'X\(\w+,\s*"(\w+)",\s*"([^"]+)",\s*([^,]+),\s*([^,]+),\s*\w+,\s*\w+\)')


def routes():
    text = (ROOT / "gateway/routes.h").read_text()
    table = text[text.index("#define ROUTES(X)"):text.index("enum route_id")].replace("\\\n", " ")
    found = []
    for method, path, scope, flags in ROW.findall(table):
        needed = {word.lower() for word in re.findall(r"AIS_SCOPE_(\w+)", scope)}
        found.append((method, path, needed, "ROUTE_OPEN" in flags))
    assert len(found) == table.count(" X(") and found, "a row of the table is not understood"
    return found


ROUTES = routes()
# A GET row answers HEAD too.
CALLS = ROUTES + [("HEAD", *rest) for method, *rest in ROUTES if method == "GET"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    with Prepared(tmp_path_factory.mktemp("scopes") / "data") as server:
        made = {scope: server.make_key(scope)["api_key"] for scope in SCOPES}
        revoked = server.make_key(*SCOPES)
        server.revoke_key(revoked["key_id"])
        expired = server.make_key(*SCOPES, expires_in=1)["api_key"]
        made.update(all=server.admin_key, none=None, empty="", garbage="x" * 42, revoked=revoked["api_key"],
                    mistyped=server.admin_key[:-1] + ("x" if server.admin_key[-1] != "x" else "y"), expired=expired,
                    elsewhere=server.make_key(*SCOPES, source_ranges=["192.0.2.0/24", "::1", "ipc"])["api_key"])
        wait_until(lambda: call(server, expired, "GET", "/api/v1/rulepacks").status == 401, "the key has expired")
        yield server, made


def test_the_openapi_document_says_the_same(keys):
    server, _ = keys
    document = server.rest(None).get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    said = [(method.upper(), path, set(operation.get("x-aisentinel-scope", ())), "x-aisentinel-scope" not in operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items() if method != "parameters"]
    assert sorted(said) == sorted(ROUTES)


def call(server, key, method, path):
    body = b"{}" if method in ("POST", "PUT", "PATCH") else None
    client = server.rest(key, source=new_source())
    try:
        return client.call(method, re.sub(r"\{\w+\}", "nobody", path), body)
    finally:
        client.close()


@pytest.mark.parametrize("method, path, needed, is_open", CALLS, ids=lambda value: str(value))
def test_a_route_takes_the_keys_of_its_row(keys, method, path, needed, is_open):
    server, made = keys
    for kind in NO_KEYS + GOOD_KEYS:
        held = set(SCOPES) if kind == "all" else {kind}
        status = call(server, made[kind], method, path).status
        if is_open:
            assert status not in (401, 403), kind
        elif kind in NO_KEYS:
            assert status == 401, kind
        elif not needed <= held:
            assert status == 403, kind
        else:
            assert status not in (401, 403, 405), kind


def test_every_route_but_those_of_probes_and_tools_needs_a_key(keys):
    assert {path for _, path, _, is_open in ROUTES if is_open} == {"/api/v1/openapi.json", "/livez", "/readyz", "/metrics"}
    assert all(needed for _, _, needed, is_open in ROUTES if not is_open)


@pytest.mark.parametrize("path", sorted({path for _, path, *_ in ROUTES}))
def test_a_path_takes_the_methods_of_the_table_and_no_others(keys, path):
    """What the table does not have is refused before any key is looked at: there is nothing behind it."""
    server, made = keys
    methods = {method for method, other, *_ in ROUTES if other == path}
    methods |= {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    answer = call(server, made["all"], "OPTIONS", path)
    assert answer.status == 204
    assert set(answer.headers["Allow"].split(", ")) == methods
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
        refused = call(server, made["all"], method, path)
        assert refused.status == 405
        assert set(refused.headers["Allow"].split(", ")) == methods


@pytest.mark.parametrize("kind", NO_KEYS + GOOD_KEYS)
def test_over_zeromq_a_preflight_needs_its_scope(keys, kind):
    server, made = keys
    with server.zmq(made[kind] or "", source=new_source()) as client:
        status, text = client.preflight({"tool_name": "get_weather"})
    if kind in NO_KEYS:
        assert status == 401
    else:
        assert status == (200 if kind in ("preflight", "all") else 403)
    assert (b'"allowed":true' in text) == (status == 200)


@pytest.mark.parametrize("kind", NO_KEYS + GOOD_KEYS)
def test_over_zeromq_a_ping_needs_none(keys, kind):
    server, made = keys
    with server.zmq(made[kind] or "", source=new_source()) as client:
        assert client.ask(b"PING")[0] == 200
