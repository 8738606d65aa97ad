"""`python -m benchmarks [NAME…]`: measure, print, end."""

import argparse
from collections.abc import Callable

from benchmarks import load
from benchmarks.figures import machine

BENCHMARKS: dict[str, Callable[[], str]] = {"load": load.main}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[*BENCHMARKS, []], help="which; all unless told"
    )
    parser.add_argument("--people", type=int, nargs="+", help="sizes of the load, for `load`")
    options = parser.parse_args()
    for name in options.names or BENCHMARKS:
        print(f"## {name} ({machine()})\n", flush=True)
        if name == "load" and options.people:
            print(load.main(options.people))
        else:
            print(BENCHMARKS[name]())
        print(flush=True)


if __name__ == "__main__":
    main()
