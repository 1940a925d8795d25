"""A folder or file of prices on disk: its existence, its files and its identity, without reading prices."""

import hashlib
import os.path
from pathlib import Path

from factorcli.errors import MalformedPrices, SourceNotFound

# Of two files with one stem the first kind is read: the other is probably a copy, saved in another form.
FILE_SUFFIXES = (".csv", ".parquet", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


class PriceFolder:
    """A folder whose price files are joined, or one such file. Raises SourceNotFound."""

    def __init__(self, path: str) -> None:
        self.name = path
        # os.path.exists is False, and does not raise, for a name that no file can have.
        self.path = Path(os.path.expanduser(path))  # noqa: PTH111
        if not path or not os.path.exists(self.path):  # noqa: PTH110
            raise SourceNotFound(
                f"There is no source {path[:200]!r}: give yahoo, demo, or the path of a folder or file of prices."
            )

    @property
    def files(self) -> list[Path]:
        """The price files, sorted by name, without hidden ones. Raises MalformedPrices."""
        if not self.path.is_dir():
            if self.path.suffix.lower() not in FILE_SUFFIXES:
                raise MalformedPrices(f"{self.name} is not a price file: give {', '.join(FILE_SUFFIXES)}.")
            return [self.path]
        found = sorted(
            path
            for path in self.path.iterdir()
            if path.suffix.lower() in FILE_SUFFIXES and not path.name.startswith((".", "~$")) and path.is_file()
        )
        if not found:
            raise MalformedPrices(
                f"The folder {self.name} holds no price files: it needs CSV, Excel or Parquet files with Date and a "
                "column for each ticker."
            )
        return found

    def identity(self) -> str:
        """Digest of the resolved path and of every file's name, size and time of change."""
        parts = [str(self.path.resolve())]
        for path in self.files:
            stat = path.stat()
            parts.append(f"{path.name}:{stat.st_size}:{stat.st_mtime_ns}")
        return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]
