"""Which sensors answer on an SDI-12 line, and who they say they are: `?!`, `a!` and `aI!`, nothing else.

Source: SDI-12 version 1.4, section 4.4: address query, acknowledge active, send identification.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from drivers.contract import BadAnswerError, NoAnswerError
from drivers.scan.found import Found, Progress
from drivers.sdi12 import codec
from drivers.sdi12.turns import turns_of
from drivers.sdi12.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.bus.serial import SerialLine
    from drivers.scan.found import Step

ANYBODY = "?"
PLACES = (ANYBODY, *codec.ADDRESSES)
# A silent address: the question, the wait for the slowest adapter or three tries on a bare line.
SILENT_S = 0.38
_ACTIVE_LENGTH = 1 + len(codec.END)
_PAUSE_S = 0.25
# By the beginning of vendor and model as an instrument tells them.
_MODELS = {
    "METER TER11": "teros-11",
    "METER TER12": "teros-12",
    "CAMPBELL AVW200": "avw200",
    "CAMPBELL CLV10": "clarivue-10",
    "KEYNESCO VibWir": "vibwire-108",
}


def search(line: SerialLine, addresses: Iterable[str] = PLACES) -> Iterator[Step]:
    """Ask each of `addresses`. Yields after each question. Raises BusError.

    `?` asks anybody, which works when one sensor is alone on the line: it is then the first to be asked.
    A measurement that is under way on the line is not disturbed: its end is waited for.
    """
    waiting = list(addresses)
    while waiting:
        address = waiting.pop(0)
        yield from _until_free(line, address)
        if address == ANYBODY:
            alone = _anybody(line)
            waiting = [*alone, *(each for each in waiting if each not in alone)]
            yield Progress(address)
        else:
            yield from _ask(line, address)


def _until_free(line: SerialLine, address: str) -> Iterator[Step]:
    while turns_of(line).wait_s(address, time.monotonic()) > 0:
        time.sleep(_PAUSE_S)
        yield Progress(address)


def _anybody(line: SerialLine) -> list[str]:
    """The address of the only sensor on the line; several at once answer with noise."""

    def understand(heard: bytes) -> str:
        said = heard.removesuffix(codec.END).decode("ascii", "replace")
        if len(said) != 1 or said not in codec.ADDRESSES:
            raise BadAnswerError(f"{heard!r} is no address")
        return said

    try:
        return [Wire(line, ANYBODY, retries=0).ask("", understand, _ACTIVE_LENGTH)]
    except (NoAnswerError, BadAnswerError):
        return []


def _ask(line: SerialLine, address: str) -> Iterator[Step]:
    def active(heard: bytes) -> None:
        if codec.body(heard, address):
            raise BadAnswerError(f"{heard!r} says more than an address")

    try:
        Wire(line, address, retries=0).ask("", active, _ACTIVE_LENGTH)
    except NoAnswerError:
        yield Progress(address)
        return
    except BadAnswerError as error:
        yield Found(
            "address", address, f"what answers is damaged: {error.what}; two sensors with one address?"
        )
        return
    yield Progress(address)
    # A slot may have begun a measurement meanwhile, which this question would abort.
    yield from _until_free(line, address)
    yield _identified(line, address)


def _identified(line: SerialLine, address: str) -> Found:
    def understand(heard: bytes) -> codec.Identity:
        return codec.identity(codec.body(heard, address), address)

    try:
        told = Wire(line, address).ask("I", understand, codec.LONGEST_IDENTITY)
    except (NoAnswerError, BadAnswerError) as error:
        return Found("address", address, f"it answers, and does not say who it is: {error.what}")
    name = f"{told.vendor} {told.model}"
    who = f"{name}, firmware {told.firmware}, serial number {told.serial or 'not told'}"
    models = tuple(model for begin, model in _MODELS.items() if name.startswith(begin))
    return Found("address", address, who, models, sure=bool(models))
