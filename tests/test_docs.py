"""The documentation tells of everything there is, and of nothing else."""

import ast
import re
from pathlib import Path

import pytest

from providers.registry import providers
from webchat.protocol.commands import COMMANDS
from webchat.settings import keys
from webchat.settings.environment import Environment

ROOT = Path(keys.__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SETTINGS = {*Environment.__dataclass_fields__, "ENV_FILE"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def headings(page: str, below: str = "") -> set[str]:
    """The headings in back quotes, of one section or of the whole page."""
    text = read(page)
    if below:
        text = re.split(r"^## ", text.split(f"## {below}\n")[1], flags=re.MULTILINE)[0]
    return set(re.findall(r"^#+ `([^`]+)`", text, re.MULTILINE))


def events_in_code() -> set[str]:
    """What stands as `"type"` in the dictionaries that webchat.protocol makes."""
    found = set()
    for file in (ROOT / "webchat" / "protocol").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Dict):
                found |= {
                    str(value.value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                    and key.value == "type"
                    and isinstance(value, ast.Constant)
                }
    return found


def test_every_setting_has_its_heading() -> None:
    assert headings("docs/configuration.md") == SETTINGS


def test_the_example_file_names_only_settings_there_are() -> None:
    named = set(re.findall(r"^#? ?([A-Z_]+)=", read(".env.example"), re.MULTILINE))

    assert named
    assert named <= SETTINGS


def test_every_command_has_its_heading() -> None:
    assert headings("docs/protocol.md", below="Commands") == set(COMMANDS)


def test_every_event_has_its_heading() -> None:
    assert headings("docs/protocol.md", below="Events") == events_in_code()


def test_every_provider_has_its_heading() -> None:
    text = read("docs/providers.md")
    named = set(re.findall(r"^#+ `?(\w+)`?$", text, re.MULTILINE))

    assert set(providers()) - named == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))

    assert named <= targets


def test_make_lists_every_target_with_its_purpose() -> None:
    text = read("Makefile")
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    explained = set(re.findall(r"^([a-z]+):.*## \S", text, re.MULTILINE))

    assert phony
    assert set(phony[1].split()) == explained
