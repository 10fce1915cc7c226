"""Rotated audit files are compressed in the background: smaller, as readable as before, and whole at any moment."""

import json
import random
import re
import shutil
import time

import pytest

from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from sealed import Chain, all_packed, digest, fernet, payloads, segments, tokens, unpack
from server import Prepared, Server, run, wait_until

SIZE = 1 << 20
FLAGS = ("--max-log-file-size", SIZE, "--log-retention", 1000)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A server that has rotated four times and has packed what it rotated."""
    with Prepared(tmp_path_factory.mktemp("packed") / "data", *FLAGS) as server:
        rest, server.given = server.rest(), []
        batch = {"requests": [GOLDEN_REQUEST, ALLOWED_REQUEST] * 25}
        while len(segments(server.data_dir)) < 5:
            answer = rest.post("/api/v1/preflight/batch", batch)
            assert answer.status == 200, answer.body
            server.given += [one["decision_id"] for one in answer.json()["decisions"]]
        wait_until(lambda: all_packed(server.data_dir), "all rotated files packed")
        wait_until(lambda: saved(server) > 4 * SIZE / 2, "what packing gave back is counted")
        server.saved = saved(server)
        found = server.logs(decision_id=server.given[0])["logs"]
        assert [record["decision_id"] for record in found] == server.given[:1]
    return server


@pytest.fixture
def copy(stopped, tmp_path):
    data_dir = tmp_path / "data"
    shutil.copytree(stopped.data_dir, data_dir)
    return data_dir


def saved(server):
    text = server.rest(None).get("/metrics").body.decode()
    return int(re.search(r"^aisentinel_audit_compression_saved_bytes_total (\d+)$", text, re.MULTILINE).group(1))


def decisions(records):
    return [record["decision_id"] for record in records if record["event"] == "decision"]


def unpack_all(data_dir):
    opener = fernet(data_dir)
    for path in segments(data_dir)[:-1]:
        unpack(path, opener)


def test_rotated_files_are_smaller_and_hold_what_they_held(stopped):
    for path in segments(stopped.data_dir)[:-1]:
        assert path.stat().st_size < SIZE / 2, path.name
    assert sorted(decisions(Chain(stopped.data_dir).verify())) == sorted(stopped.given)


def test_a_line_of_a_rotated_file_is_short_enough_to_be_read_alone(stopped):
    opener = fernet(stopped.data_dir)
    for path in segments(stopped.data_dir)[:-1]:
        sizes, lines = {}, dict(tokens(path.read_bytes()))
        for offset, text in payloads(path, opener):
            sizes.setdefault(offset, []).append(len(text))
        assert sizes.keys() == lines.keys()
        assert all(sum(each) < 1 << 16 or len(each) == 1 for each in sizes.values())


def test_verify_finds_the_expected_head_over_packed_files(stopped):
    chain = Chain(stopped.data_dir)
    records = chain.verify()
    head = f"{chain.head['sequence']}:{chain.head['hash']}"
    done = run("audit", "verify", "--data-dir", stopped.data_dir, "--expect-head", head, "--format", "json")
    assert done.returncode == 0, done.text + done.log
    verdict = json.loads(done.text)
    assert (verdict["records"], verdict["head"], verdict["expected_head_found"]) == (len(records), head, True)
    # A head in the middle of a packed line is part of the chain, too.
    _, text = list(payloads(segments(stopped.data_dir)[1], fernet(stopped.data_dir)))[-2]
    head = f"{json.loads(text)['records'][-1]['seq']}:{digest(text)}"
    assert run("audit", "verify", "--data-dir", stopped.data_dir, "--expect-head", head).returncode == 0


def test_export_and_query_give_every_record(stopped):
    done = run("audit", "export", "--data-dir", stopped.data_dir)
    assert done.returncode == 0, done.log
    records = [json.loads(line) for line in done.text.splitlines()]
    assert records == Chain(stopped.data_dir).verify()
    done = run("audit", "query", "--data-dir", stopped.data_dir, "--decision-id", stopped.given[1], "--format", "json")
    assert decisions(json.loads(done.text)["logs"]) == stopped.given[1:2]


def test_decrypt_prints_the_payloads_one_a_line(stopped):
    opener = fernet(stopped.data_dir)
    for path in segments(stopped.data_dir):
        done = run("decrypt", path, "--data-dir", stopped.data_dir)
        assert done.returncode == 0, done.log
        assert done.stdout.splitlines() == [text for _, text in payloads(path, opener)]


def test_what_was_given_back_is_counted(stopped):
    rotated = segments(stopped.data_dir)[:-1]
    assert stopped.saved <= len(rotated) * SIZE - sum(path.stat().st_size for path in rotated)


def test_a_damaged_file_is_left_as_it_is(copy, stopped):
    unpack_all(copy)
    damaged, good = segments(copy)[1:3]
    before = bytearray(damaged.read_bytes())
    before[len(before) // 2] ^= 1
    damaged.write_bytes(before)
    with Server(copy, *FLAGS, "--log-level", "DEBUG", keys_of=stopped) as server:
        wait_until(lambda: good.stat().st_size < SIZE / 2, "the file after it packed")
        assert f"{damaged.name} is not compressed" in server.log()
    assert damaged.read_bytes() == before


def test_a_kill_while_files_are_packed_loses_nothing(copy, stopped):
    chosen = random.Random(11)
    chain = Chain(copy)
    wanted, hits = chain.verify(), 0
    end = time.monotonic() + 60
    while hits < 12 and time.monotonic() < end:
        unpack_all(copy)
        server = Server(copy, *FLAGS, keys_of=stopped).launch()
        wait_until((copy / "audit_logs.packed").exists, "a file that is being packed", pause_s=0.0005)
        time.sleep(chosen.uniform(0, 0.06))  # the moment of the kill, not a wait for something
        server.process.kill()
        server.process.wait()
        hits += not all_packed(copy)
        records = chain.verify()
        assert records[:len(wanted)] == wanted
    assert hits >= 12
    with Server(copy, *FLAGS, keys_of=stopped):
        wait_until(lambda: all_packed(copy), "all rotated files packed")
        assert chain.verify()[:len(wanted)] == wanted
    assert not (copy / "audit_logs.packed").exists()
    assert run("audit", "verify", "--data-dir", copy).returncode == 0
