"""A load of good and bad tasks, each checked to its last byte as soon as it has ended."""

import io
import random
import threading
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image

from pixelmill.client import ApiProblem, Client
from pixelmill.domain.task import Priority, Status, Task
from pixelmill.domain.variant import Variant
from tests.support.answers import body, failing, in_turn
from tests.support.callers import callers
from tests.support.origin import Origin

CALLERS: Final = 8
AT_ONCE: Final = 6
"""Tasks of one caller that are under way together."""
COLORS: Final = 24
WAIT_SECONDS: Final = 150.0
TOLERANCE: Final = 6
"""Of a channel, after JPEG."""

_CODES: Final = {"missing": "source_not_found", "text": "source_not_an_image", "cut": "corrupt_image"}
_SHARES: Final = {
    "good": 50,
    "upload": 15,
    "flaky": 5,
    "missing": 8,
    "text": 6,
    "cut": 6,
    "again": 6,
    "unwanted": 4,
}
"""Of a hundred tasks: images, uploads, origins that fail once, three lasting failures, repeated and canceled tasks."""


def color_of(number: int) -> tuple[int, int, int]:
    return (40 + number * 53 % 180, 40 + number * 97 % 180, 40 + number * 31 % 180)


def picture(number: int) -> bytes:
    """A JPEG of one color, by which its results are known again."""
    encoded = io.BytesIO()
    Image.new("RGB", (96, 64), color_of(number)).save(encoded, "JPEG", quality=95)
    return encoded.getvalue()


@dataclass
class Asked:
    """A task that was accepted, and what has to come of it."""

    kind: str
    task: Task
    color: int
    size: tuple[int, int]


@dataclass
class MixedLoad:
    """Callers that submit, wait and check until they are told to stop.

    Attributes:
        client: Patient enough for a restart of everything.
        origin: Has the sources.
        folder: For uploads and downloads.
        seed: Of everything that is left to chance.
        ends: Ids of tasks that were accepted, with the status that every caller of a task was told as its end.
        outcomes: How many tasks of each kind ended how.
        mistakes: What was not as it has to be.
    """

    client: Client
    origin: Origin
    folder: Path
    seed: int
    ends: dict[str, Status] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for number in range(COLORS):
            self.origin.serve(f"/good/{number}.jpg", body(picture(number)))
        self.origin.serve("/text.jpg", body(b"no image at all " * 20))
        self.origin.serve("/cut.jpg", body(picture(0)[:-200]))

    def running(self) -> AbstractContextManager[None]:
        return callers(CALLERS, self._call)

    @property
    def ended(self) -> int:
        return self.outcomes.total()

    def _call(self, caller: int, is_over: threading.Event) -> None:
        chance = random.Random(self.seed * 1000 + caller)  # noqa: S311 - no secret
        number, mine = caller, list[Asked]()
        while not is_over.is_set():
            asked = []
            for _ in range(AT_ONCE):
                number += CALLERS
                (kind,) = chance.choices(list(_SHARES), list(_SHARES.values()))
                asked.append(self._submit(kind, number, mine))
            for each in asked:
                self._finish(each)
            mine = [each for each in asked if each.kind == "good"] or mine

    def _submit(self, kind: str, number: int, mine: list[Asked]) -> Asked:
        color, size = number % COLORS, (10 + number % 80, 10 + number // 80)
        if kind == "again":
            earlier = mine[number % len(mine)] if mine else None
            color, size = (earlier.color, earlier.size) if earlier else (color, size)
        task = self.client.submit(
            self._source(kind, number, color),
            width=size[0],
            height=size[1],
            fit="fill",
            priority=Priority.BULK if number % 4 == 0 else Priority.INTERACTIVE,
        )
        return Asked(kind, task, color, size)

    def _source(self, kind: str, number: int, color: int) -> str | Path:
        match kind:
            case "upload":
                path = self.folder / f"{number}.jpg"
                path.write_bytes(picture(color) + number.to_bytes(4))
                return path
            case "flaky":
                return self.origin.serve(f"/flaky/{number}.jpg", in_turn(failing(503), body(picture(color))))
            case "missing" | "text" | "cut":
                return self.origin.url(f"/{kind}.jpg?{number}")
            case _:
                return self.origin.url(f"/good/{color}.jpg")

    def _finish(self, asked: Asked) -> None:
        if asked.kind == "unwanted":
            try:
                self.client.cancel(asked.task.task_id)
            except ApiProblem as problem:
                if problem.code != "task_finished":
                    raise
        task = self.client.wait(asked.task, WAIT_SECONDS)
        complaint = self._complaint(asked, task)
        with self._lock:
            if self.ends.setdefault(task.task_id, task.status) is not task.status:
                complaint = f"ended as {task.status}, and as {self.ends[task.task_id]}"
            self.outcomes[f"{asked.kind}: {task.error.code if task.error else task.status}"] += 1
            if complaint:
                self.mistakes.append(f"{asked.kind} {task.task_id}: {complaint}")

    def _complaint(self, asked: Asked, task: Task) -> str:
        code = task.error.code if task.error else ""
        if asked.kind in _CODES:
            return "" if (task.status, code) == (Status.FAILED, _CODES[asked.kind]) else f"ended as {task}"
        if asked.kind == "unwanted" and task.status is Status.CANCELED:
            return ""
        variant = task.result.variants["image"] if task.result else None
        if not isinstance(variant, Variant):
            return f"has no result: {task}"
        path = self.client.download(variant, self.folder / f"{task.task_id}-{threading.get_ident()}.jpg")
        with Image.open(path) as image:
            found, seen = image.size, image.convert("RGB").getpixel((image.width // 2, image.height // 2))
        path.unlink()
        assert isinstance(seen, tuple)
        is_right = all(abs(a - b) <= TOLERANCE for a, b in zip(seen, color_of(asked.color), strict=True))
        return "" if found == asked.size and is_right else f"is {found} of {seen}, not {asked.size} of {asked.color}"
