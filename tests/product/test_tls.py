"""REST over TLS: what is spoken, what is refused, and a certificate renewed while connections live."""

import json
import os
import signal
import socket
import ssl

import pytest

from certificates import Certificate
from client import Raw, request_bytes
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from sealed import next_generation
from server import DEADLINE_S, Prepared, run, wait_until

PREFLIGHT = "/api/v1/preflight"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("tls"), "one")


@pytest.fixture(scope="module")
def server(tmp_path_factory, certificate):
    with Prepared(tmp_path_factory.mktemp("tls") / "data", *certificate.flags, tls=certificate.context()) as running:
        yield running


def preflight_bytes(server, request, *fields):
    return request_bytes("POST", PREFLIGHT, json.dumps(request).encode(), ("Content-Type", "application/json"),
                         ("Authorization", f"Bearer {server.agent_key}"), *fields)


def still_serves(server):
    with server.raw() as raw:
        return raw.exchange(preflight_bytes(server, GOLDEN_REQUEST)).members()[:4] == GOLDEN_MEMBERS


# ---- what is spoken ----

@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_decision_over_tls(server, certificate, version):
    with Raw(server.port, certificate.context(version, version)) as raw:
        assert raw.exchange(preflight_bytes(server, GOLDEN_REQUEST)).members()[:4] == GOLDEN_MEMBERS
        assert raw.socket.version() == version.name.replace("_", ".")
        assert "GCM" in raw.socket.cipher()[0] or "CHACHA20" in raw.socket.cipher()[0]


