"""The door to the database."""

from django.urls import get_script_prefix, set_script_prefix
from django.utils import timezone, translation

from webchat.db import db, db_write


def surroundings() -> tuple[str | None, str, str]:
    return translation.get_language(), str(timezone.get_current_timezone()), get_script_prefix()


async def test_work_in_a_thread_sees_the_persons_language_zone_and_prefix() -> None:
    former = get_script_prefix()
    set_script_prefix("/chat/")
    try:
        with translation.override("ru"), timezone.override("Asia/Tokyo"):
            assert await db(surroundings) == ("ru", "Asia/Tokyo", "/chat/")
            assert await db_write(surroundings) == ("ru", "Asia/Tokyo", "/chat/")
    finally:
        set_script_prefix(former)
