"""The page speaks Russian, all of it."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from providers import errors
from tests.factories import make_endpoint
from webchat.models import User
from webchat.views.strings import PROVIDER_ERRORS, strings

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale" / "ru" / "LC_MESSAGES"
STRING = r'"((?:[^"\\]|\\.)*)"'
SAME_IN_BOTH = {"HTML"}


def source() -> dict[str, str]:
    """The messages of django.po, those without a plural."""
    pairs = re.findall(
        rf"^msgid {STRING}\nmsgstr {STRING}$", (FOLDER / "django.po").read_text(), re.M
    )
    return {key.replace('\\"', '"'): value.replace('\\"', '"') for key, value in pairs if key}


def test_nothing_is_left_untranslated() -> None:
    assert {key for key, value in source().items() if not value} == set()
    assert {key for key, value in source().items() if key == value} == SAME_IN_BOTH


def test_the_compiled_file_says_what_the_source_says() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {key: compiled.gettext(key) for key in source()} == source()


def test_placeholders_are_the_same_in_both_languages() -> None:
    placeholder = re.compile(r"%\(\w+\)[sd]")
    for key, value in source().items():
        assert sorted(placeholder.findall(key)) == sorted(placeholder.findall(value)), key


def test_every_sentence_of_the_templates_is_in_the_list() -> None:
    known = set(source())
    for template in (ROOT / "templates").rglob("*.html"):
        found = re.findall(r"""{% translate (?:"([^"]+)"|'([^']+)')""", template.read_text())
        for double, single in found:
            assert (double or single) in known, template.name


def test_every_sentence_of_the_scripts_is_translated() -> None:
    with translation.override("en"):
        english = strings()
    with translation.override("ru"):
        russian = strings()
    assert {name for name in english if english[name] == russian[name]} == set()


def test_every_general_error_of_a_provider_is_in_the_list() -> None:
    kinds = [errors.ProviderError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    own = {kind.message for kind in kinds if kind.__module__ == errors.__name__}
    assert own == set(PROVIDER_ERRORS)


@pytest.mark.django_db
def test_a_browser_that_asks_for_russian_gets_it(client: Client, alice: User) -> None:
    make_endpoint()
    page = client.get("/", headers={"accept-language": "ru"}).content.decode()
    assert '<html lang="ru" dir="ltr"' in page
    assert "О чём вы думаете?" in page
