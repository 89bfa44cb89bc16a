# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU's own guest agent in a guest without systemd: the distribution's program on its own port."""

from .domain import QEMU_AGENT_PORT
from . import tools

START_TIMEOUT_S = 30
FOLDER = "/run/qemu-ga"
PID_FILE = f"{FOLDER}/pid"
LOG = f"{FOLDER}/log"


class QemuAgent:
    """One guest's; the guest must have been started with the port QEMU_AGENT_PORT."""

    def __init__(self, guest):
        self._guest = guest

    def start(self):
        """Writes its own pid before it becomes the agent: without -d qemu-ga writes none."""
        self._guest.run(f"mkdir -p {FOLDER} && rm -f {PID_FILE}")
        program = (f"qemu-ga -m virtio-serial -p /dev/virtio-ports/{QEMU_AGENT_PORT} "
                   f"-t {FOLDER} -f {FOLDER}/lock -v -l {LOG}")
        self._guest.spawn(f"sh -c 'echo $$ >{PID_FILE}; exec {program}' </dev/null >/dev/null 2>&1")
        self._guest.wait_file(PID_FILE, START_TIMEOUT_S, lab=True)
        tools.wait_until(
            lambda: self._guest.domain.channel_state(QEMU_AGENT_PORT) == "connected",
            START_TIMEOUT_S, f"QEMU's agent of {self._guest.name} to open its port")

    def signal(self, number):
        self._guest.run(f"kill -{int(number)} $(cat {PID_FILE})", lab=True)

    def status(self):
        """`frozen` or `thawed`, as it says itself."""
        return self._guest.domain.qemu_agent("guest-fsfreeze-status")

    def freeze(self, *mount_points):
        """As a third party does it."""
        arguments = [word for folder in mount_points for word in ("--mountpoint", folder)]
        self._guest.domain.virsh("domfsfreeze", *arguments)

    def thaw(self):
        self._guest.domain.virsh("domfsthaw")
