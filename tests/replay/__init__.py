"""Histories gone through again."""
