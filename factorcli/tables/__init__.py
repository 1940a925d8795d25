"""The reader of people's files: text, cells, columns of prices; nothing of a universe or a model."""
