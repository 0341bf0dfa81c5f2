"""What is served besides the page: feeds, and the pages by which digests by mail are subscribed to and ended."""
