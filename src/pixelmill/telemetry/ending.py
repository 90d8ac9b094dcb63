"""How the process of a role ends when something keeps it from running: with one sentence, and a code for scripts."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from pixelmill.domain.errors import PixelmillError
from pixelmill.settings import SettingsError

FAILED: Final = 1


@contextmanager
def one_sentence() -> Iterator[None]:
    """Run a role; an expected failure ends the process, in the words of `pixelmill` (78: a setting is wrong).

    A bug keeps its traceback.
    """
    try:
        yield
    except SettingsError as error:
        _end(str(error), os.EX_CONFIG)
    except PixelmillError as error:
        _end(error.detail, FAILED)
    except OSError as error:
        _end(str(error), FAILED)


def _end(message: str, code: int) -> NoReturn:
    for line in message.splitlines():
        sys.stderr.write(f"pixelmill: {line}\n")
    sys.exit(code)
