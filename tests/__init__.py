"""The whole suite. Fixtures for real servers are in `conftest.py`."""
