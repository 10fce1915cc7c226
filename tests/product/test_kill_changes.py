"""kill -9 while API keys are made and revoked, again and again in one data directory: what was answered holds, what was
not is done or not, and nothing is half.

AIS_KILLS sets how often (default 50)."""

import os
import random
import threading
import time

from client import new_source
from samples import ALLOWED_REQUEST
from sealed import Chain
from server import Server, run

KILLS = int(os.environ.get("AIS_KILLS", "50"))
LOAD_S = (0.02, 0.3)
CLIENTS = 3
PATH = "/api/v1/api_keys"


class Known:
    """What one client was told, and what it was not told any more."""

    def __init__(self):
        self.works, self.revoked = {}, {}  # key_id: secret
        self.maybe_revoked = {}
        self.unanswered = set()  # names of keys that may have been made


def change(server, known, number, stop):
    client = server.rest("admin")
    for turn in range(1_000_000):
        name = f"{number}-{turn}"
        known.unanswered.add(name)
        try:
            answer = client.post(PATH, {"name": name, "scopes": ["preflight"]})
        except Exception:
            return  # the kill
        if answer.status == 201:
            made = answer.json()
            known.unanswered.discard(name)
            known.works[made["key_id"]] = made["api_key"]
        if turn % 2:
            key_id, secret = known.works.popitem()
            known.maybe_revoked[key_id] = secret
            try:
                answer = client.call("DELETE", f"{PATH}/{key_id}")
            except Exception:
                return
            if answer.status == 204:
                known.revoked[key_id] = known.maybe_revoked.pop(key_id)
        if stop.is_set():
            return


def one_round(server, chosen, number):
    told, stop = [Known() for _ in range(CLIENTS)], threading.Event()
    threads = [threading.Thread(target=change, args=(server, one, f"{number}-{index}", stop))
               for index, one in enumerate(told)]
    for thread in threads:
        thread.start()
    time.sleep(chosen.uniform(*LOAD_S))  # the length of the load, not a wait for something
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    return told


def status_of(server, secret):
    client = server.rest(secret, source=new_source())
    status = client.post("/api/v1/preflight", ALLOWED_REQUEST).status
    client.close()
    return status


def check_round(server, told, number):
    listed = server.rest("admin").get(PATH).json()["api_keys"]
    by_id = {key["key_id"]: key for key in listed}
    assert len(by_id) == len(listed)
    names = {key["name"] for key in listed if key["name"].startswith(f"{number}-")}
    for known in told:
        for key_id, secret in known.works.items():
            assert not by_id[key_id]["revoked"] and status_of(server, secret) == 200
        for key_id, secret in known.revoked.items():
            assert by_id[key_id]["revoked"] and status_of(server, secret) == 401
        for key_id, secret in known.maybe_revoked.items():
            assert status_of(server, secret) == (401 if by_id[key_id]["revoked"] else 200)
    answered = {by_id[key_id]["name"] for known in told
                for group in (known.works, known.revoked, known.maybe_revoked) for key_id in group}
    unanswered = set().union(*(known.unanswered for known in told))
    assert answered <= names <= answered | unanswered


def test_a_change_is_made_or_not(data_dir):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chosen, answered = random.Random(seed), 0
    server, chain = Server(data_dir), None
    server.start()
    for number in range(KILLS):
        told = one_round(server, chosen, number)
        server.start()  # by itself: whatever the kill has left
        chain = chain or Chain(data_dir)
        chain.verify()
        check_round(server, told, number)
        answered += sum(len(known.works) + len(known.revoked) for known in told)
    server.stop()
    records = chain.verify()
    created = sum((record["event"], record.get("actor")) == ("key_created", "registry") for record in records)
    assert created >= answered > 0
    done = run("audit", "verify", "--data-dir", data_dir, timeout=300)
    assert done.returncode == 0, done.text + done.log
    print(f"{KILLS} kills, {answered} keys made or revoked with an answer, all of them as they were answered")
