"""What a session did before decides what it may do: correlations and facts of sessions, across evaluators and restarts."""

import json
import random
import threading

import pytest

from packs import Packs
from server import Prepared, run

# A secret is read with `read_note`, and data leaves with `send`; both are allowed alone.
PACK = """name: leaving
version: 1.0.0
rules:
- {id: secret_read, title: A secret is read, action: block, mode: monitor, tools: read_note,
   detection: {s: {tool_args.note: secret}, condition: s}}
- {id: send, title: Data leaves, action: block, mode: monitor, tools: send}
- {id: counted, title: Money leaves, action: block, mode: monitor, tools: tally}
correlations:
- {id: read_then_send, title: A secret was read and data is now leaving, type: temporal_ordered,
   rules: [secret_read, send], group-by: [session.id], timespan: 10m, action: block, severity: high}
- {id: spree, title: Too much money leaves, type: value_sum, rules: [counted], group-by: [session.id], timespan: 1h,
   condition: {field: tool_args.amount, gt: 100}, action: require_approval}
"""
FACTS = """name: facts
version: 1.0.0
rules:
- {id: busy, title: Too many calls, action: block, detection: {s: {session.calls|gte: 3}, condition: s}}
- {id: after_login, title: No zapping after a login, action: block, tools: zap,
   detection: {s: {session.tools: login}, condition: s}}
"""
READ, SEND = ("read_note", {"note": "secret"}), ("send", {"to": "somewhere"})
BLOCKED = ["Blocked by read_then_send rule: A secret was read and data is now leaving"]
# A pack that needs no session must not be slowed: four evaluators each time, whatever the machine has.
EVALUATORS = {"AISENTINEL_EVALUATORS": "4"}


def add(server, *packs):
    for pack in packs:
        answer = Packs(server.rest("admin")).add(pack)
        assert answer.status == 201, answer


@pytest.fixture
def sessions(data_dir):
    with Prepared(data_dir, env=EVALUATORS) as running:
        add(running, PACK)
        yield running


def ask(server, session, call, key="agent"):
    tool, arguments = call
    body = {"tool_name": tool, "tool_args": arguments}
    if session is not None:
        body["metadata"] = {"session_id": session}
    answer = server.preflight(body, key=key)
    assert answer.status == 200, answer
    return answer.json()


def test_a_secret_that_was_read_does_not_leave(sessions):
    assert ask(sessions, "s1", SEND)["allowed"]
    assert ask(sessions, "s1", READ)["allowed"]
    answer = ask(sessions, "s1", SEND)
    assert (answer["allowed"], answer["requires_approval"], answer["reasons"]) == (False, False, BLOCKED)
    assert ask(sessions, "s2", SEND)["allowed"]
    record = sessions.logs(decision_id=answer["decision_id"])["logs"][0]
    assert [rule["rule"] for rule in record["rules"]] == ["read_then_send", "send"]
    assert record["correlated"] == [{"rule": "send", "rulepack": "leaving"}]


def test_without_a_session_the_key_is_one(sessions):
    other = sessions.make_key("preflight")["api_key"]
    assert ask(sessions, None, READ)["allowed"]
    assert ask(sessions, None, SEND, key=other)["allowed"]
    assert ask(sessions, "", SEND)["reasons"] == BLOCKED
    assert ask(sessions, "s1", SEND)["allowed"]


def test_a_session_that_cannot_be_named_is_not_known(sessions):
    assert ask(sessions, "a\0b", ("look", {}))["allowed"]
    assert ask(sessions, "a\0b", SEND)["reasons"] == ["Not understood: session: its id holds a NUL"]


def test_sums_are_kept(sessions):
    for amount, allowed in ((60, True), (40, True), (0.01, False), (1, False)):
        answer = ask(sessions, "s1", ("tally", {"amount": amount}))
        assert answer["allowed"] == allowed
    assert answer["requires_approval"]
    assert ask(sessions, "s1", ("tally", {"amount": "all of it"}))["reasons"] == [
        "Not understood: session: a call or a value that it counts was not understood"]


@pytest.mark.parametrize("evaluators", ["1", "4"])
def test_the_past_is_learnt_again_after_a_kill(data_dir, evaluators):
    server = Prepared(data_dir, env={"AISENTINEL_EVALUATORS": evaluators})
    with server:
        add(server, PACK)
        for session in range(8):
            assert ask(server, f"s{session}", READ)["allowed"]
        assert ask(server, None, READ)["allowed"]
        assert ask(server, "paying", ("tally", {"amount": 99.5}))["allowed"]
        server.kill()
    with server:
        for session in range(8):
            assert ask(server, f"s{session}", SEND)["reasons"] == BLOCKED
            assert ask(server, f"t{session}", SEND)["allowed"]
        assert ask(server, None, SEND)["reasons"] == BLOCKED
        assert ask(server, "paying", ("tally", {"amount": 0.5}))["allowed"]
        assert not ask(server, "paying", ("tally", {"amount": 0.01}))["allowed"]
        server.kill()
    with server:
        assert ask(server, "s1", SEND)["reasons"] == BLOCKED


