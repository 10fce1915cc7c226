"""By shared/audit/FORMAT.md: verify_log.py DIR [PUBLIC_KEY_FILE [SEQ:HASH]]. Exit 1: a line a fault; 2: why not"""
import base64, contextlib, hashlib, json, os, pathlib, re, sys, zlib
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey as Public
home, head = pathlib.Path(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else None
look = lambda: [path.lstat().st_mtime_ns for path in (home, *home.glob("audit_logs.enc"))]
def again(before=look(), left=int(os.environ.get("LEFT", 50))):  # where somebody wrote, rotated or deleted meanwhile
    return left and look() != before and os.execlp("env", "env", f"LEFT={left - 1}", sys.executable, *sys.argv)
sys.excepthook = lambda kind, error, trace: (again(), print(f"verify_log.py: {error}", file=sys.stderr), os._exit(2))
public = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else home / "checkpoint.key.pub").read_text().strip()
opener = MultiFernet(map(Fernet, (os.getenv("OFFLINE_ENCRYPTION_KEY") or (home / "fernet.key").read_text()).split(",")))
faults, heads, known, every, count, active = [], set(), set(), 0, 0, home / "audit_logs.enc"
def commits(path):  # (line, offset, payload, commit) of all that it seals; where a line does not open, the last two None
    data, line, at = path.read_bytes() if path.is_file() and not path.is_symlink() else b"", 1, 0
    for found in re.finditer(rb"[^\n]+", data):
        line, at, token = line + data.count(b"\n", at, found.start()), found.start(), found.group()
        try:  # Python's base64 and zlib would pass over bytes that do not belong there
            assert base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) == token and found.end() < len(data)
            text, stream = opener.decrypt(token), zlib.decompressobj()
            payloads = [text] if text[:1] == b"{" else stream.decompress(text).split(b"\n")
            assert text[:1] == b"{" or (stream.eof and not stream.unused_data)
            yield from [(line, at, payload, json.loads(payload)) for payload in payloads]
        except Exception:
            yield line, at, None, None
def signed(commit, mark):
    text = (f"aisentinel checkpoint 1\nseq {commit['seq'] - 1}\nhash {commit['prev']}\ntime {commit['time']}\nsegment "
            f"{mark['segment']}\nevery {mark['every']}\nkey {mark['key']}\nnext {mark.get('next', '-')}\n")
    with contextlib.suppress(Exception):
        for key, signature in [("key", "signature")] + [("next", "next_signature")] * ("next" in mark):
            Public.from_public_bytes(bytes.fromhex(mark[key])).verify(bytes.fromhex(mark[signature]), text.encode())
        return mark["segment"] == n and signer in (None, mark["key"])
newest = list(commits(active))  # once and first: what is rotated after has a number that is left out
names = {int(m[1]): p for p in home.iterdir() if (m := re.fullmatch(r"audit_logs\.([1-9]\d*)\.enc", p.name))}
top = next((c[3]["segment"] for c in newest if c[3] and c[3].get("segment")), max(names, default=0) + 1)
faults += [f"{names[n].name}: is no segment" for n in names if n > top or n == top and not names[n].samefile(active)]
names[top] = active
files = {n: list(commits(names[n])) if n < top else newest for n in sorted(names) if n <= top}
gone = {e["segment"]: (e["last"], e["hash"]) for f in files.values() for c in f if c[3] for e in c[3].get("deleted", [])}
(expected, prev), signer, marked = gone.get(min(files) - 1, (0, "0" * 64 if min(files) == 1 else None)), None, 0
for n, void in [(n, next((c[3].get("void") for c in files.get(n + 1, []) if c[3]), None)) for n in files]:
    for i, (line, at, payload, commit) in enumerate(c for c in files[n] if not void or c[1] < void["from"]):
        numbers = [record.get("seq") for record in (commit or {}).get("records") or []]
        if not numbers or commit.get("v") != 1 or not all(numbers):
            faults.append(f"{names[n].name}:{line}: does not open")
            continue
        wanted = (prev, n if i == 0 else None, list(range(expected + 1, expected + len(numbers) + 1)))
        due = not (mark := commit.get("checkpoint")) and signer and (i == 0 or commit["seq"] - 1 - marked >= every)
        if wanted != (commit["prev"], commit.get("segment"), numbers) or due or (mark and not signed(commit, mark)):
            faults.append(f"{names[n].name}:{line}: does not continue the chain, or lacks or forges a checkpoint")
        if mark:
            known |= {mark["key"], mark.get("next", mark["key"])}
            signer, marked, every, count = mark.get("next", mark["key"]), commit["seq"] - 1, mark["every"], count + 1
        heads.add(f"{(expected := numbers[-1])}:{(prev := hashlib.blake2b(payload, digest_size=32).hexdigest())}")
faults += [f"{names[n].name}: is missing, or holds no commit" for n in files if not any(c[3] for c in files[n])]
faults += [f"audit_logs.{a + 1}.enc: is missing, to {b - 1}" for a, b in zip(files, list(files)[1:]) if b > a + 1]
faults += [f"{path.name}: was set aside, and holds records behind the end" for path in home.glob("audit_logs.[ds]*-*")
           if any(c[3] and c[3].get("seq", 0) + len(c[3].get("records", [])) > expected + 1 for c in commits(path))]
faults += ["no checkpoint by that key"] * (public not in known) + [f"no way to {head}"] * (head not in heads | {None})
sys.exit(faults and (again() or "\n".join(faults)) or print(f"valid: {count} checkpoints, head {expected}:{prev}"))
