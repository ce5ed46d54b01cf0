"""The detectors on a journal: which channel is what, what is told and taken up again, what comes late."""
