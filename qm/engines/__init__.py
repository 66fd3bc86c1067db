"""Models behind one-method protocols: one library a module, the only place that loads weights."""
