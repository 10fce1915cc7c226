"""Verifies an audit log by shared/audit/FORMAT.md alone: verify_log.py DIR [PUBLIC_KEY_FILE [SEQ:HASH]]; exit code 1,
and a line a fault. The Fernet keys are those of OFFLINE_ENCRYPTION_KEY, else of DIR/fernet.key."""
import base64, hashlib, json, os, pathlib, re, sys, zlib
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Public
folder, head = pathlib.Path(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else None
public = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else folder / "checkpoint.key.pub").read_text().strip()
secret = os.environ.get("OFFLINE_ENCRYPTION_KEY") or (folder / "fernet.key").read_text()
opener = MultiFernet([Fernet(key.strip()) for key in secret.split(",")])
faults, heads, known = [], set(), set()  # known: public keys that signed, or to which those changed
def once(members):
    if len(dict(members)) < len(members):
        raise ValueError("a member twice")
    return dict(members)
def opened(token):
    """The payloads of a line. Python's base64 and zlib would pass over bytes that do not belong there."""
    if base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) != token:
        raise ValueError("not canonical")
    text, stream = opener.decrypt(token), zlib.decompressobj()
    if text[:1] == b"{":
        return [text]
    text = stream.decompress(text, 32 << 20)
    if not stream.eof or stream.unused_data:
        raise ValueError("not one whole stream")
    return text.split(b"\n")
def read(payload):
    """The commit that a payload is; fails where it is none."""
    commit = json.loads(payload, object_pairs_hook=once)
    numbers = [record["seq"] for record in commit["records"]]
    if commit["v"] != 1 or not numbers or numbers != list(range(commit["seq"], commit["seq"] + len(numbers))):
        raise ValueError("not a commit of version 1")
    void, mark = commit.get("void", {"from": 0}), commit.get("checkpoint", {"segment": 0, "every": 1, "key": ""})
    _ = void["from"] + mark["segment"] + 1 // mark["every"], mark["key"] + commit["time"] + commit["prev"]
    _ = [(e["segment"] + e["first"] + e["last"], e["hash"] + "") for e in commit.get("deleted", [])]
    _ = [generation + len(digest) for generation, digest in commit.get("anchors", {}).values()]
    return commit
def commits(path):
    """(line, offset, payload, commit) of all that a file seals; the last two are None where a line does not open."""
    data, line, at = path.read_bytes() if path.exists() else b"", 1, 0
    for found in re.finditer(rb"[^\n]+", data):
        line, at = line + data.count(b"\n", at, found.start()), found.start()
        try:
            if found.end() == len(data):
                raise ValueError("does not end as a line")
            payloads = opened(found.group())
        except Exception:
            payloads = [b""]
        for payload in payloads:
            try:
                yield line, at, payload, read(payload)
            except Exception:
                yield line, at, None, None
def signed(commit, mark):
    text = (f"aisentinel checkpoint 1\nseq {commit['seq'] - 1}\nhash {commit['prev']}\ntime {commit['time']}\nsegment "
            f"{mark['segment']}\nevery {mark['every']}\nkey {mark['key']}\nnext {mark.get('next', '-')}\n")
    try:
        for key, signature in [("key", "signature")] + [("next", "next_signature")] * ("next" in mark):
            Public.from_public_bytes(bytes.fromhex(mark[key])).verify(bytes.fromhex(mark[signature]), text.encode())
        return True
    except Exception:
        return False
names = {int(m[1]): p for p in folder.iterdir() if (m := re.fullmatch(r"audit_logs\.([1-9]\d*)\.enc", p.name))}
active = folder / "audit_logs.enc"
if names and active.exists() and names[max(names)].samefile(active):
    del names[max(names)]  # a crash in mid-rotation left both names
names[max(names, default=0) + 1] = active
files = {n: list(commits(names[n])) for n in sorted(names)}
gone = {e["segment"]: e for f in files.values() for c in f if c[3] for e in c[3].get("deleted", [])}
before = gone.get(min(files) - 1, {"last": 0, "hash": "0" * 64 if min(files) == 1 else None})
if before["last"] == 0 < min(files) - 1:  # damage had made it unreadable, so it tells nothing of what follows
    start = next((c[3] for f in files.values() for c in f if c[3]), {"seq": 1, "prev": None})
    before = {"last": start["seq"] - 1, "hash": start["prev"] if min(files) - 1 in gone else None}
expected, prev, signer, marked, every, count, anchors = before["last"], before["hash"], None, 0, 0, 0, {}
for n, lines in files.items():
    if not any(c[3] for c in lines):
        faults.append(f"{names[n].name}: holds no commit")
    void = next((c[3].get("void") for c in files.get(n + 1, []) if c[3]), None)
    for i, (line, at, payload, commit) in enumerate(c for c in lines if not void or c[1] < void["from"]):
        fault = lambda text: faults.append(f"{names[n].name}:{line}: {text}")
        if not commit:
            fault("does not open")
            continue
        numbers = [record["seq"] - 1 for record in commit["records"]]
        want = (prev, n if i == 0 else None, list(range(expected, expected + len(numbers))))
        if want != (commit["prev"], commit.get("segment"), numbers):
            fault("does not continue the chain")
        if mark := commit.get("checkpoint"):
            if not signed(commit, mark) or mark["segment"] != n or signer not in (None, mark["key"]):
                fault("its checkpoint is forged or foreign")
            known |= {mark["key"], mark.get("next", mark["key"])}
            signer, marked, every, count = mark.get("next", mark["key"]), commit["seq"] - 1, mark["every"], count + 1
        elif signer and (i == 0 or commit["seq"] - 1 - marked >= every):
            fault("has no checkpoint")
        for name, (generation, _) in commit.get("anchors", {}).items():
            if generation < anchors.get(name, generation):
                fault(f"the anchor of {name} goes back")
            anchors[name] = generation
        expected, prev = numbers[-1] + 1, hashlib.blake2b(payload, digest_size=32).hexdigest()
        heads.add(f"{expected}:{prev}")
faults += [f"audit_logs.{n}.enc: is missing" for n in range(min(files), max(files)) if n not in files]
faults += ["no checkpoint by that key"] * (public not in known) + [f"no way to {head}"] * (head not in heads | {None})
sys.exit("\n".join(faults) or print(f"valid: {count} checkpoints, head {expected}:{prev}"))
