"""Explanations and risk, from outside: who may know why, that knowing changes nothing, and that it gives nothing away."""

import base64
import json
import os
import pty
import random
import re
import subprocess

import pytest

from client import members
from packs import Packs
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from server import Prepared, binary, environment, run

PREFLIGHT = "/api/v1/preflight"
EXPLAIN = PREFLIGHT + "?explain=true"
MEMBERS = ["snapshot", "reasons", "rules", "not_understood", "near_misses", "to_pass", "facts", "unknown", "timing",
           "truncated"]
SEED = int(os.environ.get("AIS_SEED", "20"))

PACK = """name: seen
version: 1.0.0
defaults: {severity: high, action: block}
rules:
  - id: forced
    title: Forced removal
    detection:
      rm: {shell.name: rm, shell.flags: f}
      filter_ci: {caller.name: ci}
      condition: rm and not 1 of filter_*
    tests: [{name: hit, request: {tool_name: bash, tool_args: {command: rm -f x}}, expect: block}]
  - id: internal
    title: An internal host
    action: require_approval
    detection: {s: {url.private|exists: true}, t: {tool_args.method: POST}, condition: s and t}
  - id: credential
    title: A credential is sent
    mode: monitor
    detection: {s: {secret.kind|exists: true}, condition: s}
  - id: sql
    title: Everything is deleted
    detection: {s: {text|contains: 'delete from'}, w: {text|contains: where}, condition: s and not w}
"""
HUSH = "Tr0ub4dor3xKq9Lm"


@pytest.fixture(scope="module")
def explaining(tmp_path_factory):
    with Prepared(tmp_path_factory.mktemp("explain") / "data") as server:
        answer = Packs(server.rest("admin")).add(PACK)
        assert answer.status == 201, answer.body
        yield server


def four(answer):
    return members(answer.body)[:4]


# ---- who may ----

SCOPES = {
    ("preflight",): 403, ("read",): 403, ("approve",): 403, ("admin",): 403, ("preflight", "approve"): 403,
    ("preflight", "admin"): 403, ("read", "admin"): 403, ("preflight", "read"): 200,
    ("preflight", "read", "approve", "admin"): 200,
}


@pytest.mark.parametrize("scopes, status", SCOPES.items(), ids=["+".join(scopes) for scopes in SCOPES])
def test_an_explanation_needs_the_scope_read_too(explaining, scopes, status):
    rest = explaining.rest(explaining.make_key(*scopes)["api_key"])
    answer = rest.post(EXPLAIN, GOLDEN_REQUEST)
    assert answer.status == status
    assert ("explanation" in answer.json()) == (status == 200)
    if status == 403:
        assert answer.json()["allowed"] is False
    plain = rest.post(PREFLIGHT + "?explain=false", GOLDEN_REQUEST)
    assert plain.status == (200 if "preflight" in scopes else 403)
    assert "explanation" not in plain.json()


def test_without_a_key_it_is_401(explaining):
    assert explaining.rest(None).post(EXPLAIN, GOLDEN_REQUEST).status == 401


# ---- what it says ----

def test_the_golden_answer_explained(explaining):
    answer = explaining.rest("admin").post(EXPLAIN, GOLDEN_REQUEST)
    assert four(answer) == GOLDEN_MEMBERS
    assert members(answer.body)[-1][0] == "explanation"
    why = answer.json()["explanation"]
    assert list(why) == MEMBERS
    assert [(reason["code"], reason["rule"]) for reason in why["reasons"]] == [("RULE_APPROVAL", "code_exec_sandbox")]
    rule = next(rule for rule in why["rules"] if rule["rule"] == "code_exec_sandbox")
    assert rule["effect"] == "asks for approval" and rule["line"] > 1
    assert any("os.system" in item.get("matched", "") for item in rule["because"])
    assert set(why["timing"]) == {"facts_ns", "scan_ns", "conditions_ns", "answer_ns"}
    assert sum(why["timing"].values()) > 0
    assert why["truncated"] is False


def test_an_allowed_one_explained(explaining):
    why = explaining.rest("admin").post(EXPLAIN, ALLOWED_REQUEST).json()["explanation"]
    assert [reason["code"] for reason in why["reasons"]] == ["ALL_CLEAR"]
    assert why["rules"] == [] and why["to_pass"] == []


