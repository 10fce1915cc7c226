"""Metrics over time: /metrics, /api/v1/usage/metrics, /api/v1/usage/stats and metrics.enc, which they survive in."""

import datetime
import json
import shutil
import subprocess

import pytest

import sealed
from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from server import Prepared, run, wait_until

FILE = "metrics.enc"
USER_KEY = "000102030405060708090a0b0c0d0e0f"


def by(user):
    return {**ALLOWED_REQUEST, "metadata": {"user_id": user}}


def usage(server, kind, **parameters):
    answer = server.rest("admin").get(f"/api/v1/usage/{kind}", **parameters)
    assert answer.status == 200, answer
    return answer.json()


def comes(server, kind, condition, what):
    """The answer of whom the condition is true: actors tell what they counted four times a second."""
    def look():
        answer = usage(server, kind)
        return answer if condition(answer) else None
    return wait_until(look, what, deadline_s=10)


def preflights(answer):
    return answer["preflight"]["count"]


def used(answer):
    return {entry["feature"] for entry in answer["features"] if entry["count"] > 0}


def lines(data_dir):
    """metrics.enc as any Fernet library reads it."""
    opener = sealed.fernet(data_dir)
    return [json.loads(opener.decrypt(line)) for line in (data_dir / FILE).read_bytes().splitlines()]


def points(data_dir):
    return [line for line in lines(data_dir) if "time" in line]


def write(data_dir, *payloads):
    """metrics.enc as somebody with the key may write it."""
    opener = sealed.fernet(data_dir)
    path = data_dir / FILE
    path.write_bytes(b"".join(opener.encrypt(json.dumps(payload).encode()) + b"\n" for payload in payloads))
    path.chmod(0o600)


def hour_ago(hours, records):
    """The line of a whole hour."""
    begin = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    begin -= datetime.timedelta(hours=hours)
    return {"v": 1, "time": begin.strftime("%Y-%m-%dT%H:%M:%SZ"), "resolution_s": 3600,
            "actors": {"auditor": {"aisentinel_audit_records_total": records}}}


HEADER = {"v": 1, "document": "metrics", "user_key": USER_KEY}


def records(server, window):
    return usage(server, "metrics", window=window)["audit"]["records"]


