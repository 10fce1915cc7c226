"""Rulepacks added, replaced, switched, removed and rolled back: over REST, and on the command line.

AIS_WRITES sets how often a preflight is tried right behind an upload (default 50), AIS_KILLS how often the process is
killed between uploads (default 15)."""

import hashlib
import http.client
import itertools
import json
import os
import pwd
import random
import threading

import pytest

from client import Raw
from packs import BOUNDARY, FORM_TYPE, RULEPACKS, Packs, form, pack, part
from server import Prepared, run, wait_until

LARGEST = 4 << 20
WRITES = int(os.environ.get("AIS_WRITES", "50"))
KILLS = int(os.environ.get("AIS_KILLS", "15"))
numbers = itertools.count(1)


@pytest.fixture
def packs(admin):
    return Packs(admin)


@pytest.fixture
def name(packs):
    """A name that no pack has, and none has afterwards."""
    fresh = f"pack_{next(numbers)}"
    yield fresh
    if fresh in packs.names():
        assert packs.remove(fresh).status == 204


def allowed(server, tool):
    answer = server.preflight({"tool_name": tool})
    assert answer.status == 200, answer
    return answer.json()["allowed"]


def problem(answer, status):
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["detail"]
    return body


def padded(source, size):
    """The same pack with a comment behind it, so that it has this size."""
    return source + "#" * (size - len(source))


# ---- adding ----

def test_an_upload_is_answered_with_what_it_hardly_means(packs, name):
    good = packs.add(pack(name, "1.0.0"))
    assert good.status == 201 and good.json()["warnings"] == []
    doubtful = packs.add(pack(name, "1.1.0", tool="'*'"))
    assert doubtful.status == 201
    assert doubtful.json()["warnings"] == [
        {"line": 4, "column": 3, "message": f"'{name}_rule' matches every request"}]
    assert "warnings" not in packs.get(name).json()
    assert packs.rollback(name).status == 200


def test_an_upload_is_answered_with_what_wakes_none_of_its_rules(packs, name):
    source = pack(name, "1.0.0").replace("tools: [zap]", "detection: {s: {tool_name|re: '^z.p$'}, condition: s}")
    assert packs.add(source).json()["warnings"] == []
    source = source.replace("1.0.0", "1.1.0").replace("z.p", "[a-z]{3}")
    (warning,) = packs.add(source).json()["warnings"]
    assert (warning["line"], warning["column"]) == (4, source.split("\n")[3].index("'^[") + 1)
    assert f"'{name}_rule' is looked at in every decision: no text is known" in warning["message"]


def test_an_upload_is_in_force_when_it_is_answered(server, packs, name):
    source = pack(name, "1.0.0", tool=name)
    assert allowed(server, name)
    answer = packs.add(source)
    assert answer.status == 201, answer
    assert not allowed(server, name)
    details = answer.json()
    assert details == {**packs.get(name).json(), "warnings": []}
    assert details["kind"] == "custom" and details["enabled"] is True and details["version"] == "1.0.0"
    assert details["checksum"] == hashlib.sha256(source.encode()).hexdigest()
    assert [rule["id"] for rule in details["rules"]] == [f"{name}_rule"]
    assert packs.names()[name]["rules"] == 1


def test_the_source_comes_back_byte_for_byte(packs, name):
    source = "# für später — ‚Kommentar‘\r\n" + pack(name, "1.0.0") + "\n\n# ends here \t"
    assert packs.add(source).status == 201
    answer = packs.get(name, format="yaml")
    assert answer.headers["Content-Type"] == "application/yaml"
    assert answer.body == source.encode()


def test_a_pack_may_be_json(server, packs, name):
    rule = {"id": "r", "title": "No \U0001f600", "tools": [name], "action": "block"}
    assert packs.add(json.dumps({"name": name, "version": "1.0.0", "rules": [rule]})).status == 201
    assert not allowed(server, name)