# A session, and arguments that have something of it masked in the records of its calls.
HIDING = {
    "sess-ab": {"password": "sess-ab"},
    "sess-ac": {"c": "login --password=sess-ac"},
    "sess-ad": {"password": "ess-a"},
    "sess-ae": {"password": "sess", "token": "-ae"},
    "sess-af": {"password": [f"ab{number}c" for number in range(40)]},
    "password=hunter2": {},
    "dGhlIHdvcmQgaXMgb3BlbnNlc2FtZQ==": {"password": "opensesame"},
}


def learnt_by_nobody_else(server, sessions):
    """What the log tells of calls whose session is masked in it: under no part of its name."""
    for session in sessions:
        assert not server.logs(session_id=session)["logs"], session


@pytest.mark.parametrize("mask", [None, "metadata.session_id"])
def test_a_call_cannot_be_hidden_from_its_session(data_dir, mask):
    """Whatever an agent has masked in the record of a call, the session is found by it after a kill."""
    env = {**EVALUATORS, **({"AISENTINEL_AUDIT_MASK": mask} if mask else {})}
    server = Prepared(data_dir, env=env)
    with server:
        add(server, PACK, FACTS)
        for session, hiding in HIDING.items():
            assert ask(server, session, (READ[0], {**READ[1], **hiding}))["allowed"], session
            assert ask(server, session, ("login", hiding))["allowed"]
        assert ask(server, "plain", READ)["allowed"]
        assert ask(server, None, (READ[0], {**READ[1], "password": "key_"}))["allowed"]
        learnt_by_nobody_else(server, HIDING)
        server.kill()
    with server:
        for session in (*HIDING, "plain", None):
            assert ask(server, session, SEND)["reasons"] == BLOCKED, session
        for session in HIDING:
            assert ask(server, session, ("zap", {}))["reasons"][0].startswith("Blocked by after_login"), session
        assert ask(server, "another", SEND)["allowed"]


def test_another_mask_key_makes_the_past_unknown(data_dir):
    """What was masked under the key before is not found: it may have been."""
    server = Prepared(data_dir, env=EVALUATORS)
    with server:
        add(server, PACK)
        assert ask(server, "sess-ab", (READ[0], {**READ[1], "password": "sess-ab"}))["allowed"]
        assert ask(server, "plain", READ)["allowed"]
        server.kill()
    (data_dir / "mask.key").write_text("5e" * 32 + "\n")
    with server:
        answer = ask(server, "sess-ab", SEND)
        assert answer["requires_approval"] and answer["reasons"][0].startswith("Not understood: session:")
        assert ask(server, "plain", SEND)["reasons"] == BLOCKED


def test_a_caller_without_a_session_cannot_be_hidden(data_dir):
    """Its calls are those of its key: no text of a request alters which."""
    server = Prepared(data_dir, env=EVALUATORS)
    with server:
        add(server, PACK)
        made = server.make_key("preflight", name="agents", user="erin")
        hiding = {"password": "agents", "secret": "erin", "token": made["key_id"][4:9]}
        assert ask(server, None, (READ[0], {**READ[1], **hiding}), key=made["api_key"])["allowed"]
        (record,) = server.logs(tool=READ[0])["logs"]
        assert record["caller"] == {"key_id": made["key_id"], "name": "agents", "user_id": "erin"}
        assert server.logs(user_id="erin")["logs"] == [record]
        server.kill()
    with server:
        assert ask(server, None, SEND, key=made["api_key"])["reasons"] == BLOCKED


def test_a_masked_tool_is_never_absent(data_dir):
    """A rule about session.tools knows it while it is remembered; who learns the session from the log asks a person."""
    tool, rule = "ann@example.org", "{s: {session.tools: ann@example.org}, condition: s}"
    pack = FACTS.replace("{s: {session.tools: login}, condition: s}", rule)
    server = Prepared(data_dir, env={**EVALUATORS, "AISENTINEL_AUDIT_MASK": "pii:email"})
    with server:
        add(server, pack)
        assert ask(server, "s1", (tool, {}))["allowed"]
        assert ask(server, "s2", ("look", {}))["allowed"]
        assert ask(server, "s1", ("zap", {}))["reasons"] == ["Blocked by after_login rule: No zapping after a login"]
        log = server.logs(session_id="s1")["logs"]
        assert "ann@example.org" not in json.dumps(log)
        assert log[0]["session"]["tools"] == [log[1]["tool"]] and log[1]["tool"].startswith("masked:email:")
        server.kill()
    with server:
        answer = ask(server, "s1", ("zap", {}))
        assert answer["requires_approval"] and "a tool that it used is masked in the audit log" in answer["reasons"][0]
        assert ask(server, "s2", ("zap", {}))["allowed"]


COUNTED = """name: counted
version: 1.0.0
rules:
- {id: unlock, title: U, action: block, mode: monitor, tools: unlock_it}
correlations:
- {id: guesses, title: Many pins, type: value_count, rules: [unlock], timespan: 10m,
   condition: {field: tool_args.pin, gte: 4}, action: block}
"""


