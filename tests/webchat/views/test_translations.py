"""The page speaks Russian, all of it."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from providers import errors
from tests.factories import make_endpoint
from webchat.models import User
from webchat.views.provider_errors import GENERAL, PARTICULAR
from webchat.views.strings import strings

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
    assert own == set(GENERAL)


def said_by_providers() -> Iterator[str]:
    """Every sentence that the code of providers raises an error with, or keeps for that."""
    for file in Path(errors.__file__).parent.glob("*.py"):
        if file.stem.startswith(("demo", "__main__")):
            continue  # Demo's errors are shown on demand, and a terminal speaks English
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                given, wanted = node.args[0], isinstance(getattr(errors, name, None), type)
            elif isinstance(node, ast.Assign):
                given, wanted = node.value, ast.unparse(node.targets[0]).startswith("NO_")
            else:
                continue
            if wanted and isinstance(given, ast.Constant):
                yield str(given.value)


def test_every_sentence_of_a_provider_is_in_the_list() -> None:
    found = set(said_by_providers())
    assert len(found) > 30
    assert found - set(GENERAL) <= set(PARTICULAR)


@pytest.mark.django_db
def test_a_browser_that_asks_for_russian_gets_it(client: Client, alice: User) -> None:
    make_endpoint()
    page = client.get("/", headers={"accept-language": "ru"}).content.decode()
    assert '<html lang="ru" dir="ltr"' in page
    assert "О чём вы думаете?" in page
