"""The rule engineer's commands: check, test, explain, sign, import, bench."""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from server import run
from sigma_rules import REFUSED, RULES

PACK = """\
name: my_pack
version: 1.0.0
rules:
  - id: hammers
    title: Hammers are not allowed
    tools: [workshop]
    detection: {s: {tool_args.tool|contains: hammer}, condition: s}
    action: block
    tests:
      - {name: "a <\\"hammer\\">", request: {tool_name: workshop, tool_args: {tool: sledgehammer}}, expect: block}
      - {name: a file, request: {tool_name: workshop, tool_args: {tool: file}}, expect: none}
  - id: mallets
    title: Wooden ones neither
    detection: {s: {tool_args.tool|re: '^mallet(?!_soft)'}, condition: s}
    action: require_approval
    severity: low
  - id: sizes
    title: No number below
    detection: {s: {tool_args.size|lt: 5}, condition: s}
    action: block
    mode: monitor
    tests:
      - {name: large, request: {tool_name: workshop, tool_args: {size: 7}}, expect: none}
"""


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "my_pack.yaml"
    path.write_text(PACK)
    return path


# ---- check ----

def test_warnings_are_told_and_refuse_nothing_unless_strict(pack):
    done = run("rulepack", "check", pack)
    assert done.returncode == 0, done.text + done.log
    warnings = re.findall(rf"^{re.escape(str(pack))}:(\d+):(\d+): warning: (.+)$", done.text, re.MULTILINE)
    assert warnings == [("12", "5", "'mallets' has no test"), ("17", "5", "no test expects 'sizes' to match")]
    assert run("rulepack", "check", "--strict", pack).returncode == 1


def test_a_filter_is_about_a_rule_at_hand_or_a_bundled_one(pack):
    about = "filters:\n  - {id: calm, rules: [%s], selection: {caller.agent: ci}}\n"
    pack.write_text(PACK + about % "path_traversal")
    assert "calm" not in run("rulepack", "check", pack).text
    pack.write_text(PACK + about % "path_traversel")
    done = run("rulepack", "check", pack)
    assert done.returncode == 0, done.text + done.log
    assert "'path_traversel' is a rule of none of these packs" in done.text
    assert "did you mean 'path_traversal'?" in done.text


def test_warnings_for_machines(pack):
    told = json.loads(run("rulepack", "check", pack, "--format", "json").text)
    assert told["valid"] is True and told["diagnostics"] == []
    assert [(one["file"], one["line"], one["message"]) for one in told["warnings"]] == [
        (str(pack), 12, "'mallets' has no test"), (str(pack), 17, "no test expects 'sizes' to match")]


def test_a_pack_without_doubt_is_strictly_good(pack):
    pack.write_text(PACK[:PACK.index("  - id: mallets")])
    done = run("rulepack", "check", "--strict", pack)
    assert done.returncode == 0 and "warning" not in done.text


def test_a_rule_that_another_one_shadows_is_told_of(pack):
    pack.write_text(PACK.replace("|re: '^mallet(?!_soft)'", ": jackhammer").replace("tools: [workshop]", "tools: '*'"))
    done = run("rulepack", "check", pack)
    assert "'mallets' decides nothing: wherever it matches, 'hammers' (block, in" in done.text


@pytest.mark.parametrize("value, said", {
    "too many": ("'(?i)\\b(?:" + "|".join(f"mallet{n}" for n in range(65)) + ")\\b'", "more than 64 alternatives: '(?i)"),
    "none": ("'^[a-z]+$'", "no text is known that every match of '^[a-z]+$' contains"),
    "a list": ("['" + "', '".join(f"(?i)\\bmallet{n}\\b" for n in range(65)) + "']", None),
}.values(), ids=["too many", "none", "a list"])
def test_a_rule_that_is_looked_at_in_every_decision_is_told_of(pack, value, said):
    pack.write_text(PACK.replace("'^mallet(?!_soft)'", value))
    done = run("rulepack", "check", pack)
    assert done.returncode == 0, done.text + done.log
    told = re.findall(r":(\d+):(\d+): warning: 'mallets' is looked at in every decision: (.+)", done.text)
    assert [one[:2] for one in told] == ([("14", "40")] if said else [])
    assert all(said in one[2] for one in told)
    always = "mallets" in [rule["id"] for rule in json.loads(
        run("rulepack", "explain", pack, "--format", "json").text)["rules"] if rule["always"]]
    assert always == (said is not None), "what is told is so, and what is not is not"


def test_a_faulty_pack_has_errors_alone(pack):
    pack.write_text(PACK.replace("|lt", "|lte|lt"))
    told = json.loads(run("rulepack", "check", pack, "--format", "json").text)
    assert told["valid"] is False and told["diagnostics"] and told["warnings"] == []


