"""The documentation tells of everything there is, and of nothing else."""

import ast
import re
import tomllib
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import pytest

from providers.registry import providers
from webchat import routing, sockets
from webchat.protocol.commands import COMMANDS
from webchat.settings import keys
from webchat.settings.environment import Environment

ROOT = Path(keys.__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")])
DECISIONS = sorted(ROOT.glob("docs/adr/*.md"))
SETTINGS = {*Environment.__dataclass_fields__, "ENV_FILE"}
NOT_SETTINGS = {"ARGS", "PYTHON", "HTTP_PROXY"}  # of make and of other programs
TOPS = "providers|webchat|templates|static|tests|benchmarks|deploy|docs"
NOT_HERE = {"providers/parrot.py"}  # the example of docs/providers.md


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


def told(setting: str, word: str) -> list[str]:
    """The values in back quotes after "Default:" or "Example:" in the section of a setting."""
    after = read("docs/configuration.md").split(f"### `{setting}`\n")[1]
    section = re.split(r"^#", after, flags=re.MULTILINE)[0]
    return re.findall(rf"{word}:\s+`([^`]+)`", section)


@pytest.mark.parametrize("field", fields(Environment), ids=lambda field: field.name)
def test_the_default_that_is_told_is_the_one_that_holds(field: Field[Any]) -> None:
    if field.name in {"DATA_DIR", "ORIGINS", "SECURE"}:  # worked out, and told in words
        return
    default = getattr(Environment(), field.name)
    values = [field.metadata["parse"](value) for value in told(field.name, "Default")]

    assert values == ([default] if default not in (None, "", {}) else [])


@pytest.mark.parametrize("field", fields(Environment), ids=lambda field: field.name)
def test_examples_of_settings_can_be_read(field: Field[Any]) -> None:
    for example in told(field.name, "Example"):
        name, _, value = example.partition("=")

        assert name == field.name
        assert field.metadata["parse"](value)


def test_the_example_file_names_only_settings_there_are() -> None:
    named = set(re.findall(r"^#? ?([A-Z_]+)=", read(".env.example"), re.MULTILINE))

    assert named
    assert named <= SETTINGS


def test_every_command_has_its_heading() -> None:
    assert headings("docs/protocol.md", below="Commands") == set(COMMANDS)


def test_every_event_has_its_heading() -> None:
    assert headings("docs/protocol.md", below="Events") == events_in_code()


def refusals_in_code() -> set[str]:
    """The first argument of everything that refuses a command."""
    found = set()
    for file in (ROOT / "webchat").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                code = (
                    node.args[0] if node.func.id in {"Refused", "BadCommand", "Reached"} else None
                )
                if isinstance(code, ast.Constant):
                    found.add(str(code.value))
    return found


def test_every_code_of_a_refusal_is_told() -> None:
    section = read("docs/protocol.md").split("### `command.refused`\n")[1].split("\n### ")[0]

    assert set(re.findall(r"`(\w+)`", section.split("Codes:")[1])) == refusals_in_code()


def test_every_code_that_closes_a_socket_is_told() -> None:
    told_codes = set(
        map(int, re.findall(r"^\| (\d{4}) \|", read("docs/protocol.md"), re.MULTILINE))
    )

    own = {sockets.SIGNED_OUT, sockets.RESTART, sockets.FAILED, routing.FORBIDDEN}
    assert told_codes == {1000, 1011} | own


def test_every_provider_has_its_heading() -> None:
    text = read("docs/providers.md").split("## What there is\n")[1].split("\n## ")[0]
    named = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))

    assert named == set(providers())


def provider_rows() -> dict[str, list[str]]:
    """The cells of each provider's row, after its name."""
    rows = re.findall(r"^\| \[(\w+)\]\(#\w+\) \| (.+) \|$", read("docs/providers.md"), re.MULTILINE)
    return {name: cells.split(" | ") for name, cells in rows}


def test_every_provider_has_its_row() -> None:
    assert set(provider_rows()) == set(providers())


