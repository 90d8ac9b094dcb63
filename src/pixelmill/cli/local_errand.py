"""What `resize` does once its options are understood. Loaded by the command when it runs, with all it needs."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from pixelmill.cli import files
from pixelmill.cli.batch import Ended, failed, work_on
from pixelmill.cli.progress import Display, progress
from pixelmill.cli.results import Results, Saved, shown
from pixelmill.cli.sources import Source
from pixelmill.domain.errors import Fault, PixelmillError, TaskError, error_of
from pixelmill.domain.transformation import Transformation
from pixelmill.fetch.sniff import sniff_file
from pixelmill.settings import TransformSettings
from pixelmill.transform.local import LocalSandbox
from pixelmill.transform.order import MadeVariant

Ends = Mapping[str, MadeVariant | TaskError]
"""How each variant ended, by name."""


@dataclass(frozen=True)
class LocalErrand:
    """The same images of one or more files.

    Attributes:
        variants: What to make of each, by name.
        output: File or existing folder of the results.
        with_markup: Whether to save markup beside them.
        as_json: Print a line of JSON for each file instead of the paths of the results.
        settings: The limits.
    """

    variants: Mapping[str, Transformation]
    output: Path | None
    with_markup: bool
    as_json: bool
    settings: TransformSettings

    def run(self, sources: Sequence[Source]) -> bool:
        """Make and save everything; whether nothing failed. A file that fails does not hold up the others."""
        with progress(len(sources)) as display:
            return asyncio.run(self._run(sources, display))

    async def _run(self, sources: Sequence[Source], display: Display) -> bool:
        async with LocalSandbox(self.settings, images=len(sources) * len(self.variants)) as sandbox:
            each = _Each(self, sandbox, display, Results(sources, self.output), is_alone=len(sources) == 1)
            return await work_on(sources, each.work, sandbox.processes, display.result)


@dataclass(frozen=True)
class _Each:
    """The errand for one file after another."""

    errand: LocalErrand
    sandbox: LocalSandbox
    display: Display
    results: Results
    is_alone: bool

    async def work(self, source: Source) -> Ended:
        """Do the errand for a file."""
        try:
            return await self._work(source)
        except (PixelmillError, OSError) as error:
            if self.is_alone or (isinstance(error, PixelmillError) and error.fault is Fault.SERVICE):
                raise
            return self._failed(source, error)
        finally:
            self.results.end(source)

    async def _work(self, source: Source) -> Ended:
        path, count = Path(source.name), len(self.errand.variants)
        self.display.tell(source.name, "resizing")
        made = self.sandbox.resized(
            path,
            self.errand.variants,
            image_format=sniff_file(path),
            tell=lambda done: self.display.tell(source.name, "resizing", done / count),
        )
        async with made as ends:
            errors = {name: end for name, end in ends.items() if isinstance(end, TaskError)}
            if len(errors) == count:
                raise error_of(next(iter(errors.values())))
            await self.results.turn(source)
            saved = self._save(source, ends)
        told = self.results.told(source, saved, with_markup=self.errand.with_markup)
        self.display.end(
            source.name, *told.values(), *(f"{name} failed: {error.detail}" for name, error in errors.items())
        )
        lines = [_json(source, ends, saved)] if self.errand.as_json else map(str, told)
        return Ended(tuple(lines), is_well=not errors)

    def _save(self, source: Source, ends: Ends) -> dict[MadeVariant, Saved]:
        placed = self.results.place(source, [end for end in ends.values() if isinstance(end, MadeVariant)])
        for variant, image in placed.items():
            with files.saving(image.path) as unfinished:
                copyfile(variant.path, unfinished)
        return placed

    def _failed(self, source: Source, error: PixelmillError | OSError) -> Ended:
        detail = error.detail if isinstance(error, PixelmillError) else error.strerror or str(error)
        self.display.end(source.name, f"failed: {detail}")
        told = error.as_task_error().model_dump() if isinstance(error, PixelmillError) else {"detail": detail}
        return failed(source, told, as_json=self.errand.as_json)


def _json(source: Source, ends: Ends, saved: Mapping[MadeVariant, Saved]) -> str:
    variants = {
        name: {"error": end.model_dump()} if isinstance(end, TaskError) else shown(end, saved[end])
        for name, end in ends.items()
    }
    return json.dumps({"source": source.name, "variants": variants})
