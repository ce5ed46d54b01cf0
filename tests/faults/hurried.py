"""`skyground` in a hurry: a second at most for a far side that is away, two for a missing receipt.

It also hears at once that it is told to stop, and not when its control socket has looked around.
"""

from __future__ import annotations

import sys

from agent import control
from agent.cli.main import main
from agent.publish import contact, receipts

if __name__ == "__main__":
    receipts.PATIENCE_S = 2.0
    vars(contact)["_LONGEST_WAIT_S"] = 1.0
    vars(control)["_POLL_S"] = 0.05
    sys.exit(main())
