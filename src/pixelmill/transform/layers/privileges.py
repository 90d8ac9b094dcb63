"""Privileges: a child has none, and gets none by any program it might start."""

import sys
from typing import Final

from pixelmill.transform.layers.kernel import drop_capabilities, prctl
from pixelmill.transform.layers.layer import Layer, LayerName

_PR_SET_NO_NEW_PRIVS: Final = 38


def drop_privileges() -> Layer:
    """Give up what root has over other users, and the way back. Affects threads that start later, none that runs."""
    if sys.platform != "linux":
        return Layer(name=LayerName.PRIVILEGES, is_active=False, says="only Linux can take them away")
    try:
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        drop_capabilities()
    except OSError as error:
        return Layer(name=LayerName.PRIVILEGES, is_active=False, says=f"the kernel refused: {error.strerror}")
    return Layer(name=LayerName.PRIVILEGES, is_active=True, says="no capabilities, and no way to new ones")
