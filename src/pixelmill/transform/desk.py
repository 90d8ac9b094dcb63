"""The desk of a child: the one folder it reads sources from, and the one it writes variants into.

Nobody else's work ever lies there. What the worker keeps is moved out of the child's reach before it is looked at.
"""

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Self

from pixelmill.domain.errors import TransformCrashed
from pixelmill.transform.formats import SUFFIXES
from pixelmill.transform.order import MadeVariant, Order


class Desk:
    """A desk in an existing folder, with the order that lies on it.

    Args:
        folder: Has an inbox and an outbox; made by `Desk.set_up`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.inbox = folder / "in"
        self.outbox = folder / "out"
        self._source = self.inbox / "source"

    @classmethod
    def set_up(cls, scratch_dir: Path) -> Self:
        """Make an empty desk inside the scratch folder; raises `OSError` if there can be none."""
        desk = cls(Path(tempfile.mkdtemp(prefix="child-", dir=scratch_dir)))
        desk.inbox.mkdir()
        desk.outbox.mkdir()
        return desk

    def lay(self, order: Order) -> Order:
        """Put the source of an order into the inbox; returns the order as the child is to see it.

        The source is linked where that can be done, and copied from another file system.

        Raises:
            OSError: The source cannot be read.
        """
        try:
            os.link(order.source_path, self._source)
        except OSError:
            shutil.copyfile(order.source_path, self._source)
        return order.model_copy(update={"source_path": self._source, "scratch_dir": self.outbox})

    def take(self, name: str, variant: MadeVariant, destination: Path) -> MadeVariant:
        """Move a variant into the destination folder, if it is what the child says it is.

        Raises:
            TransformCrashed: The file is not there, or no plain file, or of another size.
        """
        file_name = f"{name}{SUFFIXES[variant.format]}"
        path = destination / file_name
        if variant.path != self.outbox / file_name:
            raise TransformCrashed
        try:
            variant.path.rename(path)
            found = path.lstat()
        except OSError as error:
            raise TransformCrashed from error
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_size != variant.bytes:
            raise TransformCrashed
        return variant.model_copy(update={"path": path})

    def clear(self) -> None:
        """Remove what an order has left; raises `OSError` if there is what no order leaves."""
        self._source.unlink()
        for name in os.listdir(self.outbox):  # noqa: PTH208 - once an order, and almost always empty: no paths are made
            (self.outbox / name).unlink()

    def remove(self) -> None:
        """Remove the desk with all that lies on it, once nobody sits there any more."""
        shutil.rmtree(self._folder, ignore_errors=True)
