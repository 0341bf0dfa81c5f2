"""What programs that use the server have: API keys, and the responses to their requests; imported by `Library`."""