def test_what_is_counted_shows_no_value(data_dir):
    """A masked number is added up while it is remembered, and not known to who learns it from the log; of values that
    are told apart only a keyed hash is there, which is the same after a kill."""
    server = Prepared(data_dir, env={**EVALUATORS, "AISENTINEL_AUDIT_MASK": "tool_args.amount, tool_args.pin"})
    with server:
        add(server, PACK, COUNTED)
        assert ask(server, "paying", ("tally", {"amount": 43.25}))["allowed"]
        assert ask(server, "paying", ("tally", {"amount": 41.5}))["allowed"]
        for pin in (4711, 4712, 4713, 4712):
            assert ask(server, "guessing", ("unlock_it", {"pin": pin}))["allowed"]
        for record in server.logs(tool="tally")["logs"]:
            assert [(one["micros"], one["beyond"]) for one in record["correlated"]] == [(0, True)]
        assert "43250000" not in json.dumps(server.all_logs())
        values = {record["correlated"][0]["value"] for record in server.logs(tool="unlock_it")["logs"]}
        assert values == {run("audit", "hash", pin, "--data-dir", data_dir).text.strip() for pin in ("4711", "4712", "4713")}
        server.kill()
    with server:
        answer = ask(server, "paying", ("tally", {"amount": 1}))
        assert answer["requires_approval"] and answer["reasons"][0].startswith("Not understood: session:")
        assert ask(server, "guessing", ("unlock_it", {"pin": 4711}))["allowed"]
        assert not ask(server, "guessing", ("unlock_it", {"pin": 4714}))["allowed"]


def test_interleaved_sessions_never_mix(sessions):
    """Many sessions at once, each by itself in order: a session that read a secret is blocked, another never."""
    errors = []

    def one(number):
        rng, reads = random.Random(number), number % 2 == 0
        try:
            for step in range(12):
                call = READ if reads and step == 4 else rng.choice([SEND, ("look", {}), ("read_note", {"note": "plain"})])
                answer = ask(sessions, f"session {number}", call)
                expected = not (reads and step > 4 and call == SEND)
                if answer["allowed"] != expected or (not expected and answer["reasons"] != BLOCKED):
                    errors.append((number, step, call, answer))
        except Exception as error:  # a thread's own would be lost
            errors.append((number, error))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_what_the_log_has_lost_is_not_known(data_dir):
    """Retention takes the record of the read, and a kill what was remembered: sending then needs a person."""
    server = Prepared(data_dir, "--max-log-file-size", 65536, "--log-retention", 1, env=EVALUATORS)
    with server:
        add(server, PACK)
        assert ask(server, "s1", READ)["allowed"]
        filler = {"tool_name": "look", "tool_args": {"text": "x" * 15000}}
        first = server.logs(order="asc", limit=1)["logs"][0]["seq"]
        while server.logs(order="asc", limit=1)["logs"][0]["seq"] <= first + 12:
            for _ in range(10):
                assert server.preflight(filler).status == 200
        assert ask(server, "s1", SEND)["reasons"] == BLOCKED  # it is remembered
        server.kill()
    with server:
        answer = ask(server, "s1", SEND)
        assert answer["requires_approval"]
        assert answer["reasons"] == ["Not understood: session: it was before what the audit log still holds"]


def test_what_a_session_did_is_a_fact(data_dir):
    server = Prepared(data_dir, env=EVALUATORS)
    with server:
        add(server, FACTS)
        assert [ask(server, "s1", ("look", {}))["allowed"] for _ in range(4)] == [True, True, True, False]
        assert ask(server, "s2", ("zap", {}))["allowed"]
        assert ask(server, "s2", ("login", {}))["allowed"]
        server.kill()
    with server:
        assert ask(server, "s2", ("zap", {}))["reasons"] == ["Blocked by after_login rule: No zapping after a login"]
        assert not ask(server, "s1", ("look", {}))["allowed"]
        record = server.logs(session_id="s1", limit=1)["logs"][0]
        assert record["session"] == {"calls": 4, "tools": ["look"]}


def test_a_snapshot_that_needs_no_session_keeps_none(data_dir):
    with Prepared(data_dir, env=EVALUATORS) as server:
        ask(server, "s1", READ)
        record = server.logs(session_id="s1")["logs"][0]
        assert "session" not in record and "correlated" not in record
        add(server, PACK)
        assert ask(server, "s1", SEND)["allowed"]  # what nobody watched did not count


def test_many_sessions_are_learnt_at_once(data_dir):
    """After a restart each session is learnt when it first matters, while others go on."""
    server = Prepared(data_dir, env=EVALUATORS)
    with server:
        add(server, PACK)
        for number in range(300):
            ask(server, f"s{number % 50}", READ if number % 3 == 0 else ("look", {}))
        server.kill()
    with server:
        errors = []

        def one(number):
            for session in range(number, 50, 8):
                if not ask(server, f"s{session}", ("look", {}))["allowed"]:
                    errors.append(("look", session))
                if ask(server, f"s{session}", SEND)["reasons"] != BLOCKED:
                    errors.append(("send", session))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors
