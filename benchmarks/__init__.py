"""What the station costs and how fast it is, measured from outside the running agent. See README.md."""
