"""Tests of what the detectors are judged by, and of the detectors."""
