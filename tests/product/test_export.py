"""The audit log handed out: the forms of other systems, files that are whole or not there, damage, keys, terminals."""

import csv
import hashlib
import io
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess

import pytest

from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from sealed import Chain, all_packed, segments
from server import Prepared, binary, environment, open_files, run, wait_until

SMALL = ("--max-log-file-size", 65536, "--log-retention", 100000)
ODD = {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Kiritimati"}
FORMS = ["jsonl", "csv", "ecs", "ocsf"]
FORMULA = {"tool_name": "=HYPERLINK(\"http://x\")", "tool_args": {"command": "a,\"b\"\r\nc"},
           "metadata": {"user_id": "@SUM(A1)", "session_id": "zażółć 𝄞"}}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A server over a log of several files, those that are rotated packed."""
    with Prepared(tmp_path_factory.mktemp("export") / "data", *SMALL) as server:
        rest = server.rest()
        for _ in range(4):
            answer = rest.post("/api/v1/preflight/batch",
                               {"requests": [GOLDEN_REQUEST, ALLOWED_REQUEST, FORMULA] * 30})
            assert answer.status == 200, answer
        assert len(segments(server.data_dir)) > 2
        wait_until(lambda: all_packed(server.data_dir), "all rotated files packed")
        yield server


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("stopped") / "data"
    with Prepared(data_dir, *SMALL) as server:
        rest = server.rest()
        for _ in range(4):
            rest.post("/api/v1/preflight/batch", {"requests": [GOLDEN_REQUEST, ALLOWED_REQUEST, FORMULA] * 30})
        wait_until(lambda: all_packed(data_dir), "all rotated files packed")
    return data_dir


@pytest.fixture
def copy(stopped, tmp_path):
    return shutil.copytree(stopped, tmp_path / "data")


def export(data_dir, form, *flags, code=0):
    done = run("audit", "export", "--data-dir", data_dir, "--format", form, *flags, env=ODD)
    assert done.returncode == code, done.log
    return done


def events(data_dir, form, *flags, code=0):
    return [json.loads(line) for line in export(data_dir, form, *flags, code=code).text.splitlines()]


# ---- the forms ----

@pytest.mark.parametrize("where", ["running", "stopped"])
@pytest.mark.parametrize("form", FORMS)
def test_every_record_is_handed_out_once_in_order(request, where, form):
    found = request.getfixturevalue(where)
    data_dir = found.data_dir if where == "running" else found
    wanted = [record["seq"] for record in Chain(data_dir).verify()]
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(export(data_dir, form).text, newline="")))
        numbers = [int(row["seq"]) for row in rows]
    else:
        place = {"jsonl": lambda event: event["seq"], "ecs": lambda event: event["event"]["sequence"],
                 "ocsf": lambda event: event["metadata"]["sequence"]}[form]
        numbers = [place(event) for event in events(data_dir, form)]
    assert numbers[:len(wanted)] == wanted


@pytest.mark.parametrize("form", FORMS)
def test_filters_are_those_of_a_query(stopped, form):
    flags = ("--decision", "require_approval", "--limit", "7", "--order", "desc")
    of_query = run("audit", "query", "--data-dir", stopped, "--format", form, *flags)
    assert of_query.returncode == 0, of_query.log
    assert export(stopped, form, *flags).text == of_query.text
    assert "there are more: --cursor" in of_query.log
    lines = of_query.text.count("\n")
    assert lines == (8 if form == "csv" else 7)


@pytest.mark.parametrize("form", FORMS)
def test_tail_has_the_same_forms(stopped, form):
    tail = run("audit", "tail", "--data-dir", stopped, "--format", form, "-n", "5")
    last = run("audit", "query", "--data-dir", stopped, "--format", form, "--limit", "5")
    assert tail.returncode == 0, tail.log
    if form != "ocsf":  # whose events name the one before
        lines = last.text.splitlines()
        head = 1 if form == "csv" else 0
        assert tail.text.splitlines() == lines[:head] + lines[head:][::-1]


def test_csv_has_what_was_said_and_no_formula(stopped):
    text = export(stopped, "csv").text
    assert all(line.endswith("\r") for line in text.split("\n")[:-1] if line.count(",") > 20)
    rows = [row for row in csv.DictReader(io.StringIO(text, newline="")) if row["tool"].endswith('x")')]
    assert len(rows) == 120
    assert rows[0]["tool"] == "'=HYPERLINK(\"http://x\")"
    assert rows[0]["user_id"] == "'@SUM(A1)"
    assert rows[0]["session_id"] == "zażółć 𝄞"
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(re.match(r"\s*[=+\-@]|[\t\r\n]", cell) for cell in row)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_has_no_formula_whatever_the_list_separator_is(tmp_path, separator):
    """Read as countries do whose list separator is not the comma: quotes hold together only whole cells."""
    with Prepared(tmp_path / "data", *SMALL) as server:
        for name in ("a;=1+1", "a\t=1+1", "a|@A1;\u2003-1", "\u202e=1", "a;\"=1", "a\r\n=1", "\x1b[2J\x00=1\x9b"):
            server.rest().post("/api/v1/preflight", {"tool_name": name, "metadata": {"user_id": name}})
    text = export(tmp_path / "data", "csv").text
    rows = [row for line in re.split(r"[\r\n]", text) for row in csv.reader([line], delimiter=separator)]
    assert sum(cell.count("'=") for row in rows for cell in row) >= 6
    assert not any(re.match(r"[\s\"\u200e\u202e]*[=+\-@]", cell) for row in rows for cell in row)
    assert "\\u001b[2J\\u0000=1\\u009b" in text
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


def test_ecs_says_who_what_and_which_rule(stopped):
    found = {event["event"]["action"]: event for event in events(stopped, "ecs")}
    asked, allowed = found["require_approval"], found["allow"]
    assert asked["event"]["category"] == ["api"] and asked["event"]["type"] == ["access", "denied"]
    assert asked["event"]["outcome"] == "success" and asked["event"]["kind"] == "event"
    assert asked["rule"] == {"id": "code_exec_sandbox", "ruleset": "code_execution",
                             "version": asked["rule"]["version"]}
    assert asked["user"]["id"] == "user123" and asked["related"]["user"] == ["user123"]
    assert allowed["event"]["type"] == ["access", "allowed"] and "rule" not in allowed
    assert found["service_started"]["event"]["category"] == ["process"]
    for event in found.values():
        original = event["event"]["original"]
        assert event["event"]["hash"] == hashlib.sha256(original.encode()).hexdigest()
        assert json.loads(original)["seq"] == event["event"]["sequence"]


def canonical(event):
    """RFC 8785, for what has no fractions."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_attested(found):
    """The attestation of every event, and the chain that they make, checked with nothing but SHA-256."""
    before = None
    for event in found:
        attestation = event["attestation"]
        value = attestation.pop("fingerprint")["value"]
        assert value == hashlib.sha256(canonical(event)).hexdigest()
        if before is None:
            assert "prev_event" not in attestation
            chain = attestation["chain_uid"]
        else:
            assert attestation["prev_event"] == before
        assert attestation["chain_uid"] == chain
        before = {"fingerprint": {"algorithm": "SHA-256", "algorithm_id": 3, "value": value},
                  "type_uid": event["type_uid"], "uid": event["metadata"]["uid"]}


def test_ocsf_events_attest_themselves_and_each_other(stopped):
    lines = export(stopped, "ocsf").text.splitlines()
    found = [json.loads(line) for line in lines]
    assert [canonical(event).decode() for event in found] == lines
    check_attested(found)
    for change in (lambda some: some.pop(5), lambda some: some[5].update(severity_id=0),
                   lambda some: some.insert(3, some.pop(4))):
        altered = [json.loads(line) for line in lines]
        change(altered)
        with pytest.raises(AssertionError):
            check_attested(altered)


def test_ocsf_events_say_where_the_sealed_chain_has_them(stopped):
    chain = Chain(stopped)
    chain.verify()
    key = (stopped / "checkpoint.key.pub").read_text().strip()
    hashes = {}
    for path in segments(stopped):
        for _, own, commit in chain._commits(path):
            for record in commit["records"]:
                hashes[record["seq"]] = (path.name, own, commit["prev"], record)
    for event in events(stopped, "ocsf"):
        place = event["unmapped"]["record_integrity"]
        file, own, prev, record = hashes[place["sequence"]]
        assert (place["file"], place["payload_hash"], place["previous_hash"]) == (file, own, prev)
        assert place["checkpoint_key"] == event["attestation"]["authority_uid"] == key
        assert event["metadata"]["uid"] == f"{record['seq']}:{own}"
        assert json.loads(event["raw_data"]) == record


def test_ocsf_classes_and_dispositions(stopped):
    found = {}
    for event in events(stopped, "ocsf"):
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        found.setdefault(event["unmapped"].get("decision", event["metadata"]["event_code"]), event)
    allowed, asked = found["allow"], found["require_approval"]
    assert (allowed["class_uid"], allowed["action_id"], allowed["disposition_id"]) == (6003, 1, 1)
    assert (asked["action_id"], asked["disposition"]) == (2, "Approval Required")
    assert asked["policy"]["uid"] == "code_exec_sandbox" and asked["severity_id"] == 4
    assert asked["actor"]["user"]["uid"] == "user123" and asked["api"]["operation"] == "python_exec"
    assert (found["service_started"]["class_uid"], found["service_started"]["activity_id"]) == (6002, 3)
    assert found["log_created"]["class_uid"] == 0


# ---- files ----

@pytest.mark.parametrize("form", FORMS)
def test_a_file_holds_what_stdout_would(stopped, tmp_path, form):
    path = tmp_path / "log"
    done = export(stopped, form, "--output", path)
    assert done.text == ""
    assert path.read_bytes() == export(stopped, form).stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["log"]


@pytest.mark.parametrize("make", [lambda path: path.write_text("mine"), lambda path: path.symlink_to("/nowhere")],
                         ids=["a file", "a link to nowhere"])
def test_an_existing_file_is_never_overwritten(stopped, tmp_path, make):
    path = tmp_path / "log"
    make(path)
    done = export(stopped, "jsonl", "--output", path, code=3)
    assert str(path) in done.log and "exists already" in done.log
    assert os.listdir(tmp_path) == ["log"]


def test_a_folder_that_is_not_there_is_named(stopped, tmp_path):
    assert "no/log" in export(stopped, "jsonl", "--output", tmp_path / "no" / "log", code=3).log


def test_a_full_disk_leaves_no_file(stopped, tmp_path):
    path = tmp_path / "log"
    done = subprocess.run(["sh", "-c", 'ulimit -f 16; trap "" XFSZ; exec "$@"', "sh", binary(), "audit", "export",
                           "--data-dir", stopped, "--output", path], env=environment(), capture_output=True)
    assert done.returncode == 3 and str(path).encode() in done.stderr
    assert os.listdir(tmp_path) == []


def interrupt_export(data_dir, folder, number):
    """Sends the signal once the file is open; true when it came in time."""
    process = subprocess.Popen([binary(), "audit", "export", "--data-dir", data_dir, "--format", "ocsf", "--output",
                                folder / "log"], env=environment(), stderr=subprocess.DEVNULL)

    def is_open():
        if process.poll() is not None:
            return True
        return any(link.startswith(str(folder)) for link in open_files(process.pid))

    wait_until(is_open, "the file is open", pause_s=0)
    process.send_signal(number)
    code = process.wait()
    assert code in (0, -number)
    return code != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_export_that_is_interrupted_leaves_no_file(stopped, tmp_path, number):
    for attempt in range(50):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        interrupted = interrupt_export(stopped, folder, number)
        assert os.listdir(folder) == ([] if interrupted else ["log"])
        if interrupted:
            return
    pytest.fail("the signal always came too late")


# ---- what goes wrong ----

def damage(data_dir, which, line):
    """Alters a byte of a line, counted from 0; returns FILE:LINE as messages have it."""
    path = segments(data_dir)[which]
    lines = path.read_bytes().split(b"\n")
    lines[line] = lines[line][:30] + (b"A" if lines[line][30:31] != b"A" else b"B") + lines[line][31:]
    path.write_bytes(b"\n".join(lines))
    return f"{path.name}:{line + 1}:"


COMMANDS = {"query": ("query", "--limit", "1000"), "query as JSON": ("query", "--format", "json", "--limit", "1000"),
            "tail": ("tail", "-n", "1000"), "replay": ("replay",), "verify": ("verify",),
            **{f"export as {form}": ("export", "--format", form) for form in FORMS}}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
@pytest.mark.parametrize("which", [0, -1], ids=["a packed file", "the active file"])
def test_a_damaged_line_is_named_and_the_rest_is_there(copy, which, words):
    before = run("audit", *words, "--data-dir", copy)
    place = damage(copy, which, line=0 if which == 0 else 1)
    done = run("audit", *words, "--data-dir", copy, env=ODD)
    assert done.returncode == (1 if words[0] == "verify" else 3), done.log
    assert place in (done.text if words[0] == "verify" else done.log)
    if words[0] not in ("verify", "replay"):
        assert len(before.text) / 4 < len(done.text) < len(before.text)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_wrong_key_and_no_store_are_told(copy, tmp_path, words):
    wrong = {"OFFLINE_ENCRYPTION_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", **ODD}
    done = run("audit", *words, "--data-dir", copy, env=wrong)
    assert done.returncode == 3 and done.text == "", done.text
    assert "key" in done.log
    done = run("audit", *words, "--data-dir", tmp_path / "nowhere", env=ODD)
    assert done.returncode == 3 and done.text == ""
    assert "there is no data directory" in done.log


def test_a_misspelt_event_gets_a_suggestion(stopped):
    done = export(stopped, "jsonl", "--event", "decison", code=2)
    assert "did you mean 'decision'?" in done.log
    done = run("audit", "query", "--data-dir", stopped, "--format", "oscf")
    assert done.returncode == 2 and "'ocsf' is meant" in done.log


# ---- terminals ----

def on_a_terminal(*words):
    """What a command writes to a terminal that its stderr is."""
    master, slave = pty.openpty()
    with subprocess.Popen([binary(), *map(str, words)], env=environment({"TERM": "xterm"}), stdout=subprocess.DEVNULL,
                          stderr=slave) as process:
        os.close(slave)
        said = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            said += piece
    os.close(master)
    return process.returncode, said


def test_progress_is_shown_on_a_terminal_and_taken_away(stopped):
    code, said = on_a_terminal("audit", "export", "--data-dir", stopped)
    assert code == 0
    assert b"exporting [" in said and b"% " in said
    assert said.endswith(b"\r\x1b[K")


def test_there_is_no_progress_in_a_pipe(stopped):
    assert export(stopped, "jsonl").log == ""
