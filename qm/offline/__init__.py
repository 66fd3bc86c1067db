"""Whole calls from files, without broker or database: the same stages as the worker's."""
