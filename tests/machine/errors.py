"""What can keep a machine from being tried."""


class MachineError(Exception):
    """The machine cannot be made, started or asked; the message says why and what to do."""
