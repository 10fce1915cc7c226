"""What of the control plane is refused to a caller that is known stands in the audit log before it is answered."""

import json

import pytest

from packs import FORM_TYPE, RULEPACKS, Packs, form, pack, part
from server import Prepared, wait_until

KEYS = "/api/v1/api_keys"
ROTATION = "/api/v1/admin/key-rotation"
GITHUB = "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"
BURST = 60  # refusals of one key that have records of their own at once


def refused(server, **filters):
    return server.logs(event="request_refused", **filters)["logs"]


def newest(server):
    return refused(server, limit=1)[0]


def key_id(server, name):
    keys = server.rest("admin").get(KEYS).json()["api_keys"]
    return next(key["key_id"] for key in keys if key["name"] == name)


def upload(client, source, path=RULEPACKS, **fields):
    return client.post(path, form(part(source)), headers={"Content-Type": FORM_TYPE, **fields})


CASES = [
    ("agent", "GET", KEYS, None, 403, KEYS, {}),
    ("agent", "GET", "/api/v1/auditing/logs", None, 403, "/api/v1/auditing/logs", {}),
    ("agent", "POST", KEYS, {"name": "mine", "scopes": ["admin"]}, 403, KEYS, {}),
    ("agent", "DELETE", KEYS + "/key_1", None, 403, KEYS + "/{key_id}", {"key_id": "key_1"}),
    ("agent", "PATCH", RULEPACKS + "/secrets", {"enabled": False}, 403, RULEPACKS + "/{name}",
     {"name": "secrets"}),
    ("agent", "POST", ROTATION, None, 403, ROTATION, {}),
    ("admin", "DELETE", KEYS + "/nobody", None, 404, KEYS + "/{key_id}", {"key_id": "nobody"}),
    ("admin", "DELETE", RULEPACKS + "/nothing", None, 404, RULEPACKS + "/{name}", {"name": "nothing"}),
    ("admin", "DELETE", RULEPACKS + "/secrets", None, 409, RULEPACKS + "/{name}",
     {"name": "secrets"}),
    ("admin", "POST", RULEPACKS + "/secrets/rollback?from=9", b"", 409, RULEPACKS + "/{name}/rollback",
     {"name": "secrets"}),
    ("admin", "POST", RULEPACKS + "/nothing/rollback?version=1", b"", 400, RULEPACKS + "/{name}/rollback",
     {"name": "nothing"}),
    ("admin", "POST", KEYS, b'{"name":', 400, KEYS, {}),
    ("admin", "POST", KEYS, {"name": ""}, 422, KEYS, {}),
    ("admin", "PUT", RULEPACKS + "/secrets", {"enabled": True}, 405, RULEPACKS + "/{name}",
     {"name": "secrets"}),
    ("agent", "PUT", KEYS, {}, 405, KEYS, {}),
    ("admin", "PATCH", RULEPACKS + "/secrets", {"enabled": 1}, 422, RULEPACKS + "/{name}",
     {"name": "secrets"}),
]


@pytest.mark.parametrize("who, method, path, body, status, route, target", CASES)
def test_a_refused_call_is_recorded(server, who, method, path, body, status, route, target):
    answer = server.rest(who, source="127.0.0.9").call(method, path, body)
    assert answer.status == status
    record = newest(server)
    details = record["details"]
    assert record["outcome"] == "failure" and record["actor"] == "gateway-1"
    assert record["caller"]["key_id"] == key_id(server, "first admin" if who == "admin" else "agents")
    assert (details["method"], details["route"], details["status"]) == (method, route, status)
    assert details["title"] == answer.json()["title"]
    assert details.get("target", {}) == target
    assert details["address"] == "127.0.0.9"


@pytest.mark.parametrize("fields", [{}, {"Transfer-Encoding": "chunked"}, {"Expect": "100-continue"}])
def test_an_upload_that_is_turned_away_is_recorded(server, fields):
    """However it is sent: whether its end is waited for or not."""
    before = len(refused(server, limit=1000))
    answer = upload(server.rest("agent"), pack("turned_away", "1"), **fields)
    assert answer.status == 403
    wait_until(lambda: len(refused(server, limit=1000)) == before + 1, "the record")
    assert newest(server)["details"]["route"] == RULEPACKS


def test_packs_with_faults_are_recorded(server):
    packs = Packs(server.rest("admin"))
    assert packs.add("name: [").status == 422
    assert newest(server)["details"]["status"] == 422
    assert packs.add(pack("untrue", "1", expect="allow")).status == 422
    assert newest(server)["details"]["status"] == 422
    assert packs.add("no form", body=b"no form").status == 400
    assert newest(server)["details"]["status"] == 400