def test_the_bundled_packs_are_strictly_good(tmp_path):
    done = run("rulepack", "check", "--strict", "--data-dir", tmp_path / "none")
    assert done.returncode == 0, done.text + done.log


# ---- test ----

def test_a_table_of_tests_and_what_they_leave_out(pack):
    done = run("rulepack", "test", pack)
    assert done.returncode == 0, done.text + done.log
    lines = done.text.splitlines()
    assert lines[0].split() == ["RESULT", "RULE", "TEST", "EXPECT", "GOT", "WHERE"]
    assert [line.split()[:2] for line in lines[1:4]] == [["pass", "my_pack.hammers"]] * 2 + [["pass", "my_pack.sizes"]]
    assert f"{pack}:12:5: my_pack.mallets has no test" in lines
    assert f"{pack}:17:5: my_pack.sizes is matched by no test" in lines
    assert lines[-1] == "3 tests, 0 failed, 1 rules without a test, 1 of 3 rules matched by a test"
    assert "\x1b" not in done.text


def test_tests_for_machines(pack):
    pack.write_text(PACK.replace("expect: none", "expect: block", 1))
    done = run("rulepack", "test", pack, "--format", "json")
    told = json.loads(done.text)
    assert done.returncode == 1 and told["failed"] == 1 and told["unmatched_rules"] == 2
    assert [(one["rule"], one["tests"], one["matched_in_own_tests"], one["matched_in_tests"])
            for one in told["coverage"]] == [("hammers", 2, 1, 1), ("mallets", 0, 0, 0), ("sizes", 1, 0, 0)]


def test_a_rule_that_only_another_rules_test_matches(pack):
    pack.write_text(PACK.replace("'^mallet(?!_soft)'", "'hammer'"))
    told = json.loads(run("rulepack", "test", pack, "--format", "json").text)
    mallets = told["coverage"][1]
    assert (mallets["matched_in_own_tests"], mallets["matched_in_tests"]) == (0, 1)


def test_junit(pack):
    pack.write_text(PACK.replace("expect: none", "expect: block", 1))
    done = run("rulepack", "test", pack, "--format", "junit")
    assert done.returncode == 1
    root = ElementTree.fromstring(done.text)
    assert root.tag == "testsuites" and root.attrib["tests"] == "3" and root.attrib["failures"] == "1"
    cases = root.findall("./testsuite/testcase")
    assert [case.attrib["name"] for case in cases] == ['a <"hammer">', "a file", "large"]
    assert [len(case.findall("failure")) for case in cases] == [0, 1, 0]
    gaps = {one.attrib["value"]: one.attrib["name"] for one in root.findall("./testsuite/properties/property")}
    assert gaps == {"mallets": "rule without a test", "sizes": "rule that no test matches"}


# ---- explain ----

def test_how_a_pack_was_compiled(pack):
    done = run("rulepack", "explain", pack)
    assert done.returncode == 0, done.log
    assert re.search(r'rule hammers \(line 4\): block.*\n.*\n.*\n  wakes on  "hammer"\n  cost      woken: ', done.text)
    assert "tool_args.tool|re: ^mallet(?!_soft)  (PCRE2: it has look-around)" in done.text
    assert "looked at in every decision, because 'tool_args.size|lt: 5' compares numbers" in done.text
    assert "\x1b" not in done.text


def test_one_rule_for_machines(pack):
    told = json.loads(run("rulepack", "explain", pack, "mallets", "--format", "json").text)
    assert [rule["id"] for rule in told["rules"]] == ["mallets"]
    rule = told["rules"][0]
    assert (rule["cost"], rule["always"], rule["literals"], rule["facts"]) == ("woken_pcre2", False, ["mallet"], ["tool_args.tool"])
    assert rule["patterns"][0]["kind"] == "PCRE2" and rule["patterns"][0]["because"] == "look-around"


@pytest.mark.parametrize("words, said", [(["{pack}", "malets"], "mallets"), (["shell_safty"], "shell_safety"),
                                         (["./nowhere.yaml"], "nowhere.yaml")])
def test_what_is_not_there_is_not_explained(pack, tmp_path, words, said):
    done = run("rulepack", "explain", *(word.format(pack=pack) for word in words), "--data-dir", tmp_path / "none")
    assert done.returncode in (1, 3) and done.text == ""
    assert said in done.log


def test_a_bundled_pack_is_explained_by_its_name(tmp_path):
    done = run("rulepack", "explain", "shell_safety", "--data-dir", tmp_path / "none")
    assert done.returncode == 0 and "shell_safety" in done.text


# ---- sign ----

@pytest.fixture
def signing_key(tmp_path):
    key = Ed25519PrivateKey.generate()
    seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    path = tmp_path / "signing.key"
    path.write_bytes(base64.b64encode(seed) + b"\n")
    path.chmod(0o600)
    return key, path


