"""Where calibrations are kept: a file for each, and a pointer to the one in force, beside the journal.

    STATE_DIR/calibrations/SENSOR/ID.json       one calibration, written once
                                  active.json   which one is in force, and every move before
                                  active.copy.json   the same: a card loses single files

Nothing of it is in the journal only, so a journal that is lost takes no calibration with it. A file that is
damaged is never used: what was in force before it is, and whoever asks is told.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.calibration import durable, pointer, record
from agent.acquire.calibration.fields import IDENT, RecordError
from agent.acquire.calibration.pointer import Move, Pointers
from agent.acquire.calibration.record import CalibrationRecord, new_id
from agent.config.files import read_small_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DIRECTORY = "calibrations"
ACTIVE, COPY = "active.json", "active.copy.json"
_LONGEST_WORDS = 200  # of a move: all of them are in one file
_TRIES = 20  # two calibrations of one channel in one second share one suffix in 65536 times


class CalibrationError(Exception):
    """Something was not kept, or is not there; `what` says so, `hint` what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class InForce(NamedTuple):
    """What is to be used for a channel: a record, or None for the configuration.

    `trouble` says why that is not, or may not be, the one that was last made so, "" when it is.
    """

    record: CalibrationRecord | None
    trouble: str = ""
    move: Move | None = None


class _Known(NamedTuple):
    """What the pointers say; `trouble` where it is the copy that says so, "" where it is the file itself."""

    pointers: Pointers = Pointers()
    trouble: str = ""


class History(NamedTuple):
    """What there is of a channel or sensor: records, the newest first, and all moves, the oldest first.

    `damaged` tells by name what is wrong with files of the sensor that cannot be used.
    """

    records: tuple[CalibrationRecord, ...]
    damaged: Mapping[str, str]
    moves: tuple[Move, ...]

    def as_json(self) -> dict[str, Any]:
        """For whoever asks."""
        return {
            "records": [each.as_json() for each in self.records],
            "damaged": dict(self.damaged),
            "moves": [each._asdict() for each in self.moves],
        }


