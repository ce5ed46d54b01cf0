"""How bytes travel: one opened wire each, with deadlines. Drivers are given one and never open one."""
