"""An installation into an archive."""

import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from webchat.backup import rows
from webchat.backup.archive import KEY_FILES, KEYS, Manifest, table_file, write_manifest
from webchat.backup.snapshot import snapshot
from webchat.models import Media
from webchat.release import RELEASE


class Outdated(Exception):
    """The tables are those of another release."""


def dump(file: Path, *, with_keys: bool) -> Manifest:
    """Write the archive; `file` is there only once it is whole. Safe while the site runs.

    Raises Outdated.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Outdated
    part = file.with_name(f"{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
            manifest = _write(archive, with_keys)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest


def _write(archive: zipfile.ZipFile, with_keys: bool) -> Manifest:
    with snapshot():
        applied = sorted(MigrationRecorder(connection).applied_migrations())
        counts = {rows.label(model): _write_rows(archive, model) for model in rows.tables(apps)}
        media = list(Media.objects.values_list("file", flat=True))
    missing = list(_write_media(archive, media))
    manifest = Manifest(
        release=RELEASE,
        created_at=timezone.now().isoformat(timespec="seconds"),
        migrations=[list(each) for each in applied],
        tables=counts,
        media=len(media) - len(missing),
        missing=missing,
        keys=with_keys and _write_keys(archive),
    )
    write_manifest(archive, manifest)
    return manifest


def _write_rows(archive: zipfile.ZipFile, model: rows.ModelType) -> int:
    entry = zipfile.ZipInfo(table_file(rows.label(model)), timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    count = -1  # the first line names the columns
    with archive.open(entry, "w", force_zip64=True) as stream:
        for line in rows.read(model):
            stream.write(line.encode() + b"\n")
            count += 1
    return count


def _write_media(archive: zipfile.ZipFile, names: Iterable[str]) -> Iterator[str]:
    """Pictures are compressed already. Yields those that are gone."""
    for name in names:
        try:
            archive.write(default_storage.path(name), name, zipfile.ZIP_STORED)
        except FileNotFoundError:
            yield name


def _write_keys(archive: zipfile.ZipFile) -> bool:
    """Whether there were any: keys from the environment are the operator's to keep."""
    files = [Path(settings.DATA_DIR, name) for name in KEY_FILES]
    present = [file for file in files if file.is_file()]
    for file in present:
        archive.write(file, KEYS + file.name)
    return bool(present)
