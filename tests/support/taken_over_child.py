"""A child whose decoder has been taken over: it runs what it is given as a source, inside the real confinement.

Started in the place of `pixelmill.transform.child`, as a file, because a child finds no tests on its import path. The
source is Python; what it leaves in `outcome`, or the name of the error it met, is the text of the one variant.
"""

import errno
import hashlib
from typing import Any

from pixelmill.domain.transformation import OutputFormat
from pixelmill.transform import child
from pixelmill.transform.formats import SUFFIXES
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.order import Made, MadeVariant, Order, Tell, ignore


def run(order: Order, limits: SourceLimits, tell: Tell = ignore) -> Made:
    text = outcome_of(order).encode()
    [name] = order.variants
    path = order.scratch_dir / f"{name}{SUFFIXES[OutputFormat.PNG]}"
    path.write_bytes(text)
    digest = hashlib.sha256(text).hexdigest()
    variant = MadeVariant(
        path=path, format=OutputFormat.PNG, width=1, height=1, frames=1, bytes=len(text), sha256=digest
    )
    return Made(width=1, height=1, frames=1, variants={name: variant})


def outcome_of(order: Order) -> str:
    attempt: dict[str, Any] = {"order": order, "outcome": "done"}
    try:
        exec(compile(order.source_path.read_text(), "source", "exec"), attempt)  # noqa: S102 - which is the point
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return str(attempt["outcome"])


if __name__ == "__main__":
    child.fulfil = run  # type: ignore[attr-defined]
    child.main()
