"""The wall clock is set while the service runs, and between its runs: decisions go on, records keep their order, and what
a session did is not forgotten.

The wrong clock comes from a seam that builds for tests have (shared/sys/clock_fault.h)."""

import datetime
import re

import pytest

from samples import ALLOWED_REQUEST
from sealed import Chain
from server import Prepared, binary, run, wait_until
from test_sessions import BLOCKED, EVALUATORS, FACTS, PACK, READ, SEND, add, ask

pytestmark = pytest.mark.skipif(b"AIS_CLOCK\0" not in binary().read_bytes(), reason="a build for users has no wrong clock")
HOUR_S = 3600  # no correlation here looks back for longer


class Clock:
    """By how many seconds the service's clock is off."""

    def __init__(self, path):
        self.path = path
        self.env = {**EVALUATORS, "AIS_CLOCK": str(path)}
        self.off_by(0)

    def off_by(self, seconds):
        draft = self.path.with_suffix(".draft")
        draft.write_text(str(seconds))
        draft.rename(self.path)
        self.seconds = seconds

    def time(self, seconds=0):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (now + datetime.timedelta(seconds=self.seconds + seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


def decide(server, count):
    answers = [server.preflight(ALLOWED_REQUEST) for _ in range(count)]
    assert [answer.status for answer in answers] == [200] * count
    return [answer.json()["decision_id"] for answer in answers]


def pages(server, **filters):
    """The ids of decisions, page by page."""
    ids, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor is not None else {}
        answer = server.logs(event="decision", limit=7, **filters, **more)
        ids += [record["decision_id"] for record in answer["logs"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            return ids


def test_decisions_go_on_and_stay_in_their_order(data_dir, clock):
    """Forward a day, back two, and right again: each time 20 decisions, at times that only their numbers put in order."""
    rounds = []
    with Prepared(data_dir, env=clock.env) as server:
        for seconds in (0, 24 * HOUR_S, -24 * HOUR_S, 0):
            clock.off_by(seconds)
            since = clock.time()
            ids = decide(server, 20)
            assert server.rest(None).get("/readyz").status == 200
            rounds.append((since, ids, clock.time()))
        everything = [one for _, ids, _ in rounds for one in ids]
        assert pages(server, order="asc") == everything
        assert pages(server) == everything[::-1]
        for since, ids, until in rounds:
            assert pages(server, order="asc", since=since, until=until) == ids
        # Whatever stands between them in the log.
        assert pages(server, since=rounds[0][0], until=rounds[3][2]) == (rounds[0][1] + rounds[3][1])[::-1]
        assert pages(server, order="asc", until=rounds[2][2]) == rounds[2][1]
        assert server.rest("admin").get("/api/v1/activity/summary", window="1h").status == 200
    records = [record for record in Chain(data_dir).verify() if record["event"] == "decision"]
    assert [record["decision_id"] for record in records] == everything
    for i, (since, _, until) in enumerate(rounds):
        assert all(since <= record["time"] <= until for record in records[20 * i:20 * i + 20])
    done = run("audit", "verify", "--data-dir", data_dir)
    assert done.returncode == 0, done.text + done.log


def test_the_same_across_restarts(data_dir, clock):
    everything = []
    server = Prepared(data_dir, env=clock.env)
    for seconds in (0, -HOUR_S, HOUR_S, -2 * HOUR_S):
        clock.off_by(seconds)
        with server:
            everything += decide(server, 10)
            assert server.rest(None).get("/readyz").status == 200
            assert pages(server, order="asc") == everything
            assert pages(server, order="asc", since=clock.time(-60), until=clock.time()) == everything[-10:]
    done = run("audit", "verify", "--data-dir", data_dir)
    assert done.returncode == 0, done.text + done.log


@pytest.mark.parametrize("seconds", [-24 * HOUR_S, 24 * HOUR_S])
def test_wrong_keys_are_slowed_down_as_ever(data_dir, clock, seconds):
    """An address that fails too often is answered late, whatever the wall clock does; others are not."""
    with Prepared(data_dir, env=clock.env) as server:
        statuses = [server.preflight(ALLOWED_REQUEST, key="aisentinel_wrong").status for _ in range(12)]
        clock.off_by(seconds)
        statuses.append(server.preflight(ALLOWED_REQUEST, key="aisentinel_wrong").status)
        assert set(statuses) == {401}
        decide(server, 5)
        key = server.make_key("preflight")
        assert server.preflight(ALLOWED_REQUEST, key=key["api_key"]).status == 200
        server.revoke_key(key["key_id"])
        clock.off_by(0)
        wait_until(lambda: server.preflight(ALLOWED_REQUEST, key=key["api_key"]).status == 401, "a revoked key")
        text = server.rest(None).get("/metrics").body.decode()
        assert re.search(r"^aisentinel_storage_ok(?:\{.*\})? 1$", text, re.M)


PACKS = pytest.mark.parametrize("packs", [[PACK], [PACK, FACTS]], ids=["events", "events and facts"])


@PACKS
def test_a_session_is_remembered_while_the_clock_is_set(data_dir, clock, packs):
    """Whichever of the evaluators remembers, or has to learn."""
    with Prepared(data_dir, env=clock.env) as server:
        add(server, *packs)
        for i, seconds in enumerate((-3 * HOUR_S, 3 * HOUR_S, 0)):
            clock.off_by(0)
            assert ask(server, f"s{i}", READ)["allowed"]
            clock.off_by(seconds)
            assert ask(server, f"s{i}", ("note", {}))["allowed"]
            clock.off_by(0)
            answer = ask(server, f"s{i}", SEND)
            assert not answer["allowed"], (i, answer)


@PACKS
def test_a_session_is_remembered_by_the_log(data_dir, clock, packs):
    """A start with a clock that is behind, as of a machine without a battery, and then set; or set before the next."""
    server = Prepared(data_dir, env=clock.env)
    with server:
        add(server, *packs)
        assert ask(server, "s1", READ)["allowed"]
        assert ask(server, "s2", READ)["allowed"]
    clock.off_by(-3 * HOUR_S)
    with server:
        for i in range(32):  # which are all evaluators'
            assert ask(server, f"other{i}", ("note", {}))["allowed"]
        for _ in range(2):
            assert ask(server, "s2", ("note", {}))["allowed"]
        clock.off_by(0)
        assert ask(server, "s1", SEND)["reasons"] == BLOCKED
    with server:
        assert BLOCKED[0] in ask(server, "s2", SEND)["reasons"]
