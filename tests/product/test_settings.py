"""Settings from outside: checked without a start, dumped, refused; addresses; runs that write nothing; terminals."""

import json
import os
import pty
import re
import resource
import signal
import socket
import stat
import subprocess

import pytest

from certificates import Certificate
from client import Raw, Req, Rest, request_bytes
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from server import DEADLINE_S, KEY_PATTERN, Prepared, assert_no_report, binary, environment, free_port, open_files, run, wait_until

ADMIN = "0123456789abcdef0123456789abcdef-admin"


def tree(folder):
    """All that is under a folder, with what a change would change."""
    return sorted((str(path), stat.filemode(path.lstat().st_mode), path.lstat().st_mtime_ns, path.lstat().st_size)
                  for path in [folder, *folder.rglob("*")])


# ---- serve --check-config ----

def check(*flags, env=None, format=None):
    return run("serve", "--check-config", *flags, *(["--format", format] if format else []), env=env)


def test_a_good_configuration_is_valid_and_nothing_is_made(tmp_path):
    data_dir = tmp_path / "state" / "data"
    before = tree(tmp_path)
    done = check("--data-dir", data_dir)
    assert (done.returncode, done.text) == (0, "configuration is valid\n"), done.log
    done = check("--data-dir", data_dir, format="json")
    assert done.returncode == 0
    assert json.loads(done.text) == {"valid": True, "faults": [], "further_faults": 0}
    assert tree(tmp_path) == before


def test_a_directory_that_is_there_is_left_as_it_is(tmp_path):
    data_dir = tmp_path / "data"
    Prepared(data_dir).start().stop()
    data_dir.chmod(0o755)
    before = tree(tmp_path)
    assert check("--data-dir", data_dir).returncode == 0
    assert tree(tmp_path) == before, "not even the mode"


def test_it_can_be_asked_beside_a_running_service(tmp_path):
    with Prepared(tmp_path / "data") as server:
        assert check("--data-dir", server.data_dir, "--port", server.port).returncode == 0
        assert server.preflight(ALLOWED_REQUEST).status == 200


def test_a_relative_directory_is_understood(tmp_path):
    done = run("serve", "--check-config", "--data-dir", "data", cwd=tmp_path)
    assert done.returncode == 0, done.text
    assert list(tmp_path.iterdir()) == []


def test_every_fault_is_named_at_once(tmp_path):
    config = tmp_path / "conf.yaml"
    config.write_text("AISENTINEL_PORT: many\nLOG_LEVL: INFO\nOFFLINE_LOG_RETENTION: [1]\n")
    env = {"AISENTINEL_PROT": "1", "AISENTINEL_DEFAULT_ACTION": "blok", "AISENTINEL_API_KEY": "hunter2"}
    done = check("--config", config, "--host", "0.0.0.0", env=env)
    assert done.returncode == 2 and done.log == ""
    for said in ("AISENTINEL_PROT", f"{config}:1:18", f"{config}:2:1", "did you mean 'LOG_LEVEL'", f"{config}:3:24",
                 "perhaps 'block'", "AISENTINEL_API_KEY", "--insecure-http"):
        assert said in done.text, said
    assert len(done.text.splitlines()) == 7 and "hunter2" not in done.text
    told = json.loads(check("--config", config, "--host", "0.0.0.0", env=env, format="json").text)
    assert told["valid"] is False
    assert [f"fault: {fault['message']}" for fault in told["faults"]] == done.text.splitlines()


