"""The limits a source, an output and a request are held to. Defaults of the settings of the same names."""

from typing import Final

MEBIBYTE: Final = 1024 * 1024
MEGAPIXEL: Final = 1_000_000

MAX_SIDE_PIXELS: Final = 8192
"""Longest side of a variant, in pixels. Fixed, not a setting: it is part of the request's schema."""

MAX_SOURCE_SIDE_PIXELS: Final = MEGAPIXEL
"""The furthest a request can point into a source. More than any source has that passes the limit of pixels, but for
strips a few pixels wide."""

MAX_FRAMES_ASKED: Final = 10_000
"""Most frames a request can name. How many are made is a setting."""

MAX_OUTPUT_PIXELS: Final = 40 * MEGAPIXEL
"""Most pixels of one frame of a variant. Fixed for the same reason."""

MAX_BYTES_ASKED: Final = 1024 * MEBIBYTE
"""The largest limit on its bytes that a variant can be asked to keep. None needs as much."""

MAX_VARIANTS: Final = 20
"""Most variants of one task."""

MAX_URL_CHARACTERS: Final = 8192
"""Longest source URL; longer ones exceed what common origins accept in a request line."""

MAX_WEBHOOK_URL_CHARACTERS: Final = 2048
"""Longest URL of a webhook."""

MAX_WEBHOOKS: Final = 16
"""Most URLs that are told of the end of one task: equal submissions share it, each with a URL of its own."""
