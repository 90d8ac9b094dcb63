"""The answers that requests with an idempotency key got: whoever sends the same again gets the same.

    pixelmill:answer:<digest of the key>    string, expires    which request holds the key, and the task it was answered

The first request that brings a key holds it: for the time of its submission, then for the life of a result. What Redis
keeps is thus bounded as results are, by what was submitted lately.
"""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from pixelmill.domain.task import Task
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.engine import answered
from pixelmill.settings import QueueSettings, ResultSettings

KEY_PREFIX: Final = "pixelmill:answer:"

_RELEASE: Final = """
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0
"""
"""Let go of a key that has this value still: another request may hold it by now."""


class Holder(BaseModel):
    """The request that holds a key.

    Attributes:
        token: Tells it from every other request.
        fingerprint: Equal for equal requests.
        answer: The task it was answered; None as long as it is not.
    """

    model_config = ConfigDict(frozen=True)

    token: str
    fingerprint: str
    answer: Task | None = None


@dataclass(frozen=True)
class Hold:
    """A key that is held by a request.

    Attributes:
        name: Where Redis has it.
        holder: The request.
        is_new: Whether that is the one that asked just now.
    """

    name: str
    holder: Holder
    is_new: bool


class KeptAnswers:
    """Who holds which key, and what was answered.

    Every method raises `QueueUnavailable` when Redis does not answer within about 1.5 s.

    Args:
        settings: Where Redis is.
        results: How long results live, and answers with them.
    """

    def __init__(self, settings: QueueSettings, results: ResultSettings) -> None:
        self._redis = connect_for_requests(settings.redis_url)
        self._life_seconds = results.life_seconds

    async def hold(self, key: str, fingerprint: str, lease_seconds: float) -> Hold:
        """Take a key for a request, unless another holds it.

        Args:
            key: Whatever the caller has chosen.
            fingerprint: Of the request.
            lease_seconds: When the key is free again if the process dies before it has an answer.
        """
        name = KEY_PREFIX + hashlib.sha256(key.encode()).hexdigest()
        asking = Holder(token=uuid.uuid4().hex, fingerprint=fingerprint)
        async with answered():
            held = await self._redis.set(
                name, asking.model_dump_json(), px=round(lease_seconds * 1000), nx=True, get=True
            )
        holder = Holder.model_validate_json(held) if isinstance(held, str) else asking
        # A command whose answer was lost with its connection is sent again, and meets its own work.
        return Hold(name, holder, is_new=holder.token == asking.token)

    async def keep(self, hold: Hold, answer: Task) -> None:
        """Keep what the request that holds a key was answered."""
        value = hold.holder.model_copy(update={"answer": answer}).model_dump_json()
        async with answered():
            await self._redis.set(hold.name, value, ex=self._life_seconds)

    async def release(self, hold: Hold) -> None:
        """Let go of a key whose request has come to nothing."""
        async with answered():
            await self._redis.eval(_RELEASE, 1, hold.name, hold.holder.model_dump_json())

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