def test_elements_near_misses_and_facts(explaining):
    request = {"tool_name": "bash", "tool_args": {"command": "ls -f; rm -f /tmp/x"}}
    why = explaining.rest("admin").post(EXPLAIN, request).json()["explanation"]
    rule = next(rule for rule in why["rules"] if rule["rule"] == "forced")
    assert [item.get("element") for item in rule["because"]][:2] == [1, 1]
    assert rule["because"][2] == {"selection": "filter_ci", "line": 9, "field": "caller.name", "modifiers": [],
                                  "pattern": "ci", "holds": False}
    assert {"fact": "shell.name", "count": 2, "samples": ["ls", "rm"]} in why["facts"]
    near = {"tool_name": "http", "tool_args": {"url": "http://10.0.0.1/", "method": "GET"}}
    why = explaining.rest("admin").post(EXPLAIN, near).json()["explanation"]
    miss = next(rule for rule in why["near_misses"] if rule["rule"] == "internal")
    assert miss["missing"] == [{"selection": "t", "line": 15, "field": "tool_args.method", "modifiers": [],
                                "pattern": "POST", "must": "match", "seen": "GET"}]


LEAKS = {
    "a password by its key": {"password": HUSH},
    "in a command": {"command": f"mysql --password={HUSH} -e 'delete from t'; rm -f x"},
    "in a URL": {"url": f"http://root:{HUSH}@10.0.0.1/", "method": "POST"},
    "in base64": {"command": "echo " + base64.b64encode(f"password={HUSH}".encode()).decode() + " | base64 -d; rm -f x"},
    "twice": {"password": HUSH, "note": f"delete from t -- {HUSH}"},
    "in pieces": {"password": HUSH, "command": f"rm -f {HUSH[:8]} {HUSH[8:]}"},
}


@pytest.mark.parametrize("arguments", LEAKS.values(), ids=LEAKS.keys())
def test_it_gives_no_credential_away(explaining, arguments):
    answer = explaining.rest("admin").post(EXPLAIN, {"tool_name": "bash", "tool_args": arguments})
    text = json.dumps(answer.json()["explanation"])
    hidden = base64.b64encode(f"password={HUSH}".encode()).decode()
    for secret in (HUSH, HUSH.lower(), HUSH[:8], HUSH[8:], hidden, hidden.lower()):
        assert secret not in text


def test_the_record_says_that_it_was_explained(explaining):
    rest = explaining.rest("admin")
    ids = [rest.post(path, GOLDEN_REQUEST).json()["decision_id"] for path in (PREFLIGHT, EXPLAIN)]
    records = [explaining.logs(decision_id=id)["logs"][0] for id in ids]
    assert [record.get("explained") for record in records] == [None, True]
    same = [{key: record[key] for key in ("decision", "severity", "rules", "reasons", "snapshot", "request")}
            for record in records]
    assert same[0] == same[1]
    assert "explanation" not in json.dumps(records)


# ---- it changes nothing ----

def random_text(rng):
    words = ["rm", "-rf", "/", "~", "ls", ";", "|", "$(id)", "`id`", "curl", "http://10.0.0.1/", "http://0x7f.1/x", "sudo",
             "delete from t", "where 1=1", "import os;", "os.system('id')", "'", '"', "\\", "é", "\u202e", "\x1b[0m",
             "4111 1111 1111 1111", f"password={HUSH}", "bHMgLWxhIC9ob21lL2FkYS93b3Jr", "%2e%2e%2f", "../../etc/passwd",
             "a" * 300]
    return " ".join(rng.choices(words, k=rng.randint(0, 8)))


