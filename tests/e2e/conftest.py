"""The whole service, shared by the tests that only use it. Who restarts or kills parts of it starts a private one."""

from collections.abc import Iterator

import pytest

from tests.support.origin import Origin
from tests.support.service import Service, running_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`pixelmill up`, ready behind nginx, with an origin on loopback that it may fetch from."""
    with Origin() as origin, running_service(tmp_path_factory.mktemp("service"), origin) as running:
        yield running
