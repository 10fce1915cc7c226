"""The audit chain's proofs: checkpoints, heads, and a verifier of 59 lines that knows the format's page alone."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from sealed import digest, fernet, is_packed, payloads, segments, tokens
from server import ROOT, Prepared, Server, run, wait_until

SIZE = 1 << 19
EVERY = 100
FLAGS = ("--max-log-file-size", SIZE, "--log-retention", 3, "--audit-checkpoint-every", EVERY)
REQUEST_BATCH = {"requests": [GOLDEN_REQUEST, ALLOWED_REQUEST] * 10}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A server that has rotated, packed and deleted, was stopped and started, and stopped again."""
    server = Prepared(tmp_path_factory.mktemp("chain") / "data", *FLAGS).start()
    while not (server.data_dir / "audit_logs.5.enc").exists():
        assert server.rest().post("/api/v1/preflight/batch", REQUEST_BATCH).status == 200
    wait_until(lambda: mostly_packed(server.data_dir), "rotated files packed")
    server.restart()
    for _ in range(4):
        assert server.rest().post("/api/v1/preflight/batch", REQUEST_BATCH).status == 200
    server.head = server.rest(None).get("/readyz").json()["audit"]["head"]
    server.stop()
    return server


@pytest.fixture
def copy(stopped, tmp_path):
    data_dir = tmp_path / "data"
    shutil.copytree(stopped.data_dir, data_dir)
    return data_dir


def mostly_packed(data_dir):
    """Whether the rotated files are packed, but for the oldest, which the next rotation deletes."""
    opener = fernet(data_dir)
    return all(is_packed(path, opener) for path in segments(data_dir)[1:-1])


