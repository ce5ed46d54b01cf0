"""What became of every expected observation: which are there, and for what reason the others are not."""
