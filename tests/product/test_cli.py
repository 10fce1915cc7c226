"""The command line: help, exit codes, keys, rulepacks, and what a mistake is answered with."""

import json
import os
import re
import stat

import pytest

from cryptography.fernet import Fernet

from samples import ALLOWED_REQUEST, GOLDEN_REQUEST
from server import run

COMMANDS = ["serve", "preflight", "rulepack check", "rulepack test", "rulepack list", "rulepack show", "rulepack bench",
            "rulepack add", "rulepack remove", "rulepack enable", "rulepack disable", "rulepack rollback",
            "rulepack export", "rulepack explain", "rulepack import", "rulepack sign",
            "audit query", "audit verify", "audit export", "decrypt", "key generate", "config dump", "version"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A data directory as a first local preflight leaves it."""
    data_dir = tmp_path_factory.mktemp("cli") / "data"
    done = run("preflight", "-", "--data-dir", data_dir, stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 0, done.log
    return data_dir


# ---- help ----

@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    done = run(*command.split(), "--help")
    assert done.returncode == 0, done.log
    assert f"usage: aisentinel-offline {command}" in done.text
    assert re.search(r"example:\n  aisentinel-offline", done.text), done.text
    assert "exit code" in done.text


def test_help_lists_every_command():
    done = run("--help")
    assert done.returncode == 0
    assert [command for command in COMMANDS if command not in done.text] == []


@pytest.mark.parametrize("group", ["rulepack", "audit", "key", "config"])
def test_a_group_has_help(group):
    done = run(group, "--help")
    assert done.returncode == 0
    assert all(command in done.text for command in COMMANDS if command.startswith(group + " "))


def test_the_examples_of_help_are_understood():
    """Every word of an example that begins with "--" is a flag that the command's help lists."""
    for command in COMMANDS:
        text = run(*command.split(), "--help").text
        example = text.split("example:\n")[1].split("\nflags:")[0]
        for flag in re.findall(r"--[a-z-]+", example):
            assert text.count(flag) > example.count(flag), f"{command}: {flag}"


# ---- usage ----

WRONG = {
    "an unknown command": (["sevre"], ["sevre", "serve"]),
    "an unknown word of a group": (["rulepack", "chekc"], ["chekc", "check"]),
    "a group alone": (["audit"], ["audit"]),
    "an unknown flag": (["version", "--frmat", "json"], ["--frmat", "--format"]),
    "a value that is not accepted": (["version", "--format", "xml"], ["xml", "json"]),
    "a missing operand": (["decrypt"], ["decrypt"]),
    "an operand too many": (["version", "now"], ["now"]),
    "a single dash": (["version", "-x"], ["-x"]),
}


@pytest.mark.parametrize("words, named", WRONG.values(), ids=WRONG.keys())
def test_wrong_usage_ends_with_2_and_names_what_is_wrong(words, named):
    done = run(*words)
    assert done.returncode == 2, done.log
    assert done.text == ""
    assert [word for word in named if word not in done.log] == []


@pytest.mark.parametrize("words", [["preflight", "/nowhere/request.json"], ["decrypt", "/nowhere/file.enc"],
                                   ["rulepack", "check", "/nowhere/pack.yaml"]])
def test_a_file_that_is_not_there_ends_with_3_and_is_named(store, words):
    data = [] if words[0] == "rulepack" else ["--data-dir", store]
    done = run(*words, *data)
    assert done.returncode == 3, done.log
    assert words[-1] in done.log


def test_a_full_stdout_is_an_error():
    with open("/dev/full", "w") as full:
        import subprocess
        from server import binary, environment
        done = subprocess.run([binary(), "version"], stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60)
    assert done.returncode == 3
    assert b"stdout" in done.stderr


# ---- version, keys ----

def test_version():
    done = run("version")
    assert done.returncode == 0
    assert re.match(r"aisentinel-offline \d+\.\d+\.\d+", done.text)
    assert run("--version").text == done.text
    told = json.loads(run("version", "--format", "json").text)
    assert told["version"] in done.text and told["libraries"]


def test_a_generated_key_is_a_fernet_key():
    first, second = (run("key", "generate").text.strip() for _ in range(2))
    assert first != second
    assert Fernet(first).decrypt(Fernet(first).encrypt(b"x")) == b"x"


def test_a_generated_key_goes_into_a_file_of_its_owner_and_never_over_another(tmp_path):
    path = tmp_path / "key"
    done = run("key", "generate", "--output", path)
    assert done.returncode == 0 and done.text == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = path.read_text()
    Fernet(written.strip())
    assert run("key", "generate", "--output", path).returncode == 3
    assert path.read_text() == written


# ---- preflight ----

BAD_REQUESTS = {"not JSON": b"{", "empty": b"", "no tool name": b"{}",
                "a key twice": b'{"tool_name":"a","tool_name":"b"}', "NaN": b'{"tool_name":"a","tool_args":{"x":NaN}}'}


@pytest.mark.parametrize("body", BAD_REQUESTS.values(), ids=BAD_REQUESTS.keys())
def test_a_bad_request_is_not_allowed(store, body):
    done = run("preflight", "-", "--data-dir", store, stdin=body)
    assert done.returncode == 1, done.log
    assert '"allowed":true' not in done.text
    assert done.log or "detail" in done.text


def test_default_action_holds_for_a_local_preflight(store):
    done = run("preflight", "-", "--data-dir", store, "--default-action", "block",
               stdin=json.dumps(ALLOWED_REQUEST).encode())
    assert done.returncode == 1
    assert json.loads(done.text)["allowed"] is False


# ---- decrypt ----

def test_decrypt_refuses_what_is_not_sealed_with_the_key(store, tmp_path):
    for content in (b"not a token\n", Fernet(Fernet.generate_key()).encrypt(b"{}") + b"\n"):
        path = tmp_path / "file.enc"
        path.write_bytes(content)
        done = run("decrypt", path, "--data-dir", store)
        assert done.returncode in (1, 3), done.log
        assert "file.enc" in done.log


def test_decrypt_with_a_key_and_no_data_directory(store, tmp_path):
    key = Fernet.generate_key()
    path = tmp_path / "file.enc"
    path.write_bytes(Fernet(key).encrypt(b'{"a":1}') + b"\n")
    done = run("decrypt", path, "--data-dir", store, env={"OFFLINE_ENCRYPTION_KEY": key.decode()})
    assert done.returncode == 0, done.log
    assert done.text.strip() == '{"a":1}'


# ---- rulepacks ----

PACK = """\
name: my_pack
version: 1.0.0
description: A pack of a test
rules:
  - id: no_hammers
    title: Hammers are not allowed
    tools: [workshop]
    detection:
      hammer:
        tool_args.tool|contains: hammer
      condition: hammer
    action: block
    severity: high
    tests:
      - {name: a hammer, request: {tool_name: workshop, tool_args: {tool: sledgehammer}}, expect: block}
      - {name: a file, request: {tool_name: workshop, tool_args: {tool: file}}, expect: none}
"""


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "my_pack.yaml"
    path.write_text(PACK)
    return path


def test_a_good_pack_checks(pack):
    done = run("rulepack", "check", pack)
    assert done.returncode == 0, done.text + done.log


# what is replaced by what, the line of the fault, what the diagnostic says
FAULTS = {
    "an unknown key of a rule": ("    action: block", "    acton: block", 12, ["acton", "action"]),
    "an unknown modifier": ("|contains", "|contians", 10, ["contians", "contains"]),
    "an unknown fact": ("tool_args.tool", "toolargs.tool", 10, ["toolargs", "tool_args"]),
    "an unknown action": ("action: block", "action: blok", 12, ["blok", "block"]),
    "an unknown severity": ("severity: high", "severity: hihg", 13, ["hihg", "high"]),
    "a condition on nothing": ("condition: hammer", "condition: hamer", 11, ["hamer", "hammer"]),
    "a broken condition": ("condition: hammer", "condition: hammer and", 11, []),
    "a bad version": ("version: 1.0.0", "version: one", 2, ["version"]),
    "a bad name": ("name: my_pack", "name: My Pack", 1, ["name"]),
    "broken YAML": ("rules:", "rules: [", None, []),
}


@pytest.mark.parametrize("old, new, line, said", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_by_file_line_and_column(pack, old, new, line, said):
    assert old in PACK
    pack.write_text(PACK.replace(old, new, 1))
    done = run("rulepack", "check", pack)
    assert done.returncode == 1, done.text + done.log
    diagnostics = re.findall(rf"^{re.escape(str(pack))}:(\d+):(\d+): (.+)$", done.text + done.log, re.MULTILINE)
    assert diagnostics, done.text + done.log
    if line is not None:
        assert line in [int(number) for number, _, _ in diagnostics], diagnostics
    assert [word for word in said if not any(word in text for _, _, text in diagnostics)] == []


def test_every_fault_is_reported_not_only_the_first(pack):
    pack.write_text(PACK.replace("severity: high", "severity: hihg").replace("|contains", "|contians"))
    done = run("rulepack", "check", pack)
    assert done.returncode == 1
    assert "hihg" in done.text + done.log and "contians" in done.text + done.log


def test_the_tests_of_a_pack_run(pack):
    done = run("rulepack", "test", pack)
    assert done.returncode == 0, done.text + done.log
    pack.write_text(PACK.replace("expect: none", "expect: block"))
    done = run("rulepack", "test", pack)
    assert done.returncode == 1
    assert "a file" in done.text + done.log


def test_the_bundled_packs_pass_their_own_tests(store, tmp_path):
    for name in ("code_execution", "shell_safety"):
        source = run("rulepack", "show", name, "--data-dir", store, "--format", "yaml")
        assert source.returncode == 0, source.log
        path = tmp_path / f"{name}.yaml"
        path.write_text(source.text)
        for verb in ("check", "test"):
            done = run("rulepack", verb, path)
            assert done.returncode == 0, done.text + done.log


def test_list_and_show(store):
    listed = run("rulepack", "list", "--data-dir", store)
    assert listed.returncode == 0, listed.log
    assert "code_execution" in listed.text and "shell_safety" in listed.text
    shown = run("rulepack", "show", "code_execution", "--data-dir", store)
    assert shown.returncode == 0
    assert "code_exec_sandbox" in shown.text
    missing = run("rulepack", "show", "code_exection", "--data-dir", store)
    assert missing.returncode in (1, 3)
    assert "code_exection" in missing.log


def test_bench_prints_figures(pack):
    done = run("rulepack", "bench", pack)
    assert done.returncode == 0, done.text + done.log
    assert re.search(r"\d", done.text) and "ns" in done.text


def test_input_that_is_no_text_is_refused_not_followed(tmp_path):
    path = tmp_path / "noise.yaml"
    path.write_bytes(os.urandom(4096))
    done = run("rulepack", "check", path)
    assert done.returncode == 1, done.text + done.log
    assert str(path) in done.text + done.log


def test_local_and_served_decisions_agree_on_what_is_blocked(store):
    done = run("preflight", "-", "--data-dir", store, stdin=json.dumps(GOLDEN_REQUEST).encode())
    assert done.returncode == 1
    assert json.loads(done.text)["requires_approval"] is True
