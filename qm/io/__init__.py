"""Everything that leaves the process: streams, database, objects, keys."""
