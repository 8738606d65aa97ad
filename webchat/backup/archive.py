"""What stands where in an archive."""

import json
import re
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
KEYS = "keys/"
KEY_FILES = ("secret-key", "field-key")
MEDIA_NAME = re.compile(r"media/[0-9a-f]{2}/[0-9a-f]{32}")
"""The only names of files there are; an archive with another one is not ours."""


def has_its_place(name: str) -> bool:
    """Whether a file may be in an archive under this name; tables are read by their own names."""
    if name.startswith("media/"):
        return MEDIA_NAME.fullmatch(name) is not None
    return not name.startswith(KEYS) or name.removeprefix(KEYS) in KEY_FILES


class BadArchive(Exception):
    """The file cannot be restored; `str()` of it is what the operator reads."""


@dataclass(frozen=True)
class Manifest:
    """`migrations` are those the rows fit, [app, name] each; `tables` say how many rows there are.

    `missing` are pictures that were deleted, or lost, before they could be put into the archive.
    """

    release: str
    created_at: str
    migrations: list[list[str]]
    tables: dict[str, int]
    media: int
    missing: list[str]
    keys: bool
    format: int = FORMAT


def table_file(label: str) -> str:
    """Where the rows of the model `app.name` stand."""
    return f"tables/{label}.jsonl"


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))


def open_archive(file: Path) -> tuple[zipfile.ZipFile, Manifest]:
    """The archive and what it says of itself. Raises BadArchive."""
    try:
        archive = zipfile.ZipFile(file)
        manifest = _manifest(json.loads(archive.read(MANIFEST)))
    except OSError as error:
        raise BadArchive(f"{file} cannot be read: {error.strerror}") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError):
        raise BadArchive(f"{file} is not an archive of `manage.py backup`, or broken.") from None
    return archive, manifest


def _manifest(data: Any) -> Manifest:
    if data["format"] != FORMAT:
        raise BadArchive(f"This archive has format {data['format']}; this release reads {FORMAT}.")
    return Manifest(**data)
