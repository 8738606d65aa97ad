"""Rules of the code that neither ruff nor import-linter can hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted([*ROOT.glob("providers/**/*.py"), *ROOT.glob("webchat/**/*.py"), ROOT / "manage.py"])
OWN_CODE = [file for file in CODE if "migrations" not in file.parts]
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))
SCRIPTS = sorted(ROOT.glob("static/js/**/*.js"))

FILE_LINES, FUNCTION_LINES = 400, 60


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def imported(file: Path) -> set[str]:
    """The packages of other people that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def importers(package: str) -> set[str]:
    return {name(file) for file in CODE if package in imported(file)}


def functions(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize("file", OWN_CODE, ids=name)
def test_a_file_is_small(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= FILE_LINES
    assert [one for one in functions(file) if one[1] > FUNCTION_LINES] == []


def test_one_file_marks_html_as_safe() -> None:
    marks = r"\bmark_safe\(|\bSafe(?:String|Text)\(|__html__"
    users = {name(file) for file in CODE if re.search(marks, file.read_text())}

    assert users == {"webchat/rendering/markdown.py"}


def test_nothing_starts_a_program_or_runs_what_it_was_given() -> None:
    runs = r"\bos\.(?:system|popen|exec|spawn)|\bcreate_subprocess|(?<![\w.])(?:eval|exec)\("

    assert importers("subprocess") | importers("pickle") | importers("marshal") == set()
    assert [name(file) for file in CODE if re.search(runs, file.read_text())] == []


def test_no_page_has_a_frame() -> None:
    frames = re.compile(r"<(?:iframe|object|embed|portal)\b|[\"'](?:iframe|object|embed)[\"']")

    assert [name(file) for file in TEMPLATES + SCRIPTS if frames.search(file.read_text())] == []


def test_websockets_to_upstreams_have_one_door() -> None:
    assert importers("websockets") == {"providers/websocket.py"}


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_templates_have_nothing_inline_and_nothing_unescaped(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"\|\s*safe\b|autoescape off", text)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_scripts_neither_evaluate_text_nor_ask_other_sites(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    assert not re.search(r"\beval\(|new Function\(|document\.write|insertAdjacentHTML", text)
    assert not re.search(r"fetch\(\s*[\"']https?:", text)


def test_one_file_makes_the_policy_of_trusted_types() -> None:
    users = [script for script in SCRIPTS if "createPolicy" in script.read_text()]

    assert len(users) <= 1
