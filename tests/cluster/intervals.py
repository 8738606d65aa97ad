"""How long tests of several processes wait; `make soak` uses the intervals of the product.

Shorter intervals prove the same rules in less time.
"""

import os

SOAK = "SOAK" in os.environ
CHECKS = 4  # of a heartbeat before a run is interrupted, see webchat/generation/reaper.py
REAPER_SECONDS = 1.5 if SOAK else 0.75
REAPING_SECONDS = (CHECKS + 2) * REAPER_SECONDS
"""A run without a heartbeat has been interrupted after this long, with a margin."""
PING_SECONDS = 20 if SOAK else 1
PINGED_SECONDS = PING_SECONDS + 3
"""The server has pinged an open socket after this long, with a margin."""
