"""Ten thousand malformed requests and messages from a small seeded generator: each complete one is answered, none is
allowed, the service runs on and its memory stays where it was.

Over TLS, whose handshakes take nearly all of the time, a fifth of them. AIS_MALFORMED sets how many (default 10,000),
AIS_SEED which."""

import collections
import json
import os
import random
import re

import pytest
import zmq

from certificates import Certificate
from client import Req
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from server import Prepared

COUNT = int(os.environ.get("AIS_MALFORMED", "10000"))
SEED = int(os.environ.get("AIS_SEED", "1"))
GROWTH_KIB = 64 << 10  # of resident memory over all of it; a leak of 10 KiB a request would be 100 MiB
AT_ONCE = 50  # connections that wait for their end
GOOD = [json.dumps(request).encode() for request in (GOLDEN_REQUEST, ALLOWED_REQUEST)]
ATOMS = [b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b"\\u", b"\\ud800", b"null", b"true", b"NaN", b"1e999999",
         b"-", b"0x10", b"\x00", b"\xff", b"\xc0\x80", b"\xef\xbb\xbf", b'"tool_name"', b'"candidate"', b"\r\n", b" "]


@pytest.fixture(scope="module", params=["http", "https"])
def server(request, tmp_path_factory):
    """The address sanitizer keeps freed memory aside, which would look like growth: here it keeps little."""
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"
    folder = tmp_path_factory.mktemp("malformed")
    certificate = Certificate(folder, "malformed") if request.param == "https" else None
    with Prepared(folder / "data", *(certificate.flags if certificate else ()), env={"ASAN_OPTIONS": sanitizer},
                  tls=certificate.context() if certificate else None) as running:
        yield running


