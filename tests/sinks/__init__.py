"""Sinks and the shipper, against real servers."""
