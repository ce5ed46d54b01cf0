"""The `notify` tables as types: who is told of what, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.config.patterns import ADDRESS, HOST, IN_WORDS, REFERENCE, URL
from agent.config.schema_base import FilePath, Ident, Reference, Strict

Address = Annotated[str, Field(pattern=ADDRESS, max_length=254, description=IN_WORDS[ADDRESS])]

# A word that no event ever has would be a way to people that never says anything.
EventKind = Literal[
    "acid_drainage",
    "subsidence",
    "sensor_fault",
    "sensor_drift",
    "bus_fault",
    "calibration_due",
    "calibration_fault",
    "maintenance",
    "gap",
    "clock_step",
    "clock_settled",
    "disk_low",
    "evicted",
    "damaged",
    "parked",
    "journal_set_aside",
    "journal_trouble",
    "journal_wal",
    "receipt_gap",
    "gone",
    "sink_refused",
    "sink_unheard",
    "notify_refused",
    "notify_unheard",
]
"""What an event may be about."""


class NotifierBase(Strict):
    """What every way to people says."""

    id: Ident = Field(description="a name of your choice", examples=["duty"])
    level: Literal["blue", "yellow", "orange", "red"] = Field(
        default="yellow", description="tell events of this level and above"
    )
    kinds: list[EventKind] = Field(
        default_factory=list,
        description="only events of these kinds, and that another notifier is shut; empty: of all",
    )
    remind_h: float = Field(
        default=4,
        ge=0,
        le=168,
        description="how often to tell again what is open and not acknowledged; 0: never",
    )
    max_per_h: int = Field(
        default=20, ge=1, le=1000, description="messages in an hour; what is more comes together, in digests"
    )
    timeout_s: float = Field(default=20, ge=1, le=60, description="longest wait for one message to be taken")


class SmtpNotifier(NotifierBase):
    """Mail, also to the gateway that turns it into text messages."""

    kind: Literal["smtp"]
    host: str = Field(
        pattern=HOST, description="name or address of the server", examples=["mail.example.org"]
    )
    port: int | None = Field(
        default=None, ge=1, le=65535, description="587 with starttls, 465 with tls, 25 with none"
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="how the connection is encrypted; none only on the own network"
    )
    username: str | None = Field(default=None, description="as the server knows this station")
    password_from: Reference | None = Field(default=None, description=IN_WORDS[REFERENCE])
    sender: Address = Field(description="the address that it comes from", examples=["st-01@example.org"])
    to: list[Address] = Field(
        min_length=1, max_length=20, description="who gets it", examples=[["duty@example.org"]]
    )
    ca_file: FilePath | None = Field(
        default=None, description="own certificate authority; default: the system's"
    )


class WebhookNotifier(NotifierBase):
    """A signed POST to whoever passes it on."""

    kind: Literal["webhook"]
    url: str = Field(pattern=URL, description=IN_WORDS[URL], examples=["https://hooks.example.org/mine"])
    secret_from: Reference | None = Field(
        default=None,
        description=f"what the receiver verifies the signature with, in base64: {IN_WORDS[REFERENCE]}",
    )
    ca_file: FilePath | None = Field(
        default=None, description="own certificate authority; default: the system's"
    )
    answer: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="text that the body of the answer holds when it means yes",
        examples=['"errcode":0'],
    )


AnyNotifier = Annotated[SmtpNotifier | WebhookNotifier, Field(discriminator="kind")]