def test_what_is_no_act_has_no_record(server):
    """Questions that were not understood, preflights, what nobody sent, and what was done."""
    before = len(refused(server, limit=1000))
    admin, agent = server.rest("admin"), server.rest("agent")
    assert admin.get(RULEPACKS + "/nothing").status == 404
    assert admin.get(KEYS, limit=1).status == 400
    assert admin.get("/api/v1/nowhere").status == 404
    assert admin.call("DELETE", "/api/v1/nowhere").status == 404
    assert admin.get(RULEPACKS + "/secrets/rollback").status == 405
    assert admin.call("OPTIONS", KEYS).status == 204
    assert admin.call("PUT", "/api/v1/preflight", {}).status == 405
    assert admin.call("DELETE", "/livez").status == 405
    assert server.rest(None).call("PUT", KEYS, {}).status == 405
    assert agent.post("/api/v1/preflight", b"{").status == 400
    assert server.rest(None).get(KEYS).status == 401
    assert server.rest("nonsense").call("DELETE", KEYS + "/x").status == 401
    server.revoke_key(server.make_key("read")["key_id"])
    assert len(refused(server, limit=1000)) == before


def test_secrets_and_long_names_do_not_get_into_the_log(server):
    admin = server.rest("admin")
    assert admin.call("DELETE", f"{RULEPACKS}/a-{GITHUB}").status == 404
    assert newest(server)["details"]["target"]["name"].startswith("a-masked:github_token:")
    assert admin.call("DELETE", f"{KEYS}/x?token={GITHUB}&{GITHUB}=1").status == 400
    assert GITHUB not in json.dumps(newest(server))
    assert admin.call("DELETE", f"{RULEPACKS}/{'n' * 250}").status == 404
    assert newest(server)["details"]["target"]["name"] == "n" * 200


def test_the_record_is_on_disk_before_the_answer(data_dir):
    with Prepared(data_dir) as own:
        assert own.rest("agent").call("DELETE", KEYS + "/at_once").status == 403
        own.kill()
        own.start()
        assert newest(own)["details"]["target"] == {"key_id": "at_once"}


def test_nobody_fills_the_log_with_refusals(server):
    made = server.make_key("preflight")
    client, count = server.rest(made["api_key"]), 3 * BURST
    for _ in range(count):
        assert client.call("DELETE", KEYS + "/x").status == 403

    def mine():
        return [record["details"] for record in refused(server, limit=1000)
                if record["caller"]["key_id"] == made["key_id"]]

    wait_until(lambda: sum(details.get("count", 1) for details in mine()) == count, "all to be recorded")
    added_up = [details for details in mine() if "count" in details]
    assert added_up and all(details["statuses"] == {"403": details["count"]} for details in added_up)
    assert len(mine()) < 2 * BURST


def test_a_stop_loses_nothing_that_was_added_up(data_dir):
    with Prepared(data_dir) as own:
        agent, stranger, count = own.rest("agent"), own.rest("x" * 42), 3 * BURST
        for _ in range(count):
            assert agent.post(KEYS, {"name": "mine"}).status == 403
        for _ in range(5):
            assert stranger.get(KEYS).status == 401
        own.stop()
        own.start()
        assert sum(record["details"].get("count", 1) for record in refused(own, limit=1000)) == count
        failed = own.logs(event="auth_failed")["logs"]
        assert sum(record["details"]["count"] for record in failed) == 5
        stopped = own.logs(event="service_stopped")["logs"][0]["seq"]
        assert all(record["seq"] < stopped for record in refused(own, limit=1000) + failed)


def test_a_single_failed_login_is_recorded_at_once(data_dir):
    """Not a second later, with those that follow: it is there when the next call is answered from the log."""
    with Prepared(data_dir) as own:
        assert own.rest("x" * 42).get(KEYS).status == 401
        assert own.rest("agent").call("DELETE", KEYS + "/x").status == 403
        own.kill()
        own.start()
        assert [record["details"]["count"] for record in own.logs(event="auth_failed")["logs"]] == [1]


def test_what_a_refused_call_is_known_by_elsewhere_is_recorded(server):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    agent = server.rest("agent")

    def refuse(**fields):
        assert agent.call("DELETE", KEYS + "/x", headers=fields).status == 403
        return newest(server)["details"]

    details = refuse(**{"X-Request-ID": "r-77", "traceparent": trace})
    assert (details["request_id"], details["traceparent"]) == ("r-77", trace)
    assert refuse(**{"X-Request-ID": GITHUB})["request_id"].startswith("masked:github_token:")
    assert "request_id" not in refuse() and "traceparent" not in refuse()
