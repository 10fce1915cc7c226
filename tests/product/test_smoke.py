"""Every actor at work once: what the thread sanitizer can be made to see in reasonable time."""

import itertools
import signal
import ssl
import threading

from certificates import Certificate
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from client import members
from server import Server, wait_until


def ask_over_rest(server, failures):
    try:
        client = server.rest()
        for _ in range(50):
            assert client.post("/api/v1/preflight", GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
            assert client.post("/api/v1/preflight", ALLOWED_REQUEST).json()["allowed"] is True
    except Exception as failure:  # a thread's failure has to reach the test
        failures.append(failure)


def ask_over_zmq(server, failures):
    try:
        with server.zmq() as client:
            for _ in range(50):
                status, text = client.preflight(GOLDEN_REQUEST)
                assert status == 200 and members(text)[:4] == GOLDEN_MEMBERS
    except Exception as failure:
        failures.append(failure)


def work(server, each_round):
    failures = []
    threads = [threading.Thread(target=ask, args=(server, failures))
               for ask in (ask_over_rest, ask_over_rest, ask_over_zmq, ask_over_zmq)]
    for thread in threads:
        thread.start()
    admin = server.rest("admin")
    while any(thread.is_alive() for thread in threads):
        assert admin.get("/api/v1/auditing/logs", limit=10).status == 200
        assert admin.get("/api/v1/rulepacks").status == 200
        assert admin.get("/metrics").status == 200
        each_round()
        server.signal(signal.SIGHUP)
    for thread in threads:
        thread.join()
    assert failures == []
    wait_until(lambda: len(server.all_logs()) >= 300, "300 decisions in the log")


def test_every_actor_works_while_the_others_do(data_dir):
    with Server(data_dir, "--max-log-file-size", 65536, "--log-retention", 1000) as server:
        work(server, lambda: None)


def test_the_same_over_tls_and_in_memory_while_the_certificate_changes(tmp_path):
    shown, one, other = (Certificate(tmp_path, name) for name in ("shown", "one", "other"))
    turns = itertools.cycle((one, other))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Server(tmp_path / "data", *shown.flags, "--max-log-file-size", 65536, "--log-retention", 1000,
                "--storage-enabled", "false", tls=context) as server:
        def renew():
            shown.replace(next(turns))
            with server.raw():  # a handshake
                pass

        work(server, renew)
        assert any("certificate" in record["details"]["changed"]
                   for record in server.logs(event="settings_reloaded", limit=1000)["logs"])
    assert not (tmp_path / "data").exists()
