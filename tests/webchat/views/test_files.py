"""What the parts of the page say about each other is true."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from webchat.views.page import LIVE_MODULES, MODULES
from webchat.views.strings import strings

ROOT = Path(settings.BASE_DIR)
SCRIPTS = {path.name: path.read_text() for path in (ROOT / "static" / "js").glob("*.js")}
FOLDER = ROOT / "templates"
TEMPLATES = {str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.rglob("*.html")}


def test_every_sentence_of_the_scripts_is_in_the_page_and_every_one_is_said() -> None:
    """A sentence is named by `say("name")`, or by a table of names for it."""
    names = set(strings())
    said = {name for text in SCRIPTS.values() for name in re.findall(r'\bsay\("(\w+)"', text)}
    assert said <= names
    written = {word for text in SCRIPTS.values() for word in re.findall(r'"(\w+)"', text)}
    assert names <= written


def test_every_icon_that_is_asked_for_exists_and_every_one_is_used() -> None:
    there = set(re.findall(r'<symbol id="i-([a-z0-9-]+)"', TEMPLATES["_icons.html"]))
    in_templates = "".join(TEMPLATES.values())
    in_scripts = "".join(SCRIPTS.values())
    asked = set(re.findall(r'{% icon "([a-z0-9-]+)" %}', in_templates))
    asked |= set(re.findall(r'\bicon(?:Button)?\("([a-z0-9-]+)"', in_scripts))
    assert asked <= there
    mentioned = in_templates + in_scripts + (ROOT / "webchat" / "views" / "page.py").read_text()
    assert {name for name in there if f'"{name}"' not in mentioned} == set()


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_scripts_put_html_into_the_page_at_two_places_only(name: str) -> None:
    """`nodes` of dom.js and Blocks; both take what the policy has made."""
    sinks = re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|"
        r"createPolicy|DOMParser|setHTMLUnsafe",
        SCRIPTS[name],
    )
    allowed = {"dom.js": ["createPolicy", "innerHTML"], "blocks.js": ["innerHTML"]}
    assert sorted(sinks) == sorted(allowed.get(name, []))


def test_pages_have_no_inline_script_and_no_inline_style() -> None:
    for name, text in TEMPLATES.items():
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), name
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text), name
        assert "|safe" not in text, name
        assert "autoescape off" not in text, name


def test_the_first_scripts_are_fetched_beside_the_page() -> None:
    """What page.js needs at once is preloaded, whole; the rest waits until it is wanted."""
    needed, open_ones = set(), ["page.js"]
    while open_ones:
        name = open_ones.pop()
        needed.add(name)
        open_ones += set(re.findall(r'from "\./([\w.]+)"', SCRIPTS[name])) - needed
    assert {f"js/{name}" for name in needed} == set(MODULES)
    assert {Path(name).name for name in LIVE_MODULES} <= set(SCRIPTS)
