"""The product as `make run` serves it, with an upstream, in a folder that is gone afterwards."""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import helper
from tests.e2e.product import ROOT, Product


@dataclass
class Site:
    """A running product and the upstream behind it."""

    product: Product
    upstream: int

    @property
    def pid(self) -> int:
        assert self.product.process is not None
        return self.product.process.pid

    @property
    def socket(self) -> str:
        return self.product.url.replace("http", "ws", 1) + "/ws/"

    def seed(self, what: str, *arguments: str, module: str = "seed", seconds: float = 600) -> Any:
        """Run a command of benchmarks/seed.py (or its like) on the product's database."""
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{module}", what, *arguments],
            cwd=ROOT,
            env=self.product.full_environment() | {"DJANGO_SETTINGS_MODULE": "webchat.settings"},
            stdout=subprocess.PIPE,
            text=True,
            timeout=seconds,
            check=True,
        )
        return json.loads(done.stdout)


def upstream_times(port: int) -> dict[str, dict[str, float]]:
    """What the upstream noted since it was asked last, by the text of the question."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/times", timeout=20) as answer:
        found: dict[str, dict[str, float]] = json.load(answer)
        return found


@contextmanager
def site_in(data: Path, upstream: int, **environment: str) -> Iterator[Site]:
    """The product on this data folder, asking the upstream on this port."""
    own = {"OPENAI_BASE_URL": f"http://127.0.0.1:{upstream}/v1"}
    product = Product(data, own | environment).start()
    try:
        yield Site(product, upstream)
    finally:
        product.end()


@contextmanager
def site(upstream: int, **environment: str) -> Iterator[Site]:
    """The same on a folder that is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="webchat-benchmark-") as folder,
        site_in(Path(folder) / "data", upstream, **environment) as running,
    ):
        yield running


@contextmanager
def site_with_upstream(**environment: str) -> Iterator[Site]:
    with helper("upstream") as (_, port), site(port, **environment) as running:
        yield running
