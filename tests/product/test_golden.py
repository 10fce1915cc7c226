"""The golden request has the golden answer, byte for byte in its four fields, on every way in."""

import json

import pytest

from client import members
from samples import ALLOWED_MEMBERS, ALLOWED_REQUEST, CANDIDATE_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from server import Server, run

FORMS = pytest.mark.parametrize("request_body", [GOLDEN_REQUEST, CANDIDATE_REQUEST], ids=["native", "candidate"])


def four(text):
    return members(text)[:4]


@FORMS
def test_over_rest(rest, request_body):
    answer = rest.post("/api/v1/preflight", request_body)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert four(answer.body) == GOLDEN_MEMBERS
    assert answer.json()["decision_id"]


@FORMS
def test_over_zeromq(req, request_body):
    status, text = req.preflight(request_body)
    assert status == 200
    assert four(text) == GOLDEN_MEMBERS


@FORMS
def test_from_the_command_line(data_dir, tmp_path, request_body):
    request_file = tmp_path / "request.json"
    request_file.write_text(json.dumps(request_body))
    done = run("preflight", request_file, "--data-dir", data_dir)
    assert done.returncode == 1, done.log
    assert four(done.text.strip()) == GOLDEN_MEMBERS


def test_from_stdin(data_dir):
    done = run("preflight", "-", "--data-dir", data_dir, stdin=json.dumps(GOLDEN_REQUEST).encode())
    assert done.returncode == 1, done.log
    assert four(done.text.strip()) == GOLDEN_MEMBERS


def without_id(text):
    return [member for member in members(text) if member[0] != "decision_id"]


def test_a_thousand_repeats_are_identical(server):
    rest = server.rest()
    answers = [rest.post("/api/v1/preflight", GOLDEN_REQUEST).body for _ in range(800)]
    with server.zmq() as req:
        answers += [req.preflight(GOLDEN_REQUEST)[1] for _ in range(200)]
    first = without_id(answers[0])
    assert first[:4] == GOLDEN_MEMBERS
    assert all(without_id(answer) == first for answer in answers)
    assert len({json.loads(answer)["decision_id"] for answer in answers}) == 1000


def test_key_order_and_spacing_change_nothing(rest):
    shuffled = json.dumps(dict(reversed(GOLDEN_REQUEST.items())), indent=3).encode()
    assert four(rest.post("/api/v1/preflight", shuffled).body) == GOLDEN_MEMBERS


def test_an_allowed_request(rest, req):
    assert four(rest.post("/api/v1/preflight", ALLOWED_REQUEST).body) == ALLOWED_MEMBERS
    assert four(req.preflight(ALLOWED_REQUEST)[1]) == ALLOWED_MEMBERS


def test_an_allowed_request_from_the_command_line(data_dir):
    done = run("preflight", "--data-dir", data_dir, "-", stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 0, done.log
    assert four(done.text.strip()) == ALLOWED_MEMBERS


def test_a_local_preflight_is_audited(data_dir):
    done = run("preflight", "-", "--data-dir", data_dir, stdin=json.dumps(GOLDEN_REQUEST).encode())
    decision_id = json.loads(done.text)["decision_id"]
    found = run("audit", "query", "--data-dir", data_dir)
    assert found.returncode == 0, found.log
    assert found.text.count(decision_id) >= 1


def test_the_command_is_refused_while_a_server_owns_the_store(server):
    done = run("preflight", "-", "--data-dir", server.data_dir, stdin=json.dumps(GOLDEN_REQUEST).encode())
    assert done.returncode == 3
    assert done.text == ""
    assert "--url" in done.log or "/api/v1/preflight" in done.log, done.log


class TestUrl:
    """`preflight --url`: the same question to a running server."""

    @staticmethod
    def ask(server, request, env, *flags):
        return run("preflight", "-", "--url", server.url, *flags, env=env, stdin=json.dumps(request).encode())

    def test_blocked(self, server):
        done = self.ask(server, GOLDEN_REQUEST, {"AISENTINEL_API_KEY": server.agent_key})
        assert done.returncode == 1, done.log
        assert four(done.text.strip()) == GOLDEN_MEMBERS

    def test_allowed_with_a_key_file(self, server, tmp_path):
        key_file = tmp_path / "key"
        key_file.write_text(server.agent_key + "\n")
        key_file.chmod(0o600)
        done = self.ask(server, ALLOWED_REQUEST, {}, "--api-key-file", key_file)
        assert done.returncode == 0, done.log
        assert four(done.text.strip()) == ALLOWED_MEMBERS

    def test_a_wrong_key_is_not_allowed(self, server):
        done = self.ask(server, ALLOWED_REQUEST, {"AISENTINEL_API_KEY": "x" * 40})
        assert done.returncode in (1, 3), done.log
        assert '"allowed":true' not in done.text

    def test_nobody_there(self, server, tmp_path):
        stopped = Server(tmp_path / "none").launch()
        stopped.process.kill()
        stopped.process.wait()
        done = self.ask(stopped, ALLOWED_REQUEST, {"AISENTINEL_API_KEY": server.agent_key})
        assert done.returncode in (1, 3), done.log
        assert '"allowed":true' not in done.text
