"""MQTT 5 reason codes as verdicts and words (MQTT 5.0, 2.4). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.publish.contract import HungUpError, RejectedError, UnavailableError

if TYPE_CHECKING:
    from agent.publish.contract import SinkError

NO_SUBSCRIBERS = 0x10
_FAILURE = 0x80
# About the message itself: topic name, payload format, size. All others pass with time or with a person.
_ABOUT_THE_MESSAGE = frozenset({0x90, 0x95, 0x99})

# Nothing but a person changes these: no MQTT 5 there, our name or password, the access list, a ban.
_FOR_A_PERSON = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A})

# Ends of a connection that may be a broker's way of refusing what it was just sent: none given, unspecified
# error, malformed packet, protocol error, implementation specific error.
_MAY_BE_THE_MESSAGE = frozenset({0x00, 0x80, 0x81, 0x82, 0x83})

_HINTS = {
    0x84: "the broker speaks no MQTT 5: use mosquitto 1.6 or newer, or another broker that does",
    0x85: "set another client_id",
    0x86: "check username and the secret behind password_from against the broker's password file",
    0x87: "the broker's access list must let this station write to its topics, readings and status",
    0x88: "the broker starts or stops; nothing to do here",
    0x89: "the broker is busy; nothing to do here",
    0x8A: "the broker has banned this client: ask who runs it",
    0x8B: "the broker is stopping; nothing to do here",
    0x8D: "the broker did not hear from us in time: check the link",
    0x8E: "another client uses the same client_id: every station needs its own",
    0x90: "the broker refuses this topic: check topic_prefix",
    0x95: "raise max_packet_size in the broker's configuration",
    0x97: "the broker's quota for this client is used up: raise it or wait",
    0x99: "the broker refuses the payload's format",
    0x9B: "the broker must allow QoS 1",
    0x9F: "the broker limits how often we may connect; nothing to do here",
}


def is_failure(code: int) -> bool:
    """Whether the far side said no."""
    return code >= _FAILURE


def connect_refused(code: int, name: str, where: str) -> UnavailableError:
    """A CONNACK that is not a welcome."""
    what = f"{where} refused the connection: {name}"
    return UnavailableError(what, _hint(code), needs_person=code in _FOR_A_PERSON)


def publish_refused(code: int, name: str, topic: str) -> SinkError:
    """A PUBACK that says no."""
    return _verdict(code, f"the broker refused a message on {topic}: {name}")


def disconnected(code: int, name: str, where: str) -> SinkError:
    """The end of a connection that was in use.

    A HungUpError only says that the message may be the reason; who knows that nothing had just been sent
    knows better.
    """
    what = f"lost {where}: {name}"
    if code in _MAY_BE_THE_MESSAGE:
        return HungUpError(
            what,
            "look at the broker's log; if this comes again and again, another client may use our client_id,"
            " or the broker does not want what it was sent",
        )
    return _verdict(code, what)


def nobody_to_blame(error: SinkError) -> UnavailableError:
    """The same trouble, met while no batch was under way."""
    if type(error) is UnavailableError:
        return error
    return UnavailableError(error.what, error.hint)


def _verdict(code: int, what: str) -> SinkError:
    if code in _ABOUT_THE_MESSAGE:
        return RejectedError(what, _hint(code))
    return UnavailableError(what, _hint(code), needs_person=code in _FOR_A_PERSON)


def _hint(code: int) -> str:
    return _HINTS.get(code, "look at the broker's log")
