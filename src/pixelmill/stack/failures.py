"""Why `pixelmill up` does not start, each with a sentence for the person and an exit code for the script.

The codes follow sysexits.h where it has a fitting one.
"""

from typing import ClassVar


class StartError(Exception):
    """Base: the message is one sentence a person can act on."""

    exit_code: ClassVar[int] = 70


class DataOfAnotherVersion(StartError):
    """The data directory was written by another major version of a server (EX_DATAERR)."""

    exit_code = 65


class PublicPortUnusable(StartError):
    """Nothing can be served on the public port (EX_UNAVAILABLE)."""

    exit_code = 69


class ProcessFailed(StartError):
    """A server or role did not come up, or the supervisor ended by itself (EX_SOFTWARE)."""

    exit_code = 70


class NotPermitted(StartError):
    """The system does not let a server run as it must (EX_OSERR)."""

    exit_code = 71


class ServerMissing(StartError):
    """No wheel brought a server for this platform (EX_OSFILE)."""

    exit_code = 72


class DataDirUnwritable(StartError):
    """The data directory cannot be made or written (EX_CANTCREAT)."""

    exit_code = 73


class DiskFull(StartError):
    """Too little space is left for the data directory (EX_IOERR)."""

    exit_code = 74


class DataDirInUse(StartError):
    """Another `pixelmill up` uses the data directory (EX_TEMPFAIL)."""

    exit_code = 75


class SettingsRefused(StartError):
    """A setting cannot be used (EX_CONFIG)."""

    exit_code = 78
