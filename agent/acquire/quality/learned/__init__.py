"""Tests that learn on the site what is normal there: thresholds of one river fail in the next. Pure."""
