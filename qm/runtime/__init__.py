"""Calls and engines brought together: the part that the worker and the command line share."""
