"""What the system's files say, as numbers. Pure. Each raises ValueError for text that is none of them."""

from __future__ import annotations

_BITS = 0xFFFFFFFF


def cpu_temperature_c(text: str) -> float:
    """Thousandths of a degree (Linux, Documentation/driver-api/thermal/sysfs-api.rst)."""
    return int(text) / 1000


def throttled(text: str) -> float:
    """Hexadecimal bits, as of `vcgencmd get_throttled` (Raspberry Pi documentation)."""
    bits = int(text, 16)
    if not 0 <= bits <= _BITS:
        raise ValueError(f"{text!r} is not 32 bits")
    return float(bits)


def memory_available_mb(text: str) -> float:
    """MB that programs may still use: the line MemAvailable of /proc/meminfo, in KiB (proc_meminfo(5))."""
    for line in text.splitlines():
        name, _, size = line.partition(":")
        if name == "MemAvailable":
            kib = int(size.removesuffix("kB"))
            if kib < 0:
                raise ValueError(f"{size!r} is no size")
            return kib * 1024 / 1e6
    raise ValueError("no MemAvailable in it")
