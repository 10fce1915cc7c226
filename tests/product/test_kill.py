"""kill -9 under load, again and again, in one data directory: whatever a client received is in the log, once.

AIS_KILLS sets how often (default 50)."""

import collections
import json
import os
import random
import threading
import time

import zmq

from client import Req, Rest
from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from sealed import Chain, all_packed
from server import Server, run, wait_until

KILLS = int(os.environ.get("AIS_KILLS", "50"))
REST_CLIENTS, ZMQ_CLIENTS = 3, 2
# A group commit has something to group: a few requests of each ZeroMQ client are on their way at once.
IN_FLIGHT = 4
LOAD_S = (0.2, 0.6)
# In turn, so that kills meet long segments and the middle of rotations; nothing is ever deleted.
SEGMENT_SIZES = (1 << 20, 1 << 16)
WIDE = ("--log-retention", 1_000_000)
BODIES = [json.dumps(request).encode() for request in (GOLDEN_REQUEST, ALLOWED_REQUEST)]


def rest_load(server, received, stop):
    """Counts an answer when all of it has arrived."""
    client = Rest(server.port, server.agent_key)
    for number in range(1_000_000):
        try:
            answer = client.post("/api/v1/preflight", BODIES[number % 2])
        except Exception:
            return  # the kill
        if answer.status == 200:
            received.append(answer.json()["decision_id"])
        if stop.is_set():
            return


def zmq_load(server, received, stop):
    with Req(server.zmq_endpoint, kind=zmq.DEALER) as client:
        frames = [b"", b"AIS1", server.agent_key.encode(), b"PREFLIGHT"]
        client.socket.rcvtimeo = 50
        for number in range(IN_FLIGHT):
            client.socket.send_multipart(frames + [BODIES[number % 2]])
        while True:
            try:
                answer = client.socket.recv_multipart()
            except zmq.Again:
                if stop.is_set():
                    return
                continue
            if answer[2] == b"200":
                received.append(json.loads(answer[3])["decision_id"])
            if not stop.is_set():
                client.socket.send_multipart(frames + [BODIES[len(received) % 2]])


def one_round(server, chosen):
    """Load, kill in the middle of it, and what the clients had received by then."""
    received, stop = [[] for _ in range(REST_CLIENTS + ZMQ_CLIENTS)], threading.Event()
    threads = [threading.Thread(target=rest_load if index < REST_CLIENTS else zmq_load, args=(server, one, stop))
               for index, one in enumerate(received)]
    for thread in threads:
        thread.start()
    time.sleep(chosen.uniform(*LOAD_S))  # the length of the load, not a wait for something
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    return [decision_id for one in received for decision_id in one]


def assert_once(chain, received):
    counts = collections.Counter(record["decision_id"] for record in chain.verify() if record["event"] == "decision")
    lost = [one for one in received if counts[one] == 0]
    twice = [one for one in counts if counts[one] > 1]
    assert (lost, twice) == ([], [])


def test_nothing_that_a_client_received_is_lost(data_dir):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chosen = random.Random(seed)
    server, received, chain = Server(data_dir, *WIDE), [], None
    for number in range(KILLS):
        server.flags = (*WIDE, "--max-log-file-size", SEGMENT_SIZES[number % 2])
        server.start()  # by itself: whatever the kill has left
        chain = chain or Chain(data_dir)
        assert_once(chain, received)
        fresh = one_round(server, chosen)
        assert fresh, f"round {number}: nothing was decided"
        received += fresh
    server.start()
    assert_once(chain, received)
    found = {record["decision_id"] for record in server.all_logs(event="decision", since="-5m")}
    assert set(fresh) <= found
    wait_until(lambda: all_packed(data_dir), "all rotated files packed")
    server.stop()
    assert_once(chain, received)
    done = run("audit", "verify", "--data-dir", data_dir, timeout=300)
    assert done.returncode == 0, done.text + done.log
    print(f"{KILLS} kills, {len(received)} decisions received, all of them in the log once")


def test_a_kill_during_the_first_start(tmp_path):
    """Whatever a first start had done until then, the next one goes on from there."""
    chosen = random.Random(7)
    for number in range(10):
        server = Server(tmp_path / f"data{number}").launch()
        time.sleep(chosen.uniform(0, 0.3))  # the moment of the kill, not a wait for something
        server.process.kill()
        server.process.wait()
        server.start()
        assert server.rest(None).get("/readyz").status == 200
        server.stop()
        Chain(server.data_dir).verify()
