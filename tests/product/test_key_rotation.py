"""The Fernet key is changed while the service decides: no request fails of it, no record is lost, and at the end the old
key opens nothing. By kill -9 as well, and without a server.

AIS_KILLS sets how often it is killed in mid-rotation (default 15)."""

import json
import os
import random
import re
import signal
import subprocess
import threading
import time

import pytest
from cryptography.fernet import Fernet, InvalidToken

from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from sealed import Chain, all_packed, segments, tokens
from server import Prepared, Server, binary, environment, run, wait_until

KILLS = int(os.environ.get("AIS_KILLS", "15"))
SIZE = 256 << 10
FLAGS = ("--max-log-file-size", SIZE, "--log-retention", 10_000)
KEYS_AT_ONCE = 16  # that a process has room for
PATH = "/api/v1/admin/key-rotation"
KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


def key_of(data_dir):
    return (data_dir / "fernet.key").read_text().strip()


def opened_by(data_dir, key):
    """Names of sealed files in which the key opens a line, and of those in which it opens every one."""
    opener, some, every = Fernet(key), set(), set()
    for path in sorted(data_dir.glob("*.enc")):
        opens = []
        for _, token in tokens(path.read_bytes()):
            try:
                opener.decrypt(token)
                opens.append(True)
            except InvalidToken:
                opens.append(False)
        if any(opens):
            some.add(path.name)
        if all(opens):
            every.add(path.name)
    return some, every


def sealed_names(data_dir):
    return {path.name for path in data_dir.glob("*.enc")}


def fill(server, files):
    rest, given = server.rest(), []
    batch = {"requests": [GOLDEN_REQUEST, ALLOWED_REQUEST] * 25}
    while len(segments(server.data_dir)) < files:
        answer = rest.post("/api/v1/preflight/batch", batch)
        assert answer.status == 200, answer.body
        given += [one["decision_id"] for one in answer.json()["decisions"]]
    return given


def decisions(records):
    return [record["decision_id"] for record in records if record["event"] == "decision"]


def rotate(server):
    answer = server.rest("admin").post(PATH, None)
    assert answer.status == 202, answer.body
    assert answer.json()["state"] == "running"
    return answer.json()["encryption_key"]


def is_over(server):
    return server.rest("admin").get(PATH).json()["state"] == "done"


def test_everything_is_under_the_new_key_and_no_request_has_failed(data_dir):
    stop, given, failed = threading.Event(), [], []

    def decide(server):
        client, mine = server.rest(), []
        while not stop.is_set():
            answer = client.post("/api/v1/preflight", ALLOWED_REQUEST)
            if answer.status == 200:
                mine.append(answer.json()["decision_id"])
            else:
                failed.append(answer.body)
        given.extend(mine)

    def search(server):
        client = server.rest("admin")
        while not stop.is_set():
            answer = client.get("/api/v1/auditing/logs", limit=50, q="golden")
            if answer.status != 200:
                failed.append(answer.body)

    with Prepared(data_dir, *FLAGS) as server:
        given += fill(server, 5)
        old = key_of(data_dir)
        threads = [threading.Thread(target=decide, args=(server,)) for _ in range(8)]
        threads.append(threading.Thread(target=search, args=(server,)))
        for thread in threads:
            thread.start()
        name = rotate(server)
        wait_until(lambda: is_over(server), "the rotation to end", 120)
        stop.set()
        for thread in threads:
            thread.join()
        state = server.rest("admin").get(PATH).json()
        assert state["encryption_key"] == name and state["segments"] >= 1 and state["unopened"] == 0
        found = server.all_logs(event="key_rotated")
        assert [record["details"]["encryption_key"] for record in found] == [name]
        started = server.all_logs(event="key_rotation_started")
        assert started[0]["caller"]["key_id"] and started[0]["outcome"] == "success"
        assert found[0]["caller"] == started[0]["caller"], "who asked for it stands at its end, too"
        new = key_of(data_dir)
        assert KEY.fullmatch(new) and new != old
        assert old.encode() not in server.log_bytes() and new.encode() not in server.log_bytes()
    assert failed == []
    assert opened_by(data_dir, old) == (set(), set())
    assert opened_by(data_dir, new)[1] == sealed_names(data_dir)
    assert sorted(decisions(Chain(data_dir).verify())) == sorted(given)


