"""The binary as its users run it: started, asked, stopped. Nothing here knows its source."""

import atexit
import contextlib
import itertools
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import client

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY_PATTERN = re.compile(rb"ais_[0-9A-Za-z]{38}")
REPORT_PATTERN = re.compile(rb"(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|Assertion .* failed)")
# Sanitizer builds on a busy machine are slow; where lateness is the subject, a test says so itself.
PATIENT = {"AISENTINEL_PREFLIGHT_DEADLINE_MS": "30000"}
DEADLINE_S = 60
# What the first Prepared server of a binary leaves for those after it: a Fernet key, and under it what compiling the
# bundled rules took longest for. All else is made anew in each data directory. AIS_PREPARED is where it is left, also
# for other files and later runs; without it, it is for one file.
KEPT = ("fernet.key", "policy_cache.enc")
LOGS = pathlib.Path(tempfile.mkdtemp(prefix="ais-product-"))  # what servers say, apart from the disks that fail
serial = itertools.count(1)
atexit.register(shutil.rmtree, LOGS, ignore_errors=True)


def binary():
    """$AIS_BINARY, else the newest build."""
    if os.environ.get("AIS_BINARY"):
        return pathlib.Path(os.environ["AIS_BINARY"]).resolve()
    built = list(ROOT.glob(".build/*/services/cli/aisentinel-offline"))
    assert built, "no binary: build the target aisentinel-offline, or set AIS_BINARY"
    return max(built, key=lambda path: path.stat().st_mtime)


def wait_until(condition, what, deadline_s=DEADLINE_S, pause_s=0.02):
    """Polls until condition() is true and returns its value."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {deadline_s} s: {what}"
        time.sleep(pause_s)


def open_files(pid):
    """Where the open descriptors of a process lead. What is closed while they are read is not among them, nor is
    anything of a process that has ended."""
    links = []
    with contextlib.suppress(FileNotFoundError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                links.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return links


def free_port():
    """A port that nobody listens on, below those that the system hands out to clients."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def environment(extra=None):
    """A bare environment: what the developer has set must not change a test."""
    kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    env.update(extra or {})
    return {name: value for name, value in env.items() if value is not None}


def assert_no_report(text):
    found = REPORT_PATTERN.search(text)
    assert found is None, text[max(0, found.start() - 200):].decode(errors="replace")


