"""A mail server on loopback: STARTTLS, AUTH PLAIN, and it keeps what it takes (RFC 5321)."""

import base64
import email
import socketserver
import ssl
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from queue import Queue

from tests.emulators.threaded import InThread

SECONDS = 20  # only a failing test waits this long


class _Session(socketserver.StreamRequestHandler):
    server: "MailServer"
    secure = False
    known = False

    def handle(self) -> None:
        self.say("220 localhost")
        while line := self.rfile.readline(4096).decode().strip():
            verb, _, rest = line.partition(" ")
            if not self.obey(verb.upper(), rest):
                return

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def obey(self, verb: str, rest: str) -> bool:
        """Answer one command; False when the session is over."""
        if verb == "EHLO":
            self.say("250-localhost")
            self.say("250 AUTH PLAIN" if self.secure else "250 STARTTLS")
        elif verb == "STARTTLS":
            self.say("220 go on")
            self.secure = True
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
            self.setup()  # the lines go through TLS from here on
        elif verb == "AUTH":
            given = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
            self.known = self.secure and given == [self.server.user, self.server.password]
            self.say("235 welcome" if self.known else "535 no")
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        elif not self.known:
            self.say("530 authenticate first")
        elif verb == "DATA":
            self.say("354 go on")
            self.take()
        else:
            self.say("250 fine")
        return True

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=default)
        assert isinstance(message, EmailMessage)
        self.server.taken.put(message)
        self.say("250 taken")


class MailServer(InThread, socketserver.ThreadingTCPServer):
    """Use it as a context manager. `user` and `password` are what it wants; TLS comes first."""

    daemon_threads = True
    user, password = "post@example.org", "pass:word/%"

    def __init__(self, certificate: Path, key: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.taken: Queue[EmailMessage] = Queue()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def next_mail(self) -> EmailMessage:
        return self.taken.get(timeout=SECONDS)
