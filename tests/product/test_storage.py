"""The storage fails below a running service: nothing is allowed, nothing is lost, and it goes on by itself.

Faults come from the seam that builds for tests have (shared/seal/file_fault.h); a build for users must not."""

import datetime
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from client import Rest
from samples import ALLOWED_REQUEST
from sealed import Chain
from server import Prepared, Server, binary, run, wait_until

HAS_SEAM = b"AIS_FAULTS\0" in binary().read_bytes()
needs_seam = pytest.mark.skipif(not HAS_SEAM, reason="a build for users has no faults to offer")
SMALL = ("--max-log-file-size", 65536, "--log-retention", 1_000_000)


class Faults:
    """The script that the service reads at each call."""

    def __init__(self, path):
        self.path = path
        self.env = {"AIS_FAULTS": str(path)}

    def begin(self, *lines):
        draft = self.path.with_suffix(".draft")
        draft.write_text("".join(line + "\n" for line in lines))
        draft.rename(self.path)

    def end(self):
        self.path.unlink()


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path / "faults")


def storage_ok(server):
    text = server.rest(None).get("/metrics").body.decode()
    return re.search(r"^aisentinel_storage_ok(?:\{.*\})? (\S+)$", text, re.M).group(1) == "1"


def readiness(server):
    return server.rest(None).get("/readyz")


def decide(server, received):
    """One answer; what was decided is remembered."""
    answer = server.preflight(ALLOWED_REQUEST)
    if answer.status == 200:
        received.append(answer.json()["decision_id"])
    else:
        assert answer.status == 503 and answer.json()["allowed"] is False
        assert int(answer.headers["Retry-After"]) >= 1
    return answer.status


def assert_once(data_dir, received):
    logged = [record["decision_id"] for record in Chain(data_dir).verify() if record["event"] == "decision"]
    assert [one for one in received if logged.count(one) != 1] == []
    done = run("audit", "verify", "--data-dir", data_dir)
    assert done.returncode == 0, done.text + done.log


LASTING = {
    "a write with EIO": (["pwrite EIO audit_logs."], "Input/output error"),
    "a write on a full disk": (["pwrite ENOSPC"], "No space left on device"),
    "a write over the quota": (["pwrite EDQUOT"], "Disk quota exceeded"),
    "a file system that became read-only": (
        [f"{call} EROFS" for call in ("open", "pwrite", "fdatasync", "ftruncate", "rename", "link", "unlink")],
        "Read-only file system"),
    "a sync with EIO": (["fdatasync EIO audit_logs."], "Input/output error"),
    "a sync on a full disk": (["fdatasync ENOSPC audit_logs."], "No space left on device"),
    "a directory that takes no files": (
        ["open EACCES audit_logs.", "link EACCES audit_logs.", "rename EACCES audit_logs."], "Permission denied"),
    "a rotation without links": (["link EIO audit_logs."], "Input/output error"),
    "a rotation without renames": (["rename EIO audit_logs."], "Input/output error"),
    "a directory that is not synced": (["sync_directory EIO"], "Input/output error"),
}


@needs_seam
@pytest.mark.parametrize("script, words", LASTING.values(), ids=LASTING.keys())
@pytest.mark.parametrize("durability", ["commit", "async"])
def test_a_fault_refuses_everything_and_ends_by_itself(data_dir, faults, script, words, durability):
    received = []
    with Prepared(data_dir, *SMALL, "--audit-durability", durability, env=faults.env) as server:
        for _ in range(5):
            assert decide(server, received) == 200
        faults.begin(*script)
        # Some faults are met at the next rotation only, and what still fits before it is decided and in the log.
        wait_until(lambda: {decide(server, received) for _ in range(20)} == {503}, "nothing but refusals", pause_s=0)
        answer = wait_until(lambda: (lambda a: a if a.status == 503 else None)(readiness(server)), "not ready")
        assert words in answer.json()["detail"]
        assert answer.json()["audit"]["writable"] is False
        assert str(data_dir).encode() not in answer.body
        # Without requests, the record of the fault alone may still fit before the rotation: then all is well until then.
        wait_until(lambda: decide(server, received) == 503 and not storage_ok(server), "a metric of it")
        assert server.rest(None).get("/livez").status == 200
        faults.end()
        wait_until(lambda: readiness(server).status == 200, "ready again")
        wait_until(lambda: decide(server, received) == 200, "a decision again")
        wait_until(lambda: storage_ok(server), "a metric of it")
        failed = wait_until(lambda: server.logs(event="storage_failed")["logs"], "a record of the fault")
        assert words in failed[0]["details"]["reason"]
        wait_until(lambda: server.logs(event="storage_recovered")["logs"], "a record of the end")
    assert_once(data_dir, received)


