import pytest

from server import Prepared


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for a whole file, for tests that leave it as they found it."""
    with Prepared(tmp_path_factory.mktemp("product") / "data") as running:
        yield running


@pytest.fixture
def rest(server):
    client = server.rest()
    yield client
    client.close()


@pytest.fixture
def admin(server):
    client = server.rest("admin")
    yield client
    client.close()


@pytest.fixture
def req(server):
    with server.zmq() as client:
        yield client
