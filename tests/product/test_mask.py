"""What must not stand in the audit log stands nowhere in it, and is found all the same by who knows it."""

import base64
import hashlib
import json
import re
import urllib.parse

import pytest

from packs import Packs
from sealed import Chain, digest, fernet, payloads, segments
from server import Prepared, Server, run

GITHUB = "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"
PASSWORD = 'corr"ect horse\\stapl\u00e9'
PLAIN = "plain-battery-staple"
EMAIL = "erin.example@mail.example.org"
MASK = "tool_args.password, tool_args.**.token, metadata.user_email, pii:email"
FLAGS = ("--audit-mask", MASK)


def inside(value):
    """Ways in which a text holds another."""
    return [value, f"say {value}!", json.dumps({"p": value}), json.dumps(json.dumps({"p": value})),
            base64.b64encode(f"the word is {value}".encode()).decode(), f"the word is {value}".encode().hex(),
            urllib.parse.quote(f"the word is {value}"), urllib.parse.quote_plus(f"the word is {value}"),
            "0x" + value.encode().hex(), nested(value, 6),
            json.dumps({"p": base64.b64encode(b"???>>>" + value.encode()).decode()}).replace("/", "\\/")]


def nested(value, levels):
    """JSON in a string of JSON, and so on."""
    return value if levels == 0 else json.dumps({"p": nested(value, levels - 1)})


REQUESTS = {
    "a named member": {"tool_name": "t", "tool_args": {"password": PASSWORD, "others": inside(PASSWORD)},
                       "context": f"with {PASSWORD} in it"},
    "a named member at any depth": {"tool_name": "t", "tool_args": {"a": [{"b": {"token": PLAIN}}], "echo": inside(PLAIN)},
                                    "context": {"deep": [PLAIN]}},
    "the other form": {"candidate": {"tool": "t", "args": {"password": PLAIN}},
                       "context_state": {"user_email": EMAIL, "user_id": EMAIL, "session_id": f"s-{EMAIL}"}},
    "a credential": {"tool_name": "bash", "tool_args": {"command": f"curl -H 'Authorization: token {GITHUB}' http://x",
                                                        "more": inside(GITHUB)}},
    "a credential that no rule sees": {"tool_name": "t", "trace": [GITHUB], "x" + GITHUB: 1},
    "personal data": {"tool_name": "send", "tool_args": {"to": f"Erin <{EMAIL}>", EMAIL: inside(EMAIL)}},
    "a long request": {"tool_name": "t", "tool_args": {"text": f"word {PLAIN} " * 2000, "password": PLAIN}},
    "an approval token": {"tool_name": "t", "execution_approval_token": PLAIN, "context": PLAIN},
}
SECRETS = (PASSWORD, PLAIN, EMAIL, GITHUB)


def forms(value):
    """What a grep for a value looks for: it, and the beginnings of its encodings."""
    escaped = json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]
    yield from {value.encode(), *(one.encode() for one in escaped), urllib.parse.quote(value).encode(),
                urllib.parse.quote_plus(value).encode(), value.encode().hex().encode(), base64.b64encode(f"the word is {value}".encode())[:-4],
                base64.b64encode(b"???>>>" + value.encode())[8:-4]}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    with Prepared(tmp_path_factory.mktemp("mask") / "data", *FLAGS) as server:
        server.ids = {}
        for name, request in REQUESTS.items():
            answer = server.preflight(request)
            assert answer.status == 200, (name, answer.body)
            server.ids[name] = answer.json()["decision_id"]
    return server


def strings(value):
    """Every string of a tree, names of members too, and what stands in strings that are JSON or escaped as in JSON."""
    if isinstance(value, dict):
        yield from (found for name, one in value.items() for part in (name, one) for found in strings(part))
    elif isinstance(value, list):
        yield from (found for one in value for found in strings(one))
    elif isinstance(value, str):
        yield value
        for text in (value, f'"{value}"'):
            try:
                inner = json.loads(text)
            except ValueError:
                continue
            if inner != value:
                yield from strings(inner)


def texts(data_dir):
    return [text for path in segments(data_dir) for _, text in payloads(path, fernet(data_dir))]


def hash_of(server, value):
    done = run("audit", "hash", "-", "--data-dir", server.data_dir, stdin=value.encode() + b"\n")
    assert done.returncode == 0, done.log
    return done.text.strip()


def found(server, text):
    done = run("audit", "query", "--data-dir", server.data_dir, "--q", text, "--format", "json")
    assert done.returncode == 0, done.log
    return {record["decision_id"] for record in json.loads(done.text)["logs"]}


