# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks at disk images from the host, with QEMU's own tools and never past a lock.

--force-share is not used anywhere: what it reads from an image in use may be torn. The images of a
set are backing files, which open read-only while the VM runs; the active overlay doesn't.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

CONVERT_TIMEOUT_S = 120


class Images:
    """Image files of one run, looked at as the run's user."""

    def __init__(self, lab):
        self._lab = lab

    def info(self, path):
        """qemu-img info of this one file."""
        return json.loads(self._lab.run(["qemu-img", "info", "--output=json", path]).stdout)

    def chain(self, path):
        """This file and what it is an overlay of, the top first."""
        layers = json.loads(self._lab.run(
            ["qemu-img", "info", "--output=json", "--backing-chain", path]).stdout)
        return [layer["filename"] for layer in layers]

    def check(self, path):
        """qemu-img check: a dictionary; `corruptions` and `leaks` are there when not 0.

        Raw images have nothing to check: None.
        """
        if self.info(path)["format"] == "raw":
            return None
        done = self._lab.run(["qemu-img", "check", "--output=json", path], check=False)
        return json.loads(done.stdout)

    def is_locked(self, path):
        """Whether a QEMU has this file open for writing: then nobody else may open it."""
        done = self._lab.run(["qemu-img", "info", path], check=False)
        return done.returncode != 0 and "lock" in done.stderr

    def read(self, path, offset, length):
        """Bytes of the disk that the chain under `path` makes."""
        block = 512
        first, end = offset // block, -(-(offset + length) // block)
        with self._temporary() as output:
            self._lab.run(["qemu-img", "dd", "-f", self.info(path)["format"], "-O", "raw",
                           f"bs={block}", f"skip={first}", f"count={end}", f"if={path}",
                           f"of={output}"])
            data = Path(output).read_bytes()
        start = offset - first * block
        return data[start:start + length]

    def atomic_number(self, path, offset=0):
        """The number that atomic-writer wrote last; AssertionError for a torn record."""
        record = self.read(path, offset, 512)
        numbers = {record[start:start + 8] for start in range(0, 512, 8)}
        assert len(numbers) == 1, f"{path}: torn record at {offset}: {record.hex()}"
        return int.from_bytes(record[:8], "little")

    def content_hash(self, path):
        """SHA-256 of the whole disk as a guest would see it."""
        with self._temporary() as output:
            self._lab.run(["qemu-img", "convert", "-f", self.info(path)["format"], "-O", "raw",
                           path, output], timeout=CONVERT_TIMEOUT_S)
            with open(output, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()

    def files(self):
        """Names of all files in the run's image folder: what a failed set must not add to."""
        return sorted(os.listdir(self._lab.images))

    def _temporary(self):
        return _TemporaryFile(self._lab)


class _TemporaryFile:
    """A name in the run's image folder that a tool of the run's user may write."""

    def __init__(self, lab):
        descriptor, self._path = tempfile.mkstemp(prefix="look-", dir=lab.folder / "x")
        os.close(descriptor)
        lab.user.own(self._path)

    def __enter__(self):
        return self._path

    def __exit__(self, *exception):
        os.unlink(self._path)
