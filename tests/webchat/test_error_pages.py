"""The pages nginx shows where it answers in our place."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test.utils import override_settings

from webchat.management.serving.error_pages import STATUSES, write_error_pages
from webchat.settings.storage import release_folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with override_settings(STATIC_ROOT=tmp_path):
        release_folder().mkdir(parents=True)
        yield release_folder() / "errors"


def test_each_says_in_words_what_happened_and_leads_on(folder: Path) -> None:
    write_error_pages()

    pages = {status: (folder / f"{status}.html").read_text() for status in STATUSES}
    assert "larger than the server takes" in pages[413]
    assert "Wait a minute" in pages[429]
    assert all("Try again in a moment" in pages[status] for status in (502, 503, 504))
    assert all('<a class="button" href="/">' in page for page in pages.values())
    assert all(" – Webchat</title>" in page for page in pages.values())


def test_they_speak_the_language_of_the_site(folder: Path) -> None:
    with override_settings(LANGUAGE_CODE="ru"):
        write_error_pages()

    assert '<html lang="ru"' in (folder / "413.html").read_text()


def test_a_second_start_writes_them_anew_for_everybody_to_read(folder: Path) -> None:
    write_error_pages()
    (folder / "413.html").write_text("of another time")
    write_error_pages()

    assert "larger than" in (folder / "413.html").read_text()
    assert sorted(file.name for file in folder.iterdir()) == [f"{one}.html" for one in STATUSES]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o644}
