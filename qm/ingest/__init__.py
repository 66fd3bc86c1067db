"""What brings contacts in: replayed files, imported events and messages."""
