"""Schema changes, one revision a file, for SQLite and PostgreSQL alike."""
