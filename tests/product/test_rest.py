"""REST as INTERFACE describes it: who may ask what, and what every refusal looks like."""

import json
import re

import pytest

from client import Raw, members, request_bytes
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from server import wait_until

PREFLIGHT, BATCH = "/api/v1/preflight", "/api/v1/preflight/batch"


def assert_problem(answer, status, allowed_false=None):
    """RFC 9457, section 3.1, and INTERFACE: "an error answer to a preflight also carries allowed: false"."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"] and problem["detail"]
    assert isinstance(problem["type"], str)
    if allowed_false is not None:
        assert problem.get("allowed") is (False if allowed_false else None), problem
    return problem


def nested(depth):
    """A preflight whose deepest value is at this depth."""
    return b'{"tool_name":"t","tool_args":' + b'{"a":' * (depth - 1) + b"1" + b"}" * (depth - 1) + b"}"


# ---- bodies ----

MALFORMED = {
    "nothing": b"",
    "an open object": b'{"tool_name":"a"',
    "a word": b"tool",
    "single quotes": b"{'tool_name':'a'}",
    "a trailing comma": b'{"tool_name":"a",}',
    "a comment": b'{"tool_name":"a"/* */}',
    "a raw newline in a string": b'{"tool_name":"a\nb"}',
    "an unknown escape": b'{"tool_name":"\\x41"}',
    "duplicate keys": b'{"tool_name":"a","tool_name":"b"}',
    "duplicate keys, one escaped": b'{"tool_name":"a","tool_n\\u0061me":"b"}',
    "duplicate keys deep inside": b'{"tool_name":"a","tool_args":{"x":[{"y":1,"y":2}]}}',
    "invalid UTF-8": b'{"tool_name":"\xff"}',
    "an overlong encoding": b'{"tool_name":"\xc0\xaf"}',
    "an encoded surrogate": b'{"tool_name":"\xed\xa0\x80"}',
    "a lone surrogate escape": b'{"tool_name":"\\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"tool_name":"a"}',
    "UTF-16": '{"tool_name":"a"}'.encode("utf-16"),
    "NaN": b'{"tool_name":"a","tool_args":{"x":NaN}}',
    "Infinity": b'{"tool_name":"a","tool_args":{"x":Infinity}}',
    "minus Infinity": b'{"tool_name":"a","tool_args":{"x":-Infinity}}',
    "a leading zero": b'{"tool_name":"a","tool_args":{"x":01}}',
    "trailing bytes": b'{"tool_name":"a"} x',
    "a second value": b'{"tool_name":"a"}{"tool_name":"b"}',
    "a NUL behind": b'{"tool_name":"a"}\0',
    "depth 65": nested(65),
    "depth 100,000": b'{"tool_name":"a","tool_args":' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("path", [PREFLIGHT, BATCH])
def test_a_malformed_body_is_400(rest, path, body):
    assert_problem(rest.post(path, body), 400, allowed_false=True)


def test_depth_64_is_accepted(rest):
    assert rest.post(PREFLIGHT, nested(64)).status == 200


# what, the pointers of its faults
INVALID = {
    "no tool name": ({}, {"/tool_name"}),
    "a tool name of null": ({"tool_name": None}, {"/tool_name"}),
    "an empty tool name": ({"tool_name": ""}, {"/tool_name"}),
    "a tool name that is a number": ({"tool_name": 1}, {"/tool_name"}),
    "arguments that are a list": ({"tool_name": "a", "tool_args": []}, {"/tool_args"}),
    "arguments that are a string": ({"tool_name": "a", "tool_args": "x"}, {"/tool_args"}),
    "a context that is a number": ({"tool_name": "a", "context": 1}, {"/context"}),
    "metadata that is a string": ({"tool_name": "a", "metadata": "x"}, {"/metadata"}),
    "a token that is a number": ({"tool_name": "a", "execution_approval_token": 1}, {"/execution_approval_token"}),
    "a candidate without a tool": ({"candidate": {"args": {}}}, {"/candidate/tool"}),
    "a candidate that is a string": ({"candidate": "x"}, {"/candidate"}),
    "several faults": ({"tool_name": 1, "tool_args": 2, "metadata": 3}, {"/tool_name", "/tool_args", "/metadata"}),
    "a list": ([], {""}),
    "a string": ("x", {""}),
    "null": (None, {""}),
}


@pytest.mark.parametrize("body, pointers", INVALID.values(), ids=INVALID.keys())
def test_a_well_formed_but_invalid_body_is_422_with_pointers(rest, body, pointers):
    problem = assert_problem(rest.post(PREFLIGHT, json.dumps(body).encode()), 422, allowed_false=True)
    assert {error["pointer"] for error in problem["errors"]} >= pointers
    assert all(error["detail"] for error in problem["errors"])


def test_both_forms_at_once_are_refused(rest):
    both = {**GOLDEN_REQUEST, "candidate": {"tool": "x", "args": {}}}
    assert_problem(rest.post(PREFLIGHT, both), 422, allowed_false=True)


@pytest.mark.parametrize("key", ["agent", "admin"])
@pytest.mark.parametrize("query", ["?explain=yes", "?explain", "?explain=", "?Explain=true", "?explain=true&x=1", "?nonsense=1"])
def test_a_query_that_is_not_understood_is_refused_and_explains_nothing(server, key, query):
    answer = server.rest(key).post(PREFLIGHT + query, GOLDEN_REQUEST)
    assert_problem(answer, answer.status, allowed_false=True)
    assert answer.status in (400, 403)
    assert "explanation" not in answer.json()


def test_a_made_up_approval_token_allows_nothing(rest):
    answer = rest.post(PREFLIGHT, {**GOLDEN_REQUEST, "execution_approval_token": "made.up"})
    assert answer.status == 200
    assert answer.json()["allowed"] is False


# ---- who may ----

BAD_AUTHORIZATION = {
    "none": None,
    "empty": "",
    "no scheme": "ais_x",
    "another scheme": "Basic dXNlcjpwYXNz",
    "no key": "Bearer",
    "an unknown key": "Bearer " + "x" * 40,
    "a mistyped key": "Bearer ais_" + "0" * 38,
    "a huge key": "Bearer " + "x" * 8000,
}


@pytest.mark.parametrize("value", BAD_AUTHORIZATION.values(), ids=BAD_AUTHORIZATION.keys())
def test_without_a_good_key_it_is_401(server, value):
    answer = server.rest(None).post(PREFLIGHT, ALLOWED_REQUEST, headers={"Authorization": value})
    assert_problem(answer, 401, allowed_false=True)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_one_character_of_the_key_changed_is_401(server):
    key = server.agent_key
    changed = key[:20] + ("A" if key[20] != "A" else "B") + key[21:]
    assert_problem(server.rest(changed).post(PREFLIGHT, ALLOWED_REQUEST), 401, allowed_false=True)


READ = ["/api/v1/rulepacks", "/api/v1/rulepacks/code_execution", "/api/v1/auditing/logs"]
# key, method, path, status: the scopes of INTERFACE 4 against the two keys of a first start
RIGHTS = (
    [("agent", "POST", path, 200) for path in (PREFLIGHT, BATCH)]
    + [("admin", "POST", path, 200) for path in (PREFLIGHT, BATCH)]
    + [("agent", "GET", path, 403) for path in READ]
    + [("admin", "GET", path, 200) for path in READ]
    + [(None, "GET", path, 401) for path in READ]
    + [(None, "POST", path, 401) for path in (PREFLIGHT, BATCH)]
    + [(None, "GET", path, 200) for path in ("/livez", "/readyz", "/metrics")]
    + [("agent", "GET", path, 200) for path in ("/livez", "/readyz", "/metrics")]
)


@pytest.mark.parametrize("key, method, path, status", RIGHTS)
def test_who_may_do_what(server, key, method, path, status):
    body = {"requests": [ALLOWED_REQUEST]} if path == BATCH else ALLOWED_REQUEST if method == "POST" else None
    answer = server.rest(key).call(method, path, body)
    assert answer.status == status, answer
    if status != 200:
        assert_problem(answer, status, allowed_false=path in (PREFLIGHT, BATCH))


# ---- paths, methods, headers ----

@pytest.mark.parametrize("path", ["/", "/api", "/api/v1/nothing", "/api/v1/preflight/", "/API/V1/PREFLIGHT",
                                  "/api/v1/rulepacks/", "/api/v1/preflight/batch/x", "//api/v1/preflight"])
def test_what_is_not_there_is_404(admin, path):
    assert_problem(admin.get(path), 404)
    assert_problem(admin.post(path, ALLOWED_REQUEST), 404)


def test_an_unknown_rulepack_is_404(admin):
    assert_problem(admin.get("/api/v1/rulepacks/nosuchpack"), 404)


@pytest.mark.parametrize("method, path, allowed", [
    ("GET", PREFLIGHT, {"POST"}), ("PUT", PREFLIGHT, {"POST"}), ("DELETE", PREFLIGHT, {"POST"}),
    ("GET", BATCH, {"POST"}), ("POST", "/livez", {"GET"}), ("DELETE", "/api/v1/auditing/logs", {"GET"}),
    ("BREW", PREFLIGHT, {"POST"}),
])
def test_a_wrong_method_is_405_with_allow(admin, method, path, allowed):
    answer = admin.call(method, path, headers={"Content-Length": "0"})
    assert_problem(answer, 405)
    assert allowed <= set(re.split(r",\s*", answer.headers["Allow"]))
    assert method not in re.split(r",\s*", answer.headers["Allow"])


def test_head_is_get_without_the_body(admin):
    answer = admin.call("HEAD", "/livez")
    assert answer.status == 200 and answer.body == b""
    assert admin.get("/livez").status == 200


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded",
                                        "application/jsonx", "multipart/form-data; boundary=x", "json"])
def test_another_media_type_is_415(rest, media_type):
    answer = rest.post(PREFLIGHT, ALLOWED_REQUEST, headers={"Content-Type": media_type})
    assert_problem(answer, 415, allowed_false=True)


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"])
def test_parameters_and_case_of_the_media_type_are_fine(rest, media_type):
    assert rest.post(PREFLIGHT, ALLOWED_REQUEST, headers={"Content-Type": media_type}).status == 200


def test_a_compressed_body_is_415(rest):
    answer = rest.post(PREFLIGHT, ALLOWED_REQUEST, headers={"Content-Encoding": "gzip"})
    assert_problem(answer, 415, allowed_false=True)


def raw_post(server, body, *fields, path=PREFLIGHT):
    fields = (("Authorization", f"Bearer {server.agent_key}"), ("Content-Type", "application/json")) + fields
    with Raw(server.port) as connection:
        return connection.exchange(request_bytes("POST", path, body, *fields))


def test_a_body_without_a_length_is_411(server):
    assert_problem(raw_post(server, b""), 411, allowed_false=True)


def test_no_length_is_no_body_where_none_is_needed(server):
    """As curl -X POST sends it. RFC 9112 section 6.3."""
    fields = (("Authorization", f"Bearer {server.admin_key}"),)
    with Raw(server.port) as connection:
        answer = connection.exchange(request_bytes("POST", "/api/v1/rulepacks/nobody/rollback", b"", *fields))
        assert_problem(answer, 404)
        assert connection.exchange(request_bytes("GET", "/livez", b"", *fields)).status == 200


def test_a_body_of_one_mebibyte_is_read(rest):
    head, tail = b'{"tool_name":"', b'"}'
    filler = b"a" * ((1 << 20) - len(head) - len(tail))
    assert rest.post(PREFLIGHT, head + filler + tail).status in (200, 422)


@pytest.mark.parametrize("how", ["announced", "sent", "chunked"])
def test_a_larger_body_is_413(server, how):
    body = b'{"tool_name":"' + b"a" * (1 << 20) + b'"}'
    if how == "announced":
        answer = raw_post(server, b"", ("Content-Length", str(1 << 40)))
    elif how == "sent":
        answer = raw_post(server, body)
    else:
        chunks = b"".join(b"10000\r\n" + body[at:at + 0x10000].ljust(0x10000) + b"\r\n"
                          for at in range(0, len(body), 0x10000))
        answer = raw_post(server, chunks + b"0\r\n\r\n", ("Transfer-Encoding", "chunked"))
    assert_problem(answer, 413, allowed_false=True)


def test_a_chunked_body_is_read(server):
    body = json.dumps(GOLDEN_REQUEST).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 7]), body[at:at + 7]) for at in range(0, len(body), 7))
    answer = raw_post(server, chunks + b"0\r\n\r\n", ("Transfer-Encoding", "chunked"))
    assert answer.members()[:4] == GOLDEN_MEMBERS


# Each is a way to make a proxy and us see two different requests.
SMUGGLING = {
    "two lengths": (("Content-Length", "5"), ("Content-Length", "6")),
    "two equal lengths": (("Content-Length", "2"), ("Content-Length", "2")),
    "length and chunked": (("Content-Length", "5"), ("Transfer-Encoding", "chunked")),
    "a length that is no number": (("Content-Length", "5x"),),
    "a negative length": (("Content-Length", "-5"),),
    "a length with a sign": (("Content-Length", "+5"),),
    "two keys": (("Authorization", "Bearer x"),),
}


@pytest.mark.parametrize("fields", SMUGGLING.values(), ids=SMUGGLING.keys())
def test_doubtful_framing_is_400_and_the_connection_ends(server, fields):
    with Raw(server.port) as connection:
        both = (("Authorization", f"Bearer {server.agent_key}"), ("Content-Type", "application/json")) + fields
        answer = connection.exchange(request_bytes("POST", PREFLIGHT, b"{}", *both))
        assert answer is not None and answer.status == 400, answer
        assert connection.closed_by_server()


def test_header_fields_above_16_kib_are_refused(server):
    answer = raw_post(server, b"{}", ("X-Filler", "a" * (17 << 10)))
    assert answer is not None and answer.status in (413, 431)


def test_a_request_id_is_echoed(rest, admin):
    fields = {"X-Request-ID": "abc-123_DEF.7"}
    for answer in (rest.post(PREFLIGHT, ALLOWED_REQUEST, headers=fields), rest.post(PREFLIGHT, b"{", headers=fields),
                   admin.call("GET", "/livez", headers=fields), admin.call("GET", "/nothing", headers=fields)):
        assert answer.headers["X-Request-ID"] == "abc-123_DEF.7"


def test_a_traceparent_is_recorded(server, rest):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = rest.post(PREFLIGHT, ALLOWED_REQUEST, headers={"traceparent": trace})
    found = server.logs(decision_id=answer.json()["decision_id"])["logs"]
    assert [record["traceparent"] for record in found] == [trace]


@pytest.mark.parametrize("path, wrap", [(PREFLIGHT, lambda one: one), (BATCH, lambda one: {"requests": [one]})])
@pytest.mark.parametrize("sent, recorded", [
    ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
    ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-password", None),
    ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-password",
     "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("my password is hunter2", None),
])
def test_what_is_no_traceparent_is_not_recorded(server, rest, path, wrap, sent, recorded):
    answer = rest.post(path, wrap(ALLOWED_REQUEST), headers={"traceparent": sent})
    assert answer.status == 200
    (record,) = server.logs(event="decision", limit=1)["logs"]
    assert record.get("traceparent") == recorded


def test_a_connection_is_kept(server):
    with Raw(server.port) as connection:
        for _ in range(5):
            answer = connection.exchange(request_bytes(
                "POST", PREFLIGHT, json.dumps(GOLDEN_REQUEST).encode(), ("Content-Type", "application/json"),
                ("Authorization", f"Bearer {server.agent_key}")))
            assert answer.members()[:4] == GOLDEN_MEMBERS
            assert not answer.closes


# ---- batch ----

def test_a_batch_is_answered_in_order(rest):
    requests = [GOLDEN_REQUEST, ALLOWED_REQUEST, {"tool_name": 1}, GOLDEN_REQUEST, "x", ALLOWED_REQUEST]
    answer = rest.post(BATCH, {"requests": requests})
    assert answer.status == 200
    found = answer.json()["decisions"]
    assert [decision["allowed"] for decision in found] == [False, True, False, False, False, True]
    assert [decision.get("status") for decision in found] == [None, None, 422, None, 422, None]
    assert "/tool_name" in {error["pointer"] for error in found[2]["errors"]}


def test_a_batch_of_a_thousand(rest):
    requests = [GOLDEN_REQUEST if n % 3 == 0 else ALLOWED_REQUEST for n in range(1000)]
    found = rest.post(BATCH, {"requests": requests}).json()["decisions"]
    assert [decision["allowed"] for decision in found] == [n % 3 != 0 for n in range(1000)]
    assert len({decision["decision_id"] for decision in found}) == 1000


def test_each_decision_of_a_batch_has_the_bytes_of_a_single_one(rest):
    text = rest.post(BATCH, {"requests": [GOLDEN_REQUEST]}).body.decode()
    assert members(text[len('{"decisions":['):-len("]}")])[:4] == GOLDEN_MEMBERS


@pytest.mark.parametrize("body", [
    {"requests": [ALLOWED_REQUEST] * 1001}, {"requests": []}, {"requests": {}}, {}, [], {"requests": None}, "x",
], ids=["1001", "empty", "object", "absent", "list", "null", "string"])
def test_another_batch_is_422(rest, body):
    problem = assert_problem(rest.post(BATCH, json.dumps(body).encode()), 422, allowed_false=True)
    assert problem["errors"]


# ---- probes and metrics ----

def test_the_probes(server):
    open_client = server.rest(None)
    assert open_client.get("/livez").status == 200
    ready = open_client.get("/readyz")
    assert ready.status == 200
    head = ready.json()["audit"]["head"]
    assert head["sequence"] >= 1 and re.fullmatch("[0-9a-f]{64}", head["hash"])


SAMPLE = re.compile(r'^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_]\w*="(\\.|[^"\\])*"(,[a-zA-Z_]\w*="(\\.|[^"\\])*")*,?\})? '
                    r"(NaN|[+-]Inf|[-+0-9.eE]+)$")


def scrape(server):
    """Prometheus text format 0.0.4: every line is a comment or a sample. Returns the samples."""
    answer = server.rest(None).get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.body.endswith(b"\n")
    samples, typed = {}, set()
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            assert line.split()[2] not in typed, "a TYPE line twice"
            typed.add(line.split()[2])
        elif line and not line.startswith("#"):
            assert SAMPLE.match(line), line
            name, value = line.rsplit(" ", 1)
            assert name not in samples, "a sample twice: " + name
            samples[name] = float(value)
    families = {re.sub(r"(_bucket|_sum|_count)?(\{.*)?$", "", name) for name in samples} | \
               {re.sub(r"\{.*$", "", name) for name in samples}
    assert typed <= families
    return samples


def total(samples, name):
    return sum(value for sample, value in samples.items() if re.fullmatch(name + r"(\{.*\})?", sample))


def test_metrics_parse_and_are_ours(server):
    samples = scrape(server)
    assert any(name.startswith("aisentinel_") for name in samples)


def test_metrics_count_decisions(server, rest):
    def decided():
        return total(scrape(server), "aisentinel_decisions_total")
    rest.post(PREFLIGHT, ALLOWED_REQUEST)
    before = wait_until(decided, "a first decision in the metrics")
    for _ in range(10):
        rest.post(PREFLIGHT, ALLOWED_REQUEST)
    wait_until(lambda: decided() >= before + 10, "ten more decisions in the metrics")


def test_histogram_buckets_are_cumulative(server, rest):
    rest.post(PREFLIGHT, ALLOWED_REQUEST)
    rows = {}
    for name, value in scrape(server).items():
        if found := re.fullmatch(r'(\w+)_bucket\{(.*?),?le="([^"]+)"(.*)\}', name):
            rows.setdefault((found[1], found[2] + found[4]), []).append((float(found[3]), value))
    assert rows, "no histogram"
    for name, buckets in rows.items():
        values = [value for _, value in sorted(buckets)]
        assert values == sorted(values), name
        assert max(buckets)[0] == float("inf"), name


# ---- rulepacks ----

def test_rulepacks_are_listed(admin):
    packs = {pack["name"]: pack for pack in admin.get("/api/v1/rulepacks").json()["rulepacks"]}
    assert {"code_execution", "shell_safety"} <= set(packs)
    for pack in packs.values():
        assert {"name", "version", "kind", "enabled", "checksum", "rules", "invariants", "description"} <= set(pack)
        assert pack["kind"] == "system" and pack["enabled"] is True
        assert re.fullmatch(r"\d+\.\d+\.\d+.*", pack["version"])
        assert isinstance(pack["rules"], int) and pack["rules"] > 0


def test_details_have_the_rules(admin):
    details = admin.get("/api/v1/rulepacks/code_execution").json()
    assert details["name"] == "code_execution"
    assert "code_exec_sandbox" in json.dumps(details["rules"])


def test_the_source_as_yaml(admin):
    answer = admin.get("/api/v1/rulepacks/code_execution", format="yaml")
    assert answer.status == 200
    assert "yaml" in answer.headers["Content-Type"]
    assert b"name: code_execution" in answer.body


def test_a_batch_takes_no_query_parameters(server):
    body = json.dumps({"requests": [GOLDEN_REQUEST]}).encode()
    problem = assert_problem(server.rest("admin").post(PREFLIGHT + "/batch?explain=true", body), 400, allowed_false=True)
    assert "explain" in problem["detail"]


@pytest.mark.parametrize("parameters", [{"format": "xml"}, {"nonsense": "1"}])
def test_a_parameter_that_is_not_understood_is_400(admin, parameters):
    problem = assert_problem(admin.get("/api/v1/rulepacks/code_execution", **parameters), 400)
    assert next(iter(parameters)) in problem["detail"]
