"""Submissions with an idempotency key: the same key and the same request get the same answer, and do nothing twice.

Equal requests share a task without any key. A key adds that the answer stays what it was, that a `refresh` sent twice
refreshes once, and that two different requests under one key, which is a mistake, are found out.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

from pixelmill.domain.access import Caller
from pixelmill.domain.errors import IdempotencyKeyInUse, IdempotencyKeyReused, QueueUnavailable
from pixelmill.queue.answers import Holder, KeptAnswers
from pixelmill.queue.intake import Submission
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest
from pixelmill.submit.submitter import Submitter, Upload

LEASE_SECONDS: Final = 5.0
"""When a key is free again whose process died. Longer than the api gives a submission."""

UPLOAD_LEASE_SECONDS: Final = 35.0
"""As above, for a submission that stores an upload."""


def fingerprint_of(request: UploadTaskRequest, upload_sha256: str = "") -> str:
    """The digest of a request and of the upload that came with it: equal if, and only if, both are.

    The request counts as it was understood, so neither its spelling nor the order of its fields makes a difference.
    """
    text = json.dumps([request.model_dump(mode="json"), upload_sha256], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class OnceSubmitter:
    """Submits a request, unless one with the same key was submitted: then its answer is this one's, too.

    A submission that fails has done nothing: its key is free again.

    Methods raise what `Submitter` raises and, for a request with a key:
        IdempotencyKeyReused: Another request has this key.
        IdempotencyKeyInUse: The same request is being submitted at this moment.

    Args:
        submitter: Finds or starts the tasks.
        answers: Where answers are kept.
    """

    def __init__(self, submitter: Submitter, answers: KeptAnswers) -> None:
        self._submitter = submitter
        self._answers = answers

    async def submit(self, request: QueueTaskRequest, caller: Caller, key: str | None) -> Submission:
        """As `Submitter.submit`, once for each key of a tenant; tenants choose theirs independently."""
        submit = partial(self._submitter.submit, request, caller)
        if key is None:
            return await submit()
        return await self._once(_name(caller, key), fingerprint_of(request), LEASE_SECONDS, submit)

    async def submit_upload(
        self, request: UploadTaskRequest, upload: Upload, caller: Caller, key: str | None
    ) -> Submission:
        """As `Submitter.submit_upload`, once for each key of a tenant."""
        submit = partial(self._submitter.submit_upload, request, upload, caller)
        if key is None:
            return await submit()
        return await self._once(
            _name(caller, key), fingerprint_of(request, upload.sha256), UPLOAD_LEASE_SECONDS, submit
        )

    async def _once(
        self, name: str, fingerprint: str, lease_seconds: float, submit: Callable[[], Awaitable[Submission]]
    ) -> Submission:
        hold = await self._answers.hold(name, fingerprint, lease_seconds)
        if not hold.is_new:
            return _answer_again(hold.holder, fingerprint)
        try:
            submission = await submit()
        except BaseException:
            with suppress(QueueUnavailable):
                await self._answers.release(hold)
            raise
        with suppress(QueueUnavailable):  # it is accepted all the same, and that is what was asked
            await self._answers.keep(hold, submission.task)
        return submission


def _name(caller: Caller, key: str) -> str:
    return f"{caller.tenant or ''}:{key}"


def _answer_again(holder: Holder, fingerprint: str) -> Submission:
    if holder.fingerprint != fingerprint:
        raise IdempotencyKeyReused("Expected a new Idempotency-Key for a request that differs from the first one.")
    if holder.answer is None:
        raise IdempotencyKeyInUse(
            "The first request with this Idempotency-Key is not answered yet; try again.", retry_after_seconds=1
        )
    return Submission(holder.answer, "cached" if holder.answer.status.is_final else "coalesced")
