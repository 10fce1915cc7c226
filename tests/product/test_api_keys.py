"""API keys over REST and on the command line: made, listed, bound, revoked; who is refused, and how fast."""

import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import stat
import time

import pytest
import zmq

from client import Req, new_source
from samples import ALLOWED_REQUEST
from sealed import Chain, fernet, tokens
from server import KEY_PATTERN, Prepared, Server, run, wait_until

PATH = "/api/v1/api_keys"
PREFLIGHT = "/api/v1/preflight"
REVOCATIONS = int(os.environ.get("AIS_REVOCATIONS", "200"))
# What is "at once" and what is late; a login that fails too often waits for a second.
LATE_S, SOON_S = 0.9, 0.7


@pytest.fixture
def own(data_dir):
    """A server for one test."""
    with Prepared(data_dir) as running:
        yield running


def ask(server, key, source=None):
    client = server.rest(key, source=source or new_source())
    try:
        return client.post(PREFLIGHT, ALLOWED_REQUEST)
    finally:
        client.close()


def cut_log_before(data_dir, text):
    """The log as a process leaves it that ends before it wrote the first commit with this text."""
    opener, log = fernet(data_dir), data_dir / "audit_logs.enc"
    before = itertools.takewhile(lambda token: text not in opener.decrypt(token),
                                 (token for _, token in tokens(log.read_bytes())))
    log.write_bytes(b"".join(token + b"\n" for token in before))


def key_of(server, key_id):
    found = [key for key in server.rest("admin").get(PATH).json()["api_keys"] if key["key_id"] == key_id]
    return found[0] if found else None


# ---- made and listed ----


def test_a_new_key_works_and_is_listed_without_its_secret(server, admin):
    answer = admin.post(PATH, {"name": "ci", "scopes": ["preflight", "read"], "expires_in": "30d", "user": "ada",
                               "agent": "bot", "environment": "test", "source_ranges": ["127.0.0.0/8"]})
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    assert KEY_PATTERN.fullmatch(made["api_key"].encode())
    assert ask(server, made["api_key"]).status == 200
    listed = admin.get(PATH)
    assert listed.headers["Cache-Control"] is None, "only the one answer is a secret"
    assert made["api_key"].encode() not in listed.body and b"hash" not in listed.body
    shown = key_of(server, made["key_id"])
    assert {name: shown[name] for name in made if name != "api_key"} == {
        name: value for name, value in made.items() if name != "api_key"}
    assert shown["revoked"] is False and shown["created_by"] != shown["key_id"]
    assert "warning" not in made


def test_what_a_key_pins_holds_whatever_a_request_says(server, admin):
    made = server.make_key("preflight", user="pinned")
    answer = server.rest(made["api_key"]).post(PREFLIGHT, {"tool_name": "x", "metadata": {"user_id": "somebody else"}})
    record = server.logs(decision_id=answer.json()["decision_id"])["logs"][0]
    assert record["caller"]["key_id"] == made["key_id"]
    assert record["caller"]["user_id"] == record["user_id"] == "pinned"


