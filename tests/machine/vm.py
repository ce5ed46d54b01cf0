"""A machine in QEMU: started, cut from power, started again on the same disks. Works without KVM."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.machine.errors import MachineError
from tests.machine.image import CACHE, run
from tests.machine.shell import Shell

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_BOOT_S = 240.0
_LOOK_S = 0.1
_QMP_S = 20.0
_DATA_SECTOR_BYTES = 512
_USB_SERIAL = {
    "driver": "usb-serial",
    "id": "adapter",
    "chardev": "line",
    "always-plugged": True,
    "serial": "SG0001",
}


class Hardware(NamedTuple):
    """What this machine has beside a processor, a system disk and a network that reaches nobody.

    Attributes:
        data_mb: size of a second disk, /dev/vdb, whose every write and flush is logged; 0 for none.
        rtc: what the clock chip says at power-on, ISO 8601 in UTC; empty for the true time.
        usb_serial: an FTDI adapter whose line ends in the Unix socket `VM.line`.
        watchdog: an i6300esb that resets the machine.
        leap: an idle machine's time runs ahead, so that hours of waiting take seconds.
    """

    data_mb: int = 0
    rtc: str = ""
    usb_serial: bool = False
    watchdog: bool = False
    leap: bool = False
    memory_mb: int = 512


class VM:
    """One machine with disks of its own, in a `with` block that leaves nothing behind."""

    def __init__(self, disk: Path, hardware: Hardware) -> None:
        self.hardware = hardware
        self._place = Path(tempfile.mkdtemp(prefix="vm.", dir=CACHE))
        self.line = self._place / "line"
        self.data, self.data_log = self._place / "data.raw", self._place / "data.log"
        self.console = self._place / "console.log"
        self.shell = Shell(CACHE / "id", self._place / "ssh", _free_port())
        self._system = self._place / "system.qcow2"
        self._qmp = self._place / "qmp"
        self._process: subprocess.Popen[bytes] | None = None
        run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(disk), str(self._system)])
        if hardware.data_mb:
            with self.data.open("wb") as data:
                data.truncate(hardware.data_mb << 20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        shutil.rmtree(self._place, ignore_errors=True)

    def boot(self) -> float:
        """Power on and wait for ssh. Returns the seconds that it took. Raises MachineError."""
        assert self._process is None
        self.console.unlink(missing_ok=True)
        self._qmp.unlink(missing_ok=True)
        began_s = time.monotonic()
        with (self._place / "qemu.err").open("wb") as complaints:
            # The kernel ends the machine with us: none is left running when we are killed.
            command = ["setpriv", "--pdeathsig", "KILL", *self._command()]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints
            )
        self.wait_booted()
        return time.monotonic() - began_s

    def wait_booted(self) -> None:
        """Until the console says that ssh is up. Raises MachineError."""
        deadline_s = time.monotonic() + _BOOT_S
        while not self.is_ready():
            if self._process is None or self._process.poll() is not None:
                raise MachineError("qemu ended: " + (self._place / "qemu.err").read_text()[-2000:])
            if time.monotonic() > deadline_s:
                raise MachineError(f"no boot in {_BOOT_S:g} s; the console ends with:\n{self._console_end()}")
            time.sleep(_LOOK_S)

    def is_ready(self) -> bool:
        """Whether the console has said so since power-on."""
        with suppress(FileNotFoundError):
            return b"MACHINE-READY" in self.console.read_bytes()
        return False

    def cut(self) -> None:
        """Pull the plug. What the machine wrote to its disks stays; nothing more is written."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.shell.close()

    def unplug(self) -> None:
        """Take the serial adapter out."""
        self._ask("device_del", id="adapter")

    def plug(self) -> None:
        """Put the serial adapter in again."""
        self._ask("device_add", **_USB_SERIAL)

    def _command(self) -> list[str]:
        hardware = self.hardware
        words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"]
        words += ["-m", str(hardware.memory_mb), "-smp", "1", "-kernel", str(CACHE / "vmlinuz")]
        words += ["-initrd", str(CACHE / "initrd"), "-serial", f"file:{self.console}"]
        words += ["-append", "root=/dev/vda rw console=ttyS0 quiet panic=-1 net.ifnames=0 mitigations=off"]
        words += ["-qmp", f"unix:{self._qmp},server=on,wait=off", "-device", "virtio-rng-pci"]
        # A machine that waits for its disk is idle too: where time leaps, it must not wait for ours.
        cache = "unsafe" if hardware.leap else "writeback"
        words += ["-drive", f"if=none,id=system,file={self._system},format=qcow2,cache={cache}"]
        words += ["-device", "virtio-blk-pci,drive=system"]
        words += ["-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.shell.port}-:22"]
        words += ["-device", "virtio-net-pci,netdev=net,romfile=", "-device", "qemu-xhci"]
        words += _speed(leap=hardware.leap)
        if hardware.rtc:
            words += ["-rtc", f"base={hardware.rtc},clock=vm"]
        if hardware.data_mb:
            words += self._data_disk()
        if hardware.watchdog:
            words += ["-device", "i6300esb", "-action", "watchdog=reset"]
        if hardware.usb_serial:
            words += ["-chardev", f"socket,id=line,path={self.line},server=on,wait=off"]
            words += ["-device", json.dumps(_USB_SERIAL)]
        return words

    def _data_disk(self) -> list[str]:
        self.data_log.touch()
        log = f"driver=blklogwrites,node-name=logged,file=data,log=log,log-sector-size={_DATA_SECTOR_BYTES}"
        append = self.data_log.stat().st_size > 0
        return [
            *("-blockdev", f"driver=file,node-name=data,filename={self.data}"),
            *("-blockdev", f"driver=file,node-name=log,filename={self.data_log}"),
            *("-blockdev", log + (",log-append=on" if append else "")),
            *("-device", "virtio-blk-pci,drive=logged"),
        ]

    def _ask(self, command: str, **arguments: Any) -> None:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_QMP_S)
            line.connect(str(self._qmp))
            stream = line.makefile("rw")
            stream.readline()
            for each in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                stream.write(json.dumps(each) + "\n")
                stream.flush()
                while "event" in (answer := json.loads(stream.readline())):
                    pass
                if "error" in answer:
                    raise MachineError(f"qemu refused {command}: {answer['error']['desc']}")

    def _console_end(self) -> str:
        with suppress(FileNotFoundError):
            return self.console.read_text(errors="replace")[-2000:]
        return ""


def _speed(*, leap: bool) -> list[str]:
    """Emulation, or the processor's own help where it really has it: a KVM without svm or vmx is slower."""
    if leap:
        return ["-accel", "tcg,thread=single", "-cpu", "max", "-icount", "shift=3,sleep=off,align=off"]
    flags = Path("/proc/cpuinfo").read_text()
    if os.access("/dev/kvm", os.W_OK) and (" svm " in flags or " vmx " in flags):
        return ["-accel", "kvm", "-cpu", "host"]
    return ["-accel", "tcg,thread=multi", "-cpu", "max"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
