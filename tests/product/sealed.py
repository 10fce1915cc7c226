"""The data directory read without the product: python-cryptography for the tokens, zlib for packed lines, hashlib for
the chain.

Follows the page at the head of shared/seal/log.h and shared/seal/document.h, and nothing else."""

import hashlib
import itertools
import json
import re
import zlib

from cryptography.fernet import Fernet, MultiFernet

SEGMENT = re.compile(r"audit_logs\.(\d+)\.enc$")
ZEROS = "0" * 64


def fernet(data_dir, keys=None):
    text = keys or (data_dir / "fernet.key").read_text()
    return MultiFernet([Fernet(key.strip()) for key in text.split(",")])


def digest(payload):
    return hashlib.blake2b(payload, digest_size=32).hexdigest()


def tokens(data):
    """(byte offset, token) of every line that is not empty; padding is long and skipped at once."""
    for found in re.finditer(rb"[^\n]+", data):
        yield found.start(), found.group()


def payloads(path, opener):
    """(byte offset of its line, payload) of everything sealed in a file; fails on a line that does not open."""
    for offset, token in tokens(path.read_bytes()):
        text = opener.decrypt(token)
        if text.startswith(b"{"):
            yield offset, text
            continue
        for payload in zlib.decompress(text).split(b"\n"):
            yield offset, payload


def is_packed(path, opener):
    """Whether a segment has lines that hold several payloads, compressed. The first may be one that would not get
    shorter: a small commit before one that is large enough for a line of its own."""
    begin = itertools.islice(tokens(path.read_bytes()), 3)
    return any(not opener.decrypt(token).startswith(b"{") for _, token in begin)


def segments(data_dir):
    """The files of the log, oldest first."""
    rotated = [(int(found.group(1)), path) for path in data_dir.iterdir() if (found := SEGMENT.search(path.name))]
    return [path for _, path in sorted(rotated)] + [data_dir / "audit_logs.enc"]


def all_packed(data_dir, keys=None):
    """Whether all rotated segments are packed; false while retention deletes some."""
    opener = fernet(data_dir, keys)
    try:
        return all(is_packed(path, opener) for path in segments(data_dir)[:-1])
    except FileNotFoundError:
        return False


def unpack(path, opener):
    """Writes a segment as it was before it was packed: one payload a line."""
    lines = [opener.encrypt(text) + b"\n" for _, text in payloads(path, opener)]
    replacement = path.with_name("replacement")
    replacement.write_bytes(b"".join(lines))
    replacement.chmod(0o600)
    replacement.rename(path)


class Chain:
    """The audit log, verified while it is read. Rotated segments do not change any more and are read once."""

    def __init__(self, data_dir, keys=None):
        self.data_dir = data_dir
        self.opener = fernet(data_dir, keys)
        self.known = {}

    def _commits(self, path):
        status = path.stat()
        mark = (status.st_ino, status.st_size, status.st_mtime_ns)
        if path not in self.known or self.known[path][0] != mark:
            read = [(offset, digest(text), json.loads(text)) for offset, text in payloads(path, self.opener)]
            self.known[path] = (mark, read)
        return self.known[path][1]

    def _files(self):
        """The commits of each file; again where a rotation came between looking for the files and reading them."""
        while True:
            paths = segments(self.data_dir)
            active = paths[-1].stat().st_ino
            files = [self._commits(path) for path in paths]
            if segments(self.data_dir) == paths and paths[-1].stat().st_ino == active:
                return files

    def verify(self):
        """All records in order. Fails where a number, a link or a segment does not fit."""
        files = self._files()
        deleted = {entry["segment"]: entry for commits in files for _, _, commit in commits
                   for entry in commit.get("deleted", [])}
        records, previous, following = [], None, None
        for index, commits in enumerate(files):
            void = files[index + 1][0][2].get("void") if index + 1 < len(files) else None
            for position, (offset, own, commit) in enumerate(commits):
                if void is not None and offset >= void["from"]:
                    break
                assert commit["v"] == 1
                assert ("segment" in commit) == (position == 0)
                if previous is None:
                    previous, following = self._beginning(commit, deleted)
                assert commit["prev"] == previous, f"the chain breaks at record {commit['seq']}"
                assert commit["seq"] == following, f"record {following} is missing"
                assert commit["records"], "a commit without records"
                for number, record in enumerate(commit["records"], commit["seq"]):
                    assert record["seq"] == number
                records += commit["records"]
                previous, following = own, commit["seq"] + len(commit["records"])
        self.head = {"sequence": following - 1, "hash": previous}
        return records

    @staticmethod
    def _beginning(commit, deleted):
        if commit["segment"] == 1:
            return ZEROS, 1
        gone = deleted[commit["segment"] - 1]
        return gone["hash"], gone["last"] + 1


def next_generation(data_dir, name):
    """Seals a document anew under the next generation, as its owner would after a change."""
    opener = fernet(data_dir)
    path = data_dir / f"{name}.enc"
    ((_, text),) = payloads(path, opener)
    generation = json.loads(text)["generation"]
    text = text.replace(b'"generation":%d,' % generation, b'"generation":%d,' % (generation + 1), 1)
    replacement = data_dir / "replacement"
    replacement.write_bytes(opener.encrypt(text) + b"\n")
    replacement.chmod(0o600)
    replacement.rename(path)
