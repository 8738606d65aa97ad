"""The shipped deploy/nginx.conf in a real nginx, with the marked lines filled in."""

import datetime
import ipaddress
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cluster.servers import ROOT, Server, program
from tests.e2e.product import ROOT as REPOSITORY
from tests.e2e.product import free_port

SHIPPED = REPOSITORY / "deploy" / "nginx.conf"
AROUND = """
daemon off;
pid nginx.pid;
error_log stderr warn;
{user}
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include {site};
}}
"""


class Nginx(Server):
    """Listens with TLS at `port`, in front of the processes at `behind` that have the folder `data`.

    `changes` are replaced in the shipped file before it is used; each must be there.
    """

    def __init__(
        self,
        folder: Path,
        behind: Sequence[str],
        data: Path,
        *,
        base_path: str = "",
        changes: dict[str, str] | None = None,
    ) -> None:
        super().__init__(folder)
        self.plain_port = free_port()
        self.behind = behind
        self.data = data
        self.base_path = base_path
        self.changes = changes or {}

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def site(self) -> str:
        """The shipped file, filled in."""
        text = SHIPPED.read_text()
        servers = "".join(f"server {address} max_fails=0;" for address in self.behind)
        filled = {
            "server 127.0.0.1:8001 max_fails=0;": servers,
            "server 127.0.0.1:8002 max_fails=0;": "",
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen [::]:80;": f"listen [::1]:{self.plain_port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "listen [::]:443 ssl http2;": f"listen [::1]:{self.port} ssl http2;",
            "https://chat.example.org$": f"{self.origin}$",
            "server_name chat.example.org;": "server_name localhost;",
            "/etc/letsencrypt/live/chat.example.org/fullchain.pem": str(self.certificate),
            "/etc/letsencrypt/live/chat.example.org/privkey.pem": str(self.folder / "key.pem"),
            "/var/lib/webchat/": f"{self.data}/",
            "location / {  # <-": f"location {self.base_path}/ {{",
        }
        for old, new in (filled | self.changes).items():
            assert old in text, f"deploy/nginx.conf has no {old!r}"
            text = text.replace(old, new)
        return text

    def command(self) -> Sequence[str]:
        make_certificate(self.certificate, self.folder / "key.pem")
        (self.folder / "site.conf").write_text(self.site())
        around = AROUND.format(user="user root root;" if ROOT else "", site="site.conf")
        (self.folder / "main.conf").write_text(around)
        nginx = program("nginx", "nginx")
        return [
            nginx,
            "-e",
            "stderr",
            "-p",
            f"{self.folder}/",
            "-c",
            str(self.folder / "main.conf"),
        ]


def make_certificate(certificate: Path, key: Path) -> None:
    """A certificate for localhost that signs itself."""
    if certificate.exists():
        return
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