def test_a_signature_verifies_over_the_files_bytes(pack, signing_key):
    key, path = signing_key
    done = run("rulepack", "sign", pack, "--signing-key", path)
    assert done.returncode == 0, done.log
    signature = base64.b64decode(done.text.strip(), validate=True)
    key.public_key().verify(signature, pack.read_bytes())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, pack.read_bytes() + b"\n")
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    assert public in done.log, "whoever signs with another key than is trusted is told"


def test_a_development_build_says_so_and_signs_with_its_own_key(pack):
    told = json.loads(run("version", "--format", "json").text)
    assert ("development build" in run("version").text) == told["development_build"]
    done = run("rulepack", "sign", pack)
    assert done.returncode == (0 if told["development_build"] else 3), done.log
    if told["development_build"]:
        assert len(base64.b64decode(done.text.strip(), validate=True)) == 64
        assert done.text == run("rulepack", "sign", pack).text


@pytest.mark.parametrize("content, mode, said", [
    (b"c2hvcnQ=\n", 0o600, "44 characters"), (None, 0o644, "chmod"), (None, 0o604, "chmod")])
def test_a_bad_signing_key_is_refused_and_not_shown(pack, signing_key, content, mode, said):
    _, path = signing_key
    if content is not None:
        path.write_bytes(content)
    path.chmod(mode)
    done = run("rulepack", "sign", pack, "--signing-key", path)
    assert done.returncode in (1, 3) and done.text == ""
    assert said in done.log and str(path) in done.log
    assert path.read_text().strip() not in done.log


# ---- import ----

def write_rules(folder, rules, **more):
    folder.mkdir(exist_ok=True)
    for number, (title, detection, *_) in enumerate(rules):
        rule = {"title": title, "logsource": {"product": "linux", "category": "process_creation"}, "level": "high",
                "detection": detection, **more}
        (folder / f"{number:03}.yml").write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in rule.items()))


def add_tests(source, rules):
    """The pack with tests in every rule: it asks for approval of one command, and not of the other."""
    parts = re.split(r"(?m)^(    severity: .*\n)", source)
    assert len(parts) == 2 * len(rules) + 1
    for number, (_, _, hit, miss) in enumerate(rules):
        tests = "".join(f"      - {{name: {name}, expect: {expect}, request: " +
                        json.dumps({"tool_name": "bash", "tool_args": {"command": command}}) + "}\n"
                        for name, command, expect in (("hit", hit, "require_approval"), ("miss", miss, "none")))
        parts[2 * number + 1] += "    tests:\n" + tests
    return "".join(parts)


def test_a_hundred_rules_are_carried_over_and_mean_the_same(tmp_path):
    folder, output = tmp_path / "rules", tmp_path / "sigma.yaml"
    write_rules(folder, RULES + REFUSED)
    done = run("rulepack", "import", "--from", "sigma", folder, "--output", output, "--format", "json")
    assert done.returncode == 0, done.log
    told = json.loads(done.text)
    assert told["rules"] == 100 and told["carried_over"] >= 98
    assert [one["title"] for one in told["refusals"]] == [title for title, *_ in REFUSED]
    assert [said for one, (_, _, said) in zip(told["refusals"], REFUSED) if said not in one["reason"]] == []
    checked = run("rulepack", "check", output)
    assert checked.returncode == 0, checked.text
    output.write_text(add_tests(output.read_text(), RULES))
    tested = json.loads(run("rulepack", "test", output, "--format", "json").text)
    assert [(one["rule"], one["test"]) for one in tested["results"] if not one["passed"]] == []
    assert tested["tests"] == 2 * len(RULES) and tested["unmatched_rules"] == 0


def import_one(folder, text, *more):
    folder.mkdir()
    (folder / "one.yml").write_text(text)
    return run("rulepack", "import", "--from", "sigma", folder, *more)


HEAD = "title: One\nlogsource: {category: process_creation}\n"
PLAIN = "detection: {s: {Image|endswith: /a}, condition: s}\n"


