"""The health of the computer itself, as a sensor like any other. See README.md beside this."""