def test_an_rsa_certificate_serves_too(tmp_path, data_dir):
    rsa = Certificate(tmp_path, "rsa", "rsa2048")
    with Prepared(data_dir, *rsa.flags, tls=rsa.context()) as server:
        assert still_serves(server)
        older = rsa.context(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
        with Raw(server.port, older) as raw:
            assert raw.exchange(preflight_bytes(server, GOLDEN_REQUEST)).status == 200


WEAK = {
    "TLS 1.0": (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1, "ALL:@SECLEVEL=0"),
    "TLS 1.1": (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
    "a cipher that is not authenticated": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA"),
    "a key that can be worked out later": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("lowest, highest, ciphers", WEAK.values(), ids=WEAK.keys())
def test_what_is_weak_is_not_spoken(server, certificate, lowest, highest, ciphers):
    context = certificate.context(lowest, highest)
    context.set_ciphers(ciphers)
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        Raw(server.port, context)
    assert still_serves(server)


def test_curl_and_openssl_are_content(server, certificate):
    import subprocess
    done = subprocess.run(["curl", "-sS", "--cacert", certificate.cert, f"https://localhost:{server.port}/readyz"],
                          capture_output=True, timeout=DEADLINE_S)
    assert done.returncode == 0 and json.loads(done.stdout)["status"] == "ready", done.stderr
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", certificate.cert,
                           "-verify_return_error", "-brief"], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=DEADLINE_S)
    assert done.returncode == 0 and b"Verification: OK" in done.stderr, done.stderr


# ---- connections ----

def test_one_connection_serves_many_requests(server):
    with server.raw() as raw:
        for _ in range(200):
            assert raw.exchange(preflight_bytes(server, ALLOWED_REQUEST)).status == 200


@pytest.mark.parametrize("piece", [1 << 20, 700, 1], ids=["at once", "in pieces", "byte by byte"])
def test_requests_sent_ahead_are_answered_in_order(server, piece):
    """What the library has decrypted already makes no descriptor readable: nothing of it may be forgotten."""
    count = 40 if piece > 1 else 3
    sent = b"".join(preflight_bytes(server, GOLDEN_REQUEST if i % 2 else ALLOWED_REQUEST, ("X-Request-ID", f"n{i}"))
                    for i in range(count))
    with server.raw() as raw:
        for at in range(0, len(sent), piece):
            raw.send(sent[at:at + piece])
        file = raw.socket.makefile("rb")
        for i in range(count):
            answer = read_answer(file)
            assert answer["x-request-id"] == f"n{i}"
            assert json.loads(answer["body"])["allowed"] is (i % 2 == 0)


def read_answer(file):
    """One answer of several on a connection; http.client would read ahead."""
    assert file.readline().startswith(b"HTTP/1.1 200")
    fields = {}
    while (line := file.readline().strip()):
        name, value = line.decode().split(": ", 1)
        fields[name.lower()] = value
    fields["body"] = file.read(int(fields["content-length"]))
    return fields


def test_many_connections_at_once(server):
    connections = [server.raw() for _ in range(100)]
    for raw in connections:
        raw.send(preflight_bytes(server, ALLOWED_REQUEST))
    assert [raw.receive().status for raw in connections] == [200] * 100
    for raw in connections:
        raw.close()


def test_large_bodies_and_large_answers(server):
    rest = server.rest()
    batch = {"requests": [GOLDEN_REQUEST] * 1000}
    answer = rest.post(PREFLIGHT + "/batch", batch)
    assert answer.status == 200 and len(answer.json()["decisions"]) == 1000
    whole = json.dumps({**ALLOWED_REQUEST, "tool_args": {"x": "y" * 1000000}}).encode()
    assert rest.post(PREFLIGHT, whole).status == 200


TOO_LARGE = {
    "told ahead": (("Content-Length", str(2 << 20)),),
    "in chunks": (("Transfer-Encoding", "chunked"),),
}


@pytest.mark.parametrize("fields", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_body_that_is_too_large_is_answered_inside_tls(server, fields):
    """The answer is written past the library: it must be encrypted all the same, and the stream ended in order."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n" if "chunked" in fields[0] else b"x" * 65536
    with server.raw() as raw:
        raw.send(preflight_bytes(server, ALLOWED_REQUEST, *fields).split(b"\r\n\r\n")[0] + b"\r\n\r\n")
        for _ in range(32):
            if not raw.send(chunk):
                break
        answer = raw.receive()
        assert answer.status == 413 and answer.json()["allowed"] is False
        assert raw.closed_by_server()
    assert still_serves(server)


def test_a_refused_request_ends_its_stream_in_order(server):
    with server.raw() as raw:
        head = request_bytes("POST", PREFLIGHT, b"", ("Content-Length", "2"), ("Transfer-Encoding", "chunked"))
        answer = raw.exchange(head)
        assert answer.status == 400 and answer.closes
        assert raw.closed_by_server()  # an end that is not told raises SSLEOFError


@pytest.mark.parametrize("fields", [[("Connection", "close")], [("Connection", "TE, Close")]])
def test_a_client_that_wants_an_end_gets_an_orderly_one(server, fields):
    with server.raw() as raw:
        answer = raw.exchange(preflight_bytes(server, ALLOWED_REQUEST, *fields))
        assert answer.status == 200 and answer.closes
        assert raw.closed_by_server()


def test_http_1_0_ends_in_order(server):
    with server.raw() as raw:
        answer = raw.exchange(b"GET /livez HTTP/1.0\r\n\r\n")
        assert answer.status == 200
        assert raw.closed_by_server()


class Wire:
    """TLS by hand, over a socket: what is sent, and when, is the test's to choose."""

    def __init__(self, port, context):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def step(self, action):
        """Runs action until it wants bytes; returns what it has to send and whether it is done."""
        try:
            action()
            done = True
        except ssl.SSLWantReadError:
            done = False
        return self.outgoing.read(), done

    def handshake(self):
        while True:
            out, done = self.step(self.tls.do_handshake)
            self.socket.sendall(out)
            if done:
                return
            self.incoming.write(self.socket.recv(65536))

    def read(self, n=65536):
        while True:
            try:
                return self.tls.read(n)
            except ssl.SSLWantReadError:
                received = self.socket.recv(65536)
                if not received:
                    return b""
                self.incoming.write(received)


def test_a_client_that_sends_no_more_still_gets_its_answer(server, certificate):
    """Request, close_notify and the end of the stream come together: the answer still comes, encrypted."""
    wire = Wire(server.port, certificate.context())
    wire.handshake()
    wire.tls.write(preflight_bytes(server, GOLDEN_REQUEST))
    out, _ = wire.step(wire.tls.unwrap)
    wire.socket.sendall(out)
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.read().startswith(b"HTTP/1.1 200")


# ---- those that do not get that far ----

@pytest.mark.parametrize("sent", [b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\xff\xff" * 40])
def test_what_is_no_tls_gets_no_word_of_http(server, sent):
    with Raw(server.port) as raw:
        raw.send(sent)
        raw.end()
        received = b""
        try:
            while (piece := raw.socket.recv(4096)):
                received += piece
        except ConnectionResetError:
            pass
        assert b"HTTP" not in received and b"livez" not in received
    assert still_serves(server)


def test_a_handshake_may_be_broken_off_anywhere(server, certificate):
    lengths = []
    for at in (0, 1, 4, 5, 6, 40, 100, 200, None):
        wire = Wire(server.port, certificate.context())
        hello, _ = wire.step(wire.tls.do_handshake)
        lengths.append(len(hello))
        wire.socket.sendall(hello[:at])
        if at is None:  # the second flight, cut in its middle
            wire.incoming.write(wire.socket.recv(65536))
            out, _ = wire.step(wire.tls.do_handshake)
            wire.socket.sendall(out[:len(out) // 2])
        wire.socket.close()
    assert min(lengths) > 200
    assert still_serves(server)


def test_bytes_altered_on_the_way_end_the_connection(server, certificate):
    wire = Wire(server.port, certificate.context())
    wire.handshake()
    wire.tls.write(preflight_bytes(server, ALLOWED_REQUEST))
    record = bytearray(wire.outgoing.read())
    record[-1] ^= 1
    wire.socket.sendall(record)
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        if wire.read() == b"":
            raise ConnectionResetError
    assert still_serves(server)


# ---- the command line ----

def test_preflight_asks_over_tls(server, certificate, tmp_path):
    other = Certificate(tmp_path, "other")
    words = ["preflight", "-", "--url", f"https://localhost:{server.port}"]
    env = {"AISENTINEL_API_KEY": server.agent_key}
    done = run(*words, "--ca-file", certificate.cert, env=env, stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 0 and json.loads(done.text)["allowed"] is True, done.log
    done = run(*words, "--ca-file", other.cert, env=env, stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 3 and done.text == "" and "certificate" in done.log.lower(), done.log
    done = run(*words, env=env, stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 3 and done.text == ""
    done = run(*words, "--ca-file", tmp_path / "none.pem", env=env, stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 3 and "none.pem" in done.log, done.log


# ---- starts that are refused ----

def start_faults(folder):
    good, other = Certificate(folder, "good"), Certificate(folder, "stranger")
    weak, locked = Certificate(folder, "weak", "rsa1024"), Certificate(folder, "locked", password=b"secret")
    open_key = folder / "open.key"
    open_key.write_bytes(good.key.read_bytes())
    open_key.chmod(0o644)
    garbage = folder / "garbage"
    garbage.write_bytes(b"-----BEGIN NOTHING-----\n")
    garbage.chmod(0o600)
    unsorted = folder / "unsorted.pem"
    unsorted.write_bytes(good.cert.read_bytes() + other.cert.read_bytes())
    nowhere, pipe = folder / "nowhere", folder / "pipe"
    os.mkfifo(pipe, 0o600)
    return {
        "a certificate without a key": (["--tls-cert", good.cert], ["AISENTINEL_TLS_KEY"]),
        "a key without a certificate": (["--tls-key", good.key], ["AISENTINEL_TLS_CERT"]),
        "no certificate there": (["--tls-cert", nowhere, "--tls-key", good.key], ["--tls-cert", "nowhere"]),
        "no key there": (["--tls-cert", good.cert, "--tls-key", nowhere], ["--tls-key", "nowhere"]),
        "a directory": (["--tls-cert", folder, "--tls-key", good.key], ["--tls-cert", "directory"]),
        "a pipe as certificate": (["--tls-cert", pipe, "--tls-key", good.key], ["AISENTINEL_TLS_CERT", "pipe"]),
        "a pipe as key": (["--tls-cert", good.cert, "--tls-key", pipe], ["AISENTINEL_TLS_KEY", "pipe"]),
        "a malformed certificate": (["--tls-cert", garbage, "--tls-key", good.key], ["AISENTINEL_TLS_CERT", "PEM"]),
        "a malformed key": (["--tls-cert", good.cert, "--tls-key", garbage], ["AISENTINEL_TLS_KEY", "PEM"]),
        "a key as certificate": (["--tls-cert", good.key, "--tls-key", good.key], ["AISENTINEL_TLS_CERT"]),
        "another's key": (["--tls-cert", good.cert, "--tls-key", other.key], ["AISENTINEL_TLS_KEY", "not the key"]),
        "a key open to others": (["--tls-cert", good.cert, "--tls-key", open_key], ["AISENTINEL_TLS_KEY", "644", "600"]),
        "an encrypted key": (["--tls-cert", locked.cert, "--tls-key", locked.key], ["AISENTINEL_TLS_KEY", "encrypted"]),
        "a weak key": (["--tls-cert", weak.cert, "--tls-key", weak.key], ["AISENTINEL_TLS_KEY", "1024"]),
        "certificates out of order": (["--tls-cert", unsorted, "--tls-key", good.key],
                                      ["AISENTINEL_TLS_CERT", "order"]),
    }


def test_a_start_that_would_not_serve_tls_is_refused(tmp_path, data_dir):
    for name, (flags, named) in start_faults(tmp_path).items():
        done = run("serve", "--data-dir", data_dir, "--port", 0, *flags)
        assert done.returncode in (2, 3), f"{name}: {done.log}"
        assert [word for word in named if word not in done.log] == [], f"{name}: {done.log}"
        assert "BEGIN" not in done.log and not data_dir.exists(), name


def test_an_old_certificate_serves_and_is_told_of(tmp_path, data_dir):
    old = Certificate(tmp_path, "old", begins_days=-10, ends_days=-1)
    context = old.context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Prepared(data_dir, *old.flags, tls=context) as server:
        assert "WARNING" in server.log() and "expired" in server.log()


def test_with_tls_every_address_may_be_served(tmp_path, data_dir, certificate):
    with Prepared(data_dir, "--host", "127.0.0.1", *certificate.flags, tls=certificate.context()):
        pass
    done = run("serve", "--check-config", "--host", "0.0.0.0", "--data-dir", data_dir, *certificate.flags)
    assert done.returncode == 0, done.log


# ---- renewal ----

def shown(server):
    """The certificate that a new handshake gets."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Raw(server.port, context) as raw:
        return raw.socket.getpeercert(binary_form=True)


@pytest.fixture
def renewable(tmp_path, data_dir):
    certificate = Certificate(tmp_path, "first")
    with Prepared(data_dir, *certificate.flags, tls=certificate.context()) as server:
        server.certificate = certificate
        server.first = certificate.der
        yield server


def reloads(server, outcome):
    """Over a connection that trusts whatever is shown: which certificate that is, is the subject."""
    server.tls = ssl.create_default_context()
    server.tls.check_hostname, server.tls.verify_mode = False, ssl.CERT_NONE
    return [record for record in server.logs(event="settings_reloaded")["logs"] if record["outcome"] == outcome]


def test_a_renewed_certificate_is_taken_up_and_no_connection_is_lost(renewable, tmp_path):
    old = renewable.raw()
    assert old.exchange(preflight_bytes(renewable, ALLOWED_REQUEST)).status == 200
    second = Certificate(tmp_path, "second", "rsa2048")
    renewable.certificate.replace(second)
    renewable.signal(signal.SIGHUP)
    wait_until(lambda: shown(renewable) == second.der, "the renewed certificate")
    assert old.exchange(preflight_bytes(renewable, ALLOWED_REQUEST)).status == 200, "the connection lives on"
    assert old.socket.getpeercert(binary_form=True) == renewable.first
    (record,) = wait_until(lambda: reloads(renewable, "success"), "a record of it")
    assert record["details"]["changed"] == ["certificate"]
    old.close()


BAD = {
    "malformed": lambda files, other: files.cert.write_bytes(b"nothing"),
    "gone": lambda files, other: files.cert.unlink(),
    "not its key": lambda files, other: files.cert.write_bytes(other.cert.read_bytes()),
    "a pipe": lambda files, other: (files.cert.unlink(), os.mkfifo(files.cert)),
    "open to others": lambda files, other: files.key.chmod(0o644),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD.keys())
def test_a_bad_renewal_leaves_everything_as_it_was(renewable, tmp_path, spoil):
    """Not even the good new rulepacks are taken up beside it."""
    spoil(renewable.certificate, Certificate(tmp_path, "other"))
    next_generation(renewable.data_dir, "rulepacks")
    renewable.signal(signal.SIGHUP)
    (record,) = wait_until(lambda: reloads(renewable, "failure"), "a record of the refusal")
    assert record["details"]["failed"] == "certificate" and "AISENTINEL_TLS" in record["details"]["reason"]
    assert record["details"]["changed"] == []
    assert "Reload refused" in renewable.log() and "AISENTINEL_TLS" in renewable.log()
    assert shown(renewable) == renewable.first
    assert len(renewable.logs(event="snapshot_activated")["logs"]) == 1, "only the one of the start"


def test_bad_rulepacks_hold_back_a_good_certificate(renewable, tmp_path):
    second = Certificate(tmp_path, "second")
    path = renewable.data_dir / "rulepacks.enc"
    good = path.read_bytes()
    renewable.certificate.replace(second)
    path.write_bytes(b"not sealed\n")
    renewable.signal(signal.SIGHUP)
    (record,) = wait_until(lambda: reloads(renewable, "failure"), "a record of the refusal")
    assert record["details"]["failed"] == "rulepacks and keys" and "rulepacks" in record["details"]["reason"]
    assert shown(renewable) == renewable.first
    path.write_bytes(good)
    renewable.signal(signal.SIGHUP)
    wait_until(lambda: shown(renewable) == second.der, "the renewed certificate, once all is good")


def test_renewals_in_a_storm_of_signals_and_handshakes(renewable, tmp_path):
    made = [Certificate(tmp_path, f"c{i}") for i in range(4)]
    held = []
    for i in range(60):
        renewable.certificate.replace(made[i % len(made)])
        renewable.signal(signal.SIGHUP)
        assert shown(renewable) in [renewable.first, *(one.der for one in made)]
        if i % 10 == 0:
            renewable.tls = ssl.create_default_context()
            renewable.tls.check_hostname, renewable.tls.verify_mode = False, ssl.CERT_NONE
            held.append(renewable.raw())
    last = made[59 % len(made)].der
    wait_until(lambda: shown(renewable) == last, "the last certificate")
    for raw in held:
        assert raw.exchange(preflight_bytes(renewable, GOLDEN_REQUEST)).members()[:4] == GOLDEN_MEMBERS
        raw.close()
