"""What text may look like, once as a pattern and once in words, which is what a technician reads."""

from __future__ import annotations

from drivers.sdi12.codec import ADDRESS_PATTERN, COMMAND_PATTERN
from drivers.settings import CHANNEL_PATTERN

# Safe in an MQTT topic, a tag, a file name and a URL, all without escaping.
IDENT = r"^[a-z0-9][a-z0-9_-]{0,62}$"
CHANNEL = CHANNEL_PATTERN
REFERENCE = r"^(credential:[A-Za-z0-9_.-]+|file:/.+|env:[A-Za-z_][A-Za-z0-9_]*)$"
ADAPTER = r"^(/dev/i2c-\d+|unix:/.+)$"
HOST = r"^[A-Za-z0-9:]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9:])?$"
TOPIC = r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"
URL = r"^https?://[^\s@\x00-\x1f\x7f]+$"
ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$"

IN_WORDS = {
    IDENT: "lower-case letters, digits, - and _, 63 at the most, starting with a letter or digit",
    CHANNEL: "a channel in quotes: SENSOR/QUANTITY",
    REFERENCE: "credential:NAME (systemd), file:/path or env:NAME",
    ADAPTER: "/dev/i2c-N, or unix:/path of a simulated bus",
    HOST: "a host name or IP address, without scheme, port or path",
    TOPIC: "words of letters, digits, - and _ separated by /, with no / at either end",
    ADDRESS_PATTERN: 'one letter or digit in quotes; a new SDI-12 instrument has "0"',
    COMMAND_PATTERN: "M, C or R, with C behind it for a checksum, and a number: M, MC1, C, CC, R0",
    ADDRESS: "a mail address: NAME@HOST, without a display name",
    URL: "an http:// or https:// address without user and password in it",
}