FAULTS = [
    ({}, ["/name", "/scopes"]),
    ({"name": "", "scopes": []}, ["/name", "/scopes"]),
    ({"name": "x", "scopes": ["read", "root"], "expires_in": 0, "expire": 1}, ["/scopes/1", "/expires_in", "/expire"]),
    ({"name": "x" * 256, "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, ["/name", "/expires_at"]),
    ({"name": "x", "scopes": ["read"], "source_ranges": ["10.0.0.0/8", "10.0.0.1/8", "nowhere"]},
     ["/source_ranges/1", "/source_ranges/2"]),
    ([], [""]),
]


@pytest.mark.parametrize("body, pointers", FAULTS)
def test_every_fault_is_named_at_once(server, admin, body, pointers):
    before = len(admin.get(PATH).json()["api_keys"])
    answer = admin.post(PATH, body)
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert len(admin.get(PATH).json()["api_keys"]) == before


@pytest.mark.parametrize("method, path, body, status", [
    ("POST", PATH, b'{"name":', 400), ("POST", PATH, b'{"name":"a","name":"b"}', 400),
    ("POST", PATH + "?x=1", b'{"name":"a","scopes":["read"]}', 400), ("GET", PATH + "?limit=1", None, 400),
    ("DELETE", PATH + "/nobody", None, 404), ("DELETE", PATH + "/nobody?x=1", None, 400),
])
def test_what_is_no_question_is_refused(admin, method, path, body, status):
    assert admin.call(method, path, body).status == status


def test_changes_are_in_the_log_with_who_made_them(server):
    made = server.make_key("read")
    server.revoke_key(made["key_id"])
    records = {record["event"]: record for record in server.logs(event="key_created,key_revoked", limit=2)["logs"]}
    admin_id = next(key["key_id"] for key in server.rest("admin").get(PATH).json()["api_keys"]
                    if key["name"] == "first admin")
    for event in ("key_created", "key_revoked"):
        assert records[event]["details"]["key_id"] == made["key_id"]
        assert records[event]["caller"]["key_id"] == admin_id
    assert made["api_key"] not in json.dumps(server.all_logs(since="-1h"))


def test_a_key_is_in_no_file_and_no_log(own):
    made = own.make_key("read")
    own.stop()
    assert made["api_key"].encode() not in own.log_bytes()
    chain = Chain(own.data_dir)
    texts = [path.read_bytes() for path in own.data_dir.iterdir() if path.is_file()]
    texts += [json.dumps(chain.verify()).encode()]
    texts += [run("decrypt", own.data_dir / "api_keys.enc", "--data-dir", own.data_dir).stdout]
    assert all(made["api_key"].encode() not in text for text in texts)


def places_in_memory(pid, needle):
    """Where a process has these bytes."""
    found = []
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, rights, *_ = line.split()
        begin, end = (int(address, 16) for address in span.split("-"))
        if "r" not in rights or end - begin > 1 << 30:
            continue  # a sanitizer's shadow is larger than memory
        try:
            with open(f"/proc/{pid}/mem", "rb") as memory:
                memory.seek(begin)
                data = memory.read(end - begin)
        except (OSError, ValueError, OverflowError):
            continue
        found += [begin + one.start() for one in re.finditer(needle, data)]
    return found


def test_a_key_is_not_left_in_memory(own):
    """From the moment on that its answer has been sent, whatever buffers it went through."""
    try:
        pathlib.Path(f"/proc/{own.process.pid}/mem").open("rb").close()
    except OSError:
        pytest.skip("the memory of another process cannot be read here")
    made = own.make_key("read")
    assert places_in_memory(own.process.pid, made["key_id"].encode())
    wait_until(lambda: not places_in_memory(own.process.pid, made["api_key"].encode()), "the key is gone", 10)


# ---- revoked ----


def test_a_revoked_key_is_refused_by_the_very_next_request(own):
    """Over a connection that stays open, and over ZeroMQ, again and again."""
    for number in range(REVOCATIONS):
        made, source = own.make_key("preflight"), new_source()
        client = own.rest(made["api_key"], source=source)
        assert client.post(PREFLIGHT, ALLOWED_REQUEST).status == 200
        with own.zmq(made["api_key"], source=source) as req:
            assert req.preflight(ALLOWED_REQUEST)[0] == 200
            own.revoke_key(made["key_id"])
            if number % 2:
                assert client.post(PREFLIGHT, ALLOWED_REQUEST).status == 401
                assert req.preflight(ALLOWED_REQUEST)[0] == 401
            else:
                assert req.preflight(ALLOWED_REQUEST)[0] == 401
                assert client.post(PREFLIGHT, ALLOWED_REQUEST).status == 401
        client.close()


def test_a_key_may_revoke_itself_and_revoking_again_is_no_fault(own):
    made = own.make_key("admin")
    client = own.rest(made["api_key"])
    assert client.call("DELETE", f"{PATH}/{made['key_id']}").status == 204
    assert client.call("DELETE", f"{PATH}/{made['key_id']}").status == 401
    before = key_of(own, made["key_id"])
    own.revoke_key(made["key_id"])
    assert key_of(own, made["key_id"]) == before
    assert before["revoked"] and before["revoked_by"] == made["key_id"]


def test_the_last_admin_key_stays(own):
    first = next(key for key in own.rest("admin").get(PATH).json()["api_keys"] if "admin" in key["scopes"])
    bound = own.make_key("admin", source_ranges=["192.0.2.0/24"])
    answer = own.rest("admin").call("DELETE", f"{PATH}/{first['key_id']}")
    assert answer.status == 409 and "last admin key" in answer.json()["detail"]
    assert own.rest("admin").get(PATH).status == 200
    assert own.logs(event="key_revoked", limit=1)["logs"][0]["outcome"] == "failure"
    own.revoke_key(bound["key_id"])
    other = own.make_key("admin", expires_in="1h")
    assert "warning" not in other
    own.revoke_key(first["key_id"])
    later = own.rest(other["api_key"]).post(PATH, {"name": "x", "scopes": ["read"]}).json()
    assert other["expires_at"] in later["warning"]


def test_a_key_ends_when_it_expires(own):
    made = own.make_key("preflight", expires_in=2)
    client = own.rest(made["api_key"], source=new_source())
    assert client.post(PREFLIGHT, ALLOWED_REQUEST).status == 200
    wait_until(lambda: client.post(PREFLIGHT, ALLOWED_REQUEST).status == 401, "the key has expired", pause_s=0.1)
    reasons = wait_until(lambda: [record for record in own.logs(event="auth_failed")["logs"]
                                  if record["details"]["reasons"].get("expired")], "it is recorded")
    assert reasons[0]["details"]["last_key_id"] == made["key_id"]


# ---- bound to addresses ----


def test_a_bound_key_works_from_its_addresses_only(own):
    source = new_source()
    made = own.make_key("preflight", source_ranges=[source])
    assert ask(own, made["api_key"], source).status == 200
    elsewhere = ask(own, made["api_key"])
    assert elsewhere.status == 401
    assert elsewhere.body == ask(own, "x" * 42).body, "the client is not told that the key is known"
    with own.zmq(made["api_key"], source=source) as req:
        assert req.preflight(ALLOWED_REQUEST)[0] == 200
    with own.zmq(made["api_key"], source=new_source()) as req:
        assert req.preflight(ALLOWED_REQUEST)[0] == 401
    wait_until(lambda: [record for record in own.logs(event="auth_failed")["logs"]
                        if record["details"]["reasons"].get("source")], "it is recorded")
    wait_until(lambda: 'aisentinel_auth_failures_total{reason="source"} 2' in
               own.rest(None).get("/metrics").body.decode(), "metrics")


def test_clients_over_ipc_are_named_by_a_word(tmp_path):
    endpoint = f"ipc://{tmp_path}/ais.sock"

    class IpcServer(Server):
        zmq_endpoint = endpoint

    with IpcServer(tmp_path / "data") as server:
        answers = {}
        for ranges in (None, ["ipc"], ["0.0.0.0/0", "::/0"]):
            key = server.make_key("preflight", source_ranges=ranges)["api_key"]
            with Req(endpoint, key) as req:
                answers[str(ranges)] = req.preflight(ALLOWED_REQUEST)[0]
        assert list(answers.values()) == [200, 200, 401]


# ---- used ----


def test_the_last_use_is_known_soon_and_kept_when_the_service_stops(own):
    made = own.make_key("preflight")
    assert key_of(own, made["key_id"])["last_used_at"] is None
    with own.zmq(made["api_key"]) as req:
        assert req.preflight(ALLOWED_REQUEST)[0] == 200
    used = wait_until(lambda: key_of(own, made["key_id"])["last_used_at"], "the use is known")
    assert used > made["created_at"]
    own.restart()
    assert key_of(own, made["key_id"])["last_used_at"] == used
    done = run("apikey", "list", "--data-dir", own.data_dir, "--format", "json")
    assert used in done.text


# ---- who fails too often ----


def timed(function):
    began = time.monotonic()
    answer = function()
    return answer, time.monotonic() - began


def test_failing_again_and_again_is_slow_and_does_not_slow_others(own):
    source = new_source()
    times = [timed(lambda: ask(own, "x" * 42, source)) for _ in range(14)]
    assert {answer.status for answer, _ in times} == {401}
    assert all(took < SOON_S for _, took in times[:10]), times
    assert all(took >= LATE_S for _, took in times[-2:]), times
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        late = pool.submit(timed, lambda: ask(own, "x" * 42, source))
        answer, took = timed(lambda: ask(own, own.agent_key, source))
        assert (answer.status, took < SOON_S) == (200, True)
        assert late.result()[1] >= LATE_S
    with own.zmq("x" * 42, source=source) as req:
        (status, _), took = timed(lambda: req.preflight(ALLOWED_REQUEST))
        assert status == 401 and took >= LATE_S
    with own.zmq(source=source) as req:
        (status, _), took = timed(lambda: req.preflight(ALLOWED_REQUEST))
        assert status == 200 and took < SOON_S


def test_those_who_wait_are_bounded(own):
    """Beyond what is held back the answer comes at once, and is another."""
    source, frames = new_source(), [b"", b"AIS1", b"x" * 42, b"PREFLIGHT", b"{}"]
    with Req(own.zmq_endpoint, kind=zmq.DEALER, source=source) as client:
        for _ in range(400):
            client.socket.send_multipart(frames)
        statuses = [client.socket.recv_multipart()[2] for _ in range(400)]
    assert statuses.count(b"429") >= 100
    assert statuses.count(b"401") >= 256
    assert set(statuses) == {b"401", b"429"}
    records = []

    def all_are_recorded():
        records[:] = own.logs(event="auth_failed")["logs"]
        return sum(record["details"]["count"] for record in records) >= 400

    wait_until(all_are_recorded, "they are recorded")
    assert sum(record["details"].get("refused", 0) for record in records) == statuses.count(b"429")
    assert {"address": source, "count": records[-1]["details"]["count"]} in records[-1]["details"]["addresses"]
    assert sum(record["details"]["count"] for record in records) == 400


def test_too_many_over_rest_are_told_when_to_come_back(own):
    source = new_source()

    def fail(_):
        return ask(own, "x" * 42, source)

    with concurrent.futures.ThreadPoolExecutor(300) as pool:
        answers = list(pool.map(fail, range(330)))
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.status for answer in answers} <= {401, 429}
    assert all(int(answer.headers["Retry-After"]) > 0 and answer.json()["allowed"] is False for answer in refused)
    assert ask(own, own.agent_key, source).status == 200


# ---- the command line ----


def test_the_command_line_makes_lists_and_revokes(data_dir):
    done = run("apikey", "create", "--data-dir", data_dir, "--name", "ci", "--scope", "preflight", "--scope", "read",
               "--expires-in", "30d", "--user", "ada", "--source-range", "127.0.0.0/8", "--source-range", "ipc")
    assert done.returncode == 0, done.log
    secret = done.text.strip()
    assert KEY_PATTERN.fullmatch(secret.encode()) and secret not in done.log
    shown = json.loads(run("apikey", "list", "--data-dir", data_dir, "--format", "json").text)["api_keys"]
    made = next(key for key in shown if key["name"] == "ci")
    assert (made["scopes"], made["user"], made["created_by"]) == (["preflight", "read"], "ada", "cli")
    assert made["source_ranges"] == ["127.0.0.0/8", "ipc"]
    assert made["key_id"] in run("apikey", "list", "--data-dir", data_dir).text
    with Prepared(data_dir) as server:
        assert ask(server, secret).status == 200
    done = run("apikey", "revoke", made["key_id"], "--data-dir", data_dir, "--format", "json")
    assert json.loads(done.text) == {"key_id": made["key_id"], "revoked": True, "changed": True}
    assert "revoked before" in run("apikey", "revoke", made["key_id"], "--data-dir", data_dir).text
    with Server(data_dir) as server:
        assert ask(server, secret).status == 401
    events = [(record["event"], record.get("actor")) for record in Chain(data_dir).verify()]
    assert ("key_created", "cli") in events and ("key_revoked", "cli") in events


def test_json_has_the_secret_unless_a_file_has_it(data_dir, tmp_path):
    flags = ("apikey", "create", "--data-dir", data_dir, "--name", "x", "--scope", "read", "--format", "json")
    made = json.loads(run(*flags).text)
    assert KEY_PATTERN.fullmatch(made["api_key"].encode()) and made["scopes"] == ["read"]
    output = tmp_path / "key.txt"
    done = run(*flags, "--output", output)
    assert "api_key" not in json.loads(done.text)
    assert KEY_PATTERN.fullmatch(output.read_bytes().strip())
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    before = run("apikey", "list", "--data-dir", data_dir).text
    assert run(*flags, "--output", output).returncode == 3
    assert run("apikey", "list", "--data-dir", data_dir).text == before


@pytest.mark.parametrize("flags, code, says", [
    (("--name", "x"), 2, "--scope is missing"),
    (("--name", "x", "--scope", "root"), 2, "--scope must be one of"),
    (("--name", "x", "--scope", "read", "--source-range", "10.0.0.1/8"), 2, "right would be 10.0.0.0/8"),
    (("--name", "x", "--scope", "read", "--expires-in", "soon"), 2, "--expires-in must be"),
    (("--scope", "read"), 2, "--name is missing"),
])
def test_the_command_line_names_what_is_wrong(data_dir, flags, code, says):
    done = run("apikey", "create", "--data-dir", data_dir, *flags)
    assert done.returncode == code and says in done.log
    assert not data_dir.exists()


def test_the_command_line_keeps_the_last_admin(data_dir):
    run("apikey", "create", "--data-dir", data_dir, "--name", "x", "--scope", "read")
    shown = json.loads(run("apikey", "list", "--data-dir", data_dir, "--format", "json").text)["api_keys"]
    first = next(key["key_id"] for key in shown if "admin" in key["scopes"])
    done = run("apikey", "revoke", first, "--data-dir", data_dir)
    assert done.returncode == 1 and "last admin key" in done.log


def keys_created(data_dir, server):
    """The chain's records of new keys; of what the first ones are, none holds a word."""
    records = Chain(data_dir).verify()
    assert not any(key in str(records) for key in (server.admin_key, server.agent_key))
    return [record for record in records if record["event"] == "key_created"]


def test_the_first_keys_are_recorded(data_dir):
    """Once, with all that is recorded of a key that is made later."""
    with Server(data_dir) as server:
        listed = server.rest("admin").get("/api/v1/api_keys").json()["api_keys"]
    with Server(data_dir, keys_of=server):
        pass
    made = keys_created(data_dir, server)
    assert [record["details"]["name"] for record in made] == ["first admin", "agents"]
    assert {record["details"]["key_id"] for record in made} == {key["key_id"] for key in listed}
    assert made[1]["details"]["scopes"] == ["preflight"]
    assert {(record["actor"], record["outcome"]) for record in made} == {("supervisor", "success")}


def test_first_keys_are_recorded_by_the_next_start_if_the_first_one_could_not(data_dir):
    """It ended between making them and the record, as here: the log goes to before what knows of their document."""
    with Server(data_dir) as server:
        server.kill()
    cut_log_before(data_dir, b'"api_keys":[')
    for _ in range(2):
        with Server(data_dir, keys_of=server):
            pass
    assert [record["details"]["name"] for record in keys_created(data_dir, server)] == ["first admin", "agents"]


def test_who_changed_keys_is_recorded_by_the_next_start_if_there_was_no_time(data_dir):
    """The process ended between replacing the document and its record: the log goes to before that."""
    with Server(data_dir) as server:
        server.rest("admin").post(PATH, json.dumps({"name": "late", "scopes": ["preflight"]}).encode(),
                                  headers={"X-Request-ID": "r-1"})
        server.kill()
    sealed = [record["details"] for record in Chain(data_dir).verify() if record["event"] == "document_sealed"]
    cut_log_before(data_dir, b'"generation":2')
    with Server(data_dir, keys_of=server):
        pass
    again = [record["details"] for record in Chain(data_dir).verify() if record["event"] == "document_unrecorded"]
    assert sealed[-1]["by"]["request_id"] == "r-1" and again == sealed[-1:]


def test_a_credential_in_the_name_of_who_changed_keys_is_masked_then_too(data_dir):
    secret = "AKIA" + "Q3EGRSQ7M5XWZ2TB"
    with Server(data_dir) as server:
        named = server.make_key("admin", name=f"deploys with {secret}", user=secret)
        server.rest(named["api_key"]).post(PATH, {"name": "late", "scopes": ["preflight"]})
        server.kill()
    cut_log_before(data_dir, b'"generation":3')
    with Server(data_dir, keys_of=server):
        pass
    (found,) = [record for record in Chain(data_dir).verify() if record["event"] == "document_unrecorded"]
    assert "deploys with masked:" in found["details"]["by"]["name"]
    assert found["details"]["by"]["user"].startswith("masked:")
    assert secret not in json.dumps(Chain(data_dir).verify())


def test_who_changed_keys_by_a_command_is_recorded_by_the_next_start_too(data_dir):
    with Server(data_dir) as server:
        pass
    log = data_dir / "audit_logs.enc"
    before = log.read_bytes()
    assert run("apikey", "create", "--data-dir", data_dir, "--name", "late", "--scope", "read").returncode == 0
    log.write_bytes(before)
    with Server(data_dir, keys_of=server):
        pass
    (found,) = [record for record in Chain(data_dir).verify() if record["event"] == "document_unrecorded"]
    by = found["details"]["by"]
    assert by["actor"] == "cli" and by["user"].startswith(f"{os.getuid()}")


def test_a_chosen_first_key_is_recorded_without_it(data_dir):
    with Server(data_dir, env={"AISENTINEL_API_KEY": "chosen-by-the-operator-0123456789"}) as server:
        pass
    assert [record["details"]["name"] for record in keys_created(data_dir, server)] == ["first admin", "agents"]


def test_revoking_a_key_that_is_none_is_recorded(data_dir):
    """Masked: what was given in place of an id may be a key."""
    made = run("apikey", "create", "--data-dir", data_dir, "--name", "x", "--scope", "admin").text.strip()
    for given in ("key_x", made):
        done = run("apikey", "revoke", given, "--data-dir", data_dir)
        assert done.returncode == 1 and "no API key with this id" in done.log
    records = [record for record in Chain(data_dir).verify() if record["event"] == "key_revoked"]
    assert [(record["actor"], record["outcome"]) for record in records] == [("cli", "failure")] * 2
    assert records[0]["details"] == {"given": "key_x", "reason": "there is no API key with this id"}
    assert records[1]["details"]["given"].startswith("masked:aisentinel_key:") and made not in str(records)
    with Prepared(data_dir) as server:
        assert server.rest(made).call("DELETE", f"{PATH}/{made}").status == 404
    assert made[:20] not in str(Chain(data_dir).verify())


def test_revoking_makes_no_store_where_there_is_none(data_dir):
    done = run("apikey", "revoke", "key_x", "--data-dir", data_dir)
    assert done.returncode == 3 and "no data directory" in done.log
    assert "ais_" not in done.log and not data_dir.exists()


@pytest.mark.parametrize("command, call", [
    (("create", "--name", "x", "--scope", "read"), "POST /api/v1/api_keys"),
    (("revoke", "key_x"), "DELETE /api/v1/api_keys/KEY_ID"),
])
def test_beside_a_server_the_command_line_names_the_call(server, command, call):
    done = run("apikey", *command, "--data-dir", server.data_dir)
    assert done.returncode == 3 and call in done.log
    assert run("apikey", "list", "--data-dir", server.data_dir).returncode == 0
