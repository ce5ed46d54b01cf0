"""Where a number comes from: the sum behind it, what speaks for and against it, who has it since when."""