class Calibrations:
    """All calibrations of one station. Reads the files each time; any thread, and any program beside it."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / DIRECTORY

    def active(self, sensor: str, quantity: str) -> CalibrationRecord | None:
        """The record in force, None when the configuration is. See `in_force` for why."""
        return self.in_force(sensor, quantity).record

    def in_force(self, sensor: str, quantity: str) -> InForce:
        """What is to be used, however damaged the files are."""
        try:
            known = self._known(sensor)
        except CalibrationError as error:
            return InForce(None, error.what)
        now = known.pointers.now(quantity)
        trouble = known.trouble if now else ""
        if now is None or now.id is None:
            return InForce(None, trouble, now)
        for move in known.pointers.trail(quantity):
            try:
                return InForce(self._read(sensor, str(move.id)), trouble, move)
            except CalibrationError as error:
                trouble = trouble or error.what
        return InForce(None, trouble)

    def read(self, calibration: str) -> CalibrationRecord:
        """A record by its id. Raises CalibrationError."""
        if IDENT.fullmatch(calibration):
            for path in self.path.glob(f"*/{calibration}.json"):
                return self._read(path.parent.name, calibration)
        raise CalibrationError(
            f"there is no calibration {calibration!r}", "skyground calibration history lists those there are"
        )

    def history(self, sensor: str, quantity: str | None = None) -> History:
        """Everything that was ever kept of a sensor, or of one of its quantities. Raises CalibrationError."""
        if not IDENT.fullmatch(sensor):
            raise CalibrationError(f"{sensor!r} is no sensor", "SENSOR or SENSOR/QUANTITY, as ph-3/ph")
        records: list[CalibrationRecord] = []
        damaged: dict[str, str] = {}
        moves: tuple[Move, ...] = ()
        for path in sorted((self.path / sensor).glob("*.json")):
            if path.name in {ACTIVE, COPY}:
                continue
            try:
                records.append(self._read(sensor, path.stem))
            except CalibrationError as error:
                damaged[path.stem] = error.what
        try:
            known = self._known(sensor)
            moves, trouble = known.pointers.moves, known.trouble
        except CalibrationError as error:
            trouble = error.what
        if trouble:
            damaged[ACTIVE] = trouble
        newest_first = sorted(records, key=lambda each: (each.at, each.id), reverse=True)
        return History(
            tuple(each for each in newest_first if quantity in {None, each.quantity}),
            damaged,
            tuple(move for move in moves if quantity in {None, move.quantity}),
        )

    def sensors(self) -> list[str]:
        """Those of which something is kept."""
        return sorted(path.name for path in self.path.glob("*/") if path.is_dir())

    def save(self, made: CalibrationRecord, *, activate: bool = True, why: str = "") -> CalibrationRecord:
        """Keep a record, and let it be in force. Its `id` is given to it here.

        Returns it as it was read back from the disk.

        Raises:
            CalibrationError: it was not kept; or it was, but what was in force before still is.
        """
        for _ in range(_TRIES):
            name = new_id(made.sensor, made.quantity, made.at, secrets.token_hex(2))
            try:
                kept = self.add(made._replace(id=name))
            except FileExistsError:
                continue
            if activate:
                self._activate_new(kept, why or f"calibrated ({made.procedure})")
            return kept
        raise CalibrationError(f"{made.channel}: no free name for a calibration", "try again in a second")

    def _activate_new(self, kept: CalibrationRecord, why: str) -> None:
        try:
            self.activate(kept.id, at=kept.at, by=kept.by, why=why)
        except CalibrationError as error:
            raise CalibrationError(
                f"{error.what} (the calibration itself is kept, as {kept.id})",
                f"when the disk can be written: skyground calibration rollback {kept.channel} --to {kept.id}",
            ) from error

    def add(self, made: CalibrationRecord) -> CalibrationRecord:
        """Keep a record that has its id. Raises CalibrationError, and FileExistsError when there is one."""
        path = self._path(made.sensor, made.id)
        try:
            text = record.to_text(made)
            with durable.held(path.parent):
                durable.create(path, text)
            kept = self._read(made.sensor, made.id)
        except FileExistsError:
            raise
        except RecordError as error:
            raise CalibrationError(f"this calibration cannot be kept: {error}", "shorten it") from error
        except OSError as error:
            raise _unwritable(path, error, _STILL) from error
        if record.to_text(kept) != text:
            raise CalibrationError(
                f"{path} does not hold what was written to it",
                "the card fails: change it, then do this again",
            )
        return kept

    def activate(self, calibration: str, *, at: str, by: str, why: str) -> CalibrationRecord:
        """Let a record be in force, from `at` on. Raises CalibrationError: what was in force still is."""
        chosen = self.read(calibration)
        self._move(chosen.sensor, Move(chosen.quantity, chosen.id, at, by, why))
        return chosen

    def withdraw(self, sensor: str, quantity: str, *, at: str, by: str, why: str) -> None:
        """Let the configuration be in force. Raises CalibrationError."""
        self._move(sensor, Move(quantity, None, at, by, why))

    def trail(self, sensor: str, quantity: str) -> list[Move]:
        """That of now and those before it that nobody went back from. Raises CalibrationError."""
        return self._known(sensor).pointers.trail(quantity)

    def _path(self, sensor: str, name: str) -> Path:
        return self.path / sensor / f"{name}.json"

    def _read(self, sensor: str, calibration: str) -> CalibrationRecord:
        """Raises CalibrationError, which names the file."""
        path = self._path(sensor, calibration)
        try:
            found = record.from_text(read_small_file(path, record.LARGEST_BYTES + 1).data)
        except RecordError as error:
            raise CalibrationError(f"{path}: {error}", _RESTORE) from error
        except OSError as error:
            raise CalibrationError(f"{path} cannot be read: {_reason(error)}", _RESTORE) from error
        if (found.sensor, found.id) != (sensor, calibration):
            raise CalibrationError(
                f"{path} holds {found.id} of {found.sensor}: it was moved or renamed", _RESTORE
            )
        return found

    def _known(self, sensor: str) -> _Known:
        """From the file or its copy; none when nothing was ever calibrated. Raises CalibrationError."""
        troubles: list[str] = []
        for path in (self.path / sensor / ACTIVE, self.path / sensor / COPY):
            try:
                found = pointer.from_text(read_small_file(path, pointer.LARGEST_BYTES + 1).data)
            except FileNotFoundError:
                troubles.append(f"{path} is missing")
            except RecordError as error:
                troubles.append(f"{path}: {error}")
            except OSError as error:
                troubles.append(f"{path} cannot be read: {_reason(error)}")
            else:
                aside = "; its copy is used, which may be one change off" if troubles else ""
                return _Known(found, "".join(troubles) + aside)
        if any((self.path / sensor).glob("*.json")):
            raise CalibrationError(
                f"nobody knows which calibration of {sensor} is in force: {'; '.join(troubles)}",
                f"skyground calibration history {sensor} lists them; rollback --to ID chooses one",
            )
        return _Known()

    def _move(self, sensor: str, wanted: Move) -> None:
        """Raises CalibrationError, which says what is in force then."""
        move = wanted._replace(by=wanted.by[:_LONGEST_WORDS], why=wanted.why[:_LONGEST_WORDS])
        path = self.path / sensor / ACTIVE
        try:
            with durable.held(path.parent):
                before = self._readable_or_none(sensor)
                try:
                    text = pointer.to_text(before.moved(move))
                    # The copy first: until the file itself is there, nothing has changed.
                    durable.replace(path.with_name(COPY), text)
                    durable.replace(path, text)
                except OSError as error:
                    raise self._put_back(path, before, error) from error
                now = pointer.from_text(path.read_bytes()).now(move.quantity)
        except (RecordError, OSError) as error:
            raise _unwritable(path, error, _STILL) from error
        if now != move:
            raise CalibrationError(
                f"{path} does not hold what was written to it", "the card fails: change it"
            )

    def _put_back(self, path: Path, before: Pointers, error: OSError) -> CalibrationError:
        """After half a move: both files as they were, as far as the disk lets. Then says what is true."""
        for each in (path, path.with_name(COPY)):
            with suppress(OSError):
                if before.moves:
                    durable.replace(each, pointer.to_text(before))
                else:
                    each.unlink(missing_ok=True)
        try:
            is_as_before = self._known(path.parent.name).pointers == before
        except CalibrationError:
            is_as_before = not before.moves
        return _unwritable(path, error, _STILL if is_as_before else _IN_DOUBT)

    def _readable_or_none(self, sensor: str) -> Pointers:
        """Where nothing can be read somebody has just chosen anew; what was there is set aside. OSError."""
        try:
            return self._known(sensor).pointers
        except CalibrationError:
            for name in (ACTIVE, COPY):
                path = self.path / sensor / name
                if path.exists():
                    path.replace(path.with_suffix(".damaged"))
            return Pointers()


_STILL = "what was in force before still is"
_IN_DOUBT = "it is in force now, and may not be after a power cut"
_RESTORE = "skyground calibration import FILE brings it back from an export"


def _unwritable(path: Path, error: Exception, in_force: str) -> CalibrationError:
    what = _reason(error) if isinstance(error, OSError) else str(error)
    return CalibrationError(
        f"{path} cannot be written: {what}; {in_force}",
        "is the card full or read-only? skyground status says; then do this again",
    )


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
