"""Administration and privacy: who may do what, what is kept, held, restricted and erased."""
