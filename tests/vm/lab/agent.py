# SPDX-License-Identifier: LGPL-2.1-or-later
"""vss-agent and its thaw guard in a guest without systemd, started as their units would.

In a guest with systemd the units do this: use `systemctl` there.
"""

import shlex

from .domain import AGENT_PORT
from . import tools

AGENT = "/usr/sbin/vss-agent"
GUARD = "/usr/libexec/virt-vss/vss-thaw-guard"
CONFIGURATION = "/etc/vss-agent/vss-agent.conf"
RECORD = "/run/vss-agent/freeze-record"
LOG = "/run/vss-agent.log"
PID_FILE = {"agent": "/run/vss-agent.pid", "guard": "/run/vss-thaw-guard.pid"}
START_TIMEOUT_S = 30


class Agent:
    """The agent and the guard of one guest; each can be killed, stopped and started apart.

    A dead agent or guard stays dead, unless `restart` is true: then it is started again after
    0.1 s, and the guard's end is followed by a thaw from the record, as in the guard's unit.
    """

    def __init__(self, guest, configuration=None, environment=None, wrapper="", restart=False):
        """configuration: {group: {key: value}}; wrapper: words before the agent (strace, …)."""
        self._guest = guest
        self._configuration = configuration or {}
        self._environment = environment or {}
        self._wrapper = wrapper
        self._restart = restart

    def start(self, wait=True):
        self._guest.write_file(CONFIGURATION, "".join(
            f"[{group}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items())
            for group, keys in self._configuration.items()))
        self._guest.run("mkdir -p -m 0700 /run/vss-agent")
        self.start_guard()
        self.start_agent(wait)

    def start_agent(self, wait=True):
        variables = " ".join(f"{name}={shlex.quote(value)}"
                             for name, value in self._environment.items())
        program = f"{self._wrapper} {AGENT} --config={CONFIGURATION}"
        self._spawn("agent", f"{'env ' + variables if variables else ''} {program}", after=":")
        if wait:
            self.wait_connected()

    def start_guard(self):
        self._spawn("guard", GUARD, after=f"{GUARD} --recover={RECORD}")
        self._guest.wait_for("test -S /run/vss-agent/guard.sock", START_TIMEOUT_S)

    def wait_connected(self, timeout=START_TIMEOUT_S):
        """Waits until the agent has opened its port: the host sees that, the guest isn't asked."""
        tools.wait_until(lambda: self._guest.domain.channel_state(AGENT_PORT) == "connected",
                         timeout, f"the agent of {self._guest.name} to open its port; its log:\n"
                         f"{self.log()}")

    def pid(self, which="agent"):
        return int(self._guest.read_file(PID_FILE[which], lab=True))

    def kill(self, which="agent", number=9):
        """Signals and returns at once: a process in FIFREEZE may take its time to die."""
        self._guest.run(f"kill -{int(number)} {self.pid(which)}", lab=True)

    def is_alive(self, which="agent"):
        return self._guest.process_state(self.pid(which)) not in (None, "Z", "X")

    def log(self):
        return self._guest.run(f"cat {LOG} 2>/dev/null", check=False, lab=True).output

    def _spawn(self, which, program, after):
        """All output goes to a file in memory, so that a lost host blocks nobody."""
        pid_file = PID_FILE[which]
        # Whoever reads it finds a process, the last one or this one.
        once = f"sh -c 'echo $$ >{pid_file}.new; mv {pid_file}.new {pid_file}; exec {program}'"
        loop = f"while :; do {once}; {after}; sleep 0.1; done" if self._restart else once
        self._guest.spawn(f"rm -f {pid_file}; {{ {loop}; }} >>{LOG} 2>&1 </dev/null")
        self._guest.wait_file(pid_file, START_TIMEOUT_S)