def run(*arguments, env=None, stdin=None, timeout=120, cwd=None):
    """Runs one command to its end; text in and out. A sanitizer's report fails the test whatever the exit code."""
    done = subprocess.run([binary(), *map(str, arguments)], input=stdin, env=environment(env), cwd=cwd,
                          stdin=subprocess.DEVNULL if stdin is None else None, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert_no_report(done.stderr)
    done.text = done.stdout.decode()
    done.log = done.stderr.decode()
    return done


class Server:
    """`aisentinel-offline serve` over one data directory; may be started again after it ended. `keys_of` is another
    server whose API keys the directory has already; `tls` an SSLContext to ask it with."""

    def __init__(self, data_dir, *flags, env=None, keys_of=None, tls=None):
        self.tls = tls
        self.data_dir = pathlib.Path(data_dir)
        self.flags = flags
        self.env = {**PATIENT, **(env or {})}
        self.admin_key = keys_of.admin_key if keys_of else None
        self.agent_key = keys_of.agent_key if keys_of else None
        self.process = self.port = self.zmq_port = None
        self.log_path = LOGS / f"{next(serial)}.stderr"
        self.first_start = False

    # ---- life ----

    def launch(self, stderr=None):
        """Starts the process without waiting for anything. stderr: where its log goes, if not to log_path."""
        self.port, self.zmq_port = free_port(), free_port()
        self.first_start = not (self.data_dir / "api_keys.enc").exists()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [binary(), "serve", "--data-dir", self.data_dir, "--port", str(self.port), "--zmq-endpoint",
                 self.zmq_endpoint, *map(str, self.flags)],
                env=environment(self.env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=log if stderr is None else stderr)
        return self

    def start(self, stderr=None):
        self.launch(stderr)
        wait_until(self._ready_or_dead, "ready")
        if self.first_start:  # whoever was ready may have been another, on the same port
            wait_until(lambda: self._learn_keys() or self.process.poll() is not None, "the first keys")
        if self.process.poll() == 3 and b"cannot listen" in self.log_bytes():
            self._learn_keys_left()
            return self.start(stderr)  # another test was given the same port meanwhile
        assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.log()}"
        return self

    def _ready_or_dead(self):
        if self.process.poll() is not None:
            return True
        try:
            return client.Rest(self.port, tls=self.tls).call("GET", "/readyz").status == 200
        except OSError:
            return False

    def _keys_in(self, text):
        """The first keys; an admin key of the operator's choosing is not among those that are shown."""
        chosen = self.env.get("AISENTINEL_API_KEY")
        return [chosen] * bool(chosen) + [key.decode() for key in KEY_PATTERN.findall(text)]

    def _learn_keys_left(self):
        """Of a first start that ended before it could show them: they are in a file."""
        left = self.data_dir / "first_api_keys.txt"
        if self.first_start and left.exists():
            self.admin_key, self.agent_key = self._keys_in(left.read_bytes())[:2]
            left.unlink()

    def _learn_keys(self):
        """They are shown after the service is ready."""
        keys = self._keys_in(self.log_bytes())
        if len(keys) < 2 or not re.search(r"^curl .* -d '.*'$", self.log(), re.MULTILINE):
            return False  # not yet, or not all of it
        self.admin_key, self.agent_key = keys[:2]
        return True

    def refuses(self, code=3):
        """Launches, expects that it ends by itself with this code, and returns what it said."""
        self.launch()
        assert self.process.wait(DEADLINE_S) == code, self.log()
        assert_no_report(self.log_bytes())
        return self.log()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """An orderly end: SIGTERM, exit code 0, nothing from a sanitizer."""
        self.signal(signal.SIGTERM)
        self.ended(0)

    def ended(self, code):
        assert self.process.wait(DEADLINE_S) == code, self.log()
        assert_no_report(self.log_bytes())

    def kill(self):
        """kill -9; checks that it was still alive and well until then."""
        assert self.process.poll() is None, f"ended by itself with {self.process.returncode}:\n{self.log()}"
        self.process.kill()
        self.process.wait(DEADLINE_S)
        assert_no_report(self.log_bytes())

    def restart(self):
        self.stop()
        return self.start()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if self.process is None or self.process.poll() is not None:
            if self.process is not None and kind is None:
                assert self.process.returncode in (0, -signal.SIGKILL), self.log()
        elif kind is None:
            self.stop()
        else:
            self.process.kill()
            self.process.wait()
        if kind is not None and self.log_path.exists():
            print(self.log()[-8000:])

    # ---- what it says ----

    def log_bytes(self):
        return self.log_path.read_bytes()

    def log(self):
        return self.log_bytes().decode(errors="replace")

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    # ---- asking it ----

    @property
    def zmq_endpoint(self):
        return f"tcp://127.0.0.1:{self.zmq_port}"

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def rest(self, key="agent", source=None):
        """A client with the agents' key, the admin's ("admin"), none (None), or any other text."""
        keys = {"agent": self.agent_key, "admin": self.admin_key}
        return client.Rest(self.port, keys.get(key, key), source, self.tls)

    def raw(self):
        return client.Raw(self.port, self.tls)

    def preflight(self, request, key="agent", **options):
        return self.rest(key).post("/api/v1/preflight", request, **options)

    def zmq(self, key="agent", source=None):
        keys = {"agent": self.agent_key, "admin": self.admin_key}
        return client.Req(self.zmq_endpoint, keys.get(key, key), source=source)

    def make_key(self, *scopes, **members):
        """A new API key: what POST /api/v1/api_keys answers."""
        body = {"name": "test", "scopes": list(scopes), **members}
        answer = self.rest("admin").post("/api/v1/api_keys", body)
        assert answer.status == 201, answer
        return answer.json()

    def revoke_key(self, key_id):
        answer = self.rest("admin").call("DELETE", f"/api/v1/api_keys/{key_id}")
        assert answer.status == 204, answer

    def logs(self, **filters):
        """One page of the audit log."""
        answer = self.rest("admin").get("/api/v1/auditing/logs", **filters)
        assert answer.status == 200, answer.body
        return answer.json()

    def all_logs(self, **filters):
        """Every page, oldest first or as asked."""
        found, cursor = [], None
        while True:
            page = self.logs(limit=1000, **filters, **({"cursor": cursor} if cursor else {}))
            found += page["logs"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found


def kept_dir():
    built = binary().stat()
    return pathlib.Path(os.environ.get("AIS_PREPARED", LOGS / "kept")) / f"{built.st_mtime_ns}-{built.st_size}"


def copy_kept(target, source):
    for name in KEPT:
        shutil.copy2(source / name, target)


def keep(kept, data_dir):
    """Whole or not at all, as other files may do the same at the same time; what older binaries left goes."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    for other in kept.parent.glob("*-*"):
        if other != kept:
            shutil.rmtree(other, ignore_errors=True)
    fresh = pathlib.Path(tempfile.mkdtemp(dir=kept.parent, prefix="fresh"))
    copy_kept(fresh, data_dir)
    try:
        os.rename(fresh, kept)
    except OSError:
        shutil.rmtree(fresh)  # another was first


class Prepared(Server):
    """A server whose data directory, where there is none, begins with what another has left (KEPT): for tests that do
    not ask how the first files come to be."""

    def start(self, stderr=None):
        kept = kept_dir()
        if not self.data_dir.exists() and kept.exists():
            self.data_dir.mkdir(mode=0o700)
            copy_kept(self.data_dir, kept)
        super().start(stderr)
        if self.first_start and not kept.exists() and all((self.data_dir / name).exists() for name in KEPT):
            keep(kept, self.data_dir)
        return self
