"""A landscape as PNG, drawn with the standard library alone. The same seed is the same picture.

Every column of pixels is put together from slices of vertical colour ramps (sky, glow, hills),
one plane a colour, and the planes are turned into rows by strided slices: all per-pixel work is
the interpreter's own, so that a picture takes a few hundredths of a second.
"""

import math
import random
import struct
import zlib
from typing import NamedTuple

Colour = tuple[int, int, int]

_MAX_SIDE = 960
_GLOW_RINGS = 72
_HILLS = 5


class Scene(NamedTuple):
    """The colours of one time of day."""

    name: str
    zenith: Colour
    horizon: Colour
    light: Colour
    far: Colour
    near: Colour


SCENES = (
    Scene(
        "at dawn", (72, 98, 168), (255, 205, 178), (255, 240, 205), (168, 146, 190), (38, 42, 84)
    ),
    Scene(
        "at noon", (64, 138, 214), (214, 236, 250), (255, 253, 232), (140, 186, 196), (22, 82, 74)
    ),
    Scene("at dusk", (52, 36, 96), (255, 150, 98), (255, 224, 150), (176, 92, 116), (34, 20, 48)),
    Scene("by moonlight", (8, 12, 38), (62, 78, 130), (240, 242, 255), (54, 68, 112), (6, 10, 26)),
)


def scene_of(seed: int) -> Scene:
    """The time of day that belongs to a seed."""
    return SCENES[seed % len(SCENES)]


def size_of(aspect_ratio: str) -> tuple[int, int]:
    """Width and height in pixels for `16:9` and the like; 4:3 where it cannot be read."""
    try:
        across, up = (float(part) for part in aspect_ratio.split(":"))
    except ValueError:
        across, up = 4.0, 3.0
    if not (0 < across < math.inf and 0 < up < math.inf):
        across, up = 4.0, 3.0
    scale = _MAX_SIDE / max(across, up)
    return max(16, round(across * scale)), max(16, round(up * scale))


def draw(seed: int, aspect_ratio: str = "4:3") -> bytes:
    """The bytes of a PNG file."""
    width, height = size_of(aspect_ratio)
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    plan = _Plan(scene_of(seed), width, height, chance)
    planes = [b"".join(plan.column(x, channel) for x in range(width)) for channel in range(3)]
    return _png(width, height, planes)


class _Plan:
    """Where everything is: the light and its glow, and the line of each range of hills."""

    def __init__(self, scene: Scene, width: int, height: int, chance: random.Random) -> None:
        self.height = height
        unit = min(width, height)
        self.light = (width * chance.uniform(0.25, 0.75), height * chance.uniform(0.22, 0.42))
        self.radii = [
            unit * (0.055 + 0.9 * (ring / _GLOW_RINGS) ** 1.2) for ring in range(_GLOW_RINGS)
        ]
        sky = _ramp(scene.zenith, scene.horizon, int(height * 0.72), height)
        self.rings = [
            [_mixed(sky[c], scene.light[c], (1 - ring / _GLOW_RINGS) ** 2 * 0.62) for c in range(3)]
            for ring in range(_GLOW_RINGS)
        ]
        self.rings[0] = [bytes([scene.light[c]]) * height for c in range(3)]
        self.sky = sky
        self.hills = [self._hill(layer, scene, width, chance) for layer in range(_HILLS)]

    def _hill(
        self, layer: int, scene: Scene, width: int, chance: random.Random
    ) -> tuple[list[int], list[bytes]]:
        depth = layer / (_HILLS - 1)
        colour = _between(scene.far, scene.near, depth)
        mist = _between(colour, scene.horizon, 0.38 * (1 - depth))
        waves = [
            (chance.uniform(0.6, 1.4) * 2**octave, chance.uniform(0, math.tau), 0.55**octave)
            for octave in range(6)
        ]
        top, swing = self.height * (0.56 + 0.36 * depth), self.height * (0.085 - 0.03 * depth)
        line = [
            int(top + swing * sum(a * math.sin(f * x / width * math.tau + p) for f, p, a in waves))
            for x in range(width)
        ]
        return line, _ramp(colour, mist, int(self.height * 0.3), self.height)

    def column(self, x: int, channel: int) -> bytes:
        """The pixels of one column in one colour, from top to bottom."""
        pixels = bytearray(self.sky[channel])
        for ring in range(_GLOW_RINGS - 1, -1, -1):
            half = self.radii[ring] ** 2 - (x - self.light[0]) ** 2
            if half > 0:
                start = max(0, round(self.light[1] - math.sqrt(half)))
                end = min(self.height, round(self.light[1] + math.sqrt(half)))
                pixels[start:end] = self.rings[ring][channel][start:end]
        for line, ramp in self.hills:
            start = min(max(0, line[x]), self.height)
            pixels[start:] = ramp[channel][: self.height - start]
        return bytes(pixels)


def _between(first: Colour, last: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, last, strict=True))
    return red, green, blue


def _ramp(first: Colour, last: Colour, length: int, height: int) -> list[bytes]:
    """From one colour to another over `length` pixels and on in the last, a plane a colour."""
    return [
        bytes(round(a + (b - a) * min(1.0, y / length)) for y in range(height))
        for a, b in zip(first, last, strict=True)
    ]


def _mixed(ramp: bytes, colour: int, part: float) -> bytes:
    return bytes(round(value + (colour - value) * part) for value in ramp)


def _png(width: int, height: int, planes: list[bytes]) -> bytes:
    """A PNG file of 8-bit colour (W3C Portable Network Graphics, third edition) from columns."""
    rows = bytearray()
    for y in range(height):
        row = bytearray(1 + 3 * width)  # begins with filter type 0
        for channel, plane in enumerate(planes):
            row[1 + channel :: 3] = plane[y::height]
        rows += row
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
