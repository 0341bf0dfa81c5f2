"""Which papers match a topic at all, and which of them are read."""
