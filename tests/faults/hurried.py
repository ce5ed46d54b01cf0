"""`skyground`, but it waits two seconds for a missing receipt instead of ten minutes: a test cannot."""

from __future__ import annotations

import sys

from agent.cli.main import main
from agent.publish import receipts

if __name__ == "__main__":
    receipts.PATIENCE_S = 2.0
    sys.exit(main())
