"""Names of a hostile zone, answered by a real name server: what is judged is the address that is dialed."""

from pathlib import Path

import pytest

from pixelmill.domain.errors import SourceForbidden, SourceHostUnknown, SourceUnreachable
from pixelmill.fetch.fetcher import Fetcher
from tests.security.fetch.conftest import JPEG
from tests.support.answers import body
from tests.support.names import SERVER_FAILURE, Names
from tests.support.origin import Origin

FORBIDDEN = ["127.0.0.1", "::1", "10.0.0.1 10.0.0.2 fd00::1", "::ffff:7f00:1", "64:ff9b::7f00:1", "169.254.169.254"]


@pytest.mark.parametrize("addresses", FORBIDDEN)
async def test_a_name_that_points_inside_is_refused(
    fetcher: Fetcher, origin: Origin, tmp_path: Path, addresses: str
) -> None:
    """A public name may resolve to anything."""
    with Names({"inside.example": [addresses]}) as names:
        names.be_asked_by(fetcher)
        with pytest.raises(SourceForbidden, match="not a public address"):
            await fetcher.fetch(f"http://inside.example:{origin.port}/cat.jpg", tmp_path / "source")
    assert origin.requests == []


async def test_a_name_that_changes_its_address_is_looked_up_once(
    local_fetcher: Fetcher, origin: Origin, tmp_path: Path
) -> None:
    """Rebinding: an allowed answer first, a forbidden one after. There is no second lookup to profit from."""
    with Names({"rebind.example": ["127.0.0.1", "127.0.0.2"]}) as names:
        names.be_asked_by(local_fetcher)
        url = f"http://rebind.example:{origin.port}/cat.jpg"
        assert (await local_fetcher.fetch(url, tmp_path / "source")).size_bytes == len(JPEG)
        assert names.asked == ["rebind.example"]


async def test_a_name_is_judged_again_when_it_is_dialed_again(
    local_fetcher: Fetcher, origin: Origin, tmp_path: Path
) -> None:
    """What it was the first time does not count: here the origin sends the fetch back to its own name."""
    with Names({"rebind.example": ["127.0.0.1", "127.0.0.2"]}) as names:
        names.be_asked_by(local_fetcher)
        origin.serve("/again.jpg", body(b"", status=302, headers={"Location": "/cat.jpg", "Connection": "close"}))
        with pytest.raises(SourceForbidden, match="not a public address"):
            await local_fetcher.fetch(f"http://rebind.example:{origin.port}/again.jpg", tmp_path / "source")
    assert names.asked == ["rebind.example", "rebind.example"]
    assert origin.times_asked("/cat.jpg") == 0


async def test_of_several_addresses_the_allowed_ones_are_dialed(
    local_fetcher: Fetcher, origin: Origin, tmp_path: Path
) -> None:
    """In whatever order they come; the forbidden one has a listener too."""
    with (
        Names({"both.example": ["127.0.0.2 127.0.0.1", "127.0.0.1 127.0.0.2"]}) as names,
        Origin(host="127.0.0.2", port=origin.port) as forbidden,
    ):
        names.be_asked_by(local_fetcher)
        for number in range(2):
            await local_fetcher.fetch(f"http://both.example:{origin.port}/cat.jpg", tmp_path / str(number))
        assert forbidden.requests == []


@pytest.mark.parametrize(
    ("answers", "kind"),
    [({}, SourceHostUnknown), ({"a.example": [""]}, SourceHostUnknown), ({"a.example": [SERVER_FAILURE]}, None)],
    ids=["no such name", "no address", "server failure"],
)
async def test_a_name_that_does_not_exist_is_told_from_a_server_that_fails(
    fetcher: Fetcher, tmp_path: Path, answers: dict[str, list[str]], kind: type[Exception] | None
) -> None:
    """The first lasts, the second may pass."""
    with Names(answers) as names:
        names.be_asked_by(fetcher)
        with pytest.raises(kind or SourceUnreachable):
            await fetcher.fetch("http://a.example/cat.jpg", tmp_path / "source")
