# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files that take long to build, kept by the hash of what they are built from.

Several test runs may want the same file at once: a lock per file lets one build it, into a
temporary name, and a rename makes it visible; the others then find it.
"""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path

from . import settings

# Files of one kind that are kept; each change of a program under test makes a new one.
KEPT = 6


def fingerprint(*parts):
    """One hash of strings and of files; a file counts by path, size and time of change."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            status = part.stat()
            part = f"{part}:{status.st_size}:{status.st_mtime_ns}"
        digest.update(str(part).encode() + b"\0")
    return digest.hexdigest()[:24]


def get(kind, key, suffix, build):
    """The cached file `kind-key.suffix`; `build(path)` makes it when it isn't there."""
    folder = settings.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}-{key}{suffix}"
    if not path.exists():
        with _locked(folder / f"{kind}-{key}.lock"):
            if not path.exists():
                _build(path, build)
                _forget_old(folder, kind, suffix)
    with contextlib.suppress(OSError):
        os.utime(path)
    return path


def _build(path, build):
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        build(part)
        part.chmod(0o644)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(path):
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old(folder, kind, suffix):
    """Removing a file that a running QEMU has open does that QEMU no harm."""
    files = sorted(folder.glob(f"{kind}-*{suffix}"), key=lambda file: file.stat().st_mtime)
    for file in files[:-KEPT]:
        file.unlink(missing_ok=True)
        file.with_name(file.name.removesuffix(suffix) + ".lock").unlink(missing_ok=True)
