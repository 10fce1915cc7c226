"""Faults from around: a full disk, signals, read-only directories, bad settings, taken ports, odd locales."""

import fcntl
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import threading

import pytest

import server as server_module
from client import Raw, Req, request_bytes
from samples import ALLOWED_REQUEST, GOLDEN_MEMBERS, GOLDEN_REQUEST
from sealed import Chain, next_generation
from server import DEADLINE_S, KEY_PATTERN, Prepared, Server, binary, environment, free_port, run, wait_until

NOT_ROOT = os.geteuid() != 0


# ---- a full disk ----

@pytest.fixture
def small_disk(tmp_path):
    """16 MiB that are really full when they are full: room for the reserve, which is a part of what is free."""
    if NOT_ROOT:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "none", place])
    if mounted.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(place):
    """Takes what is left, to the last byte."""
    ballast = place / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


class TestFullDisk:
    def test_nothing_is_allowed_and_nothing_is_lost_and_it_recovers_by_itself(self, small_disk):
        received = []
        with Prepared(small_disk / "data", "--max-log-file-size", 262144, "--log-retention", 1000) as server:
            rest = server.rest()
            for _ in range(50):
                received.append(rest.post("/api/v1/preflight", ALLOWED_REQUEST).json()["decision_id"])
            ballast = fill(small_disk)

            def refused():
                answer = rest.post("/api/v1/preflight", ALLOWED_REQUEST)
                if answer.status == 200:
                    received.append(answer.json()["decision_id"])
                return answer if answer.status != 200 else None

            answer = wait_until(refused, "the disk to be full", pause_s=0)
            assert b"\naisentinel_storage_ok 0\n" in server.rest(None).get("/metrics").body, "who is refused can see why"
            assert answer.status == 503
            assert answer.json()["allowed"] is False
            assert int(answer.headers["Retry-After"]) >= 1
            with server.zmq() as client:
                status, text = client.preflight(ALLOWED_REQUEST)
                assert status == 503 and json.loads(text)["allowed"] is False
            wait_until(lambda: server.rest(None).get("/readyz").status == 503, "not ready")
            assert server.rest(None).get("/livez").status == 200
            assert len(server.logs(limit=10)["logs"]) == 10, "the log stays readable"

            ballast.unlink()
            wait_until(lambda: server.rest(None).get("/readyz").status == 200, "ready again")
            answer = wait_until(lambda: (lambda a: a if a.status == 200 else None)(
                rest.post("/api/v1/preflight", ALLOWED_REQUEST)), "a decision again")
            received.append(answer.json()["decision_id"])
            wait_until(lambda: server.logs(event="storage_recovered")["logs"], "a record of it")
            assert server.logs(event="storage_failed")["logs"]
        counts = [record["decision_id"] for record in Chain(server.data_dir).verify() if record["event"] == "decision"]
        assert set(received) <= set(counts)
        assert len(counts) == len(set(counts))

    def test_a_key_can_be_revoked(self, small_disk):
        with Prepared(small_disk / "data", "--max-log-file-size", 65536, "--log-retention", 1000) as server:
            key = server.make_key("preflight")
            reserve = small_disk / "data" / "reserve"
            wait_until(reserve.exists, "the reserve")
            wait_until(lambda: (small_disk / "data" / "audit_logs.next").exists(), "a prepared file")
            ballast = fill(small_disk)
            wait_until(lambda: server.preflight(ALLOWED_REQUEST).status == 503, "the disk to be full", pause_s=0)
            assert server.preflight(ALLOWED_REQUEST, key=key["api_key"]).status == 503
            assert server.rest().call("DELETE", f"/api/v1/api_keys/{key['key_id']}").status == 503, \
                "a refusal that cannot be recorded is not given"
            server.revoke_key(key["key_id"])
            assert not reserve.exists()
            assert server.preflight(ALLOWED_REQUEST, key=key["api_key"]).status == 401
            (event,) = server.logs(event="key_revoked")["logs"]
            assert event["details"]["key_id"] == key["key_id"]
            ballast.unlink()
            wait_until(reserve.exists, "the reserve again")
        Chain(server.data_dir).verify()
        with Server(server.data_dir, keys_of=server) as again:
            assert again.preflight(ALLOWED_REQUEST, key=key["api_key"]).status == 401

    def test_a_restart_on_a_full_disk_refuses_or_waits_and_loses_nothing(self, small_disk):
        server = Prepared(small_disk / "data", "--max-log-file-size", 262144)  # a file that the disk has room to prepare
        with server:
            received = server.preflight(ALLOWED_REQUEST).json()["decision_id"]
        ballast = fill(small_disk)
        server.launch()

        def settled():
            """It ended, or it answers and says that it cannot decide."""
            if server.process.poll() is not None:
                return True
            try:
                return server.rest(None).get("/readyz").status in (200, 503)
            except OSError:
                return False

        wait_until(settled, "an end or an answer")
        if server.process.poll() is None:
            answer = server.preflight(ALLOWED_REQUEST)
            assert answer.status in (200, 503)
            server.signal(signal.SIGTERM)
            server.process.wait(60)
        else:
            assert server.process.returncode == 3
            assert "space" in server.log()
        ballast.unlink()
        with server:
            assert server.logs(decision_id=received)["logs"]
        Chain(server.data_dir).verify()


