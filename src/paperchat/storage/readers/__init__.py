"""What the catalogue stores of its readers: what they follow, save and ask again, and digests by mail."""