@needs_seam
@pytest.mark.parametrize("script, words", [
    ("pwrite ENOSPC audit_logs.packed", "No space left on device"),
    ("open EROFS audit_logs.packed", "Read-only file system"),
    ("open EIO metrics.enc", "metrics.enc cannot be written"),
])
def test_a_change_of_the_key_tells_what_is_in_its_way(data_dir, faults, script, words):
    def rotation():
        return server.rest("admin").get("/api/v1/admin/key-rotation").json()

    received = []
    with Prepared(data_dir, *SMALL, env=faults.env) as server:
        for _ in range(200):
            assert decide(server, received) == 200
        faults.begin(script)
        assert server.rest("admin").post("/api/v1/admin/key-rotation", None).status == 202
        wait_until(lambda: words in rotation().get("obstacle", ""), "the obstacle")
        assert rotation()["state"] == "running"
        assert decide(server, received) == 200
        faults.end()
        wait_until(lambda: rotation()["state"] == "done", "the rotation to end")
        assert "obstacle" not in rotation()
    assert_once(data_dir, received)


@needs_seam
def test_short_writes_are_finished(data_dir, faults):
    received = []
    faults.begin("pwrite SHORT")
    with Server(data_dir, *SMALL, env=faults.env) as server:
        for _ in range(50):
            assert decide(server, received) == 200
    assert_once(data_dir, received)


@needs_seam
def test_a_fault_that_comes_and_goes_loses_nothing(data_dir, faults):
    received = []
    with Prepared(data_dir, *SMALL, env=faults.env) as server:
        for script, _ in list(LASTING.values()) * 2:
            faults.begin(*script)
            for _ in range(10):
                decide(server, received)
            faults.end()
            wait_until(lambda: decide(server, received) == 200, "a decision again")
    assert_once(data_dir, received)


@needs_seam
def test_a_kill_at_every_call(data_dir, faults):
    """Append, rotate, pack, and the replacement of a document: whichever call is the last one."""
    received, revoked = [], []
    server = Prepared(data_dir, *SMALL, env=faults.env)
    calls = int(os.environ.get("AIS_KILLS", "50"))
    for call in range(1, calls + 1):
        server.start()
        faults.begin(f"kill {call}")
        try:
            while server.process.poll() is None:
                if len(received) % 10 == 0:
                    key = server.make_key("preflight")
                    server.revoke_key(key["key_id"])
                    revoked.append(key)
                decide(server, received)
        except Exception:
            assert server.process.wait(60) == -signal.SIGKILL
        faults.end()
    with server:
        assert decide(server, received) == 200
    assert_once(data_dir, received)


def test_a_build_for_users_has_no_faults(data_dir, faults, tmp_path):
    """Where the seams are not compiled in, the variables mean nothing. (tests/run asks a release.)"""
    if HAS_SEAM:
        pytest.skip("a build for tests")
    clock = tmp_path / "clock"
    clock.write_text("-864000")
    faults.begin("pwrite EIO", "kill 1")
    before = datetime.datetime.now(datetime.timezone.utc).isoformat()
    with Prepared(data_dir, env={**faults.env, "AIS_CLOCK": str(clock)}) as server:
        assert server.preflight(ALLOWED_REQUEST).status == 200
        assert server.logs(event="decision")["logs"][0]["time"] >= before[:19]


# ---- what somebody does to the files ----

def replace(path):
    other = path.with_name("other")
    other.write_bytes(path.read_bytes()[:100])
    other.rename(path)


UNDERNEATH = {
    "deleted": lambda path: path.unlink(),
    "moved, as by logrotate": lambda path: path.rename(path.with_name("audit_logs.enc.old")),
    "replaced": replace,
}


@pytest.mark.parametrize("do", UNDERNEATH.values(), ids=UNDERNEATH.keys())
def test_the_log_is_put_back(data_dir, do):
    received = []
    with Prepared(data_dir, *SMALL) as server:
        for _ in range(20):
            assert decide(server, received) == 200
        do(data_dir / "audit_logs.enc")
        for _ in range(5):
            assert decide(server, received) == 200
        (event,) = wait_until(lambda: server.logs(event="integrity_fault")["logs"], "a record of it")
        assert "deleted or replaced" in event["details"]["reason"] and event["details"]["lost"] is False
        assert "was deleted or replaced" in server.log()
        assert len(server.all_logs(event="decision")) == 25
    assert_once(data_dir, received)


