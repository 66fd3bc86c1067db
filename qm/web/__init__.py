"""The web process: pages, REST API and the live stream.  It never loads a model."""
