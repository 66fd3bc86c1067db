"""Pure functions on the data of types.py: one datum a module, numpy and stdlib only."""
