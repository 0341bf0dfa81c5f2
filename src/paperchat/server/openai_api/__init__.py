"""Routes in the form of OpenAI's API, for its clients: chat completions and responses, answered by the library."""
