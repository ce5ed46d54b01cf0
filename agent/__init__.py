"""Skyground: the edge agent of a restored mine. docs/architecture.md shows the rooms of this house."""

__version__ = "0.1.0"
