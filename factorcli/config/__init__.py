"""Settings, and the environment that they are read from."""
