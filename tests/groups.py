"""Which tests run in one worker of a parallel run: those that share costly processes, in order."""

from xdist.scheduler import LoadScopeScheduling

FOLDER = "tests/cluster/"
# The modules with the fixture `cluster`, in two groups that take about as long.
CLUSTERS = {
    "test_away.py": 1,
    "test_backpressure.py": 1,
    "test_nginx.py": 1,
    "test_two_processes.py": 1,
    "test_browser.py": 2,
    "test_faults.py": 2,
    "test_readiness.py": 2,
}
SITES = {"test_behind_nginx.py", "test_headers.py", "test_hosting.py"}  # with the fixture `site`
DATABASES = {"test_clock.py", "test_crash.py", "test_turns.py"}  # once SQLite, once PostgreSQL


def group(nodeid: str) -> str:
    """A module, a part of one, or several."""
    file, _, test = nodeid.partition("::")
    name = file.removeprefix(FOLDER)
    if name in CLUSTERS:
        return f"cluster {CLUSTERS[name]}"
    if name in SITES:
        return "site under a path" if "under a path" in test else "site at the root"
    if name in DATABASES:
        return f"{file} {'postgresql' in test}"
    return file


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """pytest-xdist's `--dist loadscope` with these groups in place of modules."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
