"""The data directory from outside: any Fernet tool reads it with the key, and nobody reads it without."""

import json
import re
import shutil
import stat

import pytest

from cryptography.fernet import Fernet, InvalidToken

from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from sealed import Chain, digest, fernet, next_generation, payloads, tokens
from server import KEY_PATTERN, Server, run

SECRET_WORDS = ["xyzzyplugh", "frobnicate", "quuxcorge"]
REQUEST = {**GOLDEN_REQUEST, "metadata": {"user_id": SECRET_WORDS[0], "session_id": SECRET_WORDS[1]},
           "context": f"about {SECRET_WORDS[2]}"}
SMALL = ("--max-log-file-size", 65536, "--log-retention", 1000)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A data directory with several segments, of a server that was stopped, and what the server had given out."""
    with Server(tmp_path_factory.mktemp("sealed") / "data", *SMALL) as server:
        rest = server.rest()
        server.given = [rest.post("/api/v1/preflight", REQUEST).json()["decision_id"] for _ in range(200)]
    return server


@pytest.fixture
def copy(stopped, tmp_path):
    data_dir = tmp_path / "data"
    shutil.copytree(stopped.data_dir, data_dir)
    return data_dir


def enc_files(data_dir):
    return sorted(data_dir.glob("*.enc"))


# ---- what is in it ----

def test_the_files_are_those_that_operators_look_for(stopped):
    names = {path.name for path in stopped.data_dir.iterdir()}
    assert {"rulepacks.enc", "api_keys.enc", "audit_logs.enc", "audit_logs.1.enc", "fernet.key"} <= names
    known = re.compile(r"(audit_logs(\.\d+)?|rulepacks|api_keys|metrics|policy_cache)\.enc|fernet\.key|lock|audit_logs\.next"
                       r"|checkpoint\.key(\.pub)?|mask\.key|reserve")
    assert [name for name in names if not known.fullmatch(name)] == []


def test_python_cryptography_opens_every_line(stopped):
    opener = fernet(stopped.data_dir)
    for path in enc_files(stopped.data_dir):
        opened = [json.loads(text) for _, text in payloads(path, opener)]
        assert opened and all(isinstance(payload, dict) for payload in opened), path.name


def test_the_chain_verifies_without_the_product(stopped):
    records = Chain(stopped.data_dir).verify()
    assert [record["decision_id"] for record in records if record["event"] == "decision"] == stopped.given


def test_documents_carry_generation_and_checksum(stopped):
    opener = fernet(stopped.data_dir)
    for name in ("rulepacks", "api_keys"):
        ((_, text),) = payloads(stopped.data_dir / f"{name}.enc", opener)
        payload = json.loads(text)
        assert (payload["v"], payload["document"]) == (1, name)
        assert payload["generation"] >= 1
        body = text[text.index(b'"body":') + len(b'"body":'):-1]
        assert payload["checksum"] == digest(body)


def test_the_chain_anchors_the_documents(stopped):
    opener = fernet(stopped.data_dir)
    anchors = {}
    for path in Chain(stopped.data_dir).data_dir.glob("audit_logs*.enc"):
        for _, text in payloads(path, opener):
            for name, (generation, own) in json.loads(text).get("anchors", {}).items():
                anchors[name] = max(anchors.get(name, (0, "")), (generation, own))
    for name in ("rulepacks", "api_keys"):
        ((_, text),) = payloads(stopped.data_dir / f"{name}.enc", opener)
        assert anchors[name] == (json.loads(text)["generation"], digest(text))


def test_decrypt_prints_what_fernet_prints(stopped):
    opener = fernet(stopped.data_dir)
    for path in enc_files(stopped.data_dir):
        done = run("decrypt", path, "--data-dir", stopped.data_dir)
        assert done.returncode == 0, done.log
        assert done.stdout.splitlines() == [text for _, text in payloads(path, opener)]


# ---- what is not ----

def strings(data, least=4):
    return re.findall(rb"[\x20-\x7e]{%d,}" % least, data)


def test_nothing_of_a_request_or_a_pack_can_be_read(stopped):
    words = [word.encode() for word in SECRET_WORDS + [
        "python_exec", "os.system", "safe_exec", "echo hello", "code_exec_sandbox", "shell_safety", "tool_name",
        "System commands not allowed", "detection", "first admin", "decision", *stopped.given[:3]]]
    words += [stopped.admin_key.encode(), stopped.agent_key.encode()]
    for path in stopped.data_dir.iterdir():
        readable = b"\n".join(strings(path.read_bytes()))
        assert [word for word in words if word in readable] == [], path.name


def test_the_api_keys_are_nowhere_even_inside(stopped):
    opener = fernet(stopped.data_dir)
    for path in enc_files(stopped.data_dir):
        for _, text in payloads(path, opener):
            assert not KEY_PATTERN.search(text), path.name


def test_only_the_owner_may_look(stopped):
    assert stat.S_IMODE(stopped.data_dir.stat().st_mode) == 0o700
    for path in stopped.data_dir.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_a_directory_that_is_open_to_others_is_tightened(data_dir):
    data_dir.mkdir(mode=0o755)
    data_dir.chmod(0o755)
    with Server(data_dir) as server:
        assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
        assert "WARNING" in server.log()


# ---- keys ----

def state(data_dir):
    """Bytes and times of everything; the lock and its note belong to whoever holds the directory."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
            for path in data_dir.iterdir() if path.name != "lock"}