def test_no_value_stands_anywhere_in_the_decrypted_log(asked):
    for text in texts(asked.data_dir):
        for value in SECRETS:
            for form in forms(value):
                assert form not in text, (form, text)
    for record in Chain(asked.data_dir).verify():
        for text in strings(record):
            assert [value for value in SECRETS if value in text] == [], record


def test_a_value_is_found_by_its_hash(asked):
    ids = asked.ids
    assert found(asked, hash_of(asked, PASSWORD)) == {ids["a named member"]}
    assert found(asked, hash_of(asked, GITHUB)) == {ids["a credential"], ids["a credential that no rule sees"]}
    assert found(asked, hash_of(asked, EMAIL)) == {ids["the other form"], ids["personal data"]}
    assert found(asked, "masked:tool_args.**.token:" + hash_of(asked, PLAIN)) == {ids["a named member at any depth"]}
    assert hash_of(asked, PLAIN) == run("audit", "hash", PLAIN, "--data-dir", asked.data_dir).text.strip()


def test_digests_are_of_the_original_and_keyed(asked):
    """Nobody tries out what is missing who only has the log; who has the request finds its record."""
    records = {record.get("decision_id"): record for record in Chain(asked.data_dir).verify()}
    for name, request in REQUESTS.items():
        record, body = records[asked.ids[name]], json.dumps(request).encode()
        key = bytes.fromhex((asked.data_dir / "mask.key").read_text())
        assert record["request_digest"] == "masked:request:" + hashlib.blake2b(body, digest_size=16, key=key).hexdigest()
    assert record["request_digest"] == "masked:request:" + hash_of(asked, json.dumps(request))
    assert records[asked.ids["a long request"]]["request_size"] == len(json.dumps(REQUESTS["a long request"]))


def test_without_a_setting_credentials_are_masked_and_nothing_else(tmp_path):
    with Prepared(tmp_path / "data") as server:
        assert server.preflight(REQUESTS["a credential"]).status == 200
        plain = {"tool_name": "t", "tool_args": {"note": PLAIN}}
        assert server.preflight(plain).status == 200
    text = b"".join(texts(server.data_dir))
    assert f'"request_digest":"{digest(json.dumps(plain).encode())}"'.encode() in text
    assert GITHUB.encode() not in text
    assert b"masked:github_token:" in text and PLAIN.encode() in text


WEAK = {"hunter2x": {"password": "hunter2x"}, "kLmNoPqRsTuVwXyZ": {"env": {"DB_PASSWORD": "kLmNoPqRsTuVwXyZ"}},
        "correct-horse-battery": {"command": "mysql --password=correct-horse-battery -h db"},
        "squeamish": {"command": "PGPASSWORD=squeamish psql"}, "wxyz9876": {"headers": {"Authorization": "Bearer wxyz9876"}},
        "zyxwvuts": {"command": "curl -H 'Authorization: token zyxwvuts' http://x"}}


def test_weak_credentials_are_masked_by_their_names(tmp_path):
    """However little they look like one, without a setting, and found all the same."""
    with Prepared(tmp_path / "data") as server:
        ids = {}
        for value, args in WEAK.items():
            answer = server.preflight({"tool_name": "t", "tool_args": args, "context": f"it is {value}"})
            ids[value] = answer.json()["decision_id"]
    text = b"".join(texts(server.data_dir))
    for value in WEAK:
        assert value.encode() not in text
        assert found(server, hash_of(server, value)) == {ids[value]}


def test_a_request_id_is_masked_and_echoed(tmp_path):
    """In a single preflight and in a batch, whose body is another."""
    with Prepared(tmp_path / "data", "--audit-mask", "pii:email, traceparent") as server:
        rest, request = server.rest(), {"tool_name": "t"}
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        for path, body in (("/api/v1/preflight", request), ("/api/v1/preflight/batch", {"requests": [request]})):
            for given in (GITHUB, f"for={EMAIL}", "harmless-1"):
                answer = rest.post(path, body, headers={"X-Request-ID": given, "traceparent": trace})
                assert answer.status == 200 and answer.headers["X-Request-ID"] == given
    text = b"".join(texts(server.data_dir))
    assert GITHUB.encode() not in text and EMAIL.encode() not in text and trace.encode() not in text
    for left, count in ((b"masked:github_token:", 2), (b"for=masked:email:", 2), (b'"harmless-1"', 2),
                        (b'"masked:traceparent:', 6)):
        assert text.count(left) == count, left


