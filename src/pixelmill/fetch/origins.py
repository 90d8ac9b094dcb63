"""Where sources come from: each URL is fetched in the way of its kind."""

from pathlib import Path

from pixelmill.domain.object_url import is_object_url
from pixelmill.fetch.bucket_fetcher import BucketFetcher
from pixelmill.fetch.download import Answer, Fetched
from pixelmill.fetch.fetcher import Condition, Fetcher


class Origins:
    """The web, and buckets.

    Args:
        web: Fetches from the web.
        buckets: Fetches from buckets.
    """

    def __init__(self, web: Fetcher, buckets: BucketFetcher) -> None:
        self._web = web
        self._buckets = buckets

    async def fetch(self, url: str, destination: Path) -> Fetched:
        """Download a normalized URL; see `Fetcher.fetch`."""
        return await self._of(url).fetch(url, destination)

    async def fetch_unless(self, condition: Condition, url: str, destination: Path) -> Fetched | Answer:
        """Download it unless it has not changed; see `Fetcher.fetch_unless`."""
        return await self._of(url).fetch_unless(condition, url, destination)

    def _of(self, url: str) -> Fetcher | BucketFetcher:
        return self._buckets if is_object_url(url) else self._web
