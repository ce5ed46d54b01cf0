"""From what detectors ask for to a level with a life. Pure."""