def test_a_newer_version_keeps_the_one_before(packs, name):
    first, second = pack(name, "1.9.0"), pack(name, "1.10.0")
    assert packs.add(first).status == 201
    assert packs.add(second).json()["previous_version"] == "1.9.0"
    assert packs.get(name, version="1.9.0", format="yaml").body == first.encode()
    assert packs.get(name, version="1.10.0", format="yaml").body == second.encode()
    before = packs.get(name, version="1.9.0").json()
    assert before["version"] == "1.9.0" and before["enabled"] is False
    assert before["checksum"] == hashlib.sha256(first.encode()).hexdigest()
    problem(packs.get(name, version="1.8.0"), 404)


@pytest.mark.parametrize("version", ["1.0.0", "0.9.9", "1.0.0-rc.1", "1.0.0+build"])
def test_a_version_that_is_not_newer_is_409(packs, name, version):
    assert packs.add(pack(name, "1.0.0")).status == 201
    assert version in problem(packs.add(pack(name, version)), 409)["detail"]
    assert packs.get(name).json()["version"] == "1.0.0"


def test_the_name_of_a_system_pack_is_409(packs):
    assert "another name" in problem(packs.add(pack("shell_safety", "99.0.0")), 409)["detail"]


def test_every_fault_is_told_with_its_place(server, packs, name):
    source = pack(name, "1.0.0", tool=name, more="nonsense: 1\n").replace("severity", "severty") + "- {id: other}\n"
    body = problem(packs.add(source), 422)
    places = [(one["line"], one["column"]) for one in body["errors"]]
    assert (3, 1) in places and len(body["errors"]) >= 3
    assert any("'severity'" in one["message"] for one in body["errors"])
    assert all(one["message"] for one in body["errors"])
    assert name not in packs.names() and allowed(server, name)


def test_a_thousand_faults_are_told_and_the_rest_is_counted(packs, name):
    source = f"name: {name}\nversion: 1.0.0\nrules:\n" + "".join(
        f"- {{id: r{number}, title: t, action: blok}}\n" for number in range(1500))
    body = problem(packs.add(source), 422)
    assert len(body["errors"]) == 1000 and "more than are listed" in body["detail"]


def test_a_pack_whose_tests_fail_is_422(server, packs, name):
    body = problem(packs.add(pack(name, "1.0.0", tool=name, expect="none")), 422)
    assert body["errors"] == [{"line": 5, "column": 12, "rule": f"{name}_rule", "test": "first", "expect": "none",
                               "got": "block", "message": body["errors"][0]["message"]}]
    assert name not in packs.names() and allowed(server, name)


def test_a_faulty_new_version_leaves_the_old_in_force(server, packs, name):
    assert packs.add(pack(name, "1.0.0", tool=name)).status == 201
    problem(packs.add(pack(name, "2.0.0", tool="other", expect="none")), 422)
    problem(packs.add("name: " + name), 422)
    assert packs.get(name).json()["version"] == "1.0.0"
    assert not allowed(server, name)


def test_a_new_version_of_a_disabled_pack_stays_disabled(server, packs, name):
    assert packs.add(pack(name, "1.0.0", tool=name)).status == 201
    assert packs.switch(name, False).status == 200
    assert packs.add(pack(name, "2.0.0", tool=name)).json()["enabled"] is False
    assert allowed(server, name)


# ---- the form ----

SOURCE = pack("never_added", "1.0.0")
FORMS = {  # body, Content-Type, status
    "another content type": (SOURCE.encode(), "application/yaml", 415),
    "no boundary": (form(part(SOURCE)), "multipart/form-data", 400),
    "another boundary": (form(part(SOURCE)), "multipart/form-data; boundary=other", 400),
    "no form": (SOURCE.encode(), FORM_TYPE, 400),
    "nothing": (b"", FORM_TYPE, 400),
    "no field": (f"--{BOUNDARY}--\r\n".encode(), FORM_TYPE, 422),
    "cut off": (form(part(SOURCE))[:-6], FORM_TYPE, 400),
    "another field": (form(part(SOURCE, name="pack")), FORM_TYPE, 422),
    "a second field": (form(part(SOURCE), part("x", name="comment")), FORM_TYPE, 422),
    "the field twice": (form(part(SOURCE), part(SOURCE)), FORM_TYPE, 422),
    "base64": (form(part(SOURCE, fields=["Content-Transfer-Encoding: base64"])), FORM_TYPE, 415),
    "another charset": (form(part(SOURCE, fields=["Content-Type: text/plain; charset=latin1"])), FORM_TYPE, 415),
    "a head of many lines": (form(part(SOURCE, fields=["X-Y: " + "y" * 100] * 50)), FORM_TYPE, 400),
    "UTF-16": (form(part(SOURCE.encode("utf-16"))), FORM_TYPE, 422),
    "an empty field": (form(part("")), FORM_TYPE, 422),
}


