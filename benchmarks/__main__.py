"""`python -m benchmarks [NAME…]`: measure, print, end."""

import argparse
import signal
import sys
from collections.abc import Callable

from benchmarks import history, load, message, page, reader, rendering
from benchmarks.figures import machine

BENCHMARKS: dict[str, Callable[[], str | None]] = {
    "page": page.main,
    "message": message.main,
    "load": load.main,
    "conversations": history.conversations,
    "databases": history.databases,
    "reader": reader.main,
    "rendering": rendering.main,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--people", type=int, nargs="+", help="sizes of the load, for `load`")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    # Told to stop, it still ends the processes it has begun and removes their folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))
    for name in options.names or BENCHMARKS:
        print(f"## {name} ({machine()})\n", flush=True)
        if name == "load" and options.people:
            print(load.main(options.people))
        else:
            print(BENCHMARKS[name]() or "")
        print(flush=True)


if __name__ == "__main__":
    main()
