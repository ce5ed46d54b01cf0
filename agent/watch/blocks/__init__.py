"""From samples at any pace to blocks of a quarter of an hour. Pure."""
