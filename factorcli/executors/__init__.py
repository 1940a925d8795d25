"""Where blocks of work run: one after another, in this process."""
