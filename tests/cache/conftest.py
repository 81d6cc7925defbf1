from collections.abc import Iterator

import pytest

from tests.fixtures.redis_server import running


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of our own."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server.url