class Generator:
    def __init__(self, seed, key):
        self.random = random.Random(seed)
        self.key = key

    def pick(self, *choices):
        return self.random.choice(choices)

    def noise(self, most):
        return self.random.randbytes(self.random.randrange(most))

    # ---- bodies ----

    def body(self):
        return self.pick(self.mutated, self.cut, self.salad, self.deep, self.wide, lambda: self.noise(200))()

    def mutated(self):
        body = bytearray(self.random.choice(GOOD))
        for _ in range(self.random.randrange(1, 6)):
            at = self.random.randrange(len(body))
            self.pick(lambda: body.__setitem__(at, self.random.randrange(256)),
                      lambda: body.insert(at, self.random.randrange(256)),
                      lambda: body.__delitem__(slice(at, at + self.random.randrange(1, 9))),
                      lambda: body.__setitem__(slice(at, at), self.random.choice(ATOMS)))()
            if not body:
                break
        return bytes(body)

    def cut(self):
        body = self.random.choice(GOOD)
        return body[:self.random.randrange(len(body))]

    def salad(self):
        return b"".join(self.random.choice(ATOMS) for _ in range(self.random.randrange(60)))

    def deep(self):
        return self.pick(b"[", b'{"a":', b'{"tool_args":') * self.random.randrange(1, 3000)

    def wide(self):
        members = (b'"%d":%d' % (number, number) for number in range(self.random.randrange(2000)))
        return b'{"tool_name":"a","tool_args":{' + b",".join(members) + self.pick(b"}", b"}}", b"")

    # ---- HTTP ----

    def http(self):
        """(bytes, whether they are one complete request, so that an answer is owed)"""
        body = self.body()
        kind = self.random.randrange(8)
        if kind < 4:
            return self.request(body), True
        if kind == 4:
            return self.request(body, path=self.path()), True
        if kind == 5:
            return self.request(body, fields=self.fields()), False
        if kind == 6:
            whole = bytearray(self.request(body))
            for _ in range(self.random.randrange(1, 5)):
                whole[self.random.randrange(len(whole))] = self.random.randrange(256)
            return bytes(whole), False
        return self.pick(self.noise(300), b"\r\n" * 50, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
                         b"PRI * HTTP/2.0\r\n"), False

    def path(self):
        return self.pick("/", "/api/v1/preflight?", "/api/v1/preflight?explain=%zz", "/api/v1/preflight/batch",
                         "/%00", "/api/v1/../v1/preflight", "/api/v1/rulepacks/%2e%2e%2ffernet.key", "/a" * 2500,
                         "/api/v1/auditing/logs?limit=9" + "9" * 50, "*", "/api/v1/rulepacks/" + "x" * 300)

    def fields(self):
        return self.pick(["Content-Length: 5", "Content-Length: 6"], ["Transfer-Encoding: chunked"],
                         ["Content-Length: -1"], ["Content-Length: 99999999999999999999"], ["Content-Length : 3"],
                         ["Transfer-Encoding: gzip, chunked"], [" folded: x"], ["no colon here"], ["Expect: magic"],
                         ["X: " + "y" * 20000], ["N%d: x" % n for n in range(100)], ["Authorization: Bearer x"])

    def method(self):
        return self.pick("POST", "POST", "POST", "PUT", "GET")

    def request(self, body, path="/api/v1/preflight", fields=None, method=None):
        lines = [f"{method or self.method()} {path} HTTP/1.1", "Host: h",
                 "Content-Type: application/json", f"Authorization: Bearer {self.key}"]
        lines += fields if fields is not None else [f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    # ---- ZeroMQ ----

    def message(self):
        frames = [b"AIS1", self.key.encode(), b"PREFLIGHT", self.body()]
        for _ in range(self.random.randrange(4)):
            at = self.random.randrange(len(frames) + 1)
            self.pick(lambda: frames.insert(at, self.noise(40)), lambda: frames.insert(at, b""),
                      lambda: frames.__delitem__(slice(at, at + 1)),
                      lambda: frames.__setitem__(slice(at, at + 1), [self.pick(b"PING", b"ping", b"AIS1", b"AIS9")]))()
        return frames or [b""]


def understood(body):
    """Whether a generated body happens to be a preflight that may be allowed."""
    return b"tool_name" in body or b"candidate" in body


def check(status, text, frames_or_bytes):
    """An answer to what is malformed: a refusal that allows nothing, or the decision on what was good after all."""
    # 501 is what an unknown Transfer-Encoding is answered with (RFC 9112, section 6.1).
    assert 200 <= status < 500 or status == 501, (status, text, frames_or_bytes)
    if status == 200 and b'"allowed":true' in text:
        assert understood(frames_or_bytes), frames_or_bytes
    if status != 200 and text.startswith(b"{"):
        assert json.loads(text).get("allowed") in (False, None)


def send_http(server, generator, count):
    """Keeps a connection for as long as the server does. Silence is only for what never was a whole request."""
    answered, connection, ended = 0, None, collections.deque()
    for _ in range(count):
        data, owed = generator.http()
        connection = connection or server.raw()
        whole = connection.send(data)
        if owed and whole:
            answer = connection.receive()
            assert answer is not None, data[:500]
            check(answer.status, answer.body, data)
            answered += 1
            if not answer.closes:
                continue
            connection.close()
        else:
            # No more is coming. What is no whole request may take a while to be answered or closed: others go on.
            connection.end()
            ended.append((connection, data))
        connection = None
        while len(ended) > AT_ONCE:
            see_out(*ended.popleft())
    while ended:
        see_out(*ended.popleft())
    return answered


def see_out(connection, data):
    """Until the server has answered or closed; where it does neither, receiving fails at its time-out."""
    answer = connection.receive()
    if answer is not None and answer.headers.get("Content-Type", "").startswith("application"):
        check(answer.status, answer.body, data)
    connection.close()


def send_zmq(server, generator, count):
    """As a REQ client (with the delimiter) and as a DEALER that leaves it out: always one answer for one message."""
    with Req(server.zmq_endpoint) as req, Req(server.zmq_endpoint, kind=zmq.DEALER) as dealer:
        for number in range(count):
            frames = generator.message()
            answer = (dealer if number % 4 == 0 else req).exchange(frames)
            assert answer[-3] == b"AIS1"
            assert re.fullmatch(rb"\d{3}", answer[-2])
            check(int(answer[-2]), answer[-1], b"".join(frames))


def still_good(server):
    for _ in range(3):
        assert server.preflight(GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
        with server.zmq() as client:
            assert client.preflight(GOLDEN_REQUEST)[0] == 200


def test_malformed_requests_and_messages(server):
    generator = Generator(SEED, server.agent_key)
    count = COUNT // 5 if server.tls else COUNT
    warm_up = count // 5
    send_http(server, generator, warm_up // 2)
    send_zmq(server, generator, warm_up // 2)
    before = server.resident_kib()
    rest = count - warm_up
    answered = send_http(server, generator, rest // 2)
    send_zmq(server, generator, rest // 2)
    assert answered > rest // 8
    still_good(server)
    grown = server.resident_kib() - before
    print(f"{count} malformed, memory grew by {grown} KiB")
    assert grown < GROWTH_KIB


def test_bytes_that_come_one_at_a_time(server):
    data = Generator(SEED, server.agent_key).request(GOOD[0], method="POST")
    with server.raw() as connection:
        for at in range(len(data)):
            connection.send(data[at:at + 1])
        answer = connection.receive()
        assert answer.members()[:4] == GOLDEN_MEMBERS


def test_two_requests_in_one_packet_are_answered_in_order(server):
    generator = Generator(SEED, server.agent_key)
    with server.raw() as connection:
        connection.send(b"".join(generator.request(body, method="POST") for body in GOOD))
        reader = connection.socket.makefile("rb")
        answers = [read_answer(reader) for _ in range(2)]
    assert [json.loads(answer)["allowed"] for answer in answers] == [False, True]


def read_answer(reader):
    """One answer of a stream that holds several; http.client would read ahead."""
    length = 0
    while (line := reader.readline().strip()):
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return reader.read(length)


def test_half_requests_hold_up_nobody(server):
    generator = Generator(SEED, server.agent_key)
    open_ones = []
    for number in range(200):
        connection = server.raw()
        data = generator.request(GOOD[0])
        connection.send(data[:number * 3 % len(data)])
        open_ones.append(connection)
    still_good(server)
    for connection in open_ones:
        connection.close()
    still_good(server)
