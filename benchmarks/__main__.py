"""`python -m benchmarks [NAME…]`: measure, print, end."""

import argparse
import signal
import sys
from collections.abc import Callable

from benchmarks import (
    admin,
    cluster,
    history,
    insight,
    load,
    message,
    page,
    reader,
    rendering,
    upgrade,
)
from benchmarks.figures import machine

BENCHMARKS: dict[str, Callable[[], str | None]] = {
    "page": page.main,
    "message": message.main,
    "load": load.main,
    "conversations": history.conversations,
    "databases": history.databases,
    "reader": reader.main,
    "rendering": rendering.main,
    "cluster": cluster.main,
    "admin": admin.main,
    "insight": insight.main,
    "upgrade": upgrade.main,
}
ON_REQUEST = {
    "cluster",
    "admin",
    "insight",
    "upgrade",
}  # they need PostgreSQL, or take half an hour


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--people", type=int, nargs="+", help="sizes of the load, for `load`")
    parser.add_argument("--conversations", type=int, help="how many there are, for `admin`")
    parser.add_argument("--messages", type=int, help="how many there are, for `upgrade`")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    # Told to stop, it still ends the processes it has begun and removes their folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))
    for name in options.names or [name for name in BENCHMARKS if name not in ON_REQUEST]:
        print(f"## {name} ({machine()})\n", flush=True)
        if name == "load" and options.people:
            print(load.main(options.people))
        elif name == "admin" and options.conversations:
            print(admin.main(options.conversations))
        elif name == "upgrade" and options.messages:
            print(upgrade.main(options.messages))
        else:
            print(BENCHMARKS[name]() or "")
        print(flush=True)


if __name__ == "__main__":
    main()
