"""The smallest pictures there are, made rather than kept."""

import io

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (2, 2)) -> bytes:
    """A grey rectangle of this format and size in pixels."""
    file = io.BytesIO()
    Image.new("RGB", size, "grey").save(file, kind)
    return file.getvalue()


PNG = picture()