def evaluations(answer):
    return sum(entry["evaluations"] for entry in answer["evaluators"])


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A server that has had to do with everything: one for the tests that only look."""
    with Prepared(tmp_path_factory.mktemp("usage") / "data") as server:
        for index in range(30):
            assert server.preflight(by(f"user-{index % 7}")).status == 200
        assert server.preflight(GOLDEN_REQUEST).status == 200
        assert server.rest().post("/api/v1/preflight/batch", {"requests": [by("user-1"), by("batch")] * 5}).status == 200
        assert server.preflight({"tool": "x"}).status == 422
        assert server.rest().call("GET", "/nowhere").status == 404
        assert server.rest(None).get("/api/v1/usage/stats").status == 401
        with server.zmq() as req:
            assert req.preflight(by("over zeromq"))[0] == 200
        comes(server, "metrics", lambda answer: preflights(answer) == 42 and evaluations(answer) == 42,
              "42 preflights, of the gateway and of the evaluators: each tells at its own time")
        server.logs()
        comes(server, "stats", lambda answer: "audit_search" in used(answer), "the search, which came last")
        yield server


# ---- what is answered ----


def test_preflights_are_measured(busy):
    answer = usage(busy, "metrics", window="1h")
    assert answer["window"] == "1h"
    assert answer["since"] < answer["until"]
    latency = answer["preflight"]["latency_ms"]
    assert answer["preflight"]["error_rate"] == 0
    assert answer["preflight"]["throughput_per_s"] > 0
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["p99.9"] <= latency["max"]
    assert 0 < latency["mean"] <= latency["max"]


def test_endpoints_are_told_apart(busy):
    endpoints = {entry["endpoint"]: entry for entry in usage(busy, "metrics")["endpoints"]}
    assert endpoints["preflight"]["count"] == 32
    assert endpoints["preflight"]["client_errors"] == 1
    assert endpoints["preflight"]["errors"] == 0
    assert endpoints["preflight_batch"]["count"] == 1
    assert endpoints["zmq_preflight"]["count"] == 1
    assert endpoints["preflight"]["received_bytes"] >= 30 * len(json.dumps(by("user-1")))
    assert endpoints["preflight"]["sent_bytes"] > 0
    assert all(entry["latency_ms"]["p50"] is not None for entry in endpoints.values())


def test_evaluators_share_the_work(busy):
    answer = usage(busy, "metrics")
    assert evaluations(answer) == 42
    assert all(entry["name"].startswith("evaluator-") for entry in answer["evaluators"])
    assert all(entry["latency_us"]["max"] > 0 for entry in answer["evaluators"])


def test_audit_queue_and_process_are_there(busy):
    def counted():
        answer = usage(busy, "metrics")
        return answer if answer["audit"]["records"] >= 42 else None

    answer = wait_until(counted, "what the auditor says of itself")
    assert answer["audit"]["commit_ms"]["p99"] > 0
    assert answer["queue_depth"]["max"] >= answer["queue_depth"]["now"] == 0
    assert answer["in_flight"]["max"] >= 1
    assert answer["process"]["cpu_seconds"] > 0
    assert answer["process"]["memory_bytes"] > 1 << 20


def test_users_calls_and_bytes_by_hour_and_day(busy):
    answer = usage(busy, "stats")
    totals = answer["totals"]
    assert answer["window"] == "168h"
    assert totals["evaluations"] == 42
    assert totals["users"] == 7 + 3  # user-0 to user-6, the golden request's, the batch's and the one over ZeroMQ
    assert totals["api_calls"] >= 35
    assert totals["bytes_in"] > 0 and totals["bytes_out"] > 0
    for part in ("by_hour", "by_day"):
        assert sum(entry["evaluations"] for entry in answer[part]) == 42
        assert max(entry["users"] for entry in answer[part]) <= totals["users"]
    assert answer["peak_hours"][0]["api_calls"] >= 17


def test_features_have_their_uses(busy):
    features = {entry["feature"]: entry for entry in usage(busy, "stats")["features"]}
    assert features["preflight"]["count"] == 31  # the one that was malformed is no use of it
    assert features["batch"]["count"] == 1
    assert features["zeromq"]["count"] == 1
    assert features["audit_search"]["count"] >= 1
    assert features["batch"]["first_use"] <= features["batch"]["last_use"]


def test_nobody_is_named(busy):
    told = busy.rest(None).get("/metrics").body + json.dumps(usage(busy, "metrics")).encode() + \
        json.dumps(usage(busy, "stats")).encode()
    for name in (b"user-1", b"over zeromq", b"get_weather", b"Oslo", busy.agent_key.encode()):
        assert name not in told


def test_an_answer_is_current_within_a_second(busy):
    before = preflights(usage(busy, "metrics"))
    busy.preflight(by("user-1"))
    wait_until(lambda: preflights(usage(busy, "metrics")) > before, "one more preflight", deadline_s=5)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian package prometheus) is not installed")
def test_promtool_finds_nothing_wrong(busy):
    text = busy.rest(None).get("/metrics").body
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert b'aisentinel_request_seconds_bucket{endpoint="preflight",le="+Inf"}' in text


# ---- what is refused ----


@pytest.mark.parametrize("kind", ["metrics", "stats"])
@pytest.mark.parametrize("parameters, named", [
    ({"window": "1y"}, "window"), ({"window": ""}, "window"), ({"window": "0h"}, "window"), ({"window": "-1h"}, "window"),
    ({"window": "169h"}, "168h"), ({"windows": "1h"}, "'windows'"), ({"window": "1h", "limit": "3"}, "'limit'"),
])
def test_what_cannot_be_meant_is_refused_by_name(busy, kind, parameters, named):
    answer = busy.rest("admin").get(f"/api/v1/usage/{kind}", **parameters)
    assert answer.status == 400
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["metrics", "stats"])
def test_reading_needs_the_right_to_read(busy, kind):
    assert busy.rest(None).get(f"/api/v1/usage/{kind}").status == 401
    assert busy.rest("agent").get(f"/api/v1/usage/{kind}").status == 403
    assert busy.rest("admin").post(f"/api/v1/usage/{kind}", {}).status == 405


@pytest.mark.parametrize("hours", ["0", "8785", "a week", "1.5"])
def test_a_retention_that_cannot_be_is_refused(data_dir, hours):
    done = run("serve", "--data-dir", data_dir, env={"OFFLINE_METRICS_RETENTION_HOURS": hours})
    assert done.returncode == 2
    assert "OFFLINE_METRICS_RETENTION_HOURS" in done.log and "8784" in done.log


# ---- what stays ----


def test_metrics_outlive_restarts(data_dir):
    with Prepared(data_dir) as server:
        server.preflight(by("ann"))
        server.preflight(by("bob"))
        for round in range(1, 3):
            server.restart()  # at once: what had been counted must not wait for its next telling
            assert preflights(usage(server, "metrics")) == 2 * round
            server.preflight(by("ann"))
            server.preflight(by("cid"))
        answer = comes(server, "stats", lambda answer: answer["totals"]["evaluations"] == 6, "six evaluations")
        assert answer["totals"]["users"] == 3
        assert b"\naisentinel_audit_records_total" in server.rest(None).get("/metrics").body


def test_counters_begin_anew_with_the_process(data_dir):
    def shown(server):
        text = server.rest(None).get("/metrics").body.decode()
        return int(text.split('\naisentinel_decisions_total{outcome="allow"} ')[1].split()[0])
    with Prepared(data_dir) as server:
        server.preflight(by("ann"))
        wait_until(lambda: shown(server) == 1, "the decision in the metrics")
        server.restart()
        assert shown(server) == 0


def test_kill_loses_the_running_minute_at_most(data_dir):
    with Prepared(data_dir) as server:
        for _ in range(5):
            server.preflight(by("ann"))
        server.restart()
        server.preflight(by("bob"))
        comes(server, "metrics", lambda answer: preflights(answer) == 6, "six preflights")
        server.kill()
        server.start()
        assert 5 <= preflights(usage(server, "metrics")) <= 6
        assert 5 <= usage(server, "stats")["totals"]["evaluations"] <= 6


def test_the_file_is_sealed_readable_and_private(data_dir):
    with Prepared(data_dir) as server:
        server.preflight(by("ann"))
        server.stop()
        assert (data_dir / FILE).stat().st_mode & 0o777 == 0o600
        assert b"aisentinel" not in (data_dir / FILE).read_bytes()
        header, *rest = lines(data_dir)
        assert header["v"] == 1 and len(bytes.fromhex(header["user_key"])) == 16
        gateway = rest[-1]["actors"]["gateway-1"]
        assert rest[-1]["resolution_s"] == 60
        assert gateway["aisentinel_decisions_total"] == {"allow": 1}
        assert gateway["aisentinel_requests_total"]["preflight,200"] == 1
        assert gateway["aisentinel_preflight_seconds"]["count"] == 1
        text = json.dumps(rest)
        assert "ann" not in text and "Oslo" not in text
        printed = run("decrypt", "--data-dir", data_dir, data_dir / FILE)
        assert printed.returncode == 0
        assert [json.loads(line) for line in printed.text.splitlines()] == [header, *rest]


def test_it_is_compacted_to_the_retention(data_dir):
    with Prepared(data_dir) as server:
        server.stop()
        oldest = hour_ago(10, 300)
        write(data_dir, HEADER, hour_ago(300, 1), hour_ago(100, 20), oldest, hour_ago(5, 4000))
        server.start()
        assert records(server, "168h") in range(4320, 4340)  # and the few of this start
        assert records(server, "8h") in range(4000, 4020)
        server.stop()
        server.flags = ("--metrics-retention-hours", "24")
        server.start()
        assert records(server, "24h") in range(4300, 4330)
        assert server.rest("admin").get("/api/v1/usage/metrics", window="25h").status == 400
        server.stop()
        assert lines(data_dir)[0]["user_key"] == USER_KEY
        assert sum(point["resolution_s"] == 3600 for point in points(data_dir)) <= 4
        assert min(point["time"] for point in points(data_dir)) == oldest["time"].replace("Z", ".000000Z")


def test_a_damaged_line_is_left_out_and_the_rest_counts(data_dir):
    with Prepared(data_dir) as server:
        server.stop()
        write(data_dir, HEADER, hour_ago(9, 10), hour_ago(8, 200), hour_ago(7, 3000))
        damaged = bytearray((data_dir / FILE).read_bytes())
        second = damaged.index(b"\n") + 1
        damaged[second + 100] ^= 1
        (data_dir / FILE).write_bytes(damaged)
        server.start()
        assert records(server, "168h") in range(3200, 3220)
        assert f"WARNING: {FILE}:2 is left out" in server.log()
        assert (data_dir / "metrics.damaged").read_bytes() == bytes(damaged)
        assert server.preflight(by("ann")).status == 200


@pytest.mark.parametrize("cut", [1, 30])
def test_a_file_that_was_cut_off_is_used_up_to_there(data_dir, cut):
    with Prepared(data_dir) as server:
        server.stop()
        write(data_dir, HEADER, hour_ago(9, 10), hour_ago(8, 200))
        whole = (data_dir / FILE).read_bytes()
        (data_dir / FILE).write_bytes(whole[:-cut])
        server.start()
        assert records(server, "168h") in range(10, 30)
        assert "ends within a line" in server.log()
        server.restart()
        assert "left out" not in server.log()


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"no token\n" * 100, b"x" * (9 << 20)],
                         ids=["empty", "blank", "foreign", "one long line"])
def test_whatever_lies_there_the_service_starts(data_dir, content):
    with Prepared(data_dir) as server:
        server.stop()
        (data_dir / FILE).write_bytes(content)
        server.start()
        assert server.preflight(by("ann")).status == 200
        server.restart()
        assert preflights(usage(server, "metrics")) == 1


@pytest.mark.parametrize("line", [
    {"v": 2, "time": "2026-01-31T12:00:00Z", "resolution_s": 60, "actors": {}},
    {**hour_ago(3, 0), "time": "yesterday"}, {**hour_ago(3, 0), "resolution_s": 61}, {**hour_ago(3, 0), "actors": 7},
    hour_ago(3, -1), hour_ago(3, "many"), [], {"v": 1, "user_key": "short"},
], ids=["version", "time", "resolution", "actors", "negative", "text", "array", "header"])
def test_a_line_that_says_nonsense_is_left_out(data_dir, line):
    with Prepared(data_dir) as server:
        server.stop()
        write(data_dir, HEADER, line, hour_ago(2, 1000))
        server.start()
        assert records(server, "168h") in range(1000, 1020)
        assert f"{FILE}:2 is left out" in server.log()


def test_a_directory_in_its_place_stops_metrics_only(data_dir):
    with Prepared(data_dir) as server:
        server.stop()
        (data_dir / FILE).unlink()
        (data_dir / FILE).mkdir()
        server.start()
        assert server.preflight(by("ann")).status == 200
        assert server.log().count(f"{FILE} cannot be written") == 1
        wait_until(lambda: b"\naisentinel_series_ok 0\n" in server.rest(None).get("/metrics").body, "the metric that says so")
        comes(server, "metrics", lambda answer: preflights(answer) == 1, "the preflight")
