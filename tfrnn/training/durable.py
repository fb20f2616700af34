"""What a commit is made of: when one of these returns, the disk holds what it was given.

A rename is atomic, but it carries neither the bytes of a file nor its own folder entry to the
disk; that is what the fsyncs are for (Pillai et al. 2014, "All File Systems Are Not Created
Equal", https://www.usenix.org/conference/osdi14/technical-sessions/presentation/pillai).
All raise OSError; the callers know what to say about it.
"""

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Makes `folder` and the parents it lacks; an existing folder is left as it is."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def write_file(path: Path, data: bytes | memoryview) -> None:
    """Writes a new file; one that exists is never touched (FileExistsError)."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes the entries of `folder`, such as a rename in it, last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(path: Path, target: Path) -> None:
    """Moves `path` to `target` in the same folder; a filled folder there is never replaced."""
    path.rename(target)
    sync_folder(target.parent)
