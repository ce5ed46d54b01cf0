"""SDI-12 instruments, each described by a profile. See README.md beside this."""