def test_a_log_that_is_cut_is_said_loudly(data_dir):
    received = []
    with Prepared(data_dir, *SMALL) as server:
        for _ in range(20):
            assert decide(server, received) == 200
        os.truncate(data_dir / "audit_logs.enc", 1000)
        for _ in range(5):
            assert decide(server, received) == 200
        (event,) = wait_until(lambda: server.logs(event="integrity_fault")["logs"], "a record of it")
        assert "was cut at byte" in event["details"]["reason"] and event["details"]["lost"] is True
        assert "was cut at byte" in server.log()
        found = {record["decision_id"] for record in server.all_logs(event="decision")}
        assert set(received[20:]) <= found, "what came after it is there"
    done = run("audit", "verify", "--data-dir", data_dir)
    assert done.returncode == 1, done.text + done.log


def test_a_rotated_file_that_is_deleted_is_said_loudly(data_dir):
    received = []
    with Prepared(data_dir, *SMALL) as server:
        wait_until(lambda: decide(server, received) == 200 and (data_dir / "audit_logs.3.enc").exists(), "rotations",
                   pause_s=0)
        (data_dir / "audit_logs.2.enc").unlink()
        for _ in range(10):
            assert decide(server, received) == 200
        (event,) = wait_until(lambda: server.logs(event="integrity_fault")["logs"], "a record of it")
        assert "audit_logs.2.enc was deleted" in event["details"]["reason"]
    assert run("audit", "verify", "--data-dir", data_dir).returncode == 1


def spoil(path):
    """One byte of the last line, which leaves the file as long as it was."""
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def test_a_rotated_file_that_is_put_back_is_recorded(data_dir):
    """Once, with what it holds, where it is the file that was there; another one is said to be none of the log's."""
    received, away = [], data_dir / "away"

    def decide_until(condition, what):
        return wait_until(lambda: decide(server, received) == 200 and condition(), what, pause_s=0)

    def lost(name):
        return [record for record in server.logs(event="integrity_fault")["logs"]
                if f"{name} was deleted" in record["details"].get("reason", "")]

    with Server(data_dir, *SMALL) as server:
        decide_until((data_dir / "audit_logs.5.enc").exists, "rotations")
        first, second, third = (data_dir / f"audit_logs.{number}.enc" for number in (2, 3, 4))
        for path in (first, second):
            path.rename(away.with_name(path.name + ".away"))
        decide_until(lambda: lost(first.name) and lost(second.name), "records that they are gone")
        assert not server.logs(event="log_file_returned")["logs"]
        for path in (first, second):
            away.with_name(path.name + ".away").rename(path)
        decide_until(lambda: len(server.logs(event="log_file_returned")["logs"]) == 2, "records of their return")
        third.rename(away)
        decide_until(lambda: lost(third.name), "a record that it is gone")
        spoil(away)
        away.rename(third)
        decide_until(lambda: any("is there again, and is not as it was" in place["fault"]
                                 for record in server.logs(event="integrity_fault")["logs"]
                                 for place in record["details"].get("places", [])), "a record that it is another one")
        back = server.logs(event="log_file_returned", order="asc")["logs"]
    told = {record["details"]["file"]: record["details"] for record in back}
    assert len(back) == 2 and told.keys() == {first.name, second.name}
    assert {(record["severity"], record["outcome"], record["actor"]) for record in back} == {("medium", "success", "auditor")}
    assert 1 < told[first.name]["first"] < told[first.name]["last"] == told[second.name]["first"] - 1
    third.unlink()
    assert f"{third.name}: is missing" in run("audit", "verify", "--data-dir", data_dir).text


def rotated(server, data_dir, files):
    received = []
    wait_until(lambda: decide(server, received) == 200 and (data_dir / f"audit_logs.{files}.enc").exists(), "rotations",
               pause_s=0)
    return received


