"""What this process can see by itself: database, disk, Redis, mail, clock, keys."""

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from webchat.accounts.administrators import administrator_exists
from webchat.doctor.finding import Finding, good, warning, wrong
from webchat.models import User
from webchat.models.secret import SecretField

SLOW_MILLISECONDS = 20  # a checkpoint each 0.4 s and a dozen queries a page still go well
TRIES = 15
DISK_LOW, DISK_OUT = 2 * 1000**3, 200 * 1000**2  # bytes free: some days of pictures; a few minutes
CLOCK_SECONDS = 2
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "glusterfs", "ceph"}


def examine_machine() -> Iterator[Finding]:
    for what, check in _checks():
        try:
            yield check(what)
        except DatabaseError as error:
            yield wrong(
                what,
                _("The database does not answer: %(error)s") % {"error": error},
                "DATABASE_URL=…",
            )


def _checks() -> Iterator[tuple[str, Callable[[str], Finding]]]:
    yield _("Database"), _database
    yield _("Migrations"), _migrations
    yield _("Clock"), _clock
    yield _("Administrator"), _administrator
    yield _("Keys"), _keys
    yield _("Disk"), _disk
    yield _("Data folder"), _data_folder
    if settings.REDIS_URL:
        yield "Redis", _redis
    if settings.HAS_MAIL:
        yield _("Mail"), _mail


def _database(what: str) -> Finding:
    if connection.vendor == "sqlite" and (found := _network_folder()):
        says = _("SQLite lies on a network file system (%(kind)s), where it locks and breaks.")
        return wrong(what, says % {"kind": found}, "DATABASE_URL=postgres://…")
    if connection.vendor == "sqlite" and (mode := _journal_mode()) != "wal":
        says = _("SQLite keeps its journal as %(mode)s, so that readers and writers wait.")
        return wrong(what, says % {"mode": mode}, "PRAGMA journal_mode=WAL;")
    took = statistics.median(_write_milliseconds() for _number in range(TRIES))
    told = {"name": connection.display_name, "took": round(took, 1)}
    if took > SLOW_MILLISECONDS:
        says = _("%(name)s takes %(took)s ms to write a row; answers are saved every 400 ms.")
        return warning(what, says % told, _("Move it to a local disk, or nearer."))
    return good(what, _("%(name)s writes a row in %(took)s ms.") % told)


def _journal_mode() -> str:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        return str(cursor.fetchone()[0])


def _write_milliseconds() -> float:
    """As long as a write takes that changes nothing."""
    began = time.perf_counter()
    with transaction.atomic():
        User.objects.filter(pk=0).update(language="")
    return (time.perf_counter() - began) * 1000


def _network_folder() -> str:
    """The kind of network file system that the data folder lies on; empty for a local one."""
    folder = Path(settings.DATA_DIR).resolve()
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:  # not Linux
        return ""
    around = [mount for mount in mounts if folder.is_relative_to(mount[1])]
    kind = max(around, key=lambda mount: len(mount[1]))[2] if around else ""
    return kind if kind in NETWORK_FILE_SYSTEMS else ""


def _migrations(what: str) -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return good(what, _("The tables are those of this release."))
    says = _("%(count)d changes of the tables wait, the first of them %(name)s.")
    told = {"count": len(plan), "name": f"{plan[0][0].app_label}.{plan[0][0].name}"}
    return wrong(what, says % told, "manage.py migrate")


def _clock(what: str) -> Finding:
    told = User.objects.order_by().values_list(Now(), flat=True).first()
    if told is None or connection.vendor == "sqlite":
        return good(what, _("The database has the clock of this machine."))
    apart = abs((told - timezone.now()).total_seconds())
    if apart <= CLOCK_SECONDS:
        return good(what, _("This machine and the database agree."))
    says = _("This machine and the database are %(seconds)d seconds apart.")
    return warning(what, says % {"seconds": apart}, "timedatectl set-ntp true")


def _administrator(what: str) -> Finding:
    if administrator_exists():
        return good(what, _("There is one."))
    return warning(what, _("There is none yet."), "manage.py setup_link")


def _keys(what: str) -> Finding:
    """Secrets that are stored and that no key of FIELD_KEYS opens."""
    closed = sum(
        _closed(field) for model in apps.get_models() for field in model._meta.concrete_fields
        if isinstance(field, SecretField)
    )  # fmt: skip
    if not closed:
        return good(what, _("FIELD_KEYS opens every stored secret."))
    says = _("%(count)d stored secrets are opened by no key of FIELD_KEYS and read as not set.")
    return wrong(what, says % {"count": closed}, "FIELD_KEYS=…")


def _closed(field: SecretField) -> int:
    rows = field.model._base_manager.exclude(**{field.name: ""})
    return sum(not getattr(row, field.attname) for row in rows.iterator())


def _disk(what: str) -> Finding:
    free = shutil.disk_usage(settings.DATA_DIR).free
    told = {"free": f"{free / 1000**3:.1f}"}
    if free > DISK_LOW:
        return good(what, _("%(free)s GB are free.") % told)
    says = _("Only %(free)s GB are free.") % told
    finding = wrong if free < DISK_OUT else warning
    return finding(what, says, "manage.py prune; df -h")


def _data_folder(what: str) -> Finding:
    mode = Path(settings.DATA_DIR).stat().st_mode
    if not mode & 0o007:
        return good(what, _("Only the account of Webchat reads it."))
    says = _("Every account of this machine may look into it, and it holds the keys.")
    wanted = 710 if settings.MEDIA_BY_NGINX else 700  # nginx passes through, and may list nothing
    return warning(what, says, f"chmod {wanted} {settings.DATA_DIR}")


def _redis(what: str) -> Finding:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
            began = time.perf_counter()
            client.ping()
            took = (time.perf_counter() - began) * 1000
    except (redis.RedisError, OSError) as error:
        says = _("It does not answer (%(error)s); other processes follow answers more slowly.")
        return wrong(what, says % {"error": error}, "REDIS_URL=…")
    return good(what, _("It answers in %(took)s ms.") % {"took": round(took, 1)})


def _mail(what: str) -> Finding:
    try:
        with mail.get_connection():
            pass
    except OSError as error:  # smtplib's own errors are among them
        says = _("The mail server does not let us in: %(error)s")
        return wrong(what, says % {"error": error}, "EMAIL_URL=…")
    return good(what, _("The mail server lets us in."))