def test_faults_of_the_surroundings_are_found(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    one, other = Certificate(tmp_path, "one"), Certificate(tmp_path, "other")
    for flags, said in [(["--data-dir", file], "is no directory"),
                        (["--data-dir", file / "below"], "OFFLINE_DATA_DIR"),
                        (["--license-file", tmp_path / "none"], "--license-file"),
                        (["--config", tmp_path / "none"], "--config")]:
        done = check(*flags)
        assert done.returncode == 3 and said in done.text, (flags, done.text)
    done = check("--data-dir", tmp_path / "data", "--tls-cert", one.cert, "--tls-key", other.key)
    assert done.returncode == 2 and "AISENTINEL_TLS_KEY" in done.text
    assert not (tmp_path / "data").exists()


def test_a_form_of_the_answer_is_for_the_check_only(tmp_path):
    done = run("serve", "--format", "json", "--data-dir", tmp_path / "data")
    assert done.returncode == 2 and "--check-config" in done.log


# ---- config dump ----

def dump(*flags, env=None):
    done = run("config", "dump", "--format", "json", *flags, env=env)
    assert done.returncode == 0, done.log
    return {row["name"] or row["flag"]: row for row in json.loads(done.text)["settings"]}


def test_each_setting_is_told_with_its_source(tmp_path):
    config = tmp_path / "conf.yaml"
    config.write_text("AISENTINEL_PORT: 81\nLOG_LEVEL: warning\nOFFLINE_LOG_RETENTION: 7\n")
    found = dump("--config", config, "--port", "83", "--insecure-http",
                 env={"AISENTINEL_PORT": "82", "LOG_LEVEL": "ERROR", "OFFLINE_STORAGE_ENABLED": "no"})
    picked = {name: (found[name]["value"], found[name]["source"]) for name in
              ("AISENTINEL_PORT", "LOG_LEVEL", "OFFLINE_LOG_RETENTION", "OFFLINE_STORAGE_ENABLED", "AISENTINEL_HOST",
               "--insecure-http", "AISENTINEL_TLS_CERT")}
    assert picked == {"AISENTINEL_PORT": (83, "flag"), "LOG_LEVEL": ("ERROR", "environment"),
                      "OFFLINE_LOG_RETENTION": (7, "file"), "OFFLINE_STORAGE_ENABLED": (False, "environment"),
                      "AISENTINEL_HOST": ("127.0.0.1", "default"), "--insecure-http": (True, "flag"),
                      "AISENTINEL_TLS_CERT": (None, "default")}


@pytest.mark.parametrize("format", ["text", "json", "yaml"])
def test_no_secret_is_ever_dumped(format):
    done = run("config", "dump", "--format", format, env={"AISENTINEL_API_KEY": ADMIN})
    assert done.returncode == 0 and "(set)" in done.text and "(not set)" in done.text
    assert ADMIN not in done.text + done.log


def test_a_dump_is_a_configuration_again(tmp_path):
    flags = ["--data-dir", tmp_path / "da \"ta\" # é", "--port", "0", "--default-action", "require_approval",
             "--storage-enabled", "off", "--log-format", "json"]
    config = tmp_path / "dumped.yaml"
    done = run("config", "dump", "--format", "yaml", *flags)
    assert done.returncode == 0, done.log
    config.write_text(done.text)
    before, after = dump(*flags), dump("--config", config)
    assert {name: row["value"] for name, row in before.items() if name != "--config"} == \
           {name: row["value"] for name, row in after.items() if name != "--config"}


# ---- addresses ----

# the address, whether it is served without more, what a refusal says
HOSTS = {
    "loopback": ("127.0.0.1", True, None),
    "the rest of 127/8": ("127.255.255.254", True, None),
    "IPv6 loopback": ("::1", True, None),
    "IPv6 loopback in full": ("0:0:0:0:0:0:0:1", True, None),
    "IPv4 loopback in IPv6": ("::ffff:127.0.0.1", True, None),
    "the one name": ("localhost", True, None),
    "every address": ("0.0.0.0", False, "--insecure-http"),
    "every IPv6 address": ("::", False, "--insecure-http"),
    "every address in IPv6": ("::ffff:0.0.0.0", False, "--insecure-http"),
    "IPv4 in the old IPv6 form": ("::127.0.0.1", False, "--insecure-http"),
    "a private address": ("10.1.2.3", False, "AISENTINEL_TLS_CERT"),
    "a link-local address": ("fe80::1", False, "AISENTINEL_TLS_CERT"),
    "a short form": ("127.1", False, "an IPv4 or IPv6 address"),
    "a number": ("2130706433", False, "an IPv4 or IPv6 address"),
    "hexadecimal": ("0x7f.0.0.1", False, "an IPv4 or IPv6 address"),
    "leading zeros": ("127.0.0.01", False, "an IPv4 or IPv6 address"),
    "a space behind": ("127.0.0.1 ", False, "an IPv4 or IPv6 address"),
    "a name": ("localhost.localdomain", False, "an IPv4 or IPv6 address"),
    "another name": ("LOCALHOST", False, "an IPv4 or IPv6 address"),
    "a scope": ("fe80::1%lo", False, "an IPv4 or IPv6 address"),
    "brackets": ("[::1]", False, "an IPv4 or IPv6 address"),
    "a port with it": ("127.0.0.1:80", False, "an IPv4 or IPv6 address"),
    "nothing": ("", False, "it is empty"),
}


@pytest.mark.parametrize("host, served, said", HOSTS.values(), ids=HOSTS.keys())
def test_what_rest_may_listen_on(tmp_path, host, served, said):
    for flags, env in ((["--host", host], {}), ([], {"AISENTINEL_HOST": host})):
        done = check("--data-dir", tmp_path / "data", *flags, env=env)
        assert done.returncode == (0 if served else 2), done.text
        assert said is None or said in done.text
    if said == "--insecure-http":
        assert check("--data-dir", tmp_path / "data", "--host", host, "--insecure-http").returncode == 0


ENDPOINTS = {
    "loopback": ("tcp://127.0.0.1:5555", None),
    "IPv6 loopback": ("tcp://[::1]:5555", None),
    "a name for it": ("tcp://localhost:5555", None),
    "any port": ("tcp://127.0.0.1:*", None),
    "a socket": ("ipc:///run/x.sock", None),
    "every address": ("tcp://0.0.0.0:5555", "CURVE"),
    "every address, as libzmq has it": ("tcp://*:5555", "CURVE"),
    "every IPv6 address": ("tcp://[::]:5555", "CURVE"),
    "a private address": ("tcp://10.0.0.1:5555", "CURVE"),
    "an interface": ("tcp://lo:5555", "CURVE"),
    "a name": ("tcp://example.com:5555", "CURVE"),
    "a short form": ("tcp://127.1:5555", "CURVE"),
    "port 0": ("tcp://127.0.0.1:0", "it takes"),
    "a port too high": ("tcp://127.0.0.1:65536", "it takes"),
    "no port": ("tcp://127.0.0.1", "it takes"),
    "no brackets": ("tcp://::1:5555", "it takes"),
    "brackets around IPv4": ("tcp://[127.0.0.1]:5555", "it takes"),
    "an abstract socket": ("ipc://@x", "it takes"),
    "a relative path": ("ipc://x.sock", "it takes"),
    "any socket": ("ipc://*", "it takes"),
    "a path too long": ("ipc:///" + "x" * 107, "at most 107 bytes"),
    "another transport": ("ws://127.0.0.1:5555", "it takes"),
    "inside the process": ("inproc://x", "it takes"),
    "nothing": ("", "it takes"),
}


@pytest.mark.parametrize("endpoint, said", ENDPOINTS.values(), ids=ENDPOINTS.keys())
def test_what_zeromq_may_listen_on(tmp_path, endpoint, said):
    done = check("--data-dir", tmp_path / "data", "--zmq-endpoint", endpoint)
    assert done.returncode == (0 if said is None else 2), done.text
    assert said is None or said in done.text


@pytest.mark.parametrize("host", ["::1", "::ffff:127.0.0.1"])
def test_ipv6_is_served(tmp_path, host):
    server = Prepared(tmp_path / "data", "--host", host)
    server.launch()
    probe = lambda: server.process.poll() is not None or answers((host, server.port))
    wait_until(probe, "an answer")
    assert server.process.poll() is None, server.log()
    server.stop()


def answers(address):
    try:
        with socket.create_connection(address, timeout=DEADLINE_S) as connection:
            connection.sendall(request_bytes("GET", "/livez"))
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--data-dir", tmp_path / "a", "--port", port, "--zmq-endpoint", "tcp://127.0.0.1:*")
        assert done.returncode == 3 and str(port) in done.log and "in use" in done.log
        done = run("serve", "--data-dir", tmp_path / "b", "--port", 0, "--zmq-endpoint", f"tcp://127.0.0.1:{port}")
        assert done.returncode == 3 and str(port) in done.log


IN_THE_WAY = {
    "a file": lambda path: path.write_text("precious"),
    "a directory": lambda path: path.mkdir(),
    "a link to a file": lambda path: path.symlink_to("/etc/hostname"),
    "a pipe": lambda path: os.mkfifo(path),
}


@pytest.mark.parametrize("make", IN_THE_WAY.values(), ids=IN_THE_WAY.keys())
def test_what_lies_at_the_path_of_a_socket_and_is_none_stays(tmp_path, make):
    path = tmp_path / "zmq.sock"
    make(path)
    before = path.lstat()
    done = run("serve", "--data-dir", tmp_path / "data", "--port", 0, "--zmq-endpoint", f"ipc://{path}")
    assert done.returncode == 3 and str(path) in done.log, done.log
    assert path.lstat() == before


def test_a_socket_in_a_folder_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "none" / "zmq.sock"
    done = run("serve", "--data-dir", tmp_path / "data", "--port", 0, "--zmq-endpoint", f"ipc://{path}")
    assert done.returncode == 3 and str(path) in done.log


# ---- files of settings and of secrets ----

FILES = {
    "a list": ("AISENTINEL_PORT: [1]\n", ":1:18: AISENTINEL_PORT takes a single value"),
    "a mapping": ("AISENTINEL_PORT: {a: 1}\n", ":1:18: AISENTINEL_PORT takes a single value"),
    "nothing": ("AISENTINEL_PORT:\n", ":1:17: AISENTINEL_PORT takes a single value"),
    "a number out of bounds": ("x: 1\n", ":1:1: unknown setting 'x'"),
    "a bad number": ("\n  AISENTINEL_PORT: 8o\n", ":2:20 is not accepted"),
    "neither true nor false": ("OFFLINE_STORAGE_ENABLED: perhaps\n", ":1:26 is not accepted"),
    "a key twice": ("LOG_LEVEL: INFO\nLOG_LEVEL: INFO\n", ":2:1"),
    "a key twice in JSON": ('{"LOG_LEVEL": "INFO",\n "LOG_LEVEL": "INFO"}', ":2:2"),
    "a secret": (f"AISENTINEL_API_KEY: {ADMIN}\n", ":1:1: AISENTINEL_API_KEY is a secret"),
    "what only a flag says": ("--insecure-http: true\n", ":1:1: unknown setting '--insecure-http'"),
    "a bad level": ("LOG_LEVEL: LOUD\n", ":1:12 is not accepted"),
    "two documents": ("LOG_LEVEL: INFO\n---\nLOG_LEVEL: INFO\n", ":"),
    "no UTF-8": (b"LOG_LEVEL: \xff\n", ":1"),
}


@pytest.mark.parametrize("content, said", FILES.values(), ids=FILES.keys())
def test_a_configuration_is_refused_by_file_line_and_column(tmp_path, content, said):
    config = tmp_path / "conf.yaml"
    config.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = run("serve", "--config", config, "--data-dir", tmp_path / "data")
    assert done.returncode == 2 and f"{config}{said}" in done.log, done.log
    assert ADMIN not in done.log and not (tmp_path / "data").exists()
    assert check("--config", config).returncode == 2, "as serve would have ended"


@pytest.mark.parametrize("flag, content", [("--api-key-file", ADMIN), ("--encryption-key-file", "A" * 43 + "=")])
def test_a_secret_that_others_may_read_is_refused(tmp_path, flag, content):
    path = tmp_path / "secret"
    path.write_text(content)
    for mode, code in ((0o644, 3), (0o604, 3), (0o600, 0), (0o400, 0)):
        path.chmod(mode)
        done = check("--data-dir", tmp_path / "data", flag, path)
        assert done.returncode == code, (oct(mode), done.text)
        assert content not in done.text + done.log
        if code == 3:
            assert flag in done.text and "open to others" in done.text and "600" in done.text


# ---- nothing on disk ----

class WithoutDisk:
    """A service that may not write one byte to any file: the system itself sees to that."""

    def __init__(self, folder, *flags, env=None):
        self.folder = folder
        self.port, self.zmq_port = free_port(), free_port()
        self.flags, self.env = flags, {"AISENTINEL_API_KEY": ADMIN, "AISENTINEL_PREFLIGHT_DEADLINE_MS": "30000",
                                       "HOME": str(folder), **(env or {})}

    def __enter__(self):
        self.process = subprocess.Popen(
            [binary(), "serve", "--port", str(self.port), "--zmq-endpoint", f"tcp://127.0.0.1:{self.zmq_port}",
             *map(str, self.flags)], env=environment({"OFFLINE_STORAGE_ENABLED": "false", **self.env}),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
        wait_until(lambda: self.process.poll() is not None or self._ready(), "ready")
        assert self.process.poll() is None, self.process.stderr.read()
        return self

    def _ready(self):
        try:
            return Rest(self.port).call("GET", "/readyz").status == 200
        except OSError:
            return False

    def rest(self):
        return Rest(self.port, ADMIN)

    def logs(self, **filters):
        return self.rest().get("/api/v1/auditing/logs", **filters).json()["logs"]

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        self.log = self.process.communicate(timeout=DEADLINE_S)[1]
        if kind is None:
            assert self.process.returncode == 0, self.log
            assert_no_report(self.log)


def test_without_storage_everything_works_and_nothing_is_written(tmp_path):
    data_dir = tmp_path / "data"
    before = tree(tmp_path)
    with WithoutDisk(tmp_path, "--data-dir", data_dir) as server:
        ready = server.rest().get("/readyz").json()
        assert ready["storage"] == "memory" and ready["audit"]["writable"] is True
        answer = server.rest().post("/api/v1/preflight", GOLDEN_REQUEST)
        assert answer.members()[:4] == GOLDEN_MEMBERS
        (record,) = server.logs(decision_id=answer.json()["decision_id"])
        assert record["decision"] == "require_approval"
        with Req(f"tcp://127.0.0.1:{server.zmq_port}", ADMIN) as client:
            assert client.preflight(ALLOWED_REQUEST)[0] == 200
        assert len(server.rest().get("/api/v1/rulepacks").json()["rulepacks"]) >= 2
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.logs(event="settings_reloaded"), "a reload")
        assert not [path for path in open_files(server.process.pid) if path.startswith(str(tmp_path))]
    assert tree(tmp_path) == before
    assert b"WARNING: OFFLINE_STORAGE_ENABLED=false" in server.log and b"memory only" in server.log
    assert b"Offline storage initialized" not in server.log


def test_with_storage_readyz_says_so(tmp_path):
    with Prepared(tmp_path / "data") as server:
        assert server.rest().get("/readyz").json()["storage"] == "disk"


def test_what_is_kept_in_memory_is_bounded(tmp_path):
    """The log rotates many times; the oldest go, the chain is told, and the process does not grow with them."""
    def resident_kib(pid):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1))

    large = {**ALLOWED_REQUEST, "tool_args": {"text": "x" * 15000}}
    # The address sanitizer keeps freed memory aside, which would look like growth: here it keeps little.
    env = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"}
    with WithoutDisk(tmp_path, "--max-log-file-size", 65536, "--log-retention", 2, env=env) as server:
        rest = server.rest()
        for _ in range(100):
            assert rest.post("/api/v1/preflight", large).status == 200
        before = resident_kib(server.process.pid)
        for _ in range(1500):
            assert rest.post("/api/v1/preflight", large).status == 200
        grown = resident_kib(server.process.pid) - before
        assert wait_until(lambda: server.logs(event="retention_deleted"), "a record of what was deleted")
        assert len(server.logs(event="decision", limit=1000)) < 100
        assert rest.get("/readyz").status == 200
    assert grown < 12 << 10, f"grown by {grown} KiB; 1,500 records of 15 kB are 22 MB, and more when sealed"