def test_a_local_preflight_masks_too(tmp_path):
    request = json.dumps(REQUESTS["a credential"]).encode()
    assert run("preflight", "--data-dir", tmp_path / "data", *FLAGS, stdin=request).returncode in (0, 1)
    text = b"".join(texts(tmp_path / "data"))
    assert GITHUB.encode() not in text and b"masked:github_token:" in text


EVERYTHING = """name: everything
version: 1.0.0
rules:
  - {id: texts, title: T, action: block, detection: {s: {text|re: '.'}, condition: s}}
  - {id: arguments, title: T, action: block, detection: {s: {'tool_args.**|re': '.'}, condition: s}}
  - {id: layers, title: T, action: block, detection: {a: {decoded.base64|re: '.'}, b: {decoded.hex|re: '.'},
     c: {decoded.url|re: '.'}, condition: 1 of them}}
  - {id: shell, title: T, action: block, detection: {s: {shell.command|re: '.'}, condition: s}}
  - {id: others, title: T, action: block, detection: {a: {context|re: '.'}, b: {session.id|re: '.'},
     c: {metadata.user_email|re: '.'}, condition: 1 of them}}
"""


def test_an_explanation_shows_none_of_it(tmp_path):
    named = {name: request for name, request in REQUESTS.items() if name != "an approval token"}
    with Prepared(tmp_path / "data", *FLAGS) as server:
        admin = server.rest("admin")
        assert Packs(admin).add(EVERYTHING).status == 201
        for name, request in named.items():
            why = admin.post("/api/v1/preflight?explain=true", request).json()["explanation"]
            assert any(rule["rulepack"] == "everything" for rule in why["rules"]), name
            check_explained(name, why)
    for name, request in named.items():
        done = run("preflight", "--explain", "--format", "json", "--data-dir", tmp_path / "data", *FLAGS,
                   stdin=json.dumps(request).encode())
        assert done.returncode in (0, 1), done.log
        check_explained(name, json.loads(done.text)["explanation"])


def check_explained(name, why):
    for text in strings(why):
        for value in SECRETS:
            for form in forms(value):
                assert form.lower() not in text.lower().encode(), (name, form, text)


@pytest.mark.parametrize("setting, says", [
    ("password", "does not begin with tool_args"), ("tool_args..x", "has an empty name"), ("pii:shoes", "no such kind"),
    ("secret:github_token", "always masked"), ("pii:emial", "did you mean 'pii:email'?"),
    ("tool_args.pass*", "it stands for one whole name"), ("tool_args.users[0].pin", "arrays are passed through")])
def test_a_wrong_setting_is_refused_with_the_reason(tmp_path, setting, says):
    log = Server(tmp_path / "data", env={"AISENTINEL_AUDIT_MASK": setting}).refuses(2)
    assert "AISENTINEL_AUDIT_MASK" in log and says in log
    assert not (tmp_path / "data").exists(), "nothing was made for it"
    done = run("serve", "--check-config", "--data-dir", tmp_path / "data", env={"AISENTINEL_AUDIT_MASK": setting})
    assert done.returncode != 0 and "AISENTINEL_AUDIT_MASK" in done.text and says in done.text


def test_a_lost_key_is_replaced_and_not_silently(tmp_path):
    """What was masked under it is not found any more: the log says from where on."""
    with Server(tmp_path / "data", *FLAGS) as server:
        (made,) = server.logs(event="keys_generated")["logs"]
        assert made["details"] == {"files": ["fernet.key", "checkpoint.key", "mask.key"]}
        assert not server.logs(event="integrity_fault")["logs"]
    key = tmp_path / "data" / "mask.key"
    old = key.read_text()
    key.unlink()
    with Server(tmp_path / "data", *FLAGS, keys_of=server) as again:
        (fault,) = again.logs(event="integrity_fault")["logs"]
        assert fault["details"]["places"][0]["file"] == "mask.key"
        assert again.logs(event="keys_generated")["logs"][0]["details"] == {"files": ["mask.key"]}
        assert "WARNING: mask.key was missing" in again.log()
    assert key.read_text() != old
    with Server(tmp_path / "data", *FLAGS, keys_of=server) as again:
        assert len(again.logs(event="integrity_fault")["logs"]) == 1, "told once"
    key.write_text(old)
    with Server(tmp_path / "data", *FLAGS, keys_of=server) as again:
        assert len(again.logs(event="integrity_fault")["logs"]) == 1, "a copy was put back, as it was told to"
        assert len(again.logs(event="mask_key_restored")["logs"]) == 1