@pytest.mark.parametrize("old", [1, 3])
def test_an_old_segment_in_the_active_ones_place_costs_nothing_else(data_dir, old):
    with Prepared(data_dir, *SMALL) as server:
        rotated(server, data_dir, 3)
    copy = (data_dir / f"audit_logs.{old}.enc").read_bytes()
    shutil.copy(data_dir / f"audit_logs.{old}.enc", data_dir / "audit_logs.enc")
    assert "an old copy was put back" in run("audit", "verify", "--data-dir", data_dir).text
    with Server(data_dir, *SMALL, keys_of=server) as server:
        found = wait_until(lambda: (logs := server.logs(event="integrity_fault", order="asc")["logs"])[1:] and logs,
                           "records of the copy and of what it has overwritten")
        (place,) = found[0]["details"]["places"]
        assert place["file"] == "audit_logs.enc" and place["fault"].startswith("an old copy was put in its place")
        assert "audit_logs.4.enc before it is missing" in found[1]["details"]["places"][0]["fault"]
        assert any("audit_logs.4.enc before it is missing" in line for line in server.logs(limit=1000)["damaged"])
        assert "damage in the audit log: audit_logs.enc" in server.log()
        assert decide(server, []) == 200
    assert (data_dir / "audit_logs.stale-1").read_bytes() == copy
    assert all((data_dir / f"audit_logs.{n}.enc").stat().st_size > 0 for n in (1, 2, 3))
    done = run("audit", "verify", "--data-dir", data_dir)
    assert done.returncode == 1 and "audit_logs.4.enc: is missing" in done.text and "(1 to " in done.text


def test_rotated_files_that_are_damaged_or_gone_are_recorded_at_a_start(data_dir):
    with Prepared(data_dir, *SMALL) as server:
        rotated(server, data_dir, 4)
    (data_dir / "audit_logs.1.enc").unlink()
    damaged = bytearray((data_dir / "audit_logs.3.enc").read_bytes())
    damaged[40] ^= 1
    (data_dir / "audit_logs.3.enc").write_bytes(damaged)
    with Server(data_dir, *SMALL, keys_of=server) as server:
        found = wait_until(lambda: (logs := server.logs(event="integrity_fault", order="asc")["logs"])[1:] and logs,
                           "a record a file")
        first, second = ([*record["details"]["places"]][0] for record in found)
        assert first["file"] == "audit_logs.2.enc" and "audit_logs.1.enc before it is missing" in first["fault"]
        assert second["file"] == "audit_logs.3.enc" and second["line"] == 1
        told = server.logs(limit=1000)["damaged"]
        assert [line.split(":")[0] for line in told] == ["audit_logs.3.enc", "audit_logs.2.enc"]


def test_damage_that_stays_is_recorded_once_and_said_at_each_start(data_dir):
    """In the active file, and a name that no rotation reaches: `audit verify` and the start name both each time."""
    stray = "audit_logs.18446744073709551616.enc"
    with Server(data_dir) as server:
        for _ in range(5):
            assert decide(server, []) == 200
    content = (data_dir / "audit_logs.enc").read_bytes().split(b"\n")
    content[2] = content[2][:40] + bytes([content[2][40] ^ 1]) + content[2][41:]
    (data_dir / "audit_logs.enc").write_bytes(b"\n".join(content))
    (data_dir / stray).write_bytes(b"x")
    for _ in range(3):
        with Server(data_dir, keys_of=server) as server:
            found = server.logs(event="integrity_fault")
            assert [[place["file"] for place in record["details"]["places"]] for record in found["logs"]] == [
                ["audit_logs.enc", "audit_logs.enc", stray]]
            assert any(line.startswith("audit_logs.enc:3: ") for line in server.logs(limit=1000)["damaged"])
            for place in ("audit_logs.enc:3", stray):
                assert f"damage in the audit log: {place}" in server.log()
            assert decide(server, []) == 200
        done = run("audit", "verify", "--data-dir", data_dir)
        assert done.returncode == 1 and "audit_logs.enc:3" in done.text and stray in done.text
    content = (data_dir / "audit_logs.enc").read_bytes().split(b"\n")
    content[6] = content[6][:40] + bytes([content[6][40] ^ 1]) + content[6][41:]
    (data_dir / "audit_logs.enc").write_bytes(b"\n".join(content))
    with Server(data_dir, keys_of=server) as server:
        (newest, _) = server.logs(event="integrity_fault")["logs"]
        assert {place["line"] for place in newest["details"]["places"]} == {7, 8}, "what is new, and nothing else"


def test_without_its_directory_nothing_is_decided(data_dir):
    received = []
    with Prepared(data_dir, *SMALL) as server:
        assert decide(server, received) == 200
        for path in data_dir.iterdir():
            path.unlink()
        data_dir.rmdir()
        for _ in range(5):
            assert decide(server, received) == 503
        assert wait_until(lambda: readiness(server).status == 503, "not ready")
        server.kill()
