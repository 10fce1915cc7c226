"""Rulepacks for tests, and the calls that change them."""

import json

RULEPACKS = "/api/v1/rulepacks"
BOUNDARY = "--------------------7ad0fb1c93ee5d2a"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def pack(name, version, tool="zap", title="No zapping", expect="block", more=""):
    """A pack of one rule about one tool, with one test; more is put behind the version."""
    return (f"name: {name}\nversion: {version}\n{more}rules:\n"
            f"- {{id: {name}_rule, title: {title}, tools: [{tool}], action: block, severity: high,\n"
            f"   tests: [{{name: first, request: {{tool_name: {tool}}}, expect: {expect}}}]}}\n")


def part(content, name="rulepack", fields=()):
    content = content.encode() if isinstance(content, str) else content
    head = [f'Content-Disposition: form-data; name="{name}"; filename="{name}.yaml"', *fields]
    return f"--{BOUNDARY}\r\n".encode() + "\r\n".join(head).encode() + b"\r\n\r\n" + content + b"\r\n"


def form(*parts):
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class Packs:
    """The changes, asked for over a Rest client."""

    def __init__(self, rest):
        self.rest = rest

    def add(self, source, content_type=FORM_TYPE, body=None):
        body = form(part(source)) if body is None else body
        return self.rest.post(RULEPACKS, body, headers={"Content-Type": content_type})

    def get(self, name, **parameters):
        return self.rest.get(f"{RULEPACKS}/{name}", **parameters)

    def switch(self, name, enabled):
        return self.rest.call("PATCH", f"{RULEPACKS}/{name}", {"enabled": enabled})

    def patch(self, name, body):
        return self.rest.call("PATCH", f"{RULEPACKS}/{name}", body)

    def remove(self, name):
        return self.rest.call("DELETE", f"{RULEPACKS}/{name}")

    def rollback(self, name, query=""):
        return self.rest.call("POST", f"{RULEPACKS}/{name}/rollback{query}", b"")

    def names(self):
        answer = self.rest.get(RULEPACKS)
        return {one["name"]: one for one in json.loads(answer.body)["rulepacks"]}
