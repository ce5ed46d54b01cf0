"""The disk that a machine starts from: Debian, and the station installed as deploy/systemd/README.md says.

    image.sh  ->  base.raw  ->  the project's wheel and its locked wheels, installed offline  ->  station.raw

Both are kept in the cache and made again only when what they are made of has changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.machine.errors import MachineError
from tests.machine.report import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("SKYGROUND_MACHINE", "/var/tmp/skyground-machine"))
_BASE, _STATION, _KEY = CACHE / "base.raw", CACHE / "station.raw", CACHE / "station.key"
# What the installed station consists of.
_SOURCES = (
    "agent",
    "drivers",
    "deploy/systemd",
    "pyproject.toml",
    "requirements.lock",
    "README.md",
    "LICENSE",
)
# The Python of Debian 12, whatever runs here.
_TARGET = ("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311")
_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")

_INSTALL = """\
set -e
python3 -m venv /opt/skyground
pip="/opt/skyground/bin/pip -q install --no-index"
$pip --find-links /wheels --require-hashes -r /wheels/requirements.lock
$pip --no-deps /wheels/skyground-*.whl
install -m 644 /wheels/skyground.sysusers.conf /usr/lib/sysusers.d/skyground.conf
systemd-sysusers
install -m 644 /wheels/skyground.service /etc/systemd/system/
install -d /etc/skyground
"""


def prepare() -> Path:
    """The up-to-date disk. Raises MachineError."""
    CACHE.mkdir(parents=True, exist_ok=True)
    run([str(Path(__file__).with_name("image.sh")), str(CACHE)])
    key = _key()
    if not _STATION.exists() or not _KEY.exists() or _KEY.read_text() != key:
        say("installing the station on the machine's disk")
        with tempfile.TemporaryDirectory(prefix="install.", dir=CACHE) as work:
            _install(Path(work))
        _KEY.write_text(key)
    return _STATION


def run(command: Sequence[str]) -> str:
    """What a program prints. Raises MachineError with its complaint when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise MachineError(f"there is no program {command[0]}; scripts/machine installs it") from None
    if done.returncode:
        raise MachineError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """The file system of a disk, after its own recovery, as the next boot sees it. Raises MachineError."""
    with tempfile.TemporaryDirectory(prefix="skyground-mount.") as place:
        run(["mount", "-o", "loop,noatime", str(image), place])
        try:
            yield Path(place)
        finally:
            run(["umount", place])


def _key() -> str:
    """Names everything that the disk is made of."""
    digest = hashlib.sha256((CACHE / "base.key").read_bytes() + Path(__file__).read_bytes())
    for source in _SOURCES:
        for path in sorted((ROOT / source).rglob("*")) if (ROOT / source).is_dir() else [ROOT / source]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _install(work: Path) -> None:
    """Make the disk beside its final place and move it there when it is whole."""
    disk = work / "station.raw"
    run(["cp", "--sparse=always", str(_BASE), str(disk)])
    with mounted(disk) as root:
        wheels = root / "wheels"
        _gather(wheels)
        run(["chroot", str(root), "sh", "-c", _INSTALL])
        shutil.rmtree(wheels)
    disk.replace(_STATION)


def _gather(wheels: Path) -> None:
    """Everything that an installation without network needs."""
    wheels.mkdir()
    for name in (
        "requirements.lock",
        "deploy/systemd/skyground.service",
        "deploy/systemd/skyground.sysusers.conf",
    ):
        shutil.copy(ROOT / name, wheels)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    platforms = [word for platform in _PLATFORMS for word in ("--platform", platform)]
    lock = ["--require-hashes", "-r", str(ROOT / "requirements.lock"), "--only-binary", ":all:"]
    run([*pip, "download", "-d", str(wheels), *lock, *_TARGET, *platforms])
    run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(ROOT)])
