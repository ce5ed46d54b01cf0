"""The journal's file: rows with checksums, dictionaries of names, what SQLite is told."""
