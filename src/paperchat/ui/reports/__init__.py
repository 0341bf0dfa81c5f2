"""The rooms of surveys and claims: their jobs, what is kept of them, and how they are shown."""
