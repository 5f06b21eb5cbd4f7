"""Result files, tables and motion files."""

from spinesim.io.hdf5 import write_solution
from spinesim.io.reading import ResultFileError, read_solution

__all__ = ["ResultFileError", "read_solution", "write_solution"]
