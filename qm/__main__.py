"""``python -m qm``."""

from qm.cli import main

main()
