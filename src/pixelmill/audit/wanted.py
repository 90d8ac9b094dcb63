"""Which tasks of the trail are asked for."""

from dataclasses import dataclass
from datetime import datetime

from pixelmill.domain.task import Status


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Tasks that match everything that is given.

    Attributes:
        status: They stand so.
        since: Accepted at this moment or later.
        until: Accepted before this moment.
        source: Of exactly this source: a URL as `pixelmill.domain.source_url` leaves it, or `sha256:<hex>` for an
            upload.
        host: Their source is on the web, on this host as it is in normalized URLs.
        tenant: Theirs.
    """

    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None
    host: str | None = None
    tenant: str | None = None


EVERYTHING = Wanted()
