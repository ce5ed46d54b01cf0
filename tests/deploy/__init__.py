"""What is installed beside the agent: the service, the dashboards, the hardware it is wired to."""