def by_page(data_dir, *arguments):
    """What the verifier after the format's page says."""
    done = subprocess.run([sys.executable, ROOT / "tests" / "verify_log.py", data_dir, *map(str, arguments)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert done.returncode in (0, 1) and "Traceback" not in done.stdout, done.stdout
    return done


def by_command(data_dir, *arguments):
    done = run("audit", "verify", "--data-dir", data_dir, "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.log
    return json.loads(done.text)


def both_valid(data_dir):
    page, verdict = by_page(data_dir), by_command(data_dir)
    assert page.returncode == 0, page.stdout
    assert verdict["valid"], verdict
    assert page.stdout == f"valid: {verdict['checkpoints']} checkpoints, head {verdict['head']}\n"
    return verdict


def both_find(data_dir, file, line=None):
    """Both name this file, and this line if it is given."""
    page, verdict = by_page(data_dir), by_command(data_dir)
    assert page.returncode == 1 and not verdict["valid"], (page.stdout, verdict)
    place = f"{file}:{line}:" if line else file
    assert place in page.stdout, page.stdout
    assert any(fault["file"] == file and line in (None, fault["line"]) for fault in verdict["faults"]), verdict
    return verdict["faults"]


def lines(path):
    return path.read_bytes().rstrip(b"\n").split(b"\n")


def write_lines(path, content):
    path.write_bytes(b"\n".join(content) + b"\n")


def commits(data_dir, path):
    return [json.loads(text) for _, text in payloads(path, fernet(data_dir))]


# ---- logs as they are ----

def test_a_log_that_was_rotated_packed_and_thinned_out_verifies(stopped):
    verdict = both_valid(stopped.data_dir)
    assert verdict["first"] > 1 and verdict["segments"] == 4
    checkpoints = [commit for path in segments(stopped.data_dir) for commit in commits(stopped.data_dir, path)
                   if "checkpoint" in commit]
    assert verdict["checkpoints"] == len(checkpoints) > verdict["records"] // (EVERY + 50)


def test_a_clean_stop_signs_all_there_is(stopped):
    last = commits(stopped.data_dir, stopped.data_dir / "audit_logs.enc")[-1]
    assert [record["event"] for record in last["records"]] == ["checkpoint"] and "checkpoint" in last
    verdict = by_command(stopped.data_dir)
    assert verdict["last_checkpoint"]["sequence"] == verdict["last"] - 1
    assert verdict["last_checkpoint"]["key"] == (stopped.data_dir / "checkpoint.key.pub").read_text().strip()


def test_what_cannot_be_verified_by_the_page_is_said_in_a_line(copy, tmp_path):
    for missing, arguments in (("fernet.key", []), ("checkpoint.key.pub", []), ("other.pub", [tmp_path / "other.pub"])):
        kept = copy / missing
        if kept.exists():
            kept.rename(tmp_path / missing)
        done = subprocess.run([sys.executable, ROOT / "tests" / "verify_log.py", copy, *arguments],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1, done
        assert missing in done.stderr
        if (tmp_path / missing).exists():
            (tmp_path / missing).rename(kept)


def test_keys_are_files_of_their_own(stopped):
    for name in ("checkpoint.key", "mask.key"):
        assert (stopped.data_dir / name).stat().st_mode & 0o777 == 0o600
    assert len({(stopped.data_dir / name).read_text() for name in ("checkpoint.key", "checkpoint.key.pub")}) == 2


def test_heads_are_told_by_readyz_and_by_the_log(stopped):
    told = re.findall(r"Audit log head (\d+:[0-9a-f]{64})", stopped.log())
    assert len(told) >= 2
    for head in (*told, f"{stopped.head['sequence']}:{stopped.head['hash']}"):
        assert by_command(stopped.data_dir, "--expect-head", head)["valid"]
        public = stopped.data_dir / "checkpoint.key.pub"
        assert by_page(stopped.data_dir, public, head).returncode == 0


def test_a_log_after_a_kill_in_mid_write_verifies(copy, stopped):
    with Server(copy, *FLAGS, keys_of=stopped) as server:
        assert server.preflight(GOLDEN_REQUEST).status == 200
        server.kill()
    active = copy / "audit_logs.enc"
    whole = active.read_bytes().rstrip(b"\n") + b"\n"
    active.write_bytes(whole + tokens(whole).__next__()[1][:100])  # the line that was being written
    both_find(copy, "audit_logs.enc", whole.count(b"\n") + 1)
    with Server(copy, *FLAGS, keys_of=stopped) as server:
        assert server.preflight(GOLDEN_REQUEST).status == 200
    assert (copy / "audit_logs.damaged-1").exists()
    both_valid(copy)


def test_a_log_without_the_public_key_is_signed_by_nobody_known(copy):
    public = copy / "checkpoint.key.pub"
    elsewhere = public.rename(copy.parent / "kept.pub")
    assert "checkpoint.key.pub" in by_command(copy)["faults"][0]["file"]
    assert by_command(copy, "--checkpoint-key", elsewhere)["valid"]
    elsewhere.write_text("0" * 63 + "1\n")
    assert "foreign" in by_command(copy, "--checkpoint-key", elsewhere)["faults"][0]["message"]
    assert by_page(copy, elsewhere).returncode == 1
    elsewhere.write_text("no key\n")
    assert run("audit", "verify", "--data-dir", copy, "--checkpoint-key", elsewhere).returncode == 2
    assert run("audit", "verify", "--data-dir", copy, "--checkpoint-key", "/dev/zero").returncode == 2


# ---- logs that were tampered with ----

@pytest.fixture(params=["a packed file", "the active file"])
def target(request, copy):
    return segments(copy)[1] if request.param == "a packed file" else copy / "audit_logs.enc"


def test_a_flipped_bit(copy, target):
    content = lines(target)
    token = bytearray(base64.urlsafe_b64decode(content[1]))
    token[len(token) // 2] ^= 1
    content[1] = base64.urlsafe_b64encode(bytes(token))
    write_lines(target, content)
    both_find(copy, target.name, 2)


def test_a_line_removed(copy, target):
    content = lines(target)
    del content[1]
    write_lines(target, content)
    both_find(copy, target.name, 2)


def test_two_lines_swapped(copy, target):
    content = lines(target)
    content[1], content[2] = content[2], content[1]
    write_lines(target, content)
    both_find(copy, target.name, 2)


def test_a_line_twice(copy, target):
    content = lines(target)
    content.insert(2, content[1])
    write_lines(target, content)
    both_find(copy, target.name, 3)


def test_a_file_removed(copy):
    segments(copy)[1].unlink()
    assert by_page(copy).returncode == 1
    assert not by_command(copy)["valid"]


@pytest.mark.parametrize("which", [0, 1], ids=["the oldest", "another"])
def test_a_rotated_file_without_a_line_that_opens(copy, which):
    """It is there, and neither verifier says that it is not."""
    target = segments(copy)[which]
    content = lines(target)
    write_lines(target, [line[:-9] + b"A" + line[-8:] if line[-9:-8] != b"A" else line[:-9] + b"B" + line[-8:]
                         for line in content])
    faults = both_find(copy, target.name, 1)
    assert sum(fault["file"] == target.name for fault in faults) == len(content) + 1, faults
    assert [fault["message"] for fault in faults if fault["file"] == target.name][-1] == "holds no commit"
    assert not any("is missing" in fault["message"] for fault in faults), faults
    assert f"{target.name}: is missing, or holds no commit" in by_page(copy).stdout


def test_an_old_active_file_put_back(copy):
    """Who has no key leaves the files that came after where they are, so that nothing seems to be missing."""
    old = segments(copy)[-2]
    shutil.copy(old, copy / "audit_logs.enc")
    assert by_page(copy).returncode == 1
    faults = by_command(copy)["faults"]
    assert any(fault["file"] == old.name and "put back" in fault["message"] for fault in faults), faults


def test_a_crash_in_mid_rotation_leaves_two_names_of_one_file(copy):
    newest = int(segments(copy)[-2].name.split(".")[1])
    (copy / f"audit_logs.{newest + 1}.enc").hardlink_to(copy / "audit_logs.enc")
    both_valid(copy)


@pytest.mark.parametrize("change", [
    lambda line: line + b"\r", lambda line: line[:50] + b" " + line[50:], lambda line: b"\0" + line,
    lambda line: line + b"=="], ids=["CR", "space", "NUL", "padding"])
def test_bytes_that_are_no_base64(copy, target, change):
    content = lines(target)
    content[1] = change(content[1])
    write_lines(target, content)
    both_find(copy, target.name, 2)


def test_a_last_line_without_its_end(copy):
    target = segments(copy)[1]
    target.write_bytes(target.read_bytes().rstrip(b"\n"))
    both_find(copy, target.name)


def test_bytes_behind_a_packed_stream(copy):
    target, opener = segments(copy)[1], fernet(copy)
    content = lines(target)
    packed = next(i for i, line in enumerate(content) if not opener.decrypt(line).startswith(b"{"))
    content[packed] = opener.encrypt(opener.decrypt(content[packed]) + b"x")
    write_lines(target, content)
    both_find(copy, target.name, packed + 1)


@pytest.mark.parametrize("change", [
    lambda commit: commit["records"].clear(), lambda commit: commit["records"][0].update(seq=None),
    lambda commit: commit.update(v=2), lambda commit: commit.update(records=None)],
    ids=["no records", "no number", "another version", "null"])
def test_a_sealed_payload_that_is_no_commit(copy, change):
    number = commits(copy, copy / "audit_logs.enc")[1]["seq"]
    forge(copy, lambda commit: change(commit) if commit["seq"] == number else None)
    both_find(copy, "audit_logs.enc", 2)


@pytest.mark.parametrize("content", [None, b"", b"\n" * 500], ids=["deleted", "emptied", "padding alone"])
def test_an_active_file_without_commits(copy, content):
    (copy / "audit_logs.enc").unlink()
    if content is not None:
        (copy / "audit_logs.enc").write_bytes(content)
    both_find(copy, "audit_logs.enc")


def forge(data_dir, change):
    """Rewrites the active file as one who has the Fernet key can: a change, and every hash behind it anew."""
    opener, path, previous = fernet(data_dir), data_dir / "audit_logs.enc", None
    sealed = []
    for _, text in payloads(path, opener):
        commit = json.loads(text)
        change(commit)
        commit["prev"] = previous or commit["prev"]
        text = json.dumps(commit, separators=(",", ":"), ensure_ascii=False).encode()
        previous = digest(text)
        sealed.append(opener.encrypt(text))
    write_lines(path, sealed)


def test_a_chain_made_anew_with_the_fernet_key_breaks_at_the_next_checkpoint(copy):
    numbers = [commit["seq"] for commit in commits(copy, copy / "audit_logs.enc")]

    def change(commit):
        if commit["seq"] == numbers[1]:
            commit["records"][0]["severity"] = "low"
    forge(copy, change)
    faults = both_find(copy, "audit_logs.enc")
    assert all("forged" in fault["message"] for fault in faults), faults


def test_a_chain_made_anew_without_checkpoints(copy):
    forge(copy, lambda commit: commit.pop("checkpoint", None))
    both_find(copy, "audit_logs.enc", 1)


def test_a_cut_behind_a_checkpoint_is_found_by_the_head_alone(copy):
    active = copy / "audit_logs.enc"
    content, opener = lines(active), fernet(copy)
    marked = [i for i, line in enumerate(content) if b'"checkpoint":{' in opener.decrypt(line)]
    head = both_valid(copy)["head"]
    write_lines(active, content[:marked[-2] + 1])
    both_valid(copy)
    assert by_page(copy, copy / "checkpoint.key.pub", head).returncode == 1
    done = run("audit", "verify", "--data-dir", copy, "--expect-head", head)
    assert done.returncode == 1
    assert f"before the expected head, number {head.split(':')[0]}: the end was cut off" in done.text


# ---- files that are none of the log ----

@pytest.mark.parametrize("number", [9_999_999_999, 2**64 - 1, 2**64], ids=["far", "largest", "too large"])
def test_a_file_with_a_number_that_the_log_never_reached(copy, stopped, number):
    name = f"audit_logs.{number}.enc"
    shutil.copy(segments(copy)[0], copy / name)
    both_find(copy, name)
    with Server(copy, *FLAGS, keys_of=stopped) as server:
        (fault,) = server.logs(event="integrity_fault")["logs"]
        assert fault["details"]["places"][0]["file"] == name
        assert f"damage in the audit log: {name}" in server.log()


def test_a_gap_of_any_size_is_told_at_once(copy):
    (copy / "audit_logs.enc").unlink()
    shutil.copy(segments(copy)[0], copy / "audit_logs.9999999999.enc")
    both_find(copy, "audit_logs.9999999999.enc")


def test_records_in_a_file_that_was_set_aside(copy):
    shutil.copy(copy / "audit_logs.enc", copy / "audit_logs.stale-1")
    both_valid(copy)
    active = copy / "audit_logs.enc"
    write_lines(active, lines(active)[:1])
    both_find(copy, "audit_logs.stale-1")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("other")], ids=["a pipe", "a link"])
def test_what_is_no_file_is_not_read_by_the_page(copy, make):
    path = segments(copy)[1]
    path.rename(copy / "other")
    make(path)
    done = by_page(copy)
    assert done.returncode == 1 and path.name in done.stdout


# ---- another key ----

def test_a_change_of_keys_is_signed_by_both(copy, stopped):
    before = copy.parent / "before.pub"
    shutil.copy(copy / "checkpoint.key.pub", before)
    done = run("key", "rotate-checkpoint", "--data-dir", copy, *FLAGS)
    assert done.returncode == 0, done.log
    assert done.text == (copy / "checkpoint.key.pub").read_text() != before.read_text()
    assert not (copy / "checkpoint.key.new").exists()
    with Server(copy, *FLAGS, keys_of=stopped) as server:
        assert server.preflight(GOLDEN_REQUEST).status == 200
        assert server.logs(event="checkpoint_key_changed")["logs"][0]["details"] == {"key": done.text.strip()}
        assert run("key", "rotate-checkpoint", "--data-dir", copy).returncode == 3
    both_valid(copy)
    assert by_command(copy, "--checkpoint-key", before)["valid"]
    assert by_page(copy, before).returncode == 0


@pytest.mark.parametrize("text", ["0" * 64 + "\n", "nonsense"])
def test_a_public_key_that_does_not_fit_is_replaced_and_not_silently(copy, stopped, text):
    public = copy / "checkpoint.key.pub"
    before = public.read_text()
    public.write_text(text)
    for _ in range(2):
        with Server(copy, *FLAGS, keys_of=stopped) as server:
            (fault,) = server.logs(event="integrity_fault")["logs"]
            assert fault["details"]["places"][0]["file"] == "checkpoint.key.pub"
    assert "WARNING: checkpoint.key.pub did not fit" not in server.log(), "told once"
    assert public.read_text() == before
    both_valid(copy)


def test_a_public_key_that_is_missing_is_made_anew_and_not_silently(copy, stopped):
    """No fault: all that it says is in checkpoint.key."""
    public = copy / "checkpoint.key.pub"
    before = public.read_text()
    public.unlink()
    for told in (True, False):
        with Server(copy, *FLAGS, keys_of=stopped) as server:
            made = [record["details"]["files"] for record in server.logs(event="keys_generated")["logs"]]
            assert made.count(["checkpoint.key.pub"]) == 1
            assert not server.logs(event="integrity_fault")["logs"]
        assert ("WARNING: checkpoint.key.pub was missing, and is made anew" in server.log()) == told
    assert public.read_text() == before
    both_valid(copy)


def test_a_key_that_was_lost_goes_on_under_another_and_does_not_hide_it(copy, stopped):
    (copy / "checkpoint.key").unlink()
    with Server(copy, *FLAGS, keys_of=stopped) as server:
        assert server.preflight(GOLDEN_REQUEST).status == 200
        assert "another key" in server.logs(event="integrity_fault")["logs"][0]["details"]["places"][0]["fault"]
    faults = by_command(copy)["faults"]
    assert [("another key" in fault["message"]) for fault in faults] == [True], faults
    assert f"{faults[0]['file']}:{faults[0]['line']}: does not continue the chain, or lacks or forges a checkpoint" in by_page(copy).stdout