@pytest.mark.parametrize("text, said", {
    "no title": ("logsource: {category: process_creation}\n" + PLAIN, "no title"),
    "deprecated": (HEAD + "status: deprecated\n" + PLAIN, "deprecated"),
    "another log source": ("title: One\nlogsource: {product: windows, category: registry_set}\n" + PLAIN, "registry_set"),
    "no condition": (HEAD + "detection: {s: {Image|endswith: /a}}\n", "condition"),
    "near": (HEAD + "detection: {s: {Image|endswith: /a}, t: {Image|endswith: /b}, condition: s | near t}\n", "near"),
    "a timeframe": (HEAD + "detection: {s: {Image|endswith: /a}, timeframe: 5m, condition: s}\n", "timeframe"),
    "an unknown field": (HEAD + "detection: {s: {Moon: full}, condition: s}\n", "Moon"),
    "an unknown modifier": (HEAD + "detection: {s: {CommandLine|contians: a}, condition: s}\n", "contians"),
    "a bad pattern": (HEAD + "detection: {s: {CommandLine|re: '('}, condition: s}\n", "regular expression"),
    "an unknown selection": (HEAD + "detection: {s: {Image|endswith: /a}, condition: t}\n", "'t'"),
    "a directory alone": (HEAD + "detection: {s: {Image: '/tmp/*'}, condition: s}\n", "where a program is"),
    "a correlation": ("title: One\ncorrelation: {type: event_count}\n", "correlation"),
    "an unknown level": (HEAD + "level: hihg\n" + PLAIN, "hihg"),
    "broken YAML": (HEAD + "detection: {s: \n", "one.yml:1"),
    "no map": ("- a\n", "no map"),
}.values())
def test_what_cannot_be_carried_over_is_named_with_the_reason(tmp_path, text, said):
    done = import_one(tmp_path / "rules", text)
    assert done.returncode == 1 and done.text == ""
    assert said in done.log and "0 of 1 rules" in done.log


def test_several_documents_share_what_is_global_and_ids_are_unique(tmp_path):
    text = ("action: global\ntitle: Same\nid: 0a1b2c3d-0000-4000-8000-000000000000\nlevel: low\nauthor: Me\n"
            "logsource: {category: process_creation}\n---\n" + PLAIN + "---\n" + PLAIN + "---\n" + PLAIN)
    done = import_one(tmp_path / "rules", text)
    assert done.returncode == 0, done.log
    assert re.findall(r"  - id: (\S+)", done.text) == ["same", "same_0a1b2c3d", "same_3"]
    assert done.text.count("Author: Me") == 3 and done.text.count("severity: low") == 3


@pytest.mark.parametrize("logsource, selection, keys", [
    ({"category": "file_event"}, {"TargetFilename|startswith": "/etc/", "Image|endswith": "/a"}, {"path.normalized|startswith", "shell.name"}),
    ({"category": "network_connection"}, {"Initiated": "true", "DestinationIp": "192.0.2.1", "DestinationPort": 4444}, {"url.ip", "url.port"}),
    ({"category": "dns_query"}, {"QueryName|endswith": ".example"}, {"url.host|endswith"}),
    ({"category": "proxy"}, {"c-uri|contains": "/a?", "cs-host": "a.example"}, {"tool_args.**|contains", "url.host"}),
    ({"category": "webserver"}, {"cs-uri-stem|endswith": ".php"}, {"url.path|endswith"}),
    ({"product": "linux", "service": "auditd"}, {"type": "EXECVE", "a0": "chmod", "a1": "777", "a2": "/tmp/x"}, {"shell.name", "shell.args|all"}),
])
def test_other_sources_have_their_facts(tmp_path, logsource, selection, keys):
    rule = {"title": "One", "logsource": logsource, "detection": {"s": selection, "condition": "s"}}
    done = import_one(tmp_path / "rules", json.dumps(rule))
    assert done.returncode == 0, done.log
    assert set(re.findall(r'^        "([^"]+)": ', done.text, re.MULTILINE)) == keys


@pytest.mark.parametrize("member", [
    {"CommandLine|windash|contains": " -x "}, {"CommandLine|base64offset|contains": "curl"}, {"CommandLine|wide|base64offset|contains": "curl"},
    {"CommandLine|contains|cased": "A"}, {"CommandLine|fieldref": "tool_args.command"}, {"CommandLine|neq": "a"}, {"CommandLine|re|i|s": "a.b"}],
    ids=lambda member: list(member)[0])
def test_modifiers_of_the_specification_come_over(tmp_path, member):
    rule = {"title": "One", "logsource": {"category": "process_creation"}, "detection": {"s": member, "condition": "s"}}
    done = import_one(tmp_path / "rules", json.dumps(rule))
    assert done.returncode == 0, done.log


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    output = tmp_path / "sigma.yaml"
    output.write_text("mine")
    done = import_one(tmp_path / "rules", HEAD + PLAIN, "--output", output)
    assert done.returncode == 3 and output.read_text() == "mine"


@pytest.mark.parametrize("words", [["import", "."], ["import", "--from", "snort", "."], ["import", "--from", "sigma"], ["sign"]])
def test_wrong_usage_is_told_apart(words):
    assert run("rulepack", *words).returncode == 2


# ---- bench ----

def test_bench_decides_the_requests_of_the_packs_tests(pack):
    told = json.loads(run("rulepack", "bench", pack, "--format", "json").text)
    assert told["requests"] == 3 and told["rules"] == 3 and told["always_rules"] == 1
    assert told["compile_ns"] > 0 and told["decision_ns"] > 0 and told["request_read_ns"] > 0