def random_value(rng, depth=0):
    kind = rng.randrange(8 if depth < 3 else 5)
    if kind < 3:
        return random_text(rng)
    if kind < 5:
        return rng.choice([None, True, False, 0, -1.5, 10 ** 30, 1e-9])
    if kind == 5:
        return [random_value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    return {rng.choice(["command", "code", "url", "password", "k", "method"]): random_value(rng, depth + 1)
            for _ in range(rng.randint(0, 4))}


def random_request(rng):
    request = {"tool_name": rng.choice(["bash", "python_exec", "http", "transfer_money", "sql", "é"]),
               "tool_args": {rng.choice(["command", "code", "url", "q", "method"]): random_value(rng)
                             for _ in range(rng.randint(0, 4))}}
    if rng.random() < 0.3:
        request["context"] = rng.choice([random_text(rng), {"session_id": "s1", "note": random_text(rng)}])
    if rng.random() < 0.3:
        request["metadata"] = {"user_id": "u1", "note": random_value(rng)}
    if rng.random() < 0.05:
        request["execution_approval_token"] = "made.up"
    return request


def test_a_thousand_answers_are_the_same_explained(explaining):
    rng = random.Random(SEED)
    rest = explaining.rest("admin")
    outcomes = set()
    for _ in range(1000):
        body = json.dumps(random_request(rng)).encode()
        plain, explained = rest.post(PREFLIGHT, body), rest.post(EXPLAIN, body)
        assert plain.status == explained.status == 200, body
        assert four(plain) == four(explained), body
        others = [name for name, _ in members(plain.body)]
        assert [name for name, _ in members(explained.body)] == others + ["explanation"]
        why = explained.json()["explanation"]
        assert len(why["reasons"]) == len(explained.json()["reasons"]), body
        record = explaining.logs(decision_id=explained.json()["decision_id"])["logs"][0]
        matched = [(rule["rulepack"], rule["rule"]) for rule in record["rules"] if not rule.get("unknown")]
        assert [(rule["rulepack"], rule["rule"]) for rule in why["rules"]] == matched, body
        assert HUSH not in json.dumps(why) and "1111 1111" not in json.dumps(why), body
        outcomes.add((plain.json()["allowed"], plain.json()["requires_approval"]))
    assert len(outcomes) == 3, "the requests are not mixed enough"


# ---- risk ----

def test_risk_asks_from_its_threshold_on(tmp_path):
    request = {"tool_name": "http", "tool_args": {"url": "http://0x7f000001/", "password": HUSH}}
    with Prepared(tmp_path / "data", "--risk-threshold", 30, "--default-action", "allow") as server:
        assert Packs(server.rest("admin")).add(PACK).status == 201
        answer = server.rest("admin").post(EXPLAIN, request)
        body = answer.json()
        assert (body["allowed"], body["requires_approval"]) == (False, True), body
        reason = next(reason for reason in body["reasons"] if reason.startswith("Risk: "))
        score = int(re.match(r"Risk: (\d+) of 100 \(threshold 30\): ", reason)[1])
        assert score >= 30
        risk = body["explanation"]["risk"]
        assert (risk["score"], risk["threshold"]) == (score, 30)
        assert sum(factor["points"] for factor in risk["factors"]) == score
        assert body["explanation"]["reasons"][body["reasons"].index(reason)] == {"code": "RISK"}
        record = server.logs(decision_id=body["decision_id"])["logs"][0]
        assert record["risk"] == {"score": score, "threshold": 30}
        assert server.rest().post(PREFLIGHT, ALLOWED_REQUEST).json()["allowed"] is True


@pytest.mark.parametrize("threshold", ["-1", "101", "high", "0.5"])
def test_a_threshold_that_is_none_is_refused(tmp_path, threshold):
    done = run("serve", "--data-dir", tmp_path, env={"AISENTINEL_RISK_THRESHOLD": threshold})
    assert done.returncode == 2
    assert "AISENTINEL_RISK_THRESHOLD" in done.log and threshold in done.log


# ---- on the command line ----

def request_file(tmp_path, request=GOLDEN_REQUEST):
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request))
    return file


def test_in_a_pipe_it_is_plain_text(data_dir, tmp_path):
    done = run("preflight", request_file(tmp_path), "--explain", "--data-dir", data_dir)
    assert done.returncode == 1, done.log
    assert done.text.startswith("a person must approve\n  " + json.loads(GOLDEN_MEMBERS[2][1])[0] + "  RULE_APPROVAL\n")
    for heading in ("Rules that match", "to pass:", "What would have to change", "Time"):
        assert heading in done.text
    assert "\x1b" not in done.text and "os.system(" in done.text


def test_as_json_it_is_the_answer(data_dir, tmp_path):
    done = run("preflight", request_file(tmp_path), "--explain", "--format", "json", "--data-dir", data_dir)
    assert done.returncode == 1, done.log
    assert members(done.text.strip())[:4] == GOLDEN_MEMBERS
    assert list(json.loads(done.text)["explanation"]) == MEMBERS


def test_on_a_terminal_it_has_colours(data_dir, tmp_path):
    master, slave = pty.openpty()
    words = ["preflight", request_file(tmp_path), "--explain", "--data-dir", data_dir]
    process = subprocess.Popen([binary(), *map(str, words)], env=environment({"TERM": "xterm"}),
                               stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.DEVNULL)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break  # EIO: the other end is closed
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait(60) == 1
    assert b"\x1b[" in shown and b"a person must approve" in shown


def test_from_a_server(explaining, tmp_path):
    file, url = request_file(tmp_path), f"http://127.0.0.1:{explaining.port}"
    done = run("preflight", file, "--explain", "--url", url, env={"AISENTINEL_API_KEY": explaining.admin_key})
    assert done.returncode == 1 and "Rules that match" in done.text, done.log
    refused = run("preflight", file, "--explain", "--url", url, env={"AISENTINEL_API_KEY": explaining.agent_key})
    assert refused.returncode == 1 and json.loads(refused.text)["status"] == 403


def test_over_zeromq_it_is_refused(explaining, tmp_path):
    done = run("preflight", request_file(tmp_path), "--explain", "--zmq-endpoint", explaining.zmq_endpoint,
               env={"AISENTINEL_API_KEY": explaining.admin_key})
    assert done.returncode == 2 and "--url" in done.log
