"""Drivers: how instruments are spoken to. They know buses and instruments, and nothing of the agent."""
