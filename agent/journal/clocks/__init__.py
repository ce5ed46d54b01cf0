"""When things happened: boots, runs, and the times that are settled once."""
