"""A real PNG, drawn with nothing but zlib."""

import struct
import zlib


def draw(width: int, height: int, tint: int = 0) -> bytes:
    """A PNG of `width` by `height` points: a sky that turns, coloured by `tint` (0 to 255)."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            rows += bytes((255 * x // width, 255 * y // height, tint % 256))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def size_for(aspect_ratio: str, longest: int = 320) -> tuple[int, int]:
    """Width and height of a ratio such as `16:9`; a square where it cannot be read."""
    try:
        wide, high = (float(part) for part in aspect_ratio.split(":"))
        scale = longest / max(wide, high)
        return max(1, round(wide * scale)), max(1, round(high * scale))
    except (ValueError, ZeroDivisionError):
        return longest, longest


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
