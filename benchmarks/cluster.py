"""Several web processes that share PostgreSQL and Redis, under the load of `load`.

People are spread over them as a proxy without sticky sessions does it. Where answers are followed
"elsewhere", each person asks one process and follows the answer at the next, so that every answer
goes through Redis to its page: what happens to a few after a reload happens here to all.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import machine, megabytes, table
from benchmarks.load import Load, measure, problems, product_plan
from benchmarks.people import Plan
from benchmarks.processes import cpu_seconds, helper
from benchmarks.servers import Postgres, Redis, serving
from benchmarks.site import Site
from tests.e2e.product import Product

PROCESSES, PEOPLE = (1, 2, 4), 50
HEAD = (
    "processes",
    "people",
    "followed",
    "failed",
    "first token from the keypress, ms",
    "after the upstream's, ms",
    "between updates, ms",
    "end after the upstream's, ms",
    "CPU, ms a token: web",
    "PostgreSQL",
    "Redis",
    "memory of the web, before, peak, after, MB",
)


@dataclass
class Cluster:
    """Web processes of one installation, the servers behind them, and their upstream."""

    products: list[Product]
    postgres: Postgres
    redis: Redis
    upstream: int

    @property
    def sites(self) -> list[Site]:
        return [Site(product, self.upstream) for product in self.products]

    def plan(self, people: int, elsewhere: bool) -> Plan:
        """The plan of `load`, with the people spread over all processes."""
        addresses = [site.socket for site in self.sites]
        alone = product_plan(self.sites[0], people)
        return replace(alone, addresses=addresses, elsewhere=elsewhere)


@contextmanager
def cluster(count: int) -> Iterator[Cluster]:
    """`count` web processes with a fresh PostgreSQL and Redis."""
    with ExitStack() as stack:
        _, upstream = stack.enter_context(helper("upstream"))
        postgres = stack.enter_context(serving(Postgres))
        redis = stack.enter_context(serving(Redis))
        data = Path(stack.enter_context(TemporaryDirectory(prefix="webchat-benchmark-"))) / "data"
        environment = {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream}/v1",
            "DATABASE_URL": postgres.create("benchmark"),
            "REDIS_URL": redis.url,
        }
        products = [Product(data, dict(environment)) for _ in range(count)]
        for product in products:
            product.environment["ORIGINS"] = products[0].url
            product.start()
            stack.callback(product.end)
        yield Cluster(products, postgres, redis, upstream)


def one_load(count: int, people: int, elsewhere: bool) -> tuple[list[str], list[str]]:
    """A row of the table, and what did not come out whole."""
    with cluster(count) as running:
        plan = running.plan(people, elsewhere)
        behind = [running.postgres.pid, running.redis.pid]
        before = [cpu_seconds(pid) for pid in behind]
        pids = [site.pid for site in running.sites]
        load = measure("Webchat", pids, running.upstream, plan)
        spent = [cpu_seconds(pid) - cpu for pid, cpu in zip(behind, before, strict=True)]
        row = _row(count, elsewhere, load, spent)
        found = set(problems(load, running.sites[0].seed("saved")))
        return row, [f"{count} processes, {row[2]}: {problem}" for problem in sorted(found)]


def _row(count: int, elsewhere: bool, load: Load, spent: list[float]) -> list[str]:
    _people, _server, failed, first, after, between, end, cpu, _core, _memory = load.row()
    behind = [f"{1000 * seconds / load.tokens:.3f}" if load.tokens else "" for seconds in spent]
    memory = " / ".join(megabytes(each) for each in load.memory)
    place = "elsewhere" if elsewhere else "where asked"
    head = [str(count), str(load.people), place, failed]
    return [*head, first, after, between, end, cpu, *behind, memory]


def main() -> str:
    """The table: every number of processes, followed where asked, and with several elsewhere."""
    rows, complaints = [], []
    for count in PROCESSES:
        for elsewhere in (False, True) if count > 1 else (False,):
            row, found = one_load(count, PEOPLE, elsewhere)
            rows.append(row)
            complaints += found
    return "\n".join([table(HEAD, rows), "", *complaints, machine()])
