"""A library that makes storage calls fail; compiled when a test first asks for it."""
