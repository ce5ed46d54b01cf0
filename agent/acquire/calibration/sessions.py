"""Where guided sessions are kept until they are over: one file per sensor, written anew at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.acquire.calibration import durable
from agent.acquire.calibration.fields import RecordError
from agent.acquire.calibration.record import LARGEST_BYTES, opened, sealed
from agent.acquire.calibration.session import LostError, Session, from_json
from agent.acquire.calibration.unfinished import DIRECTORY
from agent.config.files import read_small_file

if TYPE_CHECKING:
    from pathlib import Path


class SessionError(Exception):
    """A session could not be kept or read; `hint` says what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class Sessions:
    """The files of one station's sessions. One thread at a time."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / DIRECTORY

    def keep(self, session: Session) -> None:
        """Write it down to the disk. Raises SessionError; the step before is kept then."""
        path = self._of(session.sensor)
        try:
            durable.replace(path, sealed(session.as_json(), LARGEST_BYTES))
        except (OSError, RecordError) as error:
            raise SessionError(
                f"{path} cannot be written: {error}", "is the card full or read-only? skyground status says"
            ) from error

    def load(self, sensor: str) -> Session | None:
        """The one that is under way; None when none is. Raises SessionError when it cannot be read."""
        path = self._of(sensor)
        try:
            return from_json(opened(read_small_file(path, LARGEST_BYTES + 1).data))
        except FileNotFoundError:
            return None
        except (OSError, RecordError, LostError) as error:
            raise SessionError(
                f"the calibration that was begun cannot go on: {path}: {error}",
                f"begin anew: skyground calibrate {sensor} --anew; skyground calibration due tells what is in"
                " force",
            ) from error

    def drop(self, sensor: str) -> None:
        """It is over. Raises SessionError."""
        path = self._of(sensor)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SessionError(
                f"{path} cannot be removed: {error}", "is the card read-only? skyground status says"
            ) from error

    def _of(self, sensor: str) -> Path:
        return self._path / f"{sensor}.json"