def test_each_run_has_keys_of_its_own_and_shares_nothing(tmp_path):
    shown = []
    for _ in range(2):
        with WithoutDisk(tmp_path, env={"AISENTINEL_API_KEY": None}) as server:
            pass
        shown.append(KEY_PATTERN.findall(server.log))
    assert len(shown[0]) >= 2 and not set(shown[0]) & set(shown[1])
    with WithoutDisk(tmp_path) as one, WithoutDisk(tmp_path) as other:
        assert one.rest().post("/api/v1/preflight", ALLOWED_REQUEST).status == 200
        assert other.logs(event="decision") == []


def test_keys_of_a_run_are_not_left_in_a_journal(tmp_path):
    """Without storage there is no file for them, and a journal would keep them."""
    log = tmp_path / "journal"
    with open(log, "wb") as file:
        status = os.fstat(file.fileno())
        env = environment({"OFFLINE_STORAGE_ENABLED": "false", "HOME": str(tmp_path),
                           "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        done = subprocess.run([binary(), "serve", "--port", "0", "--zmq-endpoint", "tcp://127.0.0.1:*"], env=env,
                              stdin=subprocess.DEVNULL, stderr=file, timeout=DEADLINE_S)
    assert done.returncode == 2
    assert b"AISENTINEL_API_KEY" in log.read_bytes() and not KEY_PATTERN.search(log.read_bytes())


def test_more_memory_than_there_is_is_refused(tmp_path):
    done = run("serve", "--storage-enabled", "false", "--max-log-file-size", 1 << 40, "--data-dir", tmp_path / "data",
               "--port", 0, "--zmq-endpoint", "tcp://127.0.0.1:*")
    assert done.returncode == 2 and "OFFLINE_MAX_LOG_FILE_SIZE" in done.log and "memory" in done.log
    done = check("--storage-enabled", "false", "--max-log-file-size", 1 << 40)
    assert done.returncode == 2 and "OFFLINE_MAX_LOG_FILE_SIZE" in done.text
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [["preflight", "-"], ["audit", "query"], ["audit", "verify"], ["audit", "export"],
                                   ["rulepack", "list"], ["rulepack", "show", "shell_safety"], ["rulepack", "check"],
                                   ["rulepack", "disable", "shell_safety"], ["rulepack", "export", "shell_safety"],
                                   ["apikey", "create", "--name", "x", "--scope", "read"], ["apikey", "list"], ["audit", "tail"]])
