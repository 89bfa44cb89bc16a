# SPDX-License-Identifier: LGPL-2.1-or-later
"""One running guest, as a test handles it."""

import json
import shlex
import time
from dataclasses import dataclass

from .errors import GuestTimeout, LabError
from .runner_channel import RunnerChannel

# Under TCG, on a machine that is busy, a command may wait seconds for its turn.
COMMAND_TIMEOUT_S = 60
READY_TIMEOUT_S = 90
AGENT_LOG_TIMEOUT_S = 10


@dataclass
class Result:
    """What a command in the guest left."""

    status: int
    output: str
    error: str

    @property
    def json(self):
        return json.loads(self.output)


class Guest:
    """A domain with the laboratory's command server in it."""

    def __init__(self, domain, test_socket):
        self.domain = domain
        self._test_socket = test_socket
        self._channel = None
        self.ready_after_s = None

    @property
    def name(self):
        return self.domain.name

    def wait_ready(self, timeout=READY_TIMEOUT_S):
        """Connects to the command server; after a guest's restart, too."""
        started = time.monotonic()
        self.close()
        self._channel = RunnerChannel(self._test_socket)
        try:
            self._channel.connect(started + timeout, self.domain.is_running)
        except GuestTimeout as error:
            raise GuestTimeout(f"guest {self.name}: {error}; its console ends with:\n"
                               f"{self.domain.console_tail()}") from error
        self.ready_after_s = time.monotonic() - self.domain.started_at

    def run(self, command, timeout=COMMAND_TIMEOUT_S, check=True, stdin=None, lab=False):
        """Runs a shell command to its end.

        With lab=True it runs in the initramfs, out of reach of any disk: what must work while the
        guest's root is frozen. What it costs: it sees no mount of the guest, only /proc, /sys,
        /dev and /run.
        """
        started = self.spawn(command, lab)
        if stdin is not None:
            started.feed(stdin.encode() if isinstance(stdin, str) else stdin)
        started.end_input()
        try:
            status = started.wait(timeout)
        except GuestTimeout:
            started.kill()
            raise
        result = Result(status, started.output.decode(errors="replace"),
                        started.error.decode(errors="replace"))
        if check and status != 0:
            raise LabError(f"guest {self.name}: {command!r}: status {status}: "
                           f"{result.error.strip() or result.output.strip()}")
        return result

    def spawn(self, command, lab=False):
        """Starts a shell command and returns at once; see runner_channel.Command."""
        if self._channel is None:
            raise LabError(f"guest {self.name}: wait_ready() comes first")
        return self._channel.start("lab" if lab else "run", command)

    def write_file(self, path, data, mode=0o644):
        data = data.encode() if isinstance(data, str) else data
        name = shlex.quote(path)
        self.run(f'mkdir -p "$(dirname {name})" && cat >{name} && chmod {mode:o} {name}',
                 stdin=data)

    def read_file(self, path, lab=False):
        """The file's bytes."""
        started = self.spawn(f"cat {shlex.quote(path)}", lab)
        started.end_input()
        if started.wait(COMMAND_TIMEOUT_S) != 0:
            raise LabError(f"guest {self.name}: {started.error.decode(errors='replace').strip()}")
        return started.output

    def exists(self, path):
        return self.run(f"test -e {shlex.quote(path)}", check=False).status == 0

    def wait_for(self, command, timeout=COMMAND_TIMEOUT_S, lab=False):
        """Waits, inside the guest, until a shell condition holds."""
        self.run(f"until {command}; do usleep 20000 2>/dev/null || sleep 0.02; done", timeout,
                 lab=lab)

    def wait_file(self, path, timeout=COMMAND_TIMEOUT_S, lab=False):
        self.wait_for(f"test -e {shlex.quote(path)}", timeout, lab)

    def wait_systemd(self, timeout=READY_TIMEOUT_S):
        """Waits until systemd has started all; LabError names the units that failed."""
        self.wait_for("test -S /run/systemd/private", timeout)
        state = self.run("systemctl is-system-running --wait", timeout, check=False).output.strip()
        if state != "running":
            failed = self.run("systemctl --failed --no-legend --plain", check=False).output
            raise LabError(f"guest {self.name}: systemd is {state}:\n{failed}")

    def boot_clock_s(self):
        """The guest's time since boot, the clock of leases."""
        return float(self.read_file("/proc/uptime", lab=True).split()[0])

    def disk(self, serial):
        """The device of the disk with this serial, for instance /dev/vdb."""
        output = self.run(
            "for disk in /sys/block/*; do"
            " name=$(cat $disk/serial 2>/dev/null || cat $disk/device/serial 2>/dev/null"
            " || tail -c +5 $disk/device/vpd_pg80 2>/dev/null);"
            f" [ \"$(echo $name)\" = {shlex.quote(serial)} ] && echo /dev/${{disk##*/}}; done;"
            " true",
            lab=True).output.split()
        if output:
            return output[0]
        raise LabError(f"guest {self.name} has no disk with serial {serial!r}")

    def process_state(self, pid):
        """The state letter in /proc (R, S, D, T, Z); None when there is no such process."""
        result = self.run(f"cat /proc/{int(pid)}/stat", check=False, lab=True)
        return result.output.rpartition(")")[2].split()[0] if result.status == 0 else None

    def agent_log(self):
        """What vss-agent and its guard said, as far as it can be had within seconds."""
        if self._channel is None or not self.domain.is_running():
            return "(the guest doesn't run)"
        try:
            return self.run("cat /run/vss-agent.log 2>/dev/null || timeout 5 chroot /proc/1/root "
                            "journalctl --no-pager -o short-monotonic -n 300", AGENT_LOG_TIMEOUT_S,
                            check=False, lab=True).output
        except LabError as error:
            return f"({error})"

    def close(self):
        if self._channel:
            self._channel.close()
            self._channel = None
