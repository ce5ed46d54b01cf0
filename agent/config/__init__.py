"""The one file that says what a station is: its schema, its loading, and messages that point at the line."""