@pytest.mark.parametrize("body, content_type, status", FORMS.values(), ids=FORMS.keys())
def test_what_is_no_form_of_one_pack_is_refused(packs, body, content_type, status):
    problem(packs.add(None, content_type, body), status)
    assert "never_added" not in packs.names()


def test_a_form_as_clients_send_it(packs, name):
    """A preamble, an epilogue, padding, a quoted boundary, fields that nobody needs."""
    body = (b'This is a form.\r\n--a b \t\r\ncontent-disposition: form-data; filename="C:/x \\"y\\".yml"; name=rulepack\r\n'
            b"Content-Type: application/yaml; charset=UTF-8\r\nContent-Length: 7\r\n\r\n" + pack(name, "1.0.0").encode()
            + b"\r\n--a b-- \r\nIt ends here.")
    assert packs.add(None, 'Multipart/Form-Data; charset=x; boundary="a b"', body).status == 201


def test_a_pack_of_4_mib_is_taken_and_one_byte_more_is_not(packs, name):
    largest = padded(pack(name, "1.0.0"), LARGEST)
    assert problem(packs.add(largest + "#"), 413)["detail"]
    assert packs.add(largest).status == 201
    assert packs.get(name, format="yaml").body == largest.encode()


def test_more_than_the_form_may_have_around_it_is_413(server, packs, name):
    body = form(part(padded(pack(name, "1.0.0"), LARGEST)))
    problem(packs.add(None, body=b"x" * (65 << 10) + b"\r\n" + body), 413)
    with Raw(server.port) as raw:
        answer = raw.exchange(f"POST {RULEPACKS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.admin_key}\r\n"
                              f"Content-Type: {FORM_TYPE}\r\nContent-Length: 999999999999\r\n\r\n".encode())
        assert problem(answer, 413)["detail"]


