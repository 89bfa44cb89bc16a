# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random data written to a disk all the time, with a second copy in the guest's memory.

Whatever happens to the images meanwhile: in the end the disk must be equal to that copy.
"""

import time

from .errors import GuestTimeout

BLOCK = 1 << 16
POLL_S = 0.05

# $1 the disk, $2 the copy, $3 blocks in both. A block goes to the disk and is synced, then to the
# copy; the file $2.stop ends it between two blocks.
WRITER = f"""
number=0
while [ ! -e $2.stop ]; do
  head -c {BLOCK} /dev/urandom >$2.block || exit 1
  at=$(( (number * 37) % $3 ))
  dd if=$2.block of=$1 bs={BLOCK} seek=$at conv=notrunc,fsync 2>/dev/null || exit 2
  dd if=$2.block of=$2 bs={BLOCK} seek=$at conv=notrunc 2>/dev/null || exit 3
  number=$((number + 1))
  echo $number >$2.part && mv $2.part $2.number
done
"""


class Truth:
    """One writer to one whole disk of at most a few dozen MiB (it is kept in memory)."""

    def __init__(self, guest, serial, size):
        self._guest = guest
        self._copy = f"/run/truth-{serial}"
        disk = guest.disk(serial)
        guest.run(f"truncate -s {size} {self._copy}")
        guest.write_file(f"{self._copy}.sh", WRITER.encode())
        self._command = guest.spawn(f"sh {self._copy}.sh {disk} {self._copy} {size // BLOCK}")

    def number(self):
        out = self._guest.run(f"cat {self._copy}.number 2>/dev/null", check=False).output
        return int(out) if out.strip() else 0

    def wait_more(self, blocks, timeout=60):
        """Waits until it has written that many more: it is alive, and so is the disk."""
        wanted = self.number() + blocks
        deadline = time.monotonic() + timeout
        while self.number() < wanted:
            if time.monotonic() > deadline or self._command.is_over:
                raise GuestTimeout(f"{self._copy}: block {wanted} was never written "
                                   f"({self._command.error!r})")
            time.sleep(POLL_S)

    def stop(self):
        """Ends it between two blocks; the SHA-256 of what the whole disk must hold."""
        self._guest.run(f"touch {self._copy}.stop")
        status = self._command.wait(60)
        if status != 0:
            raise GuestTimeout(f"{self._copy}: the writer ended with {status}")
        return self._guest.run(f"sync; sha256sum {self._copy}").output.split()[0]
