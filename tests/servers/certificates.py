"""A certificate authority for one test, made with the openssl program."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.servers.process import program

if TYPE_CHECKING:
    from pathlib import Path

_CA_CONFIG = """\
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
policy = any
default_md = sha256
rand_serial = yes
copy_extensions = copy
unique_subject = no
x509_extensions = strict
[any]
commonName = supplied
[strict]
authorityKeyIdentifier = keyid
"""
_NOW_AND_LONG = ("20200101000000Z", "20991231000000Z")


class Authority:
    """Signs certificates for names that tests choose; its own certificate is `ca_file`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.ca_file = folder / "ca.pem"
        self._key = folder / "ca.key"
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text(_CA_CONFIG.format(folder=folder), encoding="utf-8")
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
            "-subj", "/CN=test authority",
            "-addext", "keyUsage=critical,keyCertSign", "-keyout", str(self._key), "-out", str(self.ca_file),
        )  # fmt: skip

    def sign(
        self, name: str, alternative: str, validity: tuple[str, str] = _NOW_AND_LONG
    ) -> tuple[Path, Path]:
        """Certificate and key for `alternative` (`IP:127.0.0.1`, `DNS:...`), valid between two dates."""
        cert, key, request = (self._folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-addext", f"subjectAltName={alternative}", "-keyout", str(key), "-out", str(request),
        )  # fmt: skip
        start, end = validity
        self._openssl(
            "ca", "-batch", "-notext", "-config", str(self._folder / "ca.cnf"), "-cert", str(self.ca_file),
            "-keyfile", str(self._key), "-startdate", start, "-enddate", end, "-in", str(request),
            "-out", str(cert),
        )  # fmt: skip
        return cert, key

    def _openssl(self, *args: str) -> None:
        subprocess.run([program("openssl", "openssl"), *args], check=True, capture_output=True)