def test_a_chunked_upload(server, name):
    body = form(part(pack(name, "1.0.0")))
    with Raw(server.port) as raw:
        raw.send(f"POST {RULEPACKS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.admin_key}\r\n"
                 f"Content-Type: {FORM_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for at in range(0, len(body), 7):
            piece = body[at:at + 7]
            raw.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        assert raw.exchange(b"0\r\n\r\n").status == 201


# ---- who may ----

CALLS = [("POST", RULEPACKS), ("PATCH", f"{RULEPACKS}/shell_safety"), ("DELETE", f"{RULEPACKS}/shell_safety"),
         ("POST", f"{RULEPACKS}/shell_safety/rollback")]


@pytest.mark.parametrize("key, status", [("agent", 403), (None, 401)])
@pytest.mark.parametrize("method, path", CALLS)
def test_only_an_admin_changes_rulepacks(server, method, path, key, status):
    body = form(part(pack("never_added", "1.0.0"))) if path == RULEPACKS else {"enabled": False}
    headers = {"Content-Type": FORM_TYPE} if path == RULEPACKS else {}
    problem(server.rest(key).call(method, path, body, headers=headers), status)
    assert "never_added" not in Packs(server.rest("admin")).names()


@pytest.mark.parametrize("key, status", [("agent", 403), (None, 401)])
def test_who_may_not_upload_hears_so_before_the_body(server, key, status):
    """The head is enough: nothing of the 4 MiB is waited for, or kept."""
    secret = {"agent": server.agent_key}.get(key, "none")
    with Raw(server.port) as raw:
        answer = raw.exchange(f"POST {RULEPACKS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
                              f"Content-Type: {FORM_TYPE}\r\nContent-Length: {LARGEST}\r\n\r\n".encode())
        problem(answer, status)
        assert raw.closed_by_server()


def test_who_may_upload_is_told_to_go_on(server, name):
    body = form(part(pack(name, "1.0.0")))
    with Raw(server.port) as raw:
        raw.send(f"POST {RULEPACKS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.admin_key}\r\n"
                 f"Content-Type: {FORM_TYPE}\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        assert raw.socket.recv(100).startswith(b"HTTP/1.1 100 ")
        assert raw.exchange(body).status == 201


def test_other_methods_are_405_with_what_is_allowed(admin):
    answer = admin.call("PUT", f"{RULEPACKS}/shell_safety", b"")
    problem(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, PATCH, DELETE, OPTIONS"


# ---- switching, removing, rolling back ----

def test_a_pack_is_switched_off_and_on(server, packs, name):
    assert packs.add(pack(name, "1.0.0", tool=name)).status == 201
    for enabled in (False, True, False):
        answer = packs.switch(name, enabled)
        assert answer.status == 200 and answer.json()["enabled"] is enabled
        assert packs.names()[name]["enabled"] is enabled
        assert allowed(server, name) is not enabled


def test_what_is_so_already_is_not_made_again(server, packs, name):
    assert packs.add(pack(name, "1.0.0")).status == 201
    before = server.logs(event="snapshot_activated,rulepack_changed,document_sealed", limit=1)["logs"]
    answer = packs.switch(name, True)
    assert answer.status == 200 and answer.json()["enabled"] is True
    assert server.logs(event="snapshot_activated,rulepack_changed,document_sealed", limit=1)["logs"] == before


def test_a_system_pack_can_be_switched_off(server, packs):
    request = {"tool_name": "bash", "tool_args": {"command": "rm -rf /"}}
    assert server.preflight(request).json()["allowed"] is False
    try:
        assert packs.switch("shell_safety", False).status == 200
        assert server.preflight(request).json()["allowed"] is True
    finally:
        assert packs.switch("shell_safety", True).status == 200
    assert server.preflight(request).json()["allowed"] is False


PATCHES = {  # body, status, pointers
    "nothing": (b"", 400, None),
    "no JSON": (b"{enabled: true}", 400, None),
    "the member twice": (b'{"enabled":true,"enabled":false}', 400, None),
    "a list": (b"[]", 422, {""}),
    "an empty object": (b"{}", 422, {"/enabled"}),
    "null": (b'{"enabled":null}', 422, {"/enabled"}),
    "a number": (b'{"enabled":1}', 422, {"/enabled"}),
    "a word": (b'{"enabled":"true"}', 422, {"/enabled"}),
    "a member more": (b'{"enabled":true,"version":"2"}', 422, {"/version"}),
    "two faults": (b'{"Enabled":true,"a/b~c":1}', 422, {"/enabled", "/Enabled", "/a~1b~0c"}),
}


@pytest.mark.parametrize("body, status, pointers", PATCHES.values(), ids=PATCHES.keys())
def test_a_change_that_is_not_understood_changes_nothing(packs, body, status, pointers):
    found = problem(packs.patch("shell_safety", body), status)
    if pointers is not None:
        assert {one["pointer"] for one in found["errors"]} == pointers
    assert packs.names()["shell_safety"]["enabled"] is True


def test_a_pack_is_removed(server, packs, name):
    assert packs.add(pack(name, "2.0.0", tool=name)).status == 201
    answer = packs.remove(name)
    assert answer.status == 204 and answer.body == b""
    assert "Content-Length" not in answer.headers and "Content-Type" not in answer.headers
    assert allowed(server, name)
    problem(packs.get(name), 404)
    problem(packs.remove(name), 404)
    assert packs.add(pack(name, "1.0.0")).status == 201  # nothing of it is remembered


def test_a_system_pack_is_not_removed(packs):
    assert "disabled" in problem(packs.remove("shell_safety"), 409)["detail"]


def test_a_pack_is_rolled_back_and_forth(server, packs, name):
    assert packs.add(pack(name, "1.0.0", tool=name)).status == 201
    problem(packs.rollback(name), 409)
    assert packs.add(pack(name, "2.0.0", tool=name + "_other")).status == 201
    assert allowed(server, name)
    answer = packs.rollback(name)
    assert answer.status == 200, answer
    assert answer.json()["version"] == "1.0.0" and answer.json()["previous_version"] == "2.0.0"
    assert not allowed(server, name)
    assert packs.rollback(name).json()["version"] == "2.0.0"
    assert allowed(server, name)


def test_a_roll_back_that_says_from_where_is_made_once(packs, name):
    for version in ("1.0.0", "2.0.0"):
        assert packs.add(pack(name, version, tool=name)).status == 201
    assert packs.rollback(name, "?from=2.0.0").json()["version"] == "1.0.0"
    assert "1.0.0" in problem(packs.rollback(name, "?from=2.0.0"), 409)["detail"]
    problem(packs.rollback(name, "?form=1.0.0"), 400)


@pytest.mark.parametrize("unknown", ["nobody", "Shell_Safety", "%00", "a%20b", "x" * 200])
def test_what_is_not_there_is_404(packs, unknown):
    for answer in (packs.switch(unknown, True), packs.remove(unknown), packs.rollback(unknown)):
        assert answer.status in (400, 404), answer  # 400: a target that is malformed


@pytest.mark.parametrize("method, path", CALLS)
def test_parameters_that_nobody_knows_are_400(admin, method, path):
    body = form(part(SOURCE)) if path == RULEPACKS else {"enabled": True}
    headers = {"Content-Type": FORM_TYPE} if path == RULEPACKS else {}
    assert "dry_run" in problem(admin.call(method, path + "?dry_run=true", body, headers=headers), 400)["detail"]


# ---- what is recorded ----

def test_changes_and_refusals_are_recorded_with_who_asked(server, packs, name):
    source = pack(name, "1.0.0")
    assert packs.add(source).status == 201
    problem(packs.add(source), 409)
    problem(packs.add(pack(name, "2.0.0", expect="none")), 422)
    problem(packs.add("nonsense"), 422)
    assert packs.switch(name, False).status == 200
    assert packs.remove(name).status == 204
    records = server.logs(event="rulepack_changed", limit=6)["logs"][::-1]
    found = [(one["outcome"], one["details"]["action"], one["details"].get("rulepack"), one["details"].get("version"))
             for one in records]
    assert found == [("success", "add", name, "1.0.0"), ("failure", "add", name, "1.0.0"),
                     ("failure", "add", name, "2.0.0"), ("failure", "add", None, None),
                     ("success", "disable", name, "1.0.0"), ("success", "remove", name, "1.0.0")]
    assert records[0]["details"]["checksum"] == hashlib.sha256(source.encode()).hexdigest()
    assert all(one["details"]["reason"] for one in records if one["outcome"] == "failure")
    assert {one["caller"]["key_id"] for one in records} == {records[0]["caller"]["key_id"]}
    activated = server.logs(event="snapshot_activated", limit=1)["logs"][0]
    assert activated["snapshot"] == records[-1]["snapshot"]


# ---- in force at once ----

def test_the_next_preflight_uses_what_was_answered(server, packs, name):
    """Again and again, and no preflight of somebody else is refused meanwhile."""
    stop, seen = threading.Event(), []

    def others():
        client = server.rest()
        while not stop.is_set():
            seen.append(client.post("/api/v1/preflight", {"tool_name": "weather"}).status)

    thread = threading.Thread(target=others)
    thread.start()
    agent = server.rest()
    for number in range(1, WRITES + 1):
        assert packs.add(pack(name, f"{number}.0.0", tool=name, title=f"Version {number}")).status == 201
        answer = agent.post("/api/v1/preflight", {"tool_name": name})
        assert answer.json()["reasons"] == [f"Blocked by {name}_rule rule: Version {number}"]
    stop.set()
    thread.join()
    assert set(seen) == {200}


def test_deciding_goes_on_while_a_large_pack_is_compiled(server, packs, name):
    rules = "".join(f"- {{id: r{number}, title: t, tools: [tool_{number}], action: block, detection: "
                    f"{{a: {{tool_args.x|contains: word{number}needle}}, condition: a}}}}\n" for number in range(5000))
    answers, stop = [], threading.Event()

    def others():
        client = server.rest()
        while not stop.is_set():
            answers.append(client.post("/api/v1/preflight", {"tool_name": "weather"}).status)

    thread = threading.Thread(target=others)
    thread.start()
    wait_until(lambda: answers, "deciding")
    before = len(answers)
    answer = packs.add(f"name: {name}\nversion: 1.0.0\nrules:\n{rules}")
    during = len(answers) - before
    stop.set()
    thread.join()
    assert answer.status == 201
    assert set(answers) == {200} and during > 10
    request = {"tool_name": "tool_4999", "tool_args": {"x": "a word4999needle"}}
    assert server.preflight(request).json()["allowed"] is False


def test_what_was_changed_is_there_after_a_kill(tmp_path):
    with Prepared(tmp_path / "data") as server:
        packs = Packs(server.rest("admin"))
        assert packs.add(pack("mine", "1.0.0", tool="mine")).status == 201
        assert packs.add(pack("mine", "2.0.0", tool="mine")).status == 201
        assert packs.rollback("mine").status == 200
        assert packs.switch("shell_safety", False).status == 200
        server.kill()
        server.start()
        names = Packs(server.rest("admin")).names()
        assert names["mine"]["version"] == "1.0.0" and names["shell_safety"]["enabled"] is False
        assert not allowed(server, "mine")
        server.stop()


def test_a_kill_between_uploads_leaves_one_of_them(tmp_path):
    """What was answered is there; what was not is there whole, or not at all."""
    chosen, answered, number = random.Random(11), 0, 0
    server = Prepared(tmp_path / "data").start()
    for _ in range(KILLS):
        done = threading.Timer(chosen.uniform(0, 0.3), server.kill)  # the moment of the kill, not a wait
        packs, begun = Packs(server.rest("admin")), number + 1
        try:
            while True:
                number += 1
                assert packs.add(pack("mine", f"{number}.0.0", tool="mine", title=f"Version {number}")).status == 201
                if answered < begun:
                    done.start()
                answered = number
        except (OSError, http.client.HTTPException):
            pass  # the kill
        done.join()
        server.start()
        stored = Packs(server.rest("admin")).names().get("mine")
        found = int(stored["version"].split(".")[0]) if stored else 0
        assert answered <= found <= number
        reasons = server.preflight({"tool_name": "mine"}).json()["reasons"]
        assert not found or reasons == [f"Blocked by mine_rule rule: Version {found}"]
        number = answered = found
    server.stop()
    assert number >= 10


# ---- the command line ----

@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A data directory of a first start, with a pack in it."""
    home = tmp_path_factory.mktemp("cli")
    (home / "mine.yaml").write_text(pack("mine", "1.0.0"))
    (home / "newer.yaml").write_text(pack("mine", "2.0.0"))
    done = run("rulepack", "add", home / "mine.yaml", "--data-dir", home / "data")
    assert done.returncode == 0 and done.text == "mine 1.0.0: added\n", done.log
    return home


def rulepack(store, *words, **options):
    return run("rulepack", words[0], "--data-dir", store / "data", *words[1:], **options)


def listed(store):
    done = rulepack(store, "list", "--format", "json")
    return {one["name"]: one for one in json.loads(done.text)["rulepacks"]}


def test_commands_change_what_is_stored(store):
    steps = [(("add", store / "newer.yaml"), "mine 2.0.0: added\n", ("2.0.0", True)),
             (("rollback", "mine"), "mine 1.0.0: rolled back\n", ("1.0.0", True)),
             (("disable", "mine"), "mine 1.0.0: disabled\n", ("1.0.0", False)),
             (("disable", "mine"), "mine 1.0.0 is disabled already\n", ("1.0.0", False)),
             (("rollback", "mine"), "mine 2.0.0: rolled back\n", ("2.0.0", False)),
             (("enable", "mine"), "mine 2.0.0: enabled\n", ("2.0.0", True)),
             (("remove", "mine"), "mine 2.0.0: removed\n", None),
             (("add", store / "mine.yaml"), "mine 1.0.0: added\n", ("1.0.0", True))]
    for words, text, state in steps:
        done = rulepack(store, *words)
        assert (done.returncode, done.text) == (0, text), done.log
        found = listed(store).get("mine")
        assert state == (found and (found["version"], found["enabled"]))
    done = run("audit", "verify", "--data-dir", store / "data")
    assert done.returncode == 0, done.text


def test_what_is_switched_off_and_on_is_compiled_once(store):
    kept = (store / "data" / "policy_cache.enc").read_bytes()
    for word in ("disable", "enable"):
        assert rulepack(store, word, "mine").returncode == 0
        assert (store / "data" / "policy_cache.enc").read_bytes() == kept


def test_a_change_as_json(store):
    done = rulepack(store, "enable", "mine", "--format", "json")
    answer = json.loads(done.text)
    assert done.returncode == 0
    assert answer["changed"] is False and answer["rulepack"] == "mine" and answer["enabled"] is True


def test_a_refused_file_names_every_fault(store, tmp_path):
    path = tmp_path / "faulty.yaml"
    path.write_text(pack("mine", "9.0.0", more="nonsense: 1\nodd: 2\n"))
    done = rulepack(store, "add", path)
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in done.text.splitlines()] == [f"{path}:3:1", f"{path}:4:1"]
    answer = json.loads(rulepack(store, "add", path, "--format", "json").text)
    assert answer["changed"] is False and [one["line"] for one in answer["diagnostics"]] == [3, 4]


def test_a_file_whose_tests_fail_names_them(store, tmp_path):
    path = tmp_path / "untrue.yaml"
    path.write_text(pack("mine", "9.0.0", expect="allow"))
    done = rulepack(store, "add", path)
    assert done.returncode == 1
    assert done.text == f"FAIL mine.mine_rule: first ({path}:5:12: expected allow, got block)\n"


REFUSED = {
    "the same version": (("add", "mine.yaml"), "not newer"),
    "a system pack": (("remove", "code_execution"), "system rulepack"),
    "no version before": (("rollback", "code_execution"), "no version before"),
    "no such pack": (("enable", "nobody"), "there is no rulepack 'nobody'"),
}


@pytest.mark.parametrize("words, reason", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_command_says_why(store, words, reason):
    done = rulepack(store, words[0], store / words[1] if words[0] == "add" else words[1])
    assert done.returncode == 1 and reason in done.log, done.log


def test_commands_are_recorded(store):
    rulepack(store, "disable", "mine")
    rulepack(store, "enable", "mine")
    done = run("audit", "query", "--data-dir", store / "data", "--event", "rulepack_changed", "--limit", "2",
               "--format", "json")
    records = json.loads(done.text)["logs"]
    assert [one["details"]["action"] for one in records] == ["enable", "disable"]
    assert {(one["actor"], one["outcome"]) for one in records} == {("cli", "success")}
    assert {one["caller"]["user_id"] for one in records} == {user_text(os.getuid())}


@pytest.mark.parametrize("word", ["disable", "enable", "remove", "rollback"])
def test_a_command_about_a_pack_that_is_none_is_recorded(store, word):
    assert rulepack(store, word, "nobody").returncode == 1
    done = run("audit", "query", "--data-dir", store / "data", "--event", "rulepack_changed", "--limit", "1",
               "--format", "json")
    (record,) = json.loads(done.text)["logs"]
    assert (record["actor"], record["outcome"], record["details"]["action"]) == ("cli", "failure", word)
    assert "there is no rulepack 'nobody'" in json.dumps(record["details"])


def user_text(uid):
    try:
        return f"{uid}({pwd.getpwuid(uid).pw_name})"
    except KeyError:
        return str(uid)


@pytest.mark.parametrize("given, behind", [("1", user_text(1)), ("4294967290", "4294967290"), ("0", user_text(0)),
                                           ("", None), ("-1", None), ("1 ", None), ("99999999999999999999", None)])
def test_whom_the_superuser_acts_for_is_recorded(store, given, behind):
    for word in ("disable", "enable"):
        assert rulepack(store, word, "mine", env={"SUDO_UID": given}).returncode == 0
    done = run("audit", "query", "--data-dir", store / "data", "--event", "rulepack_changed", "--limit", "1",
               "--format", "json")
    (record,) = json.loads(done.text)["logs"]
    me = user_text(os.getuid())
    assert record["caller"]["user_id"] == (f"{me} sudo {behind}" if behind and os.getuid() == 0 else me)


INSTEAD = {
    "add": "POST /api/v1/rulepacks", "remove": "DELETE /api/v1/rulepacks/NAME",
    "enable": "PATCH /api/v1/rulepacks/NAME", "disable": "PATCH /api/v1/rulepacks/NAME",
    "rollback": "POST /api/v1/rulepacks/NAME/rollback",
}


@pytest.mark.parametrize("word, call", INSTEAD.items(), ids=INSTEAD.keys())
def test_beside_a_server_a_change_names_the_call_to_use(server, tmp_path, word, call):
    (tmp_path / "x.yaml").write_text(pack("x", "1.0.0"))
    operand = tmp_path / "x.yaml" if word == "add" else "shell_safety"
    done = run("rulepack", word, operand, "--data-dir", server.data_dir)
    assert done.returncode == 3 and call in done.log, done.log


# ---- export ----

def test_an_export_is_the_source(store):
    assert rulepack(store, "export", "mine").stdout == (store / "mine.yaml").read_bytes()
    done = rulepack(store, "export", "mine", "--version", "7.0.0")
    assert done.returncode == 1 and "1.0.0" in done.log


def test_an_export_beside_a_server(server, packs, name):
    first, second = pack(name, "1.0.0"), pack(name, "2.0.0")
    assert packs.add(first).status == 201
    assert packs.add(second).status == 201
    for version, source in (((), second), (("--version", "1.0.0"), first), (("--version", "2.0.0"), second)):
        done = run("rulepack", "export", name, "--data-dir", server.data_dir, *version)
        assert done.stdout == source.encode()


def test_a_command_gets_the_text_by_name_or_on_stdin(store):
    source = (store / "mine.yaml").read_bytes()
    for words in (("cat", "{}"), ("cat",), ("sh", "-c", "cat <{}")):
        done = rulepack(store, "export", "mine", "--", *words)
        assert (done.returncode, done.stdout) == (0, source), done.log
    assert rulepack(store, "export", "mine", "--", "echo", "a{}b{}").text.count("/proc/self/fd/") == 2


def test_the_exit_code_is_the_commands(store):
    assert rulepack(store, "export", "mine", "--", "sh", "-c", "exit 42").returncode == 42
    assert rulepack(store, "export", "mine", "--", "sh", "-c", "kill -9 $$").returncode == 128 + 9
    done = rulepack(store, "export", "mine", "--", "no-such-command")
    assert done.returncode == 3 and "no-such-command" in done.log


def test_a_command_cannot_change_the_text_and_sees_no_file_of_ours(store):
    script = "echo more >>{}; wc -c <{}; stat -L -c %h {}; ls -l /proc/self/fd"
    done = rulepack(store, "export", "mine", "--", "sh", "-c", script)
    size, links = done.text.split()[:2]
    assert int(size) == (store / "mine.yaml").stat().st_size and done.log  # what failed is said
    assert links == "0"  # no directory has it
    assert os.fspath(store / "data") not in done.text


def test_no_plain_text_is_left_in_the_data_directory(store):
    for path in (store / "data").iterdir():
        if path.is_file():
            assert b"No zapping" not in path.read_bytes(), path
