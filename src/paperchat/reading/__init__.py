"""What a reader follows, saves and asks again, and what is new of it: digests, feeds, and an order of one's own."""