# ---- signals ----

def test_sigterm_answers_what_is_in_flight(data_dir):
    """Every request that got an answer got a whole one, and nothing was allowed unrecorded."""
    server = Prepared(data_dir).start()
    received, broken, stop = [], [], threading.Event()

    def ask():
        client = server.rest()
        while not stop.is_set():
            try:
                answer = client.post("/api/v1/preflight", ALLOWED_REQUEST)
            except OSError:
                return  # the connection is not taken any more
            except Exception as failure:  # http.client: an answer cut in two, or none at all
                if "Remote end closed" not in str(failure):
                    broken.append(failure)
                return
            if answer.status == 200:
                received.append(answer.json()["decision_id"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(received) > 100, "load")
    server.stop()
    stop.set()
    for thread in threads:
        thread.join()
    assert broken == []
    logged = [record["decision_id"] for record in Chain(data_dir).verify() if record["event"] == "decision"]
    assert set(received) <= set(logged)


def test_a_request_begun_before_sigterm_is_answered(data_dir):
    server = Prepared(data_dir).start()
    body = json.dumps(GOLDEN_REQUEST).encode()
    whole = request_bytes("POST", "/api/v1/preflight", body, ("Authorization", f"Bearer {server.agent_key}"),
                          ("Content-Type", "application/json"))
    with Raw(server.port) as connection:
        connection.send(whole[:-10])
        # Another answer on another connection: the server has had the time to read what was sent before.
        assert server.rest(None).get("/livez").status == 200
        server.signal(signal.SIGTERM)
        wait_until(lambda: not takes_connections(server), "no new connections")
        answer = connection.exchange(whole[-10:])
        assert answer is not None
        assert answer.status in (200, 503)
        if answer.status == 200:
            assert answer.members()[:4] == GOLDEN_MEMBERS
        else:
            assert answer.json()["allowed"] is False
    server.ended(0)


def takes_connections(server):
    try:
        Raw(server.port).close()
        return True
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(data_dir, number):
    server = Prepared(data_dir).start()
    idle = Raw(server.port)  # a connection that asks for nothing does not hold it up
    server.signal(number)
    server.ended(0)
    idle.close()
    assert (data_dir / "audit_logs.enc").stat().st_size < 65536, "the padding is cut off at a clean stop"


def test_sighup_reloads_and_keeps_serving(data_dir):
    with Prepared(data_dir) as server:
        rest = server.rest()
        for reloads in range(1, 6):
            server.signal(signal.SIGHUP)
            for _ in range(20):
                assert rest.post("/api/v1/preflight", GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
            wait_until(lambda: server.log().count("Reloaded") >= reloads, "a line about the reload")
        with server.zmq() as client:
            assert client.preflight(GOLDEN_REQUEST)[0] == 200


@pytest.mark.parametrize("name", ["rulepacks", "api_keys"])
def test_a_reload_takes_up_a_newer_document_and_refuses_the_older_one(data_dir, name):
    with Prepared(data_dir) as server:
        path = data_dir / f"{name}.enc"
        old = path.read_bytes()
        next_generation(data_dir, name)
        server.signal(signal.SIGHUP)
        wait_until(lambda: any(record["details"]["changed"] for record in
                               server.logs(event="settings_reloaded")["logs"]), "a record of the change")
        newer = path.read_bytes()
        path.write_bytes(old)
        server.signal(signal.SIGHUP)
        found = wait_until(lambda: server.logs(event="integrity_fault")["logs"], "a record of the old copy")
        assert name in found[0]["details"]["reason"]
        assert server.preflight(GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
        path.write_bytes(newer)
    with Prepared(data_dir):
        pass


def test_a_storm_of_signals_is_survived_and_sigterm_still_ends_it(data_dir):
    server = Prepared(data_dir).start()
    for _ in range(300):
        server.signal(signal.SIGHUP)
    assert server.preflight(GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
    server.stop()
    assert server.log().count("Reloaded") < 300, "reloads that wait are one"


def test_a_log_that_nobody_reads_holds_up_nobody(data_dir):
    """stderr is a pipe, full to the last byte: decisions and the end must not wait for it."""
    Prepared(data_dir).start().stop()
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    server = Server(data_dir).start(stderr=write_end)
    os.set_blocking(write_end, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(write_end, b"x" * size)
        except BlockingIOError:
            continue
    server.signal(signal.SIGHUP)
    assert server.preflight(GOLDEN_REQUEST, key="not one").status == 401
    server.signal(signal.SIGTERM)
    assert server.process.wait(DEADLINE_S) == 0
    os.close(write_end)
    os.close(read_end)


def test_a_first_start_that_fails_keeps_its_keys(data_dir, tmp_path):
    """The port is taken: the keys were made and could not be shown. They must not be lost."""
    with Server(tmp_path / "other") as other:
        done = run("serve", "--data-dir", data_dir, "--port", other.port, "--zmq-endpoint", f"ipc://{tmp_path}/zmq")
        assert done.returncode == 3
    with_keys = data_dir / "first_api_keys.txt"
    assert with_keys.stat().st_mode & 0o777 == 0o600
    keys = KEY_PATTERN.findall(with_keys.read_bytes())
    with Server(data_dir) as server:
        assert server.preflight(ALLOWED_REQUEST, key=keys[1].decode()).status == 200
        assert str(with_keys) in server.log()


def test_a_server_of_these_tests_that_meets_another_at_its_port_takes_a_free_one(data_dir, tmp_path, monkeypatch):
    with Server(tmp_path / "other") as other:
        ports = [other.port]
        monkeypatch.setattr(server_module, "free_port", lambda: ports.pop() if ports else free_port())
        with Server(data_dir) as server:
            assert ports == [] and server.port != other.port
            assert server.preflight(ALLOWED_REQUEST).status == 200


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_keys_that_cannot_be_shown_are_in_a_file(data_dir, redirection):
    done = subprocess.run(["sh", "-c", f'exec "$@" {redirection}', "sh", binary(), "preflight", "--data-dir", data_dir],
                          input=json.dumps(ALLOWED_REQUEST).encode(), env=environment(), capture_output=True)
    assert done.returncode == 0
    assert len(set(KEY_PATTERN.findall((data_dir / "first_api_keys.txt").read_bytes()))) == 2


def test_an_ipc_endpoint_is_its_owners_and_deletes_nothing_of_others(data_dir, tmp_path):
    path = tmp_path / "socket"
    flags = "--port", 0, "--zmq-endpoint", f"ipc://{path}"

    class OverIpc(Server):
        zmq_endpoint = f"ipc://{path}"

    path.write_text("somebody's")
    done = run("serve", "--data-dir", data_dir, *flags)
    assert done.returncode == 3 and "no socket is there" in done.log
    assert path.read_text() == "somebody's"
    path.unlink()
    with OverIpc(data_dir) as server:
        assert path.stat().st_mode & 0o777 == 0o600
        done = run("serve", "--data-dir", tmp_path / "second", *flags)
        assert done.returncode == 3 and "another process listens there" in done.log
        server.kill()
    with OverIpc(data_dir):  # what a killed service left behind is nobody's
        pass


@pytest.mark.parametrize("shell", ["umask 0777", "umask 0000"])
def test_a_strange_mask_locks_nobody_out_and_nobody_in(data_dir, shell):
    subprocess.run(["sh", "-c", f'{shell}; exec "$@"', "sh", binary(), "preflight", "--data-dir", data_dir],
                   input=json.dumps(ALLOWED_REQUEST).encode(), env=environment(), check=True, capture_output=True)
    assert data_dir.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in data_dir.iterdir()} == {0o600}


@pytest.mark.parametrize("limit", [16, 40])
def test_too_few_descriptors_are_named_before_anything_starts(data_dir, limit):
    done = subprocess.run(["bash", "-c", f'ulimit -n {limit}; exec "$@"', "bash", binary(), "serve", "--data-dir", data_dir],
                          env=environment(), capture_output=True)
    assert done.returncode == 3, done.stderr
    assert b"open files" in done.stderr and not data_dir.exists()


@pytest.mark.skipif(NOT_ROOT, reason="another user is needed, with no process but this one")
def test_a_start_without_room_for_its_threads_is_refused(tmp_path):
    """CZMQ would wait for ever for the first one that cannot be started."""
    user = 1 << 30 | os.getpid()
    shutil.copy(binary(), tmp_path / "service")
    (tmp_path / "data").mkdir(mode=0o700)
    for path in (tmp_path, *tmp_path.iterdir()):
        os.chown(path, user, user)

    def as_user():
        os.chdir(tmp_path)  # whose parents are not for everybody
        resource.setrlimit(resource.RLIMIT_NPROC, (8, 8))
        os.setgid(user)
        os.setuid(user)

    done = subprocess.run(["./service", "serve", "--data-dir", "data", "--port", str(free_port()), "--zmq-endpoint",
                           f"tcp://127.0.0.1:{free_port()}", "--evaluators", "2"], preexec_fn=as_user, timeout=60,
                          env=environment({"HOME": "/"}), stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 3, done.stderr
    assert b"needs 11 threads besides its first, and 7 can be started" in done.stderr
    assert not list((tmp_path / "data").iterdir())


def test_a_limit_of_file_sizes_is_an_error_that_is_named(data_dir):
    done = subprocess.run(["bash", "-c", 'ulimit -f 10; exec "$@"', "bash", binary(), "preflight", "--data-dir", data_dir],
                          input=json.dumps(ALLOWED_REQUEST).encode(), env=environment(), capture_output=True)
    assert done.returncode == 3 and done.stdout == b""
    assert b"File too large" in done.stderr


@pytest.mark.parametrize("name", ["fernet.key", "rulepacks.enc", "api_keys.enc", "audit_logs.enc"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_not_waited_for(data_dir, name, make):
    Prepared(data_dir).start().stop()
    (data_dir / name).unlink()
    make(data_dir / name)
    assert name in Server(data_dir).refuses(3)


def test_a_reload_that_fails_changes_nothing(data_dir):
    with Prepared(data_dir) as server:
        path = data_dir / "rulepacks.enc"
        good = path.read_bytes()
        other = b"B" if good[100:101] == b"A" else b"A"
        path.write_bytes(good[:100] + other + good[101:])
        server.signal(signal.SIGHUP)
        wait_until(lambda: "rulepacks.enc" in server.log(), "a line that names the file")
        assert server.preflight(GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
        path.write_bytes(good)


def test_a_stopped_client_holds_up_nobody(data_dir):
    """Reads no answers: its connection fills up, and the others are served."""
    with Prepared(data_dir) as server:
        body = json.dumps(GOLDEN_REQUEST).encode()
        whole = request_bytes("POST", "/api/v1/preflight", body, ("Authorization", f"Bearer {server.agent_key}"),
                              ("Content-Type", "application/json"))
        with Raw(server.port) as silent, Req(server.zmq_endpoint) as other:
            silent.socket.settimeout(1)
            try:
                for _ in range(300):
                    silent.send(whole)
            except TimeoutError:
                pass
            for _ in range(20):
                assert server.preflight(GOLDEN_REQUEST).status == 200
            assert other.ask(b"PING")[0] == 200


# ---- directories ----

def test_a_data_directory_that_cannot_be_made(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")
    said = Server(in_the_way / "data").refuses()
    assert str(in_the_way) in said


def test_a_read_only_data_directory(tmp_path):
    if NOT_ROOT:
        pytest.skip("a read-only mount needs root")
    place = tmp_path / "place"
    place.mkdir()
    data_dir = place / "data"
    with Prepared(data_dir):
        pass
    bound = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", place])
    if bound.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        said = Server(data_dir).refuses()
        assert "data" in said and re.search("[Rr]ead-only", said), said
    finally:
        subprocess.run(["umount", "-l", place], check=True)


# ---- settings ----

REFUSED = {
    "an unknown flag": (["--prot", "1"], {}, ["--prot", "--port"]),
    "an unknown variable of ours": ([], {"AISENTINEL_PROT": "1"}, ["AISENTINEL_PROT", "AISENTINEL_PORT"]),
    "another unknown variable": ([], {"OFFLINE_DATADIR": "x"}, ["OFFLINE_DATADIR", "OFFLINE_DATA_DIR"]),
    "a bad number": (["--port", "80x"], {}, ["port", "80x", "65535"]),
    "a number out of range": ([], {"AISENTINEL_PORT": "70000"}, ["AISENTINEL_PORT", "70000", "65535"]),
    "a negative number": ([], {"OFFLINE_LOG_RETENTION": "-1"}, ["OFFLINE_LOG_RETENTION", "-1"]),
    "an unknown word": ([], {"AISENTINEL_AUDIT_DURABILITY": "maybe"}, ["AISENTINEL_AUDIT_DURABILITY", "commit"]),
    "an unknown level": (["--log-level", "LOUD"], {}, ["log-level", "LOUD", "WARNING"]),
    "an unknown action": ([], {"AISENTINEL_DEFAULT_ACTION": "shrug"}, ["AISENTINEL_DEFAULT_ACTION", "shrug"]),
    "a short admin key": ([], {"AISENTINEL_API_KEY": "hunter2"}, ["AISENTINEL_API_KEY", "32"]),
    "an address that is none": (["--host", "example"], {}, ["host", "example"]),
    "an open address without TLS": (["--host", "0.0.0.0"], {}, ["0.0.0.0", "--insecure-http"]),
    "an endpoint that is none": (["--zmq-endpoint", "http://x"], {}, ["zmq-endpoint", "http://x"]),
    "an open endpoint": (["--zmq-endpoint", "tcp://0.0.0.0:5555"], {}, ["zmq-endpoint", "0.0.0.0"]),
    "a secret on the command line": (["--api-key", "x" * 40], {}, ["--api-key-file", "AISENTINEL_API_KEY"]),
    "a later feature": ([], {"OFFLINE_SYNC_ENABLED": "true"}, ["OFFLINE_SYNC_ENABLED"]),
    "a later role": (["--role", "sync"], {}, ["role", "sync"]),
    "a flag twice": (["--port", "0", "--port", "0"], {}, ["--port"]),
    "a flag without its value": (["--port"], {}, ["--port"]),
    "an operand": (["8000"], {}, ["8000"]),
}


@pytest.mark.parametrize("flags, env, named", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_understood_is_refused_and_named(data_dir, flags, env, named):
    done = run("serve", "--data-dir", data_dir, *flags, env=env)
    assert done.returncode in (2, 3), done.log
    assert [word for word in named if word not in done.log] == []
    assert not data_dir.exists(), "nothing is made before all settings are good"
    assert "hunter2" not in done.log and "x" * 40 not in done.log


def test_an_unreadable_licence_file_is_refused(data_dir):
    done = run("serve", "--data-dir", data_dir, "--license-file", "/nowhere/licence.json")
    assert done.returncode in (2, 3)
    assert "/nowhere/licence.json" in done.log


CONFIGS = {
    "an unknown key": ("AISENTINEL_PROT: 1\n", ["AISENTINEL_PROT", "AISENTINEL_PORT"]),
    "a bad value": ("AISENTINEL_PORT: many\n", ["AISENTINEL_PORT", "many"]),
    "no mapping": ("- 1\n", []),
    "bad YAML": ("AISENTINEL_PORT: [1\n", []),
    "a key twice": ("AISENTINEL_PORT: 1\nAISENTINEL_PORT: 2\n", ["AISENTINEL_PORT"]),
}


@pytest.mark.parametrize("text, named", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_bad_config_file_is_refused_and_named(data_dir, tmp_path, text, named):
    config = tmp_path / "config.yaml"
    config.write_text(text)
    done = run("serve", "--data-dir", data_dir, "--config", config)
    assert done.returncode in (2, 3), done.log
    assert [word for word in [str(config), *named] if word not in done.log] == []


def test_flag_before_environment_before_file(data_dir, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("AISENTINEL_DEFAULT_ACTION: block\nLOG_LEVEL: ERROR\n")
    with Prepared(data_dir, "--config", config) as server:
        assert server.preflight(ALLOWED_REQUEST).json()["allowed"] is False
        assert "INFO:" not in server.log()
    with Server(data_dir, "--config", config, keys_of=server,
                env={"AISENTINEL_DEFAULT_ACTION": "require_approval"}) as second:
        answer = second.preflight(ALLOWED_REQUEST)
        assert answer.members()[:2] == [("allowed", "false"), ("requires_approval", "true")], answer
    with Server(data_dir, "--config", config, "--default-action", "allow", keys_of=server,
                env={"AISENTINEL_DEFAULT_ACTION": "block"}) as third:
        assert third.preflight(ALLOWED_REQUEST).json()["allowed"] is True


def test_the_lines_that_operators_grep_for(data_dir):
    with Server(data_dir) as server:
        for line in (f"INFO: Offline storage initialized at {data_dir}",
                     "INFO: Rulepacks loaded from encrypted storage",
                     "INFO: Audit logging enabled in offline mode"):
            assert line in server.log().splitlines(), server.log()


def test_json_log_lines(data_dir):
    with Server(data_dir, "--log-format", "json") as server:
        pass
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    assert any("Audit logging enabled in offline mode" in json.dumps(line) for line in lines)


# ---- ports, locales, machines ----

def test_a_port_in_use_is_said_clearly(data_dir, tmp_path):
    with Prepared(data_dir) as first:
        for flags, number in ((["--port", first.port], first.port),
                              (["--port", 0, "--zmq-endpoint", first.zmq_endpoint], first.zmq_port)):
            done = run("serve", "--data-dir", tmp_path / "other", "--zmq-endpoint",
                       *(["ipc://" + str(tmp_path / "z")] if "--zmq-endpoint" not in flags else flags[3:]), *flags[:2])
            assert done.returncode == 3, done.log
            assert re.search(rf"ERROR: .*{number}", done.log), done.log
            assert "in use" in done.log, done.log


@pytest.mark.parametrize("name", ["C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.UTF-8", "xx_XX.nonsense", ""])
def test_a_locale_changes_nothing(data_dir, name):
    with Prepared(data_dir, env={"LC_ALL": name, "LANG": name, "TZ": "Pacific/Kiritimati"}) as server:
        assert server.preflight(GOLDEN_REQUEST).members()[:4] == GOLDEN_MEMBERS
        (record,) = server.logs(limit=1, event="decision")["logs"]
        assert record["time"].endswith("Z")
        loud = {**GOLDEN_REQUEST, "tool_name": "PYTHON_EXEC"}
        assert server.preflight(loud).json()["allowed"] is False


def test_no_home_and_no_variable_at_all(tmp_path):
    done = run("version", env={"PATH": None, "HOME": None})
    assert done.returncode == 0


def test_few_descriptors(data_dir):
    """Clients that take every connection there is do not end the service."""
    with Prepared(data_dir) as server:
        held = []
        try:
            for _ in range(900):
                held.append(Raw(server.port))
        except OSError:
            pass
        for connection in held:
            connection.close()
        wait_until(lambda: server.preflight(GOLDEN_REQUEST).status == 200, "an answer after the flood")


def test_a_short_deadline_refuses_and_never_allows(data_dir):
    with Prepared(data_dir, env={"AISENTINEL_PREFLIGHT_DEADLINE_MS": "1"}) as server:
        rest = server.rest()
        for _ in range(200):
            answer = rest.post("/api/v1/preflight", GOLDEN_REQUEST)
            assert answer.status in (200, 503)
            assert answer.json()["allowed"] is False
            if answer.status == 503:
                assert answer.headers["Retry-After"]


def test_async_durability_records_everything_too(data_dir):
    with Prepared(data_dir, "--audit-durability", "async") as server:
        rest = server.rest()
        received = [rest.post("/api/v1/preflight", ALLOWED_REQUEST).json()["decision_id"] for _ in range(200)]
    logged = [record["decision_id"] for record in Chain(data_dir).verify() if record["event"] == "decision"]
    assert logged == received


def test_an_admin_key_of_the_operators_choosing(data_dir):
    chosen = "the-operators-own-key-of-forty-characters"
    with Server(data_dir, env={"AISENTINEL_API_KEY": chosen}) as server:
        assert chosen not in server.log()
        assert server.rest(chosen).get("/api/v1/rulepacks").status == 200
        environ = pathlib.Path(f"/proc/{server.process.pid}/environ").read_bytes()
        assert chosen.encode() not in environ, "a secret is wiped out of the environment"
