"""The proxies of the documents, with their examples adapted to this machine: ports, addresses, certificates."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import attrs

from tests.deploy.examples import ROOT, Example

UNPACKED = ROOT / ".cache/proxies"
"""Where tools/setup unpacks those that are not installed."""
PLACES = os.pathsep.join([os.environ["PATH"], "/usr/sbin", f"{UNPACKED}/usr/sbin", f"{UNPACKED}/usr/bin"])
"""Debian has nginx and haproxy in /usr/sbin, which is not on the path of every user."""
LIBRARIES = os.pathsep.join(map(str, UNPACKED.glob("**/lib/*-linux-gnu*")))


@attrs.frozen
class Program:
    """A proxy.

    Attributes:
        name: of the program.
        check: the command that checks a configuration, given its file and the folder that it may use.
        run: the command that serves.
    """

    name: str
    check: Callable[[Path, Path], list[str]]
    run: Callable[[Path, Path], list[str]]

    @property
    def path(self) -> str | None:
        """Where it is; None if it is not installed."""
        return shutil.which(self.name, path=PLACES)


def _started(name: str, **environment: str) -> list[str]:
    libraries = {"LD_LIBRARY_PATH": LIBRARIES} if LIBRARIES else {}
    return [
        "env",
        *(f"{key}={value}" for key, value in {**libraries, **environment}.items()),
        PROGRAMS[name].path or "",
    ]


def _nginx(*more: str) -> Callable[[Path, Path], list[str]]:
    return lambda file, folder: [
        *_started("nginx"),
        "-p",
        str(folder),
        "-e",
        "stderr",
        "-c",
        str(file),
        *more,
    ]


def _caddy(command: str, home: Path) -> list[str]:
    return [*_started("caddy", HOME=str(home)), command]


PROGRAMS: dict[str, Program] = {
    "nginx": Program("nginx", _nginx("-t", "-q"), _nginx("-g", "daemon off;")),
    "haproxy": Program(
        "haproxy",
        lambda file, _: [*_started("haproxy"), "-c", "-f", str(file)],
        lambda file, _: [*_started("haproxy"), "-db", "-f", str(file)],
    ),
    "caddy": Program(
        "caddy",
        lambda file, _: [*_caddy("validate", file.parent), "--adapter", "caddyfile", "--config", str(file)],
        lambda file, _: [*_caddy("run", file.parent), "--adapter", "caddyfile", "--config", str(file)],
    ),
}

NGINX = """
worker_processes 1;
worker_rlimit_nofile 8192;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{text}
}}
"""
CADDY = """\
{{
	admin off
	auto_https disable_redirects
	log {{
		level ERROR
	}}
}}

{text}"""


def adapted(example: Example, folder: Path, port: int, servers: dict[str, str] | None = None) -> Path:
    """Write the example into ``folder``: at ``port`` of this machine, with the certificate ``cert.pem`` there.

    Args:
        port: where TLS is; 0 for the ports of the example, which a check does not open.
        servers: what stands in place of each address of a server: ``{"127.0.0.1:8000": "127.0.0.1:1234"}``.
    """
    text, certificate = example.text, folder / "cert.pem"
    for address, instead in (servers or {}).items():
        assert address in text
        text = text.replace(address, instead)
    match example.language:
        case "nginx":
            text = re.sub(r"listen \[::\].*\n", "", text)
            text = re.sub(r"/etc/letsencrypt\S+\.pem", str(certificate), text)
            # Also to check a configuration, nginx listens: here where anybody may.
            listening = f"127.0.0.1:{port}" if port else f"unix:{folder}/tls"
            text = text.replace("listen 443 ssl", f"listen {listening} ssl")
            text = text.replace("listen 80;", f"listen unix:{folder}/plain;")
            text = NGINX.format(folder=folder, text=text)
        case "haproxy":
            text = re.sub(r"/etc/haproxy/certs/\S+", str(certificate), text)
            text = re.sub(r"maxconn \d+", "maxconn 500", text)  # within any user's limit of open files
            if port:
                text = text.replace("bind :80\n", "").replace("bind :443", f"bind 127.0.0.1:{port}")
        case "caddy":
            if port:
                text = text.replace(
                    "play.example.org {", f"https://localhost:{port} {{\n\ttls {certificate} {certificate}"
                )
            text = CADDY.format(text=text)
    file = folder / f"{example.language}.conf"
    file.write_text(text)
    return file