def test_commands_on_the_store_say_that_there_is_none(tmp_path, words):
    done = run(*words, "--data-dir", tmp_path / "data", env={"OFFLINE_STORAGE_ENABLED": "0"},
               stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 2 and "OFFLINE_STORAGE_ENABLED" in done.log and done.text == "", done.log
    assert not (tmp_path / "data").exists()


# ---- terminals ----

def on_terminal(*words, env=None):
    """Runs a command with stdout and stderr on a terminal of its own; returns its exit code and what it showed."""
    parent, child = pty.openpty()
    process = subprocess.Popen([binary(), *map(str, words)], stdin=subprocess.DEVNULL, stdout=child, stderr=child,
                               env=environment({"TERM": "xterm", **(env or {})}))
    os.close(child)
    shown = b""
    try:
        while (piece := os.read(parent, 65536)):
            shown += piece
    except OSError:
        pass  # the terminal's other end has gone
    os.close(parent)
    return process.wait(DEADLINE_S), shown


def test_colours_are_for_terminals(tmp_path):
    words = ["serve", "--check-config", "--port", "x"]
    assert b"\x1b[31mfault\x1b[0m: " in on_terminal(*words)[1]
    assert b"\x1b[31mERROR\x1b[0m: " in on_terminal("rulepack", "check", tmp_path / "none")[1]
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        code, shown = on_terminal(*words, env=env)
        assert code == 2 and b"fault" in shown and b"\x1b" not in shown
        assert b"\x1b" not in on_terminal("rulepack", "check", tmp_path / "none", env=env)[1]
    done = run(*words, env={"TERM": "xterm"})
    assert "\x1b" not in done.text + done.log
    assert "\x1b" not in run("rulepack", "check", tmp_path / "none", env={"TERM": "xterm"}).log


def test_json_lines_have_no_colour_even_on_a_terminal(tmp_path):
    _, shown = on_terminal("rulepack", "list", "--data-dir", tmp_path / "none", "--log-format", "json")
    assert b"\x1b" not in shown and json.loads(shown.splitlines()[-1])["level"] == "ERROR"


@pytest.mark.parametrize("words, meant", [
    (["config", "dmup"], "dump"), (["confg"], "config"), (["config", "dump", "--format", "yml"], "yaml"),
    (["serve", "--check-confg"], "check-config"), (["serve", "--tls-crt", "x"], "tls-cert"),
    (["serve", "--default-action", "blok"], "block"), (["serve", "--log-level", "WARNNG"], "WARNING"),
    (["version", "--format", "jsn"], "json")])
def test_a_word_that_is_nearly_right_is_suggested(words, meant):
    done = run(*words)
    assert done.returncode == 2 and f"'{meant}'" in done.log.replace("'--", "'"), done.log