def test_a_second_rotation_follows_the_first(data_dir):
    with Prepared(data_dir, *FLAGS) as server:
        given = fill(server, 3)
        keys = [key_of(data_dir)]
        for _ in range(2):
            wait_until(lambda: all_packed(data_dir), "all rotated files packed", 60)
            rotate(server)
            wait_until(lambda: is_over(server), "the rotation to end", 60)
            keys.append(key_of(data_dir))
            rotated = len(segments(data_dir)) - 1
            told = server.rest("admin").get(PATH).json()["segments"]
            assert rotated - 1 <= told <= rotated, "the newest may have been packed under the new key, each rotation counts its own"
        assert len(set(keys)) == 3
        given += fill(server, len(segments(data_dir)) + 1)
        server.restart()
        assert server.rest("admin").get(PATH).json()["state"] == "idle"
    for old in keys[:2]:
        assert opened_by(data_dir, old) == (set(), set())
    assert sorted(decisions(Chain(data_dir).verify())) == sorted(given)


def anything_opened_by(data_dir, key):
    """Names of all files, of whatever name, in which the key opens a line."""
    opener, names = Fernet(key), set()
    for path in sorted(data_dir.iterdir()):
        for _, token in tokens(path.read_bytes()) if path.is_file() else []:
            try:
                opener.decrypt(token)
                names.add(path.name)
            except InvalidToken:
                pass
    return names