@pytest.mark.parametrize("name", providers())
def test_the_row_of_a_provider_tells_what_its_class_says(name: str) -> None:
    provider = providers()[name]
    models, streams, system, history, pictures, _, state = provider_rows()[name]

    assert all(model in models.split(", ") for model in provider.models)
    assert streams == ("yes" if provider.supports_stream else "no")
    assert (system == "yes") <= provider.supports_system_message <= (system != "no")
    assert (history == "yes") <= provider.supports_message_history <= (history != "no")
    assert pictures.startswith(("yes", "counted")) == provider.supports_images_in
    assert ("unofficial" in state, "off" in state.split(", ")) == (
        provider.unofficial,
        not provider.working,
    )


def anchors(page: Path) -> set[str]:
    """What a link may lead to within a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8"))
    for target, anchor in links:
        if re.match(r"[a-z]+:", target):
            continue
        aim = page.parent / target if target else page
        assert aim.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(aim), f"{page.name} links to {target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))

    assert named <= targets


def test_make_lists_every_target_with_its_purpose() -> None:
    text = read("Makefile")
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    explained = set(re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE))

    assert phony
    assert set(phony[1].split()) == explained


def code_blocks(page: str, below: str) -> str:
    """What stands between fences in one section."""
    section = re.split(r"^## ", read(page).split(f"## {below}\n")[1], flags=re.MULTILINE)[0]
    return "\n".join(re.findall(r"^```\w*\n(.*?)^```", section, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(rf"(?<![\w/.-])(?:{TOPS})/[\w/.-]*\w", text)) - NOT_HERE

    assert {name for name in named if not (ROOT / name).exists()} == set()


def functions_of(file: Path) -> set[str]:
    found = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {one.name for one in found if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", page.read_text(encoding="utf-8")))

    assert {
        f"{file}::{name}" for file, name in named if name not in functions_of(ROOT / file)
    } == set()


def test_every_attack_has_a_test_or_a_reason() -> None:
    rows = re.findall(r"^\| (?!Elsewhere|Attack)(.+) \|$", read("docs/security.md"), re.MULTILINE)

    assert rows
    for row in rows:
        attack, here, test = row.split(" | ")
        assert attack and here
        assert "::test_" in test or test == "–"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_is_given_a_value_exists(page: Path) -> None:
    given = re.findall(r"(?<![\w.])([A-Z][A-Z_]{3,})=", page.read_text(encoding="utf-8"))

    assert set(given) - SETTINGS - NOT_SETTINGS <= {"NAME", "NAME_FILE"}


def test_the_map_names_files_by_their_whole_path() -> None:
    listed = [
        line.split()[0]
        for line in code_blocks("docs/architecture.md", "Where things are").splitlines()
    ]

    assert listed
    assert [name for name in listed if not (ROOT / name).is_file()] == []
    assert len(set(listed)) == len(listed)


def test_every_function_on_the_way_of_a_message_exists() -> None:
    lines = code_blocks("docs/architecture.md", "One message, there and back").splitlines()

    assert lines
    for line in lines:
        file, names = re.split(r"\s{2,}", line)[:2]
        source = read(file)
        for name in names.split(", "):
            plain = re.escape(name.removesuffix("()"))
            made = rf"(?:def|function|class) {plain}\b|^  {plain}\("
            assert re.search(made, source, re.MULTILINE), f"{file} has no {name}"


def test_the_layers_are_those_that_are_held() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]

    assert code_blocks("docs/architecture.md", "Layers").splitlines() == contracts[0]["layers"]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_why_and_what_it_costs_on_half_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    number = int(page.name[:4])

    assert DECISIONS[number - 1] == page
    assert text.startswith(f"# {number}. ")
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Decision", "Why", "Cost"]
    assert len(text.splitlines()) <= 30


@pytest.mark.parametrize(("page", "lines"), [("README.md", 120), ("docs/architecture.md", 200)])
def test_the_first_pages_stay_short(page: str, lines: int) -> None:
    assert len(read(page).splitlines()) <= lines
