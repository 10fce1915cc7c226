"""Finding records: searches and summaries over REST, query and tail on the command line, while the log is written."""

import collections
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading

import pytest

from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from sealed import segments
from server import Prepared, binary, environment, run, wait_until

LOGS = "/api/v1/auditing/logs"
SUMMARY = "/api/v1/activity/summary"
SMALL = ("--max-log-file-size", 65536, "--log-retention", 100000)


def request(number):
    """One of many: 7 tools, 5 users, 40 sessions, a text with escapes; each ninth one is held for a person."""
    if number % 9 == 0:
        return {**GOLDEN_REQUEST, "metadata": {"user_id": f"user{number % 5}", "session_id": f"session{number % 40}"}}
    return {"tool_name": f"tool{number % 7}", "tool_args": {"text": f"line {number}\nof \"Caf\u00e9\" {number % 11}"},
            "metadata": {"user_id": f"user{number % 5}", "session_id": f"session{number % 40}"}}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A server with many small segments and 700 decisions."""
    with Prepared(tmp_path_factory.mktemp("search") / "data", *SMALL) as server:
        rest = server.rest()
        for number in range(700):
            assert rest.post("/api/v1/preflight", request(number)).status == 200
        assert len(segments(server.data_dir)) > 8
        yield server


class Writer(threading.Thread):
    """Asks for decisions until it is stopped."""

    def __init__(self, server):
        super().__init__()
        self.rest, self.over, self.ids = server.rest(), threading.Event(), []

    def run(self):
        while not self.over.is_set():
            answer = self.rest.post("/api/v1/preflight", request(len(self.ids)))
            if answer.status == 200:  # a crowded machine may be too slow for one
                self.ids.append(answer.json()["decision_id"])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


# ---- filters ----

def has_text(text):
    """As the search has it: in the record as written, or in one of its values; ASCII letters in any case."""
    def values(node):
        if isinstance(node, dict):
            for value in node.values():
                yield from values(value)
        elif isinstance(node, list):
            for value in node:
                yield from values(value)
        else:
            yield node if isinstance(node, str) else json.dumps(node)
    return lambda record: any(text.lower() in value.lower() for value in values(record))


def has_rule(record, **wanted):
    return any(all(rule[name] == value for name, value in wanted.items()) for rule in record.get("rules", []))


FILTERS = {
    "tool": ({"tool": "tool3"}, lambda record: record.get("tool") == "tool3"),
    "user": ({"user_id": "user2"}, lambda record: record.get("user_id") == "user2"),
    "session": ({"session_id": "session17"}, lambda record: record.get("session_id") == "session17"),
    "rule": ({"rule": "code_exec_sandbox"}, lambda record: has_rule(record, rule="code_exec_sandbox")),
    "rulepack": ({"rulepack": "code_execution"}, lambda record: has_rule(record, rulepack="code_execution")),
    "another pack's rule": ({"rule": "code_exec_sandbox", "rulepack": "files"}, lambda record: False),
    "nobody": ({"user_id": "nobody"}, lambda record: False),
    "text": ({"q": "Line 12"}, has_text("line 12")),
    "text with escapes": ({"q": "7\nOF \"caf\u00e9\" 3"}, has_text("7\nof \"caf\u00e9\" 3")),
    "text nowhere": ({"q": "never written"}, lambda record: False),
    "all at once": ({"tool": "tool4", "user_id": "user1", "severity": "informational", "decision": "allow",
                     "event": "decision", "since": "-1h", "q": "caf"},
                    lambda record: record.get("tool") == "tool4" and record.get("user_id") == "user1"),
}


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("filters, wanted", FILTERS.values(), ids=FILTERS.keys())
def test_a_filter_finds_exactly_what_it_says(filled, filters, wanted, order):
    every = [record for record in filled.all_logs(order=order) if wanted(record)]
    found = filled.all_logs(order=order, **filters)
    assert [record["seq"] for record in found] == [record["seq"] for record in every]
    assert found == every


def test_a_restart_changes_no_answer(data_dir):
    filters = [{}, *(filters for filters, _ in FILTERS.values())]
    server = Prepared(data_dir, *SMALL)
    with server:
        rest = server.rest()
        for number in range(300):
            rest.post("/api/v1/preflight", request(number))
        last = server.logs(limit=1)["logs"][0]["seq"]
        before = [server.all_logs(order="asc", **some) for some in filters]
    with server:
        for some, wanted in zip(filters, before):
            found = [record for record in server.all_logs(order="asc", **some) if record["seq"] <= last]
            assert found == wanted, some


def test_a_page_may_hold_a_thousand(data_dir):
    with Prepared(data_dir) as server:
        batch = {"requests": [ALLOWED_REQUEST] * 1000}
        assert server.rest().post("/api/v1/preflight/batch", batch).status == 200
        page = server.logs(limit=1000)
        assert len(page["logs"]) == 1000 and page["next_cursor"]


@pytest.mark.parametrize("path", [LOGS, SUMMARY])
@pytest.mark.parametrize("query, name", [("limits=5", "limits"), ("Window=1h", "Window"), ("tool=a&tool=b", "tool"),
                                         ("window=1h&window=1h", "window")])
def test_a_parameter_that_is_unknown_or_given_twice_is_400_and_named(filled, path, query, name):
    answer = filled.rest("admin").call("GET", f"{path}?{query}")
    assert answer.status == 400, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert name in problem["detail"]
    if "&" not in query:  # what is given twice is refused before anybody knows what it means
        assert problem["errors"] == [{"parameter": name, "detail": problem["detail"]}]


# ---- pages while the log moves ----

@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("retention", [100000, 12])
def test_pages_hold_still_while_the_log_is_written_and_rotated(data_dir, order, retention):
    with Prepared(data_dir, "--max-log-file-size", 65536, "--log-retention", retention) as server:
        with Writer(server) as writer:
            wait_until(lambda: len(segments(data_dir)) > 4, "some segments")
            begin = server.logs(limit=1)["logs"][0]["seq"]
            rotated = segments(data_dir)[-2:]
            walked, cursor = [], None
            while cursor is not None or not walked:
                page = server.logs(limit=23, order=order, **({"cursor": cursor} if cursor else {}))
                assert "damaged" not in page
                walked += [record["seq"] for record in page["logs"]]
                cursor = page["next_cursor"]
                if order == "asc" and walked[-1] > begin + 300:
                    break
            assert not writer.over.is_set()
        assert walked == sorted(set(walked), reverse=order == "desc"), "each record once, in order"
        skipped = set(range(min(walked), max(walked))) - set(walked)
        # Whoever begins at the oldest may be overtaken by retention between two pages, and misses what it deleted.
        oldest = server.logs(limit=1, order="asc")["logs"][0]["seq"] if order == "asc" else 0
        assert all(seq < oldest for seq in skipped), sorted(skipped)
        assert walked[0] >= begin if order == "desc" else walked[-1] > begin
        assert segments(data_dir)[-2:] != rotated or len(segments(data_dir)) > 4
        if order == "desc" and retention > 1000:
            assert walked[-1] == 1


def test_who_was_answered_finds_their_record(data_dir):
    with Prepared(data_dir, *SMALL) as server, Writer(server):
        rest = server.rest()
        for number in range(150):
            decision = rest.post("/api/v1/preflight", request(number)).json()["decision_id"]
            assert len(server.logs(decision_id=decision)["logs"]) == 1


def test_damage_to_a_file_is_named_while_the_server_runs(data_dir):
    with Prepared(data_dir, *SMALL) as server:
        rest = server.rest()
        for number in range(250):
            rest.post("/api/v1/preflight", request(number))
        whole = server.all_logs(order="asc")
        path = segments(data_dir)[1]
        with open(path, "r+b") as file:
            file.seek(60)
            byte = file.read(1)[0]
            file.seek(60)
            file.write(bytes([byte ^ 4]))
        page = server.logs(event="log_rotated")
        assert any(re.match(rf"{re.escape(path.name)}:1: ", text) for text in page["damaged"]), page
        left = server.all_logs(order="asc")
        assert 0 < len(whole) - len(left) < 60
        assert [record for record in left if record["seq"] <= whole[-1]["seq"]] == \
               [record for record in whole if record in left]


# ---- the summary ----

def counts(records, member):
    return collections.Counter(record[member] for record in records if member in record)


def check_list(found, wanted, *names):
    """Entries as pairs of a text (or a tuple of them) and a count, in the order that is promised."""
    pairs = [(entry[names[0]] if len(names) == 1 else tuple(entry[name] for name in names), entry["count"])
             for entry in found]
    assert dict(pairs) == dict(wanted)
    assert pairs == sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def test_the_summary_counts_what_the_log_holds(filled):
    answer = filled.rest("admin").get(SUMMARY)
    assert answer.status == 200
    summary = answer.json()
    records = [record for record in filled.all_logs(order="asc") if record["time"] <= summary["until"]]
    assert summary["window"] == "24h"
    assert summary["total"] == len(records)
    assert list(summary["by_decision"]) == ["allow", "require_approval", "block"]
    assert {word: n for word, n in summary["by_decision"].items() if n} == counts(records, "decision")
    assert {word: n for word, n in summary["by_severity"].items() if n} == counts(records, "severity")
    assert summary["by_event"] == counts(records, "event")
    check_list(summary["by_tool"], counts(records, "tool"), "tool")
    check_list(summary["by_user"], counts(records, "user_id"), "user_id")
    rules = collections.Counter((rule["rulepack"], rule["rule"]) for record in records
                                for rule in record.get("rules", []))
    check_list(summary["by_rule"], rules, "rulepack", "rule")
    reasons = collections.Counter(reason for record in records for reason in record.get("reasons", []))
    check_list(summary["top_reasons"], reasons, "reason")
    assert set(summary["others"].values()) == {0}
    assert summary["first_event"] == summary["covers_since"] == records[0]["time"]
    assert summary["last_event"] == max(record["time"] for record in records)
    assert summary["since"] < summary["first_event"] <= summary["last_event"] <= summary["until"]


def test_the_summary_of_a_window_without_events(filled):
    wait_until(lambda: filled.rest("admin").get(SUMMARY, window="1s").json()["total"] == 0, "a quiet second")
    summary = filled.rest("admin").get(SUMMARY, window="1s").json()
    assert summary["by_tool"] == [] and summary["by_event"] == {}
    assert summary["first_event"] is None and summary["last_event"] is None
    assert summary["covers_since"] == filled.logs(order="asc", limit=1)["logs"][0]["time"]


def test_lists_end_after_fifty_and_the_rest_is_counted(data_dir):
    with Prepared(data_dir) as server:
        many = [{"tool_name": f"tool{number:03}", "tool_args": {}} for number in range(70)]
        many += [{"tool_name": "tool000", "tool_args": {}}]
        assert server.rest().post("/api/v1/preflight/batch", {"requests": many}).status == 200
        summary = server.rest("admin").get(SUMMARY, window="1h").json()
        assert [entry["tool"] for entry in summary["by_tool"]] == [f"tool{number:03}" for number in range(50)]
        assert summary["by_tool"][0]["count"] == 2
        assert summary["others"]["by_tool"] == 20


def test_the_summary_reads_what_was_there_before_the_start(data_dir):
    server = Prepared(data_dir, *SMALL)
    with server:
        rest = server.rest()
        for number in range(200):
            rest.post("/api/v1/preflight", request(number))
        before = server.rest("admin").get(SUMMARY).json()
    with server:
        summary = server.rest("admin").get(SUMMARY).json()
        assert summary["by_tool"] == before["by_tool"]
        assert summary["by_rule"] == before["by_rule"]
        assert summary["covers_since"] == before["covers_since"]
        assert summary["total"] > before["total"]


@pytest.mark.parametrize("window", ["", "24", "h", "0h", "-1h", "1w", "1.5h", "99999d", "1h1h"])
def test_a_window_that_is_not_understood_is_400_and_named(filled, window):
    answer = filled.rest("admin").get(SUMMARY, window=window)
    assert answer.status == 400
    assert "window" in answer.json()["detail"]


def test_the_summary_is_for_those_who_may_read(filled):
    assert filled.rest("agent").get(SUMMARY).status == 403
    assert filled.rest(None).get(SUMMARY).status == 401
    assert filled.rest("admin").call("POST", SUMMARY, b"{}").status == 405


def test_summaries_are_counted_as_such(filled):
    filled.rest("admin").get(SUMMARY)
    wait_until(lambda: b'aisentinel_requests_total{endpoint="activity_summary",status="200"}' in
               filled.rest(None).get("/metrics").body, "the metric")


# ---- audit query ----

def on_terminal(width, *words):
    """What a command prints on a terminal that is so wide."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = subprocess.Popen([binary(), *map(str, words)], env=environment({"TERM": "xterm"}),
                               stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.DEVNULL)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break  # EIO: the other end is closed
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait(60) == 0
    return shown.decode().replace("\r\n", "\n")


