# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tree of files, described first, written as an initramfs (cpio, "newc") afterwards.

Needs neither root nor the cpio program, since nothing is unpacked on the host.
"""

import hashlib
import os
import stat
import subprocess
from pathlib import Path

from . import cache, tools
from .errors import LabError

HEADER = "070701" + "%08x" * 13
ALIGN = 4


class Tree:
    """Paths in a guest and what is there: a folder, a link, a text, or a copy of a host's file."""

    def __init__(self):
        self._entries = {}

    def add_folder(self, path, mode=0o755):
        self._add(path, stat.S_IFDIR | mode, b"")

    def add_link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, str(target).encode())

    def add_text(self, path, text, mode=0o644):
        self._add(path, stat.S_IFREG | mode, text.encode())

    def add_file(self, path, source, mode=None):
        source = Path(source)
        permissions = stat.S_IMODE(source.stat().st_mode) if mode is None else mode
        self._add(path, stat.S_IFREG | permissions, source)

    def add_device(self, path, mode, major, minor):
        self._add(path, stat.S_IFCHR | mode, (major, minor))

    def add_program(self, source, path=None):
        """A program and the shared libraries it needs, at the host's own paths unless told."""
        source = Path(source)
        self.add_file(path or source, source, 0o755)
        for library in libraries_of(source):
            if str(library) not in self._entries:
                self.add_file(library, Path(library).resolve(), 0o755)

    def has(self, path):
        return str(path) in self._entries

    def fingerprint(self, by_content=False):
        """by_content: files that a build makes anew, but mostly the same, count by what is in."""
        parts = []
        for path in sorted(self._entries):
            mode, content = self._entries[path]
            if by_content and isinstance(content, Path):
                content = hashlib.sha256(content.read_bytes()).hexdigest()
            parts += [path, mode, content]
        return cache.fingerprint(*parts)

    def write_cpio(self, output):
        with open(output, "wb") as file:
            for number, path in enumerate(sorted(self._entries), start=1):
                _write_entry(file, number, path.lstrip("/"), *self._entries[path])
            _write_entry(file, 0, "TRAILER!!!", 0, b"")

    def copy_to(self, root):
        """Writes folders and files into a folder of the host; devices and links are not meant."""
        for path in sorted(self._entries):
            mode, content = self._entries[path]
            target = Path(root) / path.lstrip("/")
            if stat.S_ISDIR(mode):
                target.mkdir(exist_ok=True, parents=True)
            elif stat.S_ISREG(mode):
                target.write_bytes(content.read_bytes() if isinstance(content, Path) else content)

    def _add(self, path, mode, content):
        path = os.path.normpath(str(path))
        parent = os.path.dirname(path)
        if parent != "/" and parent not in self._entries:
            self.add_folder(parent)
        if path != "/":
            self._entries[path] = (mode, content)


def libraries_of(program):
    """What `ldd` names; nothing for a static program."""
    listed = subprocess.run([tools.find("ldd"), str(program)], capture_output=True, text=True,
                            check=False).stdout
    libraries = []
    for line in listed.splitlines():
        words = line.split()
        if "not found" in line:
            raise LabError(f"{program} needs {words[0]}, which is not installed")
        if "=>" in words and len(words) > 2:
            libraries.append(words[words.index("=>") + 1])
        elif words and words[0].startswith("/"):
            libraries.append(words[0])
    return [library for library in libraries if library.startswith("/")]


def _write_entry(file, number, path, mode, content):
    major = minor = 0
    if isinstance(content, tuple):
        (major, minor), content = content, b""
    elif isinstance(content, Path):
        content = content.read_bytes()
    name = path.encode() + b"\0"
    header = HEADER % (number, mode, 0, 0, 1, 0, len(content), 0, 0, major, minor, len(name), 0)
    file.write(header.encode() + name)
    _pad(file)
    file.write(content)
    _pad(file)


def _pad(file):
    file.write(b"\0" * (-file.tell() % ALIGN))
