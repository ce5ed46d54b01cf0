"""Skyground: the edge agent of a restored mine. docs/architecture.md shows the rooms of this house."""
