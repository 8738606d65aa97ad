"""A Dockerfile, as far as the tests ask about it."""

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from tests.e2e.product import ROOT

FILE = ROOT / "deploy" / "Dockerfile"
IGNORE = ROOT / ".dockerignore"


@dataclass(frozen=True)
class Instruction:
    name: str
    rest: str


def instructions() -> list[Instruction]:
    """All of them, in order, without comments and with their lines joined."""
    text = re.sub(r"^\s*#.*\n", "", FILE.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [Instruction(*line.split(" ", 1)) for line in lines if line.strip()]


def final_stage() -> list[Instruction]:
    everything = instructions()
    last = max(index for index, one in enumerate(everything) if one.name == "FROM")
    return everything[last:]


def environment() -> dict[str, str]:
    """What the image sets."""
    words = [word for one in final_stage() if one.name == "ENV" for word in shlex.split(one.rest)]
    return dict(word.split("=", 1) for word in words)


def copied() -> list[tuple[str, str]]:
    """Source and destination of everything that the image takes from the checkout."""
    found = []
    for one in final_stage():
        if one.name == "COPY" and not one.rest.startswith("--from"):
            *sources, destination = one.rest.split()
            into = destination.rstrip("/") if len(sources) > 1 or destination.endswith("/") else ""
            found += [
                (each, f"{into}/{Path(each).name}" if into else destination) for each in sources
            ]
    return found


def is_sent(name: str) -> bool:
    """Whether .dockerignore lets Docker see this file or folder at all."""
    sent = True
    for line in IGNORE.read_text().splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            bare = pattern.removeprefix("!")
            if fnmatch(name, bare) or name.startswith(f"{bare}/"):
                sent = pattern.startswith("!")
    return sent
