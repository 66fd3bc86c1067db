"""CUDA 12's cuBLAS for CTranslate2, which no search path leads to."""

from __future__ import annotations

import ctypes
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = ("libcublasLt.so.12", "libcublas.so.12")  # the second needs the first


def load_cublas() -> None:
    """
    Load the libraries of the package ``nvidia-cublas-cu12`` (the extra ``gpu``).

    CTranslate2 asks for them by name at first use.  Where the package is missing the system's own
    may still be found, so that is no error here.
    """
    spec = find_spec("nvidia.cublas") if find_spec("nvidia") else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in _LIBRARIES:
            library = Path(folder) / "lib" / name
            if library.is_file():
                ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
