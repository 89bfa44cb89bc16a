# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs that write in a guest while a test does something to it (guest/workloads/)."""

import json
import time

from .errors import GuestTimeout

STATUS_POLL_S = 0.02


class Workload:
    """A program that runs until stopped and tells its state in a file in memory."""

    def __init__(self, guest, program, arguments, name):
        self._guest = guest
        self.status_file = f"/run/{name}.json"
        self.command = guest.spawn(
            f"rm -f {self.status_file}; exec {program} --status {self.status_file} {arguments}")

    def status(self):
        """What it says now; also while it is blocked by a freeze. None: it hasn't begun."""
        result = self._guest.run(f"cat {self.status_file} 2>/dev/null", check=False, lab=True)
        return json.loads(result.output) if result.output.strip() else None

    def wait(self, condition, timeout, what):
        """Waits until the condition holds of its status, and returns that."""
        deadline = time.monotonic() + timeout
        while True:
            status = self.status()
            if status is not None and condition(status):
                return status
            if time.monotonic() >= deadline or self.command.is_over:
                raise GuestTimeout(f"{self.command.text!r}: waited {timeout} s in vain for {what}; "
                                   f"last status {status}, {self.command.error!r}")
            time.sleep(STATUS_POLL_S)

    def stop(self, timeout=30):
        """Kills it; waits until it is gone, which a freeze delays."""
        self.command.kill()
        self.command.wait(timeout)


class AtomicWriter(Workload):
    """Writes n to its first target and syncs, then to the next, for n = 1, 2, 3 …"""

    def __init__(self, guest, *targets, offset=0, name="atomic-writer"):
        super().__init__(guest, "atomic-writer", f"--offset {offset} {' '.join(targets)}", name)

    def number(self):
        status = self.status()
        return status["number"] if status else 0

    def wait_number(self, number, timeout=60):
        return self.wait(lambda status: status["number"] >= number, timeout, f"number {number}")


class FileWriter(Workload):
    """Makes one file after another, each synced; `synced()` says how many."""

    def __init__(self, guest, folder, pause_ms=20, name="file-writer"):
        self.folder = folder
        super().__init__(guest, "file-writer", f"--pause-ms {pause_ms} {folder}", name)

    def synced(self):
        status = self.status()
        return status["synced"] if status else 0

    def wait_synced(self, number, timeout=60):
        return self.wait(lambda status: status["synced"] >= number, timeout, f"file {number}")


class Prober(Workload):
    """Writes and syncs a block over and over; knows the longest time that took."""

    def __init__(self, guest, file, pause_ms=5, name="prober"):
        super().__init__(guest, "prober", f"--pause-ms {pause_ms} {file}", name)

    def forget(self):
        """Starts the search for the longest write again."""
        self.command.kill(10)

    def longest_ms(self):
        """The longest write, one that still goes on included."""
        status = self.status()
        if status is None:
            return 0
        longest = status["longest_us"]
        if status["writing_since_us"]:
            now = self._guest.boot_clock_s() * 1000000
            longest = max(longest, now - status["writing_since_us"])
        return longest / 1000

    def wait_writes_again(self, timeout):
        """Waits until a write that began after this call has ended."""
        begun = self._guest.boot_clock_s() * 1000000
        return self.wait(lambda status: status["last_us"] > begun, timeout, "a write")


class SqliteLoad(Workload):
    """Commits one numbered transaction after the other, and logs when."""

    LOG = "/run/sqlite-load.log"

    def __init__(self, guest, database, pause_ms=5, name="sqlite-load"):
        super().__init__(guest, "sqlite-load",
                         f"--log {self.LOG} --pause-ms {pause_ms} {database}", name)

    def committed(self):
        status = self.status()
        return status["committed"] if status else 0

    def wait_committed(self, number, timeout=60):
        return self.wait(lambda status: status["committed"] >= number, timeout,
                         f"transaction {number}")

    def log(self):
        """Number → (begun, locked, committed), in microseconds of the guest's boot clock."""
        lines = self._guest.read_file(self.LOG, lab=True).decode().splitlines()
        rows = [[int(word) for word in line.split()] for line in lines]
        return {row[0]: tuple(row[1:]) for row in rows if len(row) == 4}
