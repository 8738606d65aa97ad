"""1 to 200 people at 50 tokens a second, against the product and against the bare pipe."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.figures import machine, megabytes, spread, table
from benchmarks.people import Plan, Sample, visit_in_process
from benchmarks.processes import Peak, cpu_seconds, helper, pss_bytes
from benchmarks.site import Site, site_with_upstream, upstream_times

PEOPLE = (1, 50, 100, 200)
RATE, TOKENS = 50, 250
MODEL = f"bench-{RATE}-{TOKENS}"
ANSWER_SECONDS = TOKENS / RATE + 40  # later than this is a failure

HEAD = (
    "people",
    "server",
    "failed",
    "first token from the keypress, ms",
    "after the upstream's, ms",
    "between updates, ms",
    "end after the upstream's, ms",
    "CPU, ms a token",
    "of a core",
    "memory before, peak, after, MB",
)


@dataclass
class Load:
    """What one load came to."""

    people: int
    server: str
    samples: list[Sample]
    times: dict[str, dict[str, float]]
    cpu: float
    memory: tuple[int, int, int]

    @property
    def good(self) -> list[Sample]:
        return [sample for sample in self.samples if sample.status == "complete"]

    @property
    def tokens(self) -> float:
        return sum(times["tokens"] for times in self.times.values())

    @property
    def seconds(self) -> float:
        """From the first keypress to the last end."""
        good = self.good
        return max(s.done for s in good) - min(s.sent for s in good) if good else 0.0

    @property
    def cpu_per_token(self) -> float:
        """Milliseconds."""
        return 1000 * self.cpu / self.tokens if self.tokens else 0.0

    def row(self) -> list[str]:
        good, times = self.good, self.times
        return [
            str(self.people),
            self.server,
            f"{len(self.samples) - len(good)} of {len(self.samples)}",
            spread([s.first - s.sent for s in good]),
            spread([s.first - times[s.tag]["first"] for s in good]),
            spread([gap for s in good for gap in s.gaps]),
            spread([s.done - times[s.tag]["last"] for s in good]),
            f"{self.cpu_per_token:.3f}",
            f"{100 * self.cpu / self.seconds if self.seconds else 0:.0f} %",
            " / ".join(megabytes(count) for count in self.memory),
        ]


def measure(server: str, pids: Sequence[int], upstream: int, plan: Plan) -> Load:
    """One load on the server that is these processes."""
    upstream_times(upstream)
    memory, cpu = pss_bytes(*pids), cpu_seconds(*pids)
    with Peak(*pids) as peak:
        samples = visit_in_process(plan)
    cpu = cpu_seconds(*pids) - cpu
    after = (memory, peak.bytes, pss_bytes(*pids))
    return Load(plan.people, server, samples, upstream_times(upstream), cpu, after)


def product_plan(running: Site, people: int) -> Plan:
    seeded = running.seed("people", str(people))
    return Plan(
        addresses=[running.socket],
        origin=running.product.url,
        people=people,
        model=MODEL,
        seconds=ANSWER_SECONDS,
        sessions=seeded["sessions"],
        endpoint=seeded["endpoint"],
    )


def pipe_load(upstream: int, people: int) -> Load:
    with helper("pipe", str(upstream)) as (pid, port):
        plan = Plan([f"ws://127.0.0.1:{port}/"], people, MODEL, ANSWER_SECONDS)
        return measure("bare pipe", [pid], upstream, plan)


def problems(load: Load, saved: dict[str, list[int]]) -> Iterator[str]:
    """What did not come out whole: failures by their words, and text that is not in the database."""
    for sample in load.samples:
        if sample.status != "complete":
            yield f"{load.people} people: {sample.status}"
    sent = int(sum(times["chars"] for times in load.times.values()))
    if saved.get("complete") != [len(load.samples), sent]:
        yield f"{load.people} people: {sent} characters were sent, saved is {saved}"


def one_load(people: int) -> tuple[list[Load], list[str]]:
    """The bare pipe and the product (fresh, as after a start) under the same load."""
    with site_with_upstream() as running:
        bare = pipe_load(running.upstream, people)
        plan = product_plan(running, people)
        load = measure("Webchat", [running.pid], running.upstream, plan)
        return [bare, load], sorted(set(problems(load, running.seed("saved"))))


def main(people: Sequence[int] = PEOPLE) -> str:
    """The table of all loads."""
    rows, complaints = [], []
    for count in people:
        before = machine()
        loads, found = one_load(count)
        rows += [load.row() for load in loads]
        complaints += found
        print(f"{count} people ({before} before)\n{table(HEAD, rows[-2:])}", flush=True)
    return "\n".join([table(HEAD, rows), "", *complaints])
