"""What the product can do offline, seen from outside, a class a capability. One of them by name:

    pytest tests/test_offline_capabilities.py -k rulepack_bootstrapping

No network, no model: a binary, a data directory, HTTP on loopback, and any Fernet library to check what is on disk."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "product"))

from client import members  # noqa: E402
from samples import ALLOWED_MEMBERS, ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST  # noqa: E402
from sealed import Chain, fernet, payloads  # noqa: E402
from server import ROOT, Server, run, wait_until  # noqa: E402

PACK = """\
name: house_rules
version: {version}
rules:
  - id: no_production
    title: Production is off limits, says {version}
    tools: ["deploy_*"]
    detection:
      where: {{tool_args.target|contains: prod}}
      condition: where
    action: block
    severity: high
    tests:
      - {{name: production, request: {{tool_name: deploy_app, tool_args: {{target: prod-eu}}}}, expect: block}}
"""
DEPLOY = {"tool_name": "deploy_app", "tool_args": {"target": "prod-eu"}, "metadata": {"user_id": "carol"}}


def upload(server, source, name="house_rules.yaml"):
    """POST /api/v1/rulepacks as curl -F sends it."""
    boundary = "----capabilities"
    body = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"rulepack\"; filename=\"{name}\"\r\n"
            f"Content-Type: application/octet-stream\r\n\r\n{source}\r\n--{boundary}--\r\n").encode()
    return server.rest("admin").call("POST", "/api/v1/rulepacks", body,
                                     headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})


@pytest.fixture(scope="class")
def server(tmp_path_factory):
    """A first start in an empty directory; the tests of a class share it."""
    with Server(tmp_path_factory.mktemp("capabilities") / "data") as running:
        yield running


class Test_rulepack_bootstrapping:
    """From nothing to rules that decide: the bundled ones at the first start, the operator's own by upload."""

    def test_a_first_start_has_the_bundled_rulepacks_in_force(self, server):
        packs = {pack["name"]: pack for pack in server.rest("admin").get("/api/v1/rulepacks").json()["rulepacks"]}
        bundled = {path.stem for path in (ROOT / "rulepacks").glob("*.yaml")}
        assert bundled and bundled <= packs.keys()
        assert all(packs[name]["kind"] == "system" and packs[name]["enabled"] for name in bundled)

    def test_they_decide_the_golden_request_to_the_byte(self, server):
        assert server.preflight(GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
        assert server.preflight(ALLOWED_REQUEST).members()[:4] == ALLOWED_MEMBERS

    def test_their_source_is_the_file_that_was_bundled(self, server):
        answer = server.rest("admin").get("/api/v1/rulepacks/code_execution", format="yaml")
        assert answer.body == (ROOT / "rulepacks" / "code_execution.yaml").read_bytes()

    def test_their_own_tests_pass(self):
        assert run("rulepack", "test", *sorted((ROOT / "rulepacks").glob("*.yaml"))).returncode == 0

    def test_they_are_sealed_on_disk(self, server):
        source = (ROOT / "rulepacks" / "code_execution.yaml").read_bytes()
        stored = (server.data_dir / "rulepacks.enc").read_bytes()
        assert b"code_exec_sandbox" not in stored
        ((_, document),) = payloads(server.data_dir / "rulepacks.enc", fernet(server.data_dir))
        assert any(pack["source"].encode() == source for pack in json.loads(document)["body"]["packs"])

    def test_an_uploaded_rulepack_decides_the_next_request(self, server):
        assert server.preflight(DEPLOY).json()["allowed"] is True
        answer = upload(server, PACK.format(version="1.0.0"))
        assert answer.status == 201 and answer.json()["kind"] == "custom"
        assert server.preflight(DEPLOY).json()["reasons"] == [
            "Blocked by no_production rule: Production is off limits, says 1.0.0"]

    def test_a_newer_version_replaces_it_and_can_be_rolled_back(self, server):
        assert upload(server, PACK.format(version="1.1.0")).json()["previous_version"] == "1.0.0"
        assert "says 1.1.0" in server.preflight(DEPLOY).json()["reasons"][0]
        assert server.rest("admin").post("/api/v1/rulepacks/house_rules/rollback", None).status == 200
        assert "says 1.0.0" in server.preflight(DEPLOY).json()["reasons"][0]

    def test_a_faulty_one_is_refused_with_its_place_and_changes_nothing(self, server):
        answer = upload(server, PACK.format(version="2.0.0").replace("severity: high", "severty: high"))
        assert answer.status == 422
        (fault,) = answer.json()["errors"]
        assert (fault["line"], fault["suggestion"]) == (11, "severity")
        assert "says 1.0.0" in server.preflight(DEPLOY).json()["reasons"][0]

    def test_one_that_fails_its_own_tests_never_decides(self, server):
        answer = upload(server, PACK.format(version="2.0.0").replace("expect: block", "expect: none"))
        assert answer.status == 422 and "production" in answer.body.decode()
        assert "says 1.0.0" in server.preflight(DEPLOY).json()["reasons"][0]

    def test_all_of_it_survives_a_restart(self, server):
        server.restart()
        assert "says 1.0.0" in server.preflight(DEPLOY).json()["reasons"][0]


class Test_audit_logging:
    """No decision without its record: sealed, chained, found, and readable without the product."""

    def test_an_answered_decision_is_in_the_log(self, server):
        answer = server.preflight(GOLDEN_REQUEST, headers={"X-Request-ID": "capability-1"})
        decision_id = answer.json()["decision_id"]
        (record,) = server.logs(decision_id=decision_id)["logs"]
        assert record["decision"] == "require_approval" and record["user_id"] == "user123"
        assert record["request"]["tool_args"] == GOLDEN_REQUEST["tool_args"]
        assert record["rules"][0]["rule"] == "code_exec_sandbox"
        assert record["request_id"] == "capability-1"

    def test_it_is_found_by_each_filter_and_not_by_others(self, server):
        decision_id = server.preflight(GOLDEN_REQUEST).json()["decision_id"]
        wanted = {"severity": "high", "decision": "require_approval", "event": "decision", "tool": "python_exec",
                  "rule": "code_exec_sandbox", "rulepack": "code_execution", "user_id": "user123",
                  "session_id": "sess456", "since": "-1h", "q": "OS.SYSTEM"}
        other = {"severity": "low", "decision": "allow", "event": "service_started", "tool": "bash", "rule": "other",
                 "rulepack": "other", "user_id": "nobody", "session_id": "none", "since": "2100-01-01T00:00:00Z",
                 "q": "no such words"}
        for name, value in wanted.items():
            assert decision_id in [found.get("decision_id") for found in server.logs(**{name: value})["logs"]], name
            assert server.logs(**{name: other[name]}).get("logs") is not None
            found = server.logs(**{name: other[name]})["logs"]
            assert decision_id not in [record.get("decision_id") for record in found], name

    def test_the_command_line_finds_it_beside_the_service(self, server):
        decision_id = server.preflight(GOLDEN_REQUEST).json()["decision_id"]
        done = run("audit", "query", "--data-dir", server.data_dir, "--decision-id", decision_id, "--format", "json")
        assert done.returncode == 0 and decision_id in done.text

    def test_the_activity_is_added_up(self, server):
        summary = server.rest("admin").get("/api/v1/activity/summary", window="1h").json()
        decisions = server.all_logs(event="decision")
        counted = {action: sum(record["decision"] == action for record in decisions)
                   for action in ("allow", "require_approval", "block")}
        assert {action: summary["by_decision"].get(action, 0) for action in counted} == counted
        assert {"tool": "python_exec", "count": counted["require_approval"]} in summary["by_tool"]

    def test_a_fernet_library_alone_reads_and_verifies_it(self, server):
        decision_id = server.preflight(GOLDEN_REQUEST).json()["decision_id"]
        server.stop()
        records = Chain(server.data_dir).verify()
        assert decision_id in [record.get("decision_id") for record in records]
        assert {"log_created", "service_started", "service_stopped"} <= {record["event"] for record in records}
        assert run("audit", "verify", "--data-dir", server.data_dir).returncode == 0
        server.start()


class Test_metrics_aggregation:
    """What was counted, by whom and how fast: now, in the window that is asked for, and after a restart."""

    def test_usage_metrics_count_and_time_the_requests(self, server):
        for _ in range(50):
            assert server.preflight(ALLOWED_REQUEST).status == 200
        found = wait_until(lambda: self.metrics_with(server, 50), "50 preflights in the metrics")
        latency = found["preflight"]["latency_ms"]
        assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["p99.9"] <= latency["max"] * 1.02
        assert found["preflight"]["error_rate"] == 0
        assert sum(one["evaluations"] for one in found["evaluators"]) >= 50
        assert found["process"]["memory_bytes"] > 0

    @staticmethod
    def metrics_with(server, count):
        found = server.rest("admin").get("/api/v1/usage/metrics", window="1h").json()
        return found if found["preflight"]["count"] >= count else None

    def test_usage_stats_know_users_and_features(self, server):
        for user in ("ann", "bob", "ann"):
            server.preflight({**ALLOWED_REQUEST, "metadata": {"user_id": user}})
        stats = wait_until(lambda: self.stats_with(server, 3), "three users in the statistics")
        assert stats["totals"]["users"] == 3  # ann, bob and user123 of the test before
        assert stats["totals"]["evaluations"] >= 53

    @staticmethod
    def stats_with(server, users):
        stats = server.rest("admin").get("/api/v1/usage/stats").json()
        return stats if stats["totals"]["users"] >= users else None

    def test_prometheus_reads_the_same_count(self, server):
        def decisions():
            text = server.rest(None).get("/metrics").body.decode()
            return sum(float(line.split()[-1]) for line in text.splitlines()
                       if line.startswith("aisentinel_decisions_total{"))
        before = decisions()
        server.preflight(ALLOWED_REQUEST)
        wait_until(lambda: decisions() > before, "another decision in /metrics")

    def test_counts_survive_a_restart(self, server):
        server.restart()
        assert self.metrics_with(server, 53) is not None
        assert self.stats_with(server, 3) is not None


def test_members_of_answers_keep_their_order_in_both_forms(tmp_path):
    """The published client libraries' form is answered on the same path with the same bytes."""
    candidate = {"candidate": {"tool": GOLDEN_REQUEST["tool_name"], "args": GOLDEN_REQUEST["tool_args"]},
                 "context_state": GOLDEN_REQUEST["metadata"]}
    with Server(tmp_path / "data") as server:
        assert members(server.preflight(candidate).body)[:4] == GOLDEN_MEMBERS
        version = server.rest("admin").get("/api/v1/rulepacks/code_execution").json()["version"]
        packs = server.rest("admin").get("/api/v1/rulepacks/code_execution", version=version)
        assert packs.status == 200 and packs.json()["version"] == version
