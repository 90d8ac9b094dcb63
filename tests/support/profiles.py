"""Color profiles for tests: small ICC files, and what they mean, worked out without any color library.

The files are version 2 matrix profiles (ICC.1:2001-04, sections 6.3.1.2 and 6.5); the primaries are those of
Display P3, Adobe RGB (1998) and ProPhoto RGB.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

_D50 = (0.9642, 1.0, 0.8249)
# Bradford's adaptation from the D65 white point to D50, which profiles are written for.
_D65_TO_D50 = np.array(
    [[1.0479298, 0.0229468, -0.0501922], [0.0296278, 0.9904344, -0.0170738], [-0.0092430, 0.0150552, 0.7518743]]
)
_SRGB_TO_XYZ = np.array(
    [[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923], [0.0193308, 0.1191948, 0.9505322]]
)


@dataclass(frozen=True)
class RgbSpace:
    """An RGB space with a D65 white point and a plain gamma."""

    name: str
    to_xyz: tuple[tuple[float, float, float], ...]
    gamma: float

    @property
    def profile(self) -> bytes:
        """The space as an ICC profile."""
        colorants = (_D65_TO_D50 @ np.array(self.to_xyz)).T
        tags = {b"desc": _description(self.name), b"cprt": b"text" + bytes(4) + b"none\0", b"wtpt": _xyz(_D50)}
        tags |= {name: _xyz(tuple(column)) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(self.gamma))
        return _file(tags)

    def in_srgb(self, color: tuple[int, int, int]) -> tuple[int, ...]:
        """What a color of this space is in sRGB, 0 to 255, clipped where sRGB does not reach."""
        linear = (np.array(color) / 255) ** self.gamma
        light = np.clip(np.linalg.inv(_SRGB_TO_XYZ) @ np.array(self.to_xyz) @ linear, 0, 1)
        encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        return tuple(round(float(value) * 255) for value in encoded)


P3 = RgbSpace(
    "P3", ((0.4865709, 0.2656677, 0.1982173), (0.2289746, 0.6917385, 0.0792869), (0, 0.0451134, 1.0439444)), 2.2
)
ADOBE_RGB = RgbSpace(
    "Adobe RGB",
    ((0.5766690, 0.1855582, 0.1882286), (0.2973450, 0.6273636, 0.0752915), (0.0270314, 0.0706889, 0.9913375)),
    2.2,
)


def _file(tags: dict[bytes, bytes]) -> bytes:
    position = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        table += name + struct.pack(">II", position + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    size = position + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    header = header.ljust(68, b"\0") + struct.pack(">3i", *(round(value * 65536) for value in _D50))
    return header.ljust(128, b"\0") + table + bodies


def _xyz(value: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(part) * 65536) for part in value))


def _gamma(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def _description(name: str) -> bytes:
    text = name.encode() + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(8 + 3 + 67)
