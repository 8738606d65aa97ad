"""The server's delays and timeouts, while the wall clock is set by an hour.

Each test runs in a process of its own, because a process has one reactor for good.
"""

import subprocess
import sys

import pytest

HOUR = 3600
SETTABLE = """
import time
from types import SimpleNamespace

ahead = 0
true_time = time.time
time.time = lambda: true_time() + ahead  # set before Twisted keeps a reference to it

def set_clock(seconds):
    global ahead
    ahead = seconds

from webchat.management.serving.server import reactor
from daphne import ws_protocol
from daphne.server import Server
from webchat.management.serving.websocket import BalancedProtocol

loop = reactor._asyncioEventloop
"""
DELAYED = """
reactor.callLater(0.2, print, "soon")
reactor.callLater(0.2, reactor.stop)
reactor.callLater(600, print, "much later")
loop.call_later(0.1, set_clock, {jump})
loop.call_later(10, reactor.crash)  # if nothing stops the reactor before
reactor.run()
"""
PINGED = """
class Socket(BalancedProtocol):
    state = BalancedProtocol.STATE_OPEN
    server = SimpleNamespace(ping_interval=0, websocket_timeout=600)

    def serverClose(self):
        print("closed")

    def _sendAutoPing(self):
        print("pinged")

socket = Socket()
socket.socket_opened = socket.last_ping = ws_protocol.time.time()
set_clock({jump})
socket.check_timeouts()
"""
ENDING = """
server = Server(None, ["tcp:0"])
server.connections = {{}}
protocol, application = object(), loop.create_future()
server.protocol_connected(protocol)
server.connections[protocol]["application_instance"] = application
server.protocol_disconnected(protocol)
set_clock({jump})
server.application_checker()
print("cancelled" if application.cancelled() else "goes on")
"""

both_ways = pytest.mark.parametrize("jump", [HOUR, -HOUR])


@both_ways
def test_a_delayed_call_comes_at_its_time(jump: int) -> None:
    assert printed(DELAYED, jump) == "soon"


@both_ways
def test_an_open_socket_is_pinged_and_stays_open(jump: int) -> None:
    assert printed(PINGED, jump) == "pinged"


def test_an_application_has_its_time_to_end() -> None:
    assert printed(ENDING, HOUR) == "goes on"


def printed(code: str, jump: int) -> str:
    """What the code prints; it calls `set_clock(jump)`."""
    command = [sys.executable, "-c", SETTABLE + code.format(jump=jump)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()
