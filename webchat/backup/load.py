"""An archive into an installation."""

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from webchat.audit import record
from webchat.backup import rows
from webchat.backup.archive import (
    KEYS,
    BadArchive,
    Manifest,
    has_its_place,
    open_archive,
    table_file,
)
from webchat.backup.tables import drop_tables
from webchat.models import AuditRecord, Conversation, User


class NotEmpty(Exception):
    """There are people or conversations that a restore would replace."""


def load(file: Path, *, replace: bool, with_keys: bool) -> Manifest:
    """Make this installation what the archive holds. Raises BadArchive, NotEmpty.

    Nobody else may use the database meanwhile. Tables of other programs stay. The rows come in one
    transaction; when it fails, our tables are empty.
    """
    archive, manifest = open_archive(file)
    with archive:
        _check(archive, manifest)
        if with_keys and not any(_names(archive, KEYS)):
            raise BadArchive("The archive holds no keys: it was made without --with-keys.")
        if not replace and _in_use():
            raise NotEmpty
        drop_tables()
        _load_rows(archive, manifest)
        call_command("migrate", interactive=False, verbosity=0)
        _load_media(archive)
        if with_keys:
            _load_keys(archive)
    record(AuditRecord.Action.RESTORED, created_at=manifest.created_at, release=manifest.release)
    return manifest


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Everything that can be known before anything is touched."""
    known = {tuple(key) for key in MigrationExecutor(connection).loader.disk_migrations}
    if unknown := [each for each in manifest.migrations if tuple(each) not in known]:
        raise BadArchive(
            f"This archive was made by release {manifest.release}, which has tables that this "
            f"release does not know ({'.'.join(unknown[0])}). Restore it with that release."
        )
    for name in archive.namelist():
        if not has_its_place(name):
            raise BadArchive(f"The archive holds a file where none belongs: {name!r}")
    if lacking := {table_file(label) for label in manifest.tables} - {*archive.namelist()}:
        raise BadArchive(f"The archive lacks {min(lacking)}.")
    try:
        broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise BadArchive(f"The archive is damaged: {error}") from None
    if broken:
        raise BadArchive(f"The archive is damaged: {broken}")


def _in_use() -> bool:
    try:
        return User.objects.exists() or Conversation.objects.exists()
    except DatabaseError:  # there are no tables yet
        return False


def _load_rows(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    executor = MigrationExecutor(connection)
    state = executor.migrate(_newest(executor, manifest))
    with transaction.atomic():
        for model in rows.tables(state.apps):
            model._base_manager.all().delete()  # what a migration itself has written
        for model in rows.tables(state.apps):
            _load_table(archive, manifest, model)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), rows.tables(state.apps)):
            cursor.execute(sql)


def _newest(executor: MigrationExecutor, manifest: Manifest) -> list[tuple[str, str]]:
    """The last migrations of each app: naming an earlier one would take the later ones back."""
    applied = {(app, name) for app, name in manifest.migrations}
    nodes = executor.loader.graph.node_map
    later = {key: {child.key for child in nodes[key].children} for key in applied if key in nodes}
    return [key for key in later if not any(k in applied and k[0] == key[0] for k in later[key])]


def _load_table(archive: zipfile.ZipFile, manifest: Manifest, model: rows.ModelType) -> None:
    label = rows.label(model)
    if label not in manifest.tables:
        return
    with archive.open(table_file(label)) as lines:
        count = rows.write(model, lines)
    if count != manifest.tables[label]:
        raise BadArchive(f"{label} should have {manifest.tables[label]} rows, but has {count}.")


def _load_media(archive: zipfile.ZipFile) -> None:
    for name in _names(archive, "media/"):
        target = Path(settings.MEDIA_ROOT, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.parent.chmod(settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS)
        _copy(archive, name, target, settings.FILE_UPLOAD_PERMISSIONS)


def _load_keys(archive: zipfile.ZipFile) -> None:
    for name in _names(archive, KEYS):
        _copy(archive, name, Path(settings.DATA_DIR, Path(name).name), 0o600)


def _names(archive: zipfile.ZipFile, beginning: str) -> Iterator[str]:
    return (name for name in archive.namelist() if name.startswith(beginning))


def _copy(archive: zipfile.ZipFile, name: str, target: Path, mode: int) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, mode)  # whatever the umask, and whoever was here before
    with archive.open(name) as source, os.fdopen(descriptor, "wb") as stream:
        shutil.copyfileobj(source, stream)
