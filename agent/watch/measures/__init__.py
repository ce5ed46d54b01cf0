"""The arithmetic of the detectors: what is usual, how far from it, for how long. Pure."""