def test_a_wrong_key_refuses_and_changes_nothing(copy):
    before = state(copy)
    wrong = Fernet.generate_key().decode()
    said = Server(copy, env={"OFFLINE_ENCRYPTION_KEY": wrong}).refuses()
    assert wrong not in said
    assert re.search(r"ERROR: .*key", said), said
    assert state(copy) == before
    done = run("preflight", "-", "--data-dir", copy, env={"OFFLINE_ENCRYPTION_KEY": wrong},
               stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 3 and done.text == ""
    assert state(copy) == before
    with Server(copy):
        pass


def test_a_wrong_key_file_refuses_and_changes_nothing(copy):
    (copy / "fernet.key").write_text(Fernet.generate_key().decode() + "\n")
    before = state(copy)
    Server(copy).refuses()
    assert state(copy) == before


def test_a_lost_key_is_not_replaced_by_a_new_one(copy):
    (copy / "fernet.key").unlink()
    before = state(copy)
    said = Server(copy).refuses()
    assert "fernet.key" in said
    assert state(copy) == before


@pytest.mark.parametrize("text", ["", "short", "A" * 43, "A" * 44, "not base64 at all!!!!!!!!!!!!!!!!!!!!!!!!!!!="])
def test_a_malformed_key_is_refused_and_not_repeated(data_dir, text):
    done = run("serve", "--data-dir", data_dir, "--port", 0, env={"OFFLINE_ENCRYPTION_KEY": text or ","})
    assert done.returncode in (2, 3), done.log
    assert "OFFLINE_ENCRYPTION_KEY" in done.log
    assert not text or text not in done.log


def test_a_second_key_still_opens(copy, stopped):
    old, new = (copy / "fernet.key").read_text().strip(), Fernet.generate_key().decode()
    with Server(copy, env={"OFFLINE_ENCRYPTION_KEY": f"{new},{old}"}, keys_of=stopped) as server:
        assert server.logs(limit=1000)["logs"]
    opener = Fernet(new)
    last = [token for _, token in tokens((copy / "audit_logs.enc").read_bytes())][-1]
    opener.decrypt(last)
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(last)
    assert Chain(copy, f"{new},{old}").verify()


# ---- old copies ----

def refused_for(data_dir):
    """The file for which the log says that the last start was refused."""
    last = Chain(data_dir).verify()[-1]
    assert last["event"] == "integrity_fault", last
    (place,) = last["details"]["places"]
    assert place["file"] in place["fault"]
    return place["file"]


@pytest.mark.parametrize("name", ["rulepacks", "api_keys"])
def test_an_old_copy_put_back_is_refused_and_named(copy, name):
    path = copy / f"{name}.enc"
    old = path.read_bytes()
    next_generation(copy, name)
    with Server(copy):
        pass  # records it in the chain
    path.write_bytes(old)
    said = Server(copy).refuses()
    assert f"{name}.enc" in said, said
    assert refused_for(copy) == f"{name}.enc"


@pytest.mark.parametrize("name", ["rulepacks", "api_keys"])
def test_other_content_of_the_same_generation_is_refused_and_named(copy, name):
    opener = fernet(copy)
    path = copy / f"{name}.enc"
    ((_, text),) = payloads(path, opener)
    payload = json.loads(text)
    body = json.dumps({**payload["body"], "added": 1}, separators=(",", ":")).encode()
    forged = (b'{"v":1,"document":"%s","generation":%d,"checksum":"%s","body":%s}'
              % (name.encode(), payload["generation"], digest(body).encode(), body))
    path.write_bytes(opener.encrypt(forged) + b"\n")
    said = Server(copy).refuses()
    assert f"{name}.enc" in said, said
    assert refused_for(copy) == f"{name}.enc"


@pytest.mark.parametrize("name", ["rulepacks", "api_keys"])
def test_a_missing_document_is_refused_and_named(copy, name):
    (copy / f"{name}.enc").unlink()
    said = Server(copy).refuses()
    assert f"{name}.enc" in said, said
    assert refused_for(copy) == f"{name}.enc"
    assert not (copy / f"{name}.enc").exists()


@pytest.mark.parametrize("name", ["rulepacks", "api_keys"])
def test_changes_that_nobody_recorded_are_said_by_the_next_start(copy, name):
    before = json.loads(next(iter(payloads(copy / f"{name}.enc", fernet(copy))))[1])["generation"]
    for _ in range(3):
        next_generation(copy, name)
    with Server(copy) as server:
        pass
    (found,) = [record for record in Chain(copy).verify() if record["event"] == "document_unrecorded"]
    assert found["severity"] == "medium"
    assert (found["details"]["document"], found["details"]["generation"]) == (name, before + 3)
    assert found["details"]["recorded"] == before
    assert f"{name}.enc is of generation {before + 3}, and the audit log knows no later one than {before}" in server.log()


@pytest.mark.parametrize("name", ["rulepacks", "api_keys"])
@pytest.mark.parametrize("alter", [
    lambda text: text[:200] + bytes([text[200] ^ 1]) + text[201:],
    lambda text: text[:-1],
    lambda text: b"",
    lambda text: text + text,
    lambda text: b"not a token" + b"\n",
], ids=["altered", "cut off", "empty", "twice", "no token"])
def test_a_document_that_does_not_open_is_refused_and_named(copy, name, alter):
    path = copy / f"{name}.enc"
    path.write_bytes(alter(path.read_bytes()))
    assert f"{name}.enc:1: " in Server(copy).refuses()
    assert refused_for(copy) == f"{name}.enc"


def test_a_document_under_another_name_is_refused_and_named(copy):
    (copy / "rulepacks.enc").write_bytes((copy / "api_keys.enc").read_bytes())
    assert "rulepacks.enc" in Server(copy).refuses()
    assert refused_for(copy) == "rulepacks.enc"


# ---- a torn tail ----

@pytest.mark.parametrize("tail", [b"gAAAAAB", b"garbage\nmore garbage\n"], ids=["unfinished", "lines"])
def test_a_torn_tail_is_kept_logged_and_recorded(copy, stopped, tail):
    active = copy / "audit_logs.enc"
    active.write_bytes(active.read_bytes() + tail)
    with Server(copy, keys_of=stopped) as server:
        assert "audit_logs.damaged-1" in server.log()
        assert server.logs(event="log_recovered")["logs"]
    assert (copy / "audit_logs.damaged-1").read_bytes().strip(b"\n") == tail.strip(b"\n")
    assert Chain(copy).verify()


def test_two_servers_cannot_share_a_directory(data_dir):
    with Server(data_dir) as first:
        said = Server(data_dir).refuses()
        assert str(first.process.pid) in said or str(data_dir) in said, said
        assert first.preflight(ALLOWED_REQUEST).status == 200
