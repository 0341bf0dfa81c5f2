"""Papers grouped into themes, the themes named, and all of them laid out on a map."""
