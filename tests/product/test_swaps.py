"""Rulepacks changed again and again under load: no request fails, none is decided by a mixture, and the audit log says
what each was decided with.

AIS_SWAPS sets how many changes are made, AIS_SEED which."""

import json
import os
import random
import threading

from client import Req, Rest
from packs import Packs, pack
from sealed import Chain
from server import Prepared, run

SWAPS = int(os.environ.get("AIS_SWAPS", "150"))
REST_CLIENTS, ZMQ_CLIENTS = 5, 3
# Nothing is deleted: every decision is looked up.
WIDE = ("--log-retention", 1_000_000, "--max-log-file-size", 16 << 20)
REQUEST = {"tool_name": "flip_me"}
NAME = "swapped"
NOTHING = ["Action passes all safety checks"]


def source(number):
    """A pack of two rules about one tool, whose reasons both say which version they are of."""
    rule = "- {{id: {0}, title: Version {1}, tools: [flip_me], action: block, severity: high}}\n"
    return f"name: {NAME}\nversion: {number}.0.0\nrules:\n" + rule.format("one", number) + rule.format("two", number)


def reasons_of(number):
    return [f"Blocked by {rule} rule: Version {number}" for rule in ("one", "two")]


class Model:
    """What the store is expected to hold, and every change with what it must answer."""

    def __init__(self, packs, chosen):
        self.packs, self.chosen = packs, chosen
        self.newest = 0
        self.version = self.previous = None
        self.enabled = True

    def expected(self):
        return reasons_of(self.version) if self.version is not None and self.enabled else NOTHING

    def upload(self):
        self.newest += 1
        answer = self.packs.add(source(self.newest))
        assert answer.status == 201, answer
        self.enabled = self.enabled if self.version is not None else True
        self.previous, self.version = self.version, self.newest
        assert answer.json()["enabled"] is self.enabled

    def refused(self):
        """Faulty, untrue, old: nothing of it may show."""
        bad = self.chosen.choice([source(self.newest + 1) + "- {id: three}\n", pack(NAME, "9999.0.0", expect="none"),
                                  pack("code_execution", "9999.0.0"), "nonsense"])
        assert self.packs.add(bad).status in (409, 422)

    def switch(self):
        enabled = self.chosen.random() < 0.5
        answer = self.packs.switch(NAME, enabled)
        assert answer.status == (404 if self.version is None else 200), answer
        if self.version is not None:
            self.enabled = enabled

    def rollback(self):
        answer = self.packs.rollback(NAME)
        assert answer.status == (404 if self.version is None else 409 if self.previous is None else 200), answer
        if answer.status == 200:
            self.version, self.previous = self.previous, self.version

    def remove(self):
        answer = self.packs.remove(NAME)
        assert answer.status == (404 if self.version is None else 204), answer
        self.version = self.previous = None

    def neighbour(self):
        """Another pack comes and goes: a new snapshot with the same two rules in it."""
        if "neighbour" in self.packs.names():
            assert self.packs.remove("neighbour").status == 204
        else:
            assert self.packs.add(pack("neighbour", "1.0.0", tool="nobody")).status == 201

    def step(self):
        weights = {self.upload: 8, self.switch: 4, self.rollback: 3, self.neighbour: 2, self.refused: 2, self.remove: 1}
        self.chosen.choices(list(weights), list(weights.values()))[0]()


def collect(ask, seen, failures, stop):
    """Asks until it is told to stop; keeps which reasons were answered to which decision."""
    while not stop.is_set():
        status, body = ask()
        if status != 200:
            failures.append((status, body[:300]))
            return
        answer = json.loads(body)
        seen[answer["decision_id"]] = answer["reasons"]


def rest_client(server, *others):
    client = Rest(server.port, server.agent_key)

    def ask():
        answer = client.post("/api/v1/preflight", REQUEST)
        return answer.status, answer.body

    collect(ask, *others)


def zmq_client(server, *others):
    with Req(server.zmq_endpoint, server.agent_key) as client:
        collect(lambda: client.preflight(REQUEST), *others)


def start_load(server, failures, stop):
    seen = [{} for _ in range(REST_CLIENTS + ZMQ_CLIENTS)]
    threads = [threading.Thread(target=rest_client if index < REST_CLIENTS else zmq_client,
                                args=(server, one, failures, stop)) for index, one in enumerate(seen)]
    for thread in threads:
        thread.start()
    return seen, threads


def swap(server, chosen, failures):
    """The changes; after each, the very next decision is of what was answered."""
    model, agent = Model(Packs(server.rest("admin")), chosen), server.rest()
    for number in range(SWAPS):
        model.step()
        answer = agent.post("/api/v1/preflight", REQUEST)
        assert answer.status == 200 and answer.json()["reasons"] == model.expected(), f"change {number}: {answer}"
        assert not failures, failures
    return model


def assert_explained(records, seen):
    """Each decision names a snapshot that had come into force before it, and its reasons are those of the pack in it."""
    activated, checked = {}, 0
    for record in records:
        if record["event"] == "snapshot_activated":
            versions = {one["name"]: one for one in record["details"]["rulepacks"]}
            swapped = versions.get(NAME)
            number = int(swapped["version"].split(".")[0]) if swapped and swapped["enabled"] else None
            assert activated.setdefault(record["snapshot"], number) == number, "one digest, two meanings"
        if record["event"] != "decision" or record["decision_id"] not in seen:
            continue
        assert record["snapshot"] in activated, f"record {record['seq']} was decided with what was not in force yet"
        number = activated[record["snapshot"]]
        assert seen[record["decision_id"]] == (NOTHING if number is None else reasons_of(number)), record
        checked += 1
    return checked, len(activated)


def test_nobody_sees_a_mixture(data_dir):
    seed = int(os.environ.get("AIS_SEED", random.randrange(1 << 32)))
    print("seed", seed)
    failures, stop = [], threading.Event()
    with Prepared(data_dir, *WIDE) as server:
        seen, threads = start_load(server, failures, stop)
        try:
            model = swap(server, random.Random(seed), failures)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not failures, failures
        assert all(seen), "a client was never answered"
    answers = {decision: reasons for one in seen for decision, reasons in one.items()}
    possible = [NOTHING, *(reasons_of(number) for number in range(1, model.newest + 1))]
    assert all(reasons in possible for reasons in answers.values())
    checked, snapshots = assert_explained(Chain(data_dir).verify(), answers)
    assert checked == len(answers)
    assert run("audit", "verify", "--data-dir", data_dir, timeout=300).returncode == 0
    print(f"{SWAPS} changes, {model.newest} versions, {snapshots} snapshots, {checked} decisions")