def flip_a_line(path):
    """Alters the middle line, so that it opens under no key."""
    raw = bytearray(path.read_bytes())
    lines = list(tokens(bytes(raw)))
    offset, token = lines[len(lines) // 2]
    at = offset + len(token) // 2
    raw[at] = ord("A") if raw[at] != ord("A") else ord("B")
    path.write_bytes(raw)


def test_what_was_set_aside_follows_and_damage_is_counted(data_dir):
    """A file set aside holds whole lines, which the old key must not open for ever. What no key opens is counted each
    time, also where the rest of its file is under the new key: packed, a file may have but one line."""
    server = Prepared(data_dir, *FLAGS)
    with server:
        fill(server, 4)
        wait_until(lambda: all_packed(data_dir), "all rotated files packed", 60)
    first = data_dir / segments(data_dir)[0]
    torn = b"gAAAAAB torn\n"
    aside = [data_dir / "audit_logs.damaged-1", data_dir / "audit_logs.stale-2"]
    for path in aside:
        path.write_bytes(torn + first.read_bytes().rstrip(b"\n"))
        path.chmod(0o600)
    flip_a_line(first)
    for by_command in (False, False, True):
        old = key_of(data_dir)
        if by_command:
            done = run("key", "rotate", "--data-dir", data_dir, "--format", "json")
            assert done.returncode == 0, done.log
            assert json.loads(done.text)["unopened"] == 1
        else:
            with server:
                rotate(server)
                wait_until(lambda: is_over(server), "the rotation to end", 60)
                assert server.rest("admin").get(PATH).json()["unopened"] == 1
        assert anything_opened_by(data_dir, old) == set()
        assert {path.name for path in aside} <= anything_opened_by(data_dir, key_of(data_dir))
        assert all(path.read_bytes().startswith(torn) for path in aside)


def test_who_follows_the_log_follows_the_keys(data_dir):
    """audit tail has read the keys before the rotation; what comes after it is under one that it has not seen."""
    with Prepared(data_dir, *FLAGS) as server:
        fill(server, 3)
        tail = subprocess.Popen([binary(), "audit", "tail", "--follow", "--format", "json", "--data-dir", data_dir],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        try:
            assert tail.stdout.readline()
            rotate(server)
            wait_until(lambda: is_over(server), "the rotation to end", 60)
            last = server.preflight(ALLOWED_REQUEST).json()["decision_id"].encode()
            for line in tail.stdout:
                if last in line:
                    break
        finally:
            tail.send_signal(signal.SIGINT)
            text, log = tail.communicate(timeout=30)
        assert tail.returncode == 0, log
        assert b"verify" not in log and b"key" not in log, log


def decided(server):
    """The answer to a request, unless no evaluator got a turn on a busy machine."""
    answer = server.preflight(ALLOWED_REQUEST)
    return answer if answer.status == 200 else None


def test_no_rotation_is_the_last_one(data_dir):
    """Neither for the service nor for who follows its log is there a number of keys after which they have to start again."""
    with Prepared(data_dir, *FLAGS) as server:
        fill(server, 2)
        tail = subprocess.Popen([binary(), "audit", "tail", "--follow", "--format", "json", "--data-dir", data_dir],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        try:
            assert tail.stdout.readline()
            for _ in range(2 * KEYS_AT_ONCE + 2):
                rotate(server)
                wait_until(lambda: is_over(server), "the rotation to end", 60)
                answer = wait_until(lambda: decided(server), "a decision")
                last = answer.json()["decision_id"].encode()
                for line in tail.stdout:
                    if last in line:
                        break
                assert tail.poll() is None
        finally:
            tail.send_signal(signal.SIGINT)
            text, log = tail.communicate(timeout=30)
        assert tail.returncode == 0, log
        assert b"verify" not in log and b"key" not in log, log
    assert KEY.fullmatch(key_of(data_dir))
    Chain(data_dir).verify()


def test_one_at_a_time(data_dir):
    with Prepared(data_dir, *FLAGS) as server:
        fill(server, 3)
        rotate(server)
        answers = [server.rest("admin").post(PATH, None) for _ in range(3)]
        for answer in answers:
            assert answer.status in (202, 409)
        if answers[0].status == 409:
            assert "under way" in answers[0].json()["detail"]
        wait_until(lambda: is_over(server), "the rotation to end", 60)


def test_only_an_admin_rotates(data_dir):
    with Prepared(data_dir) as server:
        assert server.rest("agent").post(PATH, None).status == 403
        assert server.rest("agent").get(PATH).status == 403
        assert server.rest(None).post(PATH, None).status == 401


def test_keys_of_the_operator(data_dir):
    one, other = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with Server(data_dir, *FLAGS, env={"OFFLINE_ENCRYPTION_KEY": one}) as server:
        given = fill(server, 3)
        answer = server.rest("admin").post(PATH, None)
        assert answer.status == 409 and "OFFLINE_ENCRYPTION_KEY" in answer.json()["detail"]
        assert one not in answer.body.decode()
    with Server(data_dir, *FLAGS, env={"OFFLINE_ENCRYPTION_KEY": f"{other},{one}"}, keys_of=server) as server:
        state = server.rest("admin").get(PATH).json()
        assert state["state"] == "due" and state["files_due"] >= 3 and "files_closed" not in state
        assert b"a rotation of the Fernet key is due" in server.log_bytes() and b"audit_logs.1.enc" in server.log_bytes()
        rotate(server)
        wait_until(lambda: is_over(server), "the rotation to end", 60)
        assert "files_due" not in server.rest("admin").get(PATH).json()
        server.restart()
        assert server.rest("admin").get(PATH).json()["state"] == "idle"
    assert opened_by(data_dir, one) == (set(), set())
    assert sorted(decisions(Chain(data_dir, keys=other).verify())) == sorted(given)


def test_a_key_that_is_missing_is_told(data_dir):
    """As after a kill in mid-rotation, when the old key was taken away too early."""
    one, other = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with Server(data_dir, *FLAGS, env={"OFFLINE_ENCRYPTION_KEY": one}) as server:
        fill(server, 3)
        wait_until(lambda: all_packed(data_dir, one), "all rotated files packed", 60)
    first = data_dir / "audit_logs.1.enc"
    before = first.read_bytes()
    with Server(data_dir, *FLAGS, env={"OFFLINE_ENCRYPTION_KEY": f"{other},{one}"}, keys_of=server) as server:
        rotate(server)
        wait_until(lambda: is_over(server), "the rotation to end", 60)
    first.write_bytes(before)
    with Server(data_dir, *FLAGS, env={"OFFLINE_ENCRYPTION_KEY": other}, keys_of=server) as server:
        state = server.rest("admin").get(PATH).json()
        assert state["state"] == "idle" and state["files_closed"] == 1
        assert b"no key that was given opens audit_logs.1.enc. " in server.log_bytes()
        assert b"the key is missing" in server.log_bytes()
    with Server(data_dir, *FLAGS, env={"OFFLINE_ENCRYPTION_KEY": f"{other},{one}"}, keys_of=server) as server:
        state = server.rest("admin").get(PATH).json()
        assert state["state"] == "due" and state["files_due"] == 1
        rotate(server)
        wait_until(lambda: is_over(server), "the rotation to end", 60)
    assert opened_by(data_dir, one) == (set(), set())
    Chain(data_dir, keys=other).verify()


def test_kills_in_mid_rotation_lose_nothing(data_dir):
    random.seed(7)
    server = Prepared(data_dir, *FLAGS)
    with server:
        given = fill(server, 4)
        first = key_of(data_dir).split(",")[0]
        for _ in range(KILLS):
            state = server.rest("admin").get(PATH).json()["state"]
            if state != "running":
                rotate(server)
            answer = server.rest().post("/api/v1/preflight", ALLOWED_REQUEST)
            if answer.status == 200:
                given.append(answer.json()["decision_id"])
            time.sleep(random.uniform(0, 0.12))  # when it is killed, not what is waited for
            server.kill()
            server.start()
        wait_until(lambda: server.rest("admin").get(PATH).json()["state"] != "running", "the last one to end", 60)
    assert opened_by(data_dir, first) == (set(), set())
    assert opened_by(data_dir, key_of(data_dir))[1] == sealed_names(data_dir)
    records = Chain(data_dir).verify()
    found = decisions(records)
    assert set(given) <= set(found) and len(set(found)) == len(found)
    assert any(record["event"] == "key_rotated" for record in records)


def test_without_a_server(data_dir, tmp_path):
    with Prepared(data_dir, *FLAGS) as server:
        given = fill(server, 9)  # more than the default retention, of which this command is not told
        done = run("key", "rotate", "--data-dir", data_dir)
        assert done.returncode == 3 and "POST /api/v1/admin/key-rotation" in done.log
    old, new = key_of(data_dir), Fernet.generate_key().decode()
    path = tmp_path / "new.key"
    path.write_text(new + "\n")
    path.chmod(0o600)
    done = run("key", "rotate", "--data-dir", data_dir, "--new-key-file", path, "--format", "json")
    assert done.returncode == 0, done.log
    answer = json.loads(done.text)
    assert answer["segments"] >= 9 and not answer["resumed"] and answer["unopened"] == 0
    assert key_of(data_dir) == new and new not in done.text + done.log
    assert opened_by(data_dir, old) == (set(), set())
    records = Chain(data_dir).verify()
    assert sorted(decisions(records)) == sorted(given)
    assert not [record for record in records if record["event"] == "retention_deleted"]
    done = run("key", "rotate", "--data-dir", data_dir, "--log-retention", 3)
    assert done.returncode == 0, done.log
    records = Chain(data_dir).verify()
    (deleted,) = [record for record in records if record["event"] == "retention_deleted"]
    details = deleted["details"]
    assert details["segments"] >= 6 and (details["first"], details["last"]) == (1, records[0]["seq"] - 1)


@pytest.mark.parametrize("text, words", [("short", "not a Fernet key"), ("", "not a Fernet key")])
def test_a_new_key_that_is_none_changes_nothing(data_dir, tmp_path, text, words):
    with Prepared(data_dir):
        pass
    before = key_of(data_dir)
    path = tmp_path / "new.key"
    path.write_text(text)
    path.chmod(0o600)
    done = run("key", "rotate", "--data-dir", data_dir, "--new-key-file", path)
    assert done.returncode != 0 and words in done.log
    assert key_of(data_dir) == before


def test_a_new_key_while_another_rotation_is_due_changes_nothing(data_dir, tmp_path):
    with Prepared(data_dir):
        pass
    coming, other = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    file, path = data_dir / "fernet.key", tmp_path / "new.key"
    file.write_text(f"{coming},{key_of(data_dir)}\n")
    path.write_text(other)
    path.chmod(0o600)
    before = key_of(data_dir)
    done = run("key", "rotate", "--data-dir", data_dir, "--new-key-file", path, "--format", "json")
    assert done.returncode != 0 and "due" in done.log and "without --new-key-file" in done.log and done.text == ""
    assert key_of(data_dir) == before and not opened_by(data_dir, coming)[1]
    done = run("key", "rotate", "--data-dir", data_dir, "--format", "json")
    assert done.returncode == 0 and json.loads(done.text)["resumed"] and key_of(data_dir) == coming
    done = run("key", "rotate", "--data-dir", data_dir, "--new-key-file", path)
    assert done.returncode == 0 and key_of(data_dir) == other
