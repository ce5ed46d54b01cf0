"""The far end of an SDI-12 adapter that says what the script says, whatever it is asked."""

from __future__ import annotations

import os
import select

from tests.drivers.far_end import FarEnd

_MARK = b"!"


class Sdi12FarEnd(FarEnd):
    """A far end whose requests end with an exclamation mark."""

    def _serve(self) -> None:
        request = b""
        while True:
            ready, _, _ = select.select([self._master, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            request += os.read(self._master, 1)
            if request.endswith(_MARK):
                self.heard.append(request)
                request = b""
                if self.answers:
                    os.write(self._master, self.answers.pop(0))
