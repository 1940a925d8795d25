"""Settings of a process, and the environment that they come from."""
