"""Quality control: what speaks against a value, judged as it comes in; one test a file. Pure."""
