"""How good the parts are: measures, pure functions on truth and result."""
