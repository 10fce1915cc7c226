"""Small clients: HTTP/1.1 with full control over the bytes, and ZeroMQ."""

import http.client
import itertools
import json
import socket
import ssl
import urllib.parse

import zmq

TIMEOUT_S = 60


class Answer:
    """One HTTP answer."""

    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body
        self.closes = response.will_close

    def json(self):
        return json.loads(self.body)

    def members(self):
        return members(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def members(text):
    """The members of a JSON object as (name, raw text), in their order: for comparisons byte for byte."""
    text = text.decode() if isinstance(text, bytes) else text
    decoder, at, found = json.JSONDecoder(), 1, []
    assert text[0] == "{" and text[-1] == "}", text
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        assert text[at] == ":", f"not compact at {at}: {text}"
        begin = at + 1
        _, at = decoder.raw_decode(text, begin)
        found.append((name, text[begin:at]))
        assert text[at] in ",}", f"not compact at {at}: {text}"
        at += text[at] == ","
    return found


sources = itertools.count(256)


def new_source():
    """An address of this machine that nobody has failed to log in from: failures are slowed by address."""
    number = next(sources)
    return f"127.1.{number // 256 % 256}.{number % 256}"


class Rest:
    """Keeps one connection, and opens another where the server has closed it. tls: an SSLContext, or None."""

    def __init__(self, port, key=None, source=None, tls=None):
        self.port, self.key = port, key
        options = {"timeout": TIMEOUT_S, "source_address": source and (source, 0)}
        self.connection = (http.client.HTTPSConnection("127.0.0.1", port, context=tls, **options) if tls else
                           http.client.HTTPConnection("127.0.0.1", port, **options))

    def call(self, method, path, body=None, headers=None, key=...):
        """body: bytes as they are, None, or anything that is JSON. headers override; a value of None leaves one out."""
        fields = {}
        key = self.key if key is ... else key
        if key is not None:
            fields["Authorization"] = f"Bearer {key}"
        if body is not None:
            fields["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields.update(headers or {})
        self.connection.request(method, path, body, {k: v for k, v in fields.items() if v is not None})
        response = self.connection.getresponse()
        return Answer(response, response.read())

    def post(self, path, body, **options):
        return self.call("POST", path, body, **options)

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        return self.call("GET", path + ("?" + query if query else ""))

    def close(self):
        self.connection.close()


class Raw:
    """A connection for bytes that no client library would send. tls: an SSLContext, or None; then a stream that is cut
    off is an error (ssl.SSLEOFError), not an end."""

    def __init__(self, port, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost", suppress_ragged_eofs=False)

    def send(self, data):
        """False: the server has closed already, which it may while we still send."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return False

    def end(self):
        """Says that nothing more will be sent. Of TLS too, only the TCP stream is ended: Python's own way would go on in
        plain text."""
        try:
            socket.socket.shutdown(self.socket, socket.SHUT_WR)
        except OSError:
            pass  # the server was first

    def receive(self, method="GET"):
        """The next answer, None when the connection ended before one."""
        response = http.client.HTTPResponse(self.socket, method=method)
        try:
            response.begin()
            return Answer(response, response.read())
        except (http.client.BadStatusLine, ConnectionResetError, ssl.SSLEOFError):
            return None

    def exchange(self, data, method="GET"):
        self.send(data)
        return self.receive(method)

    def closed_by_server(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_bytes(method, path, body=b"", *fields):
    """A whole HTTP request; fields are (name, value)."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in fields]
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


class Req:
    """A ZeroMQ REQ client of the wire protocol; also raw frames, and a DEALER that need not follow the rules."""

    def __init__(self, endpoint, key="", kind=zmq.REQ, source=None):
        self.context = zmq.Context()
        self.key = key
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        self.socket.rcvtimeo = self.socket.sndtimeo = TIMEOUT_S * 1000
        self.socket.connect(endpoint.replace("//", f"//{source}:0;") if source else endpoint)

    def exchange(self, frames):
        self.socket.send_multipart(frames)
        return self.socket.recv_multipart()

    def ask(self, verb, body=None, key=...):
        """(status, JSON text)"""
        key = self.key if key is ... else key
        frames = [b"AIS1", key.encode() if isinstance(key, str) else key, verb]
        if body is not None:
            frames.append(body if isinstance(body, bytes) else json.dumps(body).encode())
        protocol, status, text = self.exchange(frames)
        assert protocol == b"AIS1"
        return int(status), text

    def preflight(self, request, **options):
        return self.ask(b"PREFLIGHT", request, **options)

    def close(self):
        self.context.destroy(linger=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
