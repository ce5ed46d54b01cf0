"""The quality tests measured on series of the field; each command is given the path of the data."""
