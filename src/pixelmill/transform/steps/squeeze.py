"""Squeeze: encode a picture into no more bytes than are asked for."""

from bisect import bisect_right

from pixelmill.domain.errors import MaxBytesNotMet
from pixelmill.domain.transformation import DEFAULT_QUALITY
from pixelmill.transform.making import Making
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.encode import encode


def squeeze(picture: Picture, making: Making) -> bytes:
    """Encode at the quality that is asked for or, where that takes too many bytes, at the highest below that does not.

    A binary search finds it: eight times is the most that a picture is encoded.

    Args:
        picture: As `encode` takes it; in memory, if the bytes are limited.
        making: The variant.

    Raises:
        MaxBytesNotMet: The lowest quality takes too many bytes, or the format has no other.
        pyvips.Error: The encoder failed.
    """
    wanted, limit = making.transformation, making.transformation.max_bytes
    data = encode(picture, making.format, wanted)
    if limit is None or len(data) <= limit:
        return data
    if making.format not in DEFAULT_QUALITY:
        raise MaxBytesNotMet(
            f"As {making.format.value}, which has no quality to lower, the image takes {len(data):,} bytes; at most "
            f"{limit:,} were asked for. Another format or fewer pixels take less."
        )
    encoded: dict[int, bytes] = {}

    def size_at(quality: int) -> int:
        encoded[quality] = encode(picture, making.format, wanted.model_copy(update={"quality": quality}))
        return len(encoded[quality])

    fitting = bisect_right(range(1, wanted.quality or DEFAULT_QUALITY[making.format]), limit, key=size_at)
    if not fitting:
        least = min(map(len, [data, *encoded.values()]))
        raise MaxBytesNotMet(
            f"At its lowest quality the image takes {least:,} bytes; at most {limit:,} were asked for. Fewer pixels or "
            "another format take less."
        )
    return encoded[fitting]