def mask_anchors(data_dir):
    """What the chain knows of the key, oldest first."""
    anchors = [json.loads(text).get("anchors", {}).get("mask_key") for text in texts(data_dir)]
    return [anchor for before, anchor in zip([None, *anchors], anchors) if anchor and anchor != before]


def test_another_key_in_its_place_is_told(tmp_path):
    """Once, at the start that finds it, as is that the old one is back; the chain holds digests of the keys, which tell
    nothing of them."""
    key, other = tmp_path / "data" / "mask.key", "5e" * 32 + "\n"
    with Prepared(tmp_path / "data", *FLAGS) as server:
        assert server.preflight(REQUESTS["a credential"]).status == 200
    old = key.read_text()
    for text, faults, restored, told in ((old, 0, 0, ""), (other, 1, 0, "another one than"), (other, 1, 0, ""),
                                         (old, 1, 1, "the one before again"), (old, 1, 1, ""),
                                         (other, 2, 1, "another one than"), ("7a" * 32 + "\n", 3, 1, "another one than"),
                                         (old, 3, 2, "the one before again")):
        key.write_text(text)
        with Server(tmp_path / "data", *FLAGS, keys_of=server) as again:
            found = again.logs(event="integrity_fault")["logs"]
            assert len(found) == faults
            back = again.logs(event="mask_key_restored")["logs"]
            assert [one["details"] for one in back] == [{"file": "mask.key"}] * restored
            assert all(one["details"]["places"][0]["file"] == "mask.key" for one in found)
            assert re.findall("WARNING: mask.key is (another one than|the one before again)", again.log()) == [told] * bool(told)
            assert old.strip() not in again.log()
    anchors = mask_anchors(tmp_path / "data")
    assert [generation for generation, _ in anchors] == [1, 2, 3, 4, 5, 6]
    assert anchors[0][1] == anchors[2][1] == anchors[5][1] != anchors[1][1] == anchors[3][1]
    assert anchors[0][1] == hashlib.blake2b(bytes.fromhex(old), digest_size=32, person=b"ais mask key").hexdigest()
    assert old.strip().encode() not in b"".join(texts(tmp_path / "data"))
    assert Chain(tmp_path / "data").verify()


def test_a_key_that_the_chain_does_not_know_yet_is_taken_quietly(tmp_path):
    """As where the log is older than its anchor."""
    key, text = tmp_path / "data" / "mask.key", "5e" * 32 + "\n"
    key.parent.mkdir(mode=0o700)
    key.write_text(text)
    key.chmod(0o600)
    with Server(tmp_path / "data", *FLAGS) as server:
        assert not server.logs(event="integrity_fault")["logs"] and "mask.key" not in server.log()
    assert key.read_text() == text and [generation for generation, _ in mask_anchors(tmp_path / "data")] == [1]


def test_a_hash_under_another_key_is_not_given_silently(tmp_path):
    """Before a start has met the key, after it, and when the old one is back."""
    key, other = tmp_path / "data" / "mask.key", "5e" * 32 + "\n"
    with Prepared(tmp_path / "data", *FLAGS) as server:
        assert server.preflight(REQUESTS["a credential"]).status == 200

    def hashed(code, said, **more):
        done = run("audit", "hash", "value", "--data-dir", tmp_path / "data", **more)
        assert done.returncode == code and bool(said) == bool(done.log) and said in done.log, done.log
        assert ("mask.key" in done.log) == bool(said)
        return done.text

    old = key.read_text()
    right = hashed(0, "")
    key.write_text(other)
    wrong = hashed(1, "is another one than the audit log knows: no record is found with this hash; put the old one back")
    assert right != wrong
    assert hashed(0, "cannot be held against the audit log", env={"OFFLINE_ENCRYPTION_KEY": "A" * 43 + "="}) == wrong
    with Server(tmp_path / "data", *FLAGS, keys_of=server):
        assert hashed(0, "") == wrong, "what is masked from now on is found with it"
    key.write_text(old)
    assert hashed(1, "is the one before the one that the audit log knows") == right
    with Server(tmp_path / "data", *FLAGS, keys_of=server):
        assert hashed(0, "") == right


def test_a_value_from_stdin_ends_before_its_line_end(asked):
    def hashed(text):
        return run("audit", "hash", "-", "--data-dir", asked.data_dir, stdin=text).text

    plain = hashed(b"value")
    assert plain == hashed(b"value\n") == hashed(b"value\r\n")
    assert len({plain, hashed(b"value\r"), hashed(b"value\n\n"), hashed(b"value\nmore\n")}) == 4
    assert run("audit", "hash", "value\nmore", "--data-dir", asked.data_dir).text == hashed(b"value\nmore\n")


