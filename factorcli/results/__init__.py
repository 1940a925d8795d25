"""What the commands answer with: frozen records by command, and their codec; standard library only."""
