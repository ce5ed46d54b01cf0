"""`python -m agent` is the same as `skyground`."""

import sys

from agent.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