COLOUR = re.compile("\x1b\\[[0-9]+m")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_table_fits_its_terminal(filled, width):
    shown = on_terminal(width, "audit", "query", "--data-dir", filled.data_dir, "--event", "decision", "--limit", 30)
    lines = COLOUR.sub("", shown).splitlines()
    assert len(lines) == 31
    assert re.match(r"TIME +SEQ +EVENT +DECISION +SEVERITY +TOOL", lines[0])
    assert all(len(line) <= width for line in lines)
    assert "\x1b[33mrequire_approval\x1b[0m" in shown and "\x1b[31mhigh\x1b[0m" in shown
    places = {line.index("decision") for line in lines[1:]}
    assert places == {lines[0].index("EVENT")}


def test_a_pipe_gets_whole_cells_and_no_colour(filled):
    done = run("audit", "query", "--data-dir", filled.data_dir, "--event", "decision", "--limit", 30)
    assert done.returncode == 0 and "\x1b" not in done.text and "\u2026" not in done.text
    lines = done.text.splitlines()
    ids = [record["decision_id"] for record in filled.logs(event="decision", limit=30)["logs"]]
    assert [re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", line).group() for line in lines[1:]] == ids


def test_what_an_agent_wrote_does_not_act_on_the_terminal(data_dir):
    with Prepared(data_dir) as server:
        server.preflight({"tool_name": "evil\u001b[2J\nname\u202e", "tool_args": {}})
        for shown in (run("audit", "query", "--data-dir", data_dir).text,
                      COLOUR.sub("", on_terminal(200, "audit", "tail", "--data-dir", data_dir))):
            assert "evil\\u001b[2J\\u000aname\\u202e" in shown
            assert "\x1b" not in shown and "\u202e" not in shown


# ---- audit tail ----

class Tail:
    """`audit tail` with its output in pipes."""

    def __init__(self, server, *words):
        self.process = subprocess.Popen([binary(), "audit", "tail", "--data-dir", server.data_dir, *map(str, words)],
                                        env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def line(self):
        return self.process.stdout.readline().decode()

    def ends(self, code=0):
        rest, log = self.process.communicate(timeout=60)
        assert self.process.returncode == code, log
        return rest.decode(), log.decode()


def test_tail_shows_the_last_ones_oldest_first(filled):
    done = run("audit", "tail", "--data-dir", filled.data_dir, "--format", "json")
    records = [json.loads(line) for line in done.text.splitlines()]
    assert records == list(reversed(filled.logs(limit=10)["logs"]))
    done = run("audit", "tail", "--data-dir", filled.data_dir, "--format", "json", "-n", 3, "--tool", "python_exec")
    records = [json.loads(line) for line in done.text.splitlines()]
    assert records == list(reversed(filled.logs(limit=3, tool="python_exec")["logs"]))
    table = run("audit", "tail", "--data-dir", filled.data_dir, "-n", 3).text.splitlines()
    assert len(table) == 4 and table[0].startswith("TIME ")


def test_tail_follows_across_rotations(data_dir):
    with Prepared(data_dir, *SMALL) as server:
        last = server.preflight(ALLOWED_REQUEST).json()["decision_id"]
        tail = Tail(server, "--follow", "--format", "json", "-n", 1, "--event", "decision")
        assert json.loads(tail.line())["decision_id"] == last
        rest = server.rest()
        given = []
        for number in range(200):
            given.append(rest.post("/api/v1/preflight", request(number)).json()["decision_id"])
        assert len(segments(data_dir)) > 3
        assert [json.loads(tail.line())["decision_id"] for _ in given] == given
        for number in range(3):  # and one by one
            one = rest.post("/api/v1/preflight", request(number)).json()["decision_id"]
            assert json.loads(tail.line())["decision_id"] == one
        tail.process.send_signal(signal.SIGINT)
        assert tail.ends() == ("", "")


def test_tail_follows_what_is_wanted_only(data_dir):
    with Prepared(data_dir, *SMALL) as server:
        tail = Tail(server, "-f", "--format", "json", "--decision", "require_approval")
        server.preflight(ALLOWED_REQUEST)
        wanted = server.preflight(GOLDEN_REQUEST).json()["decision_id"]
        assert json.loads(tail.line())["decision_id"] == wanted
        server.restart()
        wanted = server.preflight(GOLDEN_REQUEST).json()["decision_id"]
        assert json.loads(tail.line())["decision_id"] == wanted
        tail.process.send_signal(signal.SIGTERM)
        assert tail.ends() == ("", "")


def test_tail_ends_quietly_when_nobody_reads(data_dir):
    with Prepared(data_dir) as server:
        for later in (False, True):
            tail = Tail(server, "--follow")
            assert tail.line().startswith("TIME ")
            tail.process.stdout.close()
            if later:
                server.preflight(ALLOWED_REQUEST)
            assert tail.process.wait(60) == 0
            assert tail.process.stderr.read() == b""
            tail.process.stderr.close()


def test_tail_refuses_what_it_does_not_understand(filled):
    for words in (["--order", "desc"], ["-x"], ["--limit", "0"], ["--severity", "very"]):
        done = run("audit", "tail", "--data-dir", filled.data_dir, *words)
        assert done.returncode == 2 and words[0] in done.log.replace("severity:", "--severity").replace(
            "limit:", "--limit")
