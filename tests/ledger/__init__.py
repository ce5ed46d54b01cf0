"""Tests of the gap ledger."""
