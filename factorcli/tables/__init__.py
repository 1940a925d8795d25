"""The reader of people's files: it knows text, cells and columns, and nothing of a market."""
