"""ZeroMQ clients: the statuses and bodies of REST, and an answer to whatever is sent."""

import json
import os
import threading

import pytest
import zmq

from client import Req, members
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from server import wait_until


def without_id(text):
    return [member for member in members(text) if member[0] != "decision_id"]


def nested(depth):
    return b'{"tool_name":"t","tool_args":' + b'{"a":' * (depth - 1) + b"1" + b"}" * (depth - 1) + b"}"


BODIES = {
    "golden": json.dumps(GOLDEN_REQUEST).encode(),
    "allowed": json.dumps(ALLOWED_REQUEST).encode(),
    "not JSON": b"{",
    "empty": b"",
    "duplicate keys": b'{"tool_name":"a","tool_name":"b"}',
    "invalid UTF-8": b'{"tool_name":"\xff"}',
    "NaN": b'{"tool_name":"a","tool_args":{"x":NaN}}',
    "trailing bytes": b'{"tool_name":"a"} x',
    "too deep": nested(65),
    "deep enough": nested(64),
    "no tool name": b"{}",
    "wrong types": b'{"tool_name":1,"tool_args":[],"metadata":"x"}',
    "an array": b"[]",
    "a made-up token": b'{"tool_name":"a","execution_approval_token":"x"}',
    "1 MiB and a byte": b'{"tool_name":"' + b"a" * (1 << 20) + b'"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_status_and_body_are_those_of_rest(rest, req, body):
    answer = rest.post("/api/v1/preflight", body)
    status, text = req.ask(b"PREFLIGHT", body)
    assert status == answer.status
    assert without_id(text) == without_id(answer.body)


def test_ping_needs_no_body(req):
    status, text = req.ask(b"PING")
    assert status == 200
    assert json.loads(text)["status"] == "ready"


def test_ping_takes_one(req):
    assert req.ask(b"PING", {})[0] == 200


@pytest.mark.parametrize("key", ["", "x", "ais_" + "0" * 38, "x" * 100_000, b"\xff\x00\xfe"],
                         ids=["none", "short", "mistyped", "huge", "binary"])
def test_a_bad_key_is_401_and_not_allowed(server, key):
    with server.zmq(None) as client:
        status, text = client.preflight(ALLOWED_REQUEST, key=key)
        assert status == 401
        assert json.loads(text)["allowed"] is False


WRONG = {
    "one empty frame": [b""],
    "protocol alone": [b"AIS1"],
    "two frames": [b"AIS1", b"key"],
    "no body": [b"AIS1", b"KEY", b"PREFLIGHT"],
    "five frames": [b"AIS1", b"KEY", b"PREFLIGHT", b"{}", b"more"],
    "three hundred frames": [b"AIS1", b"KEY", b"PREFLIGHT"] + [b"x"] * 297,
    "a hundred empty frames": [b""] * 100,
    "another protocol": [b"AIS2", b"KEY", b"PREFLIGHT", b"{}"],
    "protocol in small letters": [b"ais1", b"KEY", b"PREFLIGHT", b"{}"],
    "unknown verb": [b"AIS1", b"KEY", b"DELETE", b"{}"],
    "verb in small letters": [b"AIS1", b"KEY", b"preflight", b"{}"],
    "verb with a NUL": [b"AIS1", b"KEY", b"PING\0", b"{}"],
    "huge verb": [b"AIS1", b"KEY", b"V" * 100_000, b"{}"],
    "huge protocol": [b"A" * 3_000_000, b"KEY", b"PREFLIGHT", b"{}"],
    "binary": [bytes(range(256)), bytes(range(256)), bytes(range(256)), bytes(range(256))],
}


def with_key(frames, server):
    return [server.agent_key.encode() if frame == b"KEY" else frame for frame in frames]


@pytest.mark.parametrize("frames", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_message_is_answered_400(server, req, frames):
    protocol, status, text = req.exchange(with_key(frames, server))
    assert (protocol, status) == (b"AIS1", b"400")
    assert json.loads(text)["allowed"] is False
    assert json.loads(text)["detail"]


@pytest.mark.parametrize("frames", WRONG.values(), ids=WRONG.keys())
def test_a_dealer_without_a_delimiter_is_answered_too(server, frames):
    with Req(server.zmq_endpoint, kind=zmq.DEALER) as client:
        answer = client.exchange(with_key(frames, server))
        assert b"AIS1" in answer
        assert json.loads(answer[-1])["allowed"] is False


def test_a_dealer_without_a_delimiter_may_ask(server):
    with Req(server.zmq_endpoint, kind=zmq.DEALER) as client:
        frames = [b"AIS1", server.agent_key.encode(), b"PREFLIGHT", BODIES["golden"]]
        protocol, status, text = client.exchange(frames)
        assert (protocol, status) == (b"AIS1", b"200")
        assert members(text)[:4] == GOLDEN_MEMBERS


def test_a_body_above_the_limit_is_413(req):
    status, text = req.preflight(b"x" * 3_000_000)
    assert status == 413
    assert json.loads(text)["allowed"] is False


def test_two_clients_at_once(server):
    wrong = []

    def ask(request, expected):
        with server.zmq() as client:
            for _ in range(200):
                status, text = client.preflight(request)
                if status != 200 or json.loads(text)["allowed"] is not expected:
                    wrong.append(text)

    threads = [threading.Thread(target=ask, args=arguments)
               for arguments in ((GOLDEN_REQUEST, False), (ALLOWED_REQUEST, True))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_client_that_dies_before_its_answer_disturbs_nobody(server, req):
    for _ in range(20):
        dying = server.zmq()
        dying.socket.send_multipart([b"AIS1", server.agent_key.encode(), b"PREFLIGHT", BODIES["golden"]])
        dying.close()
    assert req.preflight(GOLDEN_REQUEST)[0] == 200
    assert req.ask(b"PING")[0] == 200


def test_a_dealer_may_send_many_before_it_reads(server):
    """Each answer belongs to its question; they may come in any order."""
    with Req(server.zmq_endpoint, kind=zmq.DEALER) as client:
        for _ in range(100):
            client.socket.send_multipart([b"", b"AIS1", server.agent_key.encode(), b"PREFLIGHT", BODIES["allowed"]])
        answers = [client.socket.recv_multipart() for _ in range(100)]
        assert {answer[2] for answer in answers} == {b"200"}
        assert len({json.loads(answer[3])["decision_id"] for answer in answers}) == 100


def test_garbage_on_the_socket_below_zeromq(server, req):
    import socket
    for junk in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), b"\xff" * 10 + b"\x7f" + b"NULL" * 5, b""):
        with socket.create_connection(("127.0.0.1", server.zmq_port), timeout=10) as raw:
            raw.sendall(junk)
    wait_until(lambda: req.ask(b"PING")[0] == 200, "an answer after garbage")
