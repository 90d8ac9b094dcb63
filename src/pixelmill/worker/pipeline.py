"""The work of one attempt: fetch the source, transform it, store the variants."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pixelmill.domain.errors import TaskError, error_of
from pixelmill.domain.markup import markup_of
from pixelmill.domain.source import Source, SourceInfo, UploadSource
from pixelmill.domain.task import Outcome, Stage, Work
from pixelmill.domain.variant import FailedVariant, Result, Variant
from pixelmill.fetch.download import Fetched
from pixelmill.fetch.received import Received
from pixelmill.fetch.shared_fetch import SharedFetch
from pixelmill.fetch.sniff import sniff_file
from pixelmill.store.keys import image_url_of, result_key, slot_of
from pixelmill.store.store import Store
from pixelmill.telemetry import metrics
from pixelmill.transform.order import Made, MadeVariant, Order
from pixelmill.transform.sandbox import Sandbox
from pixelmill.worker.progress import ProgressReports
from pixelmill.worker.scratch import Scratch
from pixelmill.worker.stopwatch import Stopwatch


class Pipeline:
    """Does the work of attempts, many at a time.

    Args:
        fetch: Brings sources from the web.
        sandbox: Makes variants.
        store: Has the uploads, takes the variants.
        scratch: Where unfinished work lies.
    """

    def __init__(self, fetch: SharedFetch, sandbox: Sandbox, store: Store, scratch: Scratch) -> None:
        self._fetch = fetch
        self._sandbox = sandbox
        self._store = store
        self._scratch = scratch

    async def run(self, work: Work, execution_id: str, progress: ProgressReports, stopwatch: Stopwatch) -> Outcome:
        """Do the work; what it leaves behind is the variants in the store, and nothing if it fails.

        Raises:
            PixelmillError: Whatever keeps every variant from being made.
            Postponed: Too many tasks wait for the source or its host already.
        """
        with self._scratch.folder(execution_id) as folder:
            progress.enter(Stage.FETCHING)
            progress.receive(partial(self._received, work))
            with stopwatch.time("fetch"):
                fetched = await self._obtain(work, folder / "source")
            progress.enter(Stage.TRANSFORMING)
            progress.receive(partial(Received, fetched.size_bytes, fetched.size_bytes))
            with stopwatch.time("transform"):
                made = await self._transform(fetched, work, folder, progress)
            progress.enter(Stage.STORING)
            progress.make(len(work.variants))
            with stopwatch.time("store"):
                result = await self._keep(made.variants, work, execution_id)
        return Outcome(
            execution_id=execution_id,
            source=_describe(work.source, fetched, made),
            result=result,
            timings_ms=stopwatch.timings_ms,
        )

    def _received(self, work: Work) -> Received | None:
        """What has come so far of a source from the web."""
        if isinstance(work.source, UploadSource):
            return None
        return self._fetch.received(work.source.image_url, refresh=work.refresh)

    async def _obtain(self, work: Work, path: Path) -> Fetched:
        source = work.source
        if isinstance(source, UploadSource):
            size_bytes = await self._store.lend_file(source.key, path)
            fetched = Fetched(path, size_bytes, source.sha256, sniff_file(path))
        else:
            fetched = await self._fetch.fetch(source.image_url, path, refresh=work.refresh)
        metrics.source_bytes.labels(fetched.format).observe(fetched.size_bytes)
        return fetched

    async def _transform(self, fetched: Fetched, work: Work, folder: Path, progress: ProgressReports) -> Made:
        order = Order(source_path=fetched.path, format=fetched.format, scratch_dir=folder, variants=work.variants)
        made = await self._sandbox.transform(order, progress.make)
        metrics.source_pixels.labels(fetched.format).observe(made.width * made.height * made.frames)
        errors = [variant for variant in made.variants.values() if isinstance(variant, TaskError)]
        if len(errors) == len(made.variants):
            raise error_of(errors[0])
        return made

    async def _keep(self, variants: Mapping[str, MadeVariant | TaskError], work: Work, execution_id: str) -> Result:
        slot = slot_of(datetime.now(UTC))
        kept: dict[str, Variant | FailedVariant] = {}
        files: dict[str, Path] = {}
        for name, variant in variants.items():
            if isinstance(variant, TaskError):
                kept[name] = FailedVariant(error=variant)
                continue
            key = result_key(slot, work.task_id, execution_id, variant.path.name)
            kept[name] = Variant(url=image_url_of(key), **variant.model_dump(exclude={"path"}))
            if key not in files:
                metrics.result_bytes.labels(variant.format).observe(variant.bytes)
            files[key] = variant.path
        await self._store.put_files(files)
        shown = [variant for variant in kept.values() if isinstance(variant, Variant)]
        return Result(variants=kept, markup=markup_of(shown) if work.with_markup else None)


def _describe(source: Source, fetched: Fetched, made: Made) -> SourceInfo:
    return SourceInfo(
        image_url=None if isinstance(source, UploadSource) else source.image_url,
        format=fetched.format,
        width=made.width,
        height=made.height,
        frames=made.frames,
        bytes=fetched.size_bytes,
        sha256=fetched.sha256,
    )
