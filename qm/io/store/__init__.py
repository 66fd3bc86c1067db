"""Queries, one module a resource: named functions on a connection that return frozen values."""
