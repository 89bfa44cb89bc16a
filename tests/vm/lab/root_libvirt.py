# SPDX-License-Identifier: LGPL-2.1-or-later
"""A libvirtd of root's own: qemu:///system, but not the machine's.

A root libvirtd has its folders built in. So it gets a mount namespace where folders of the run lie
over them; the machine's own libvirt, its domains and networks are neither seen nor touched. QEMU
runs as the distribution's user for it, and libvirt gives that user the images and takes them back:
what is special about root's libvirtd.
"""

import shlex
from pathlib import Path

from . import tools
from .private_libvirt import LIBVIRTD_CONF, PrivateLibvirt

# Without control groups, of which some would stay if libvirtd is killed; and without a /dev of each
# QEMU's own, which libvirt can't make where something is mounted in it.
QEMU_CONF = """\
stdio_handler = "file"
cgroup_controllers = [ ]
namespaces = [ ]
lock_manager = "nop"
"""
KVM = Path("/dev/kvm")
COVERED = {"CONFIG": "/etc/libvirt", "DATA": "/var/lib/libvirt", "CACHE": "/var/cache/libvirt",
           "RUNTIME": "/run/libvirt"}


class RootLibvirt(PrivateLibvirt):
    """One libvirtd that runs as root, with its own sockets, domains and logs."""

    def __init__(self, run_folder, user):
        self._path = run_folder.path
        super().__init__(run_folder, user)
        self.uri = f"qemu:///system?socket={self.socket}"

    @property
    def socket(self):
        return self._folders["RUNTIME"] / "libvirt-sock"

    def qemu_log(self, domain):
        return self._path / "log" / "qemu" / f"{domain}.log"

    def _pid_file(self, domain):
        return self._folders["RUNTIME"] / "qemu" / f"{domain}.pid"

    def _daemon(self):
        covers = [("/var/log/libvirt", self._path / "log")]
        covers += [(path, self._folders[kind]) for kind, path in COVERED.items()]
        # A new /run also hides the system's D-Bus: systemd is not asked to keep our machines.
        script = ["mount -t tmpfs -o mode=0755 tmpfs /run", "mkdir /run/libvirt"]
        script += [f"mount --bind {shlex.quote(str(folder))} {path}" for path, folder in covers]
        if KVM.exists():
            script += [f"mount --bind {shlex.quote(str(self._no_kvm()))} {KVM}"]
        script += [f"exec {tools.find('libvirtd')} --pid-file /run/libvirtd.pid"]
        return [tools.find("unshare"), "--mount", "--propagation", "private",
                tools.find("sh"), "-c", " && ".join(script)]

    def _no_kvm(self):
        """A file that nobody may open. Where KVM is there but doesn't work, libvirt asks QEMU for its
        abilities again each time it needs them, seconds long."""
        file = self._path / "no-kvm"
        file.touch()
        file.chmod(0)
        return file

    def _write_configuration(self):
        (self._path / "log").mkdir()
        folder = self._folders["CONFIG"]
        (folder / "libvirtd.conf").write_text(
            LIBVIRTD_CONF.format(log=self.log) + 'auth_unix_rw = "none"\n', encoding="utf-8")
        (folder / "qemu.conf").write_text(QEMU_CONF, encoding="utf-8")

    def _capabilities(self):
        return self._folders["CACHE"] / "qemu" / "capabilities"

    def _kept_capabilities(self):
        return super()._kept_capabilities().with_name("qemu-capabilities-root")
