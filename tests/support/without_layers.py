"""Runs a command where Landlock and filters for system calls cannot be had.

`python without_layers.py ERRNO COMMAND` makes the kernel refuse both with that error: ENOSYS as an old one does that
lacks them, EPERM as it is under a container's profile that forbids them.
"""

import errno
import os
import sys

from seccompy import Filter


def main(error: str, command: list[str]) -> None:
    rules = Filter()
    for name in ("landlock_create_ruleset", "seccomp"):
        rules.errno(name, getattr(errno, error))
    rules.load()
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
