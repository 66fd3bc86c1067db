"""Work that no call and no page waits for: what is due by the clock, a module a job."""
