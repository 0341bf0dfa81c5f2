"""What differs between the databases that a catalogue can be in: a file of SQLite's, or one on a PostgreSQL server."""