def test_no_hash_where_nothing_was_masked_yet(tmp_path):
    (tmp_path / "data").mkdir()
    done = run("audit", "hash", "x", "--data-dir", tmp_path / "data")
    assert done.returncode == 3 and "has no mask.key: nothing was masked there yet" in done.log


def test_no_hash_where_the_key_is_missing(tmp_path):
    """The log knows that there was one; whoever cannot read the log is not told that there was none."""
    with Server(tmp_path / "data", *FLAGS) as server:
        assert server.preflight(REQUESTS["a credential"]).status == 200
    (tmp_path / "data" / "mask.key").unlink()
    done = run("audit", "hash", "x", "--data-dir", tmp_path / "data")
    assert done.returncode == 3 and not done.text
    assert "has no mask.key, though the audit log knows one" in done.log and "put it back" in done.log
    done = run("audit", "hash", "x", "--data-dir", tmp_path / "data", env={"OFFLINE_ENCRYPTION_KEY": "A" * 43 + "="})
    assert done.returncode == 3 and not done.text
    assert "whether the audit log knows one cannot be read" in done.log


def test_what_is_told_of_keys_is_masked(tmp_path):
    """In the events of a key and of its document, and in those about what its holder does."""
    with Prepared(tmp_path / "data", *FLAGS) as server:
        made = server.make_key("read", "admin", name=f"key-{GITHUB}", user=EMAIL)
        admin = server.rest(made["api_key"])
        assert admin.call("DELETE", "/api/v1/api_keys/nobody").status == 404
        other = admin.post("/api/v1/api_keys", {"name": "other", "scopes": ["read"]}).json()
        assert admin.call("DELETE", f"/api/v1/api_keys/{other['key_id']}").status == 204
        created = server.logs(event="key_created")["logs"]
        mine = next(record["details"] for record in created if record["details"]["key_id"] == made["key_id"])
        assert mine["name"].startswith("key-masked:github_token:") and mine["user"].startswith("masked:email:")
        (revoked,) = server.logs(event="key_revoked")["logs"]
        assert revoked["details"]["key_id"] == other["key_id"] and revoked["details"]["name"] == "other"
        assert revoked["caller"]["key_id"] == made["key_id"]
        everything = json.dumps(server.all_logs())
        assert GITHUB not in everything and EMAIL not in everything


def test_a_key_that_carries_one_shows_it_in_no_decision(tmp_path):
    """Not in those about a harmless request either, nor in those after them."""
    with Prepared(tmp_path / "data", *FLAGS) as server:
        carrying = server.make_key("preflight", name=f"key-{GITHUB}", user=EMAIL, agent=f"for {GITHUB}")
        plain = server.make_key("preflight", name="plain", user="erin")
        for key in (carrying, plain, carrying, plain):
            assert server.rest(key["api_key"]).post("/api/v1/preflight", {"tool_name": "t"}).status == 200
        records = server.logs(event="decision")["logs"]
    by = {key["key_id"]: [one for one in records if one["caller"]["key_id"] == key["key_id"]] for key in (carrying, plain)}
    for record in by[carrying["key_id"]]:
        caller = record["caller"]
        assert caller["name"].startswith("key-masked:github_token:"), record
        assert caller["user_id"].startswith("masked:email:") and record["user_id"] == caller["user_id"]
        assert caller["agent_id"].startswith("for masked:github_token:")
        assert record["request"] == {"tool_name": "t"}
    for record in by[plain["key_id"]]:
        assert record["caller"]["name"] == "plain" and record["user_id"] == "erin"
    assert [len(of) for of in by.values()] == [2, 2]


def test_what_commands_tell_is_masked(tmp_path):
    where, env = ("--data-dir", tmp_path / "data"), {"AISENTINEL_AUDIT_MASK": MASK}
    made = json.loads(run("apikey", "create", *where, "--name", f"key-{GITHUB}", "--user", EMAIL, "--scope", "read",
                          "--format", "json", env=env).text)
    assert run("apikey", "revoke", made["key_id"], *where, env=env).returncode == 0
    told = run("audit", "query", *where, "--limit", 1000, "--format", "jsonl").text
    assert made["key_id"] in told and "key-masked:github_token:" in told and "masked:email:" in told
    assert GITHUB not in told and EMAIL not in told
