"""The whole station on a machine of its own: real systemd, kernel and power cuts. See `scripts/machine`."""
