# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ordinary user that libvirtd, QEMU and virt-vss run as.

As root, qemu:///session isn't private: it is the machine's own daemon. So a test that runs as root
makes a system user without home and shell (once; it stays) and runs everything as that user. A test
that runs as an ordinary user runs everything as itself.
"""

import os
import pwd

from . import settings, tools


class User:
    """Whose processes and files a laboratory has."""

    def __init__(self, entry, switches):
        self.name = entry.pw_name
        self.uid = entry.pw_uid
        self.gid = entry.pw_gid
        self._switches = switches

    @classmethod
    def get(cls):
        if not settings.is_root():
            return cls(pwd.getpwuid(os.geteuid()), switches=False)
        name = settings.user_name()
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            _create(name)
            entry = pwd.getpwnam(name)
        return cls(entry, switches=True)

    @classmethod
    def root(cls):
        return cls(pwd.getpwuid(0), switches=False)

    def process_options(self):
        """Arguments for subprocess.Popen that make the child this user."""
        if not self._switches:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path):
        if self._switches:
            os.chown(path, self.uid, self.gid)


def _create(name):
    """Another test run may make the same user at the same moment: then that is the one."""
    try:
        tools.run(["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent",
                   "--shell", "/usr/sbin/nologin", "--user-group", name])
    except Exception:  # pylint: disable=broad-except
        pwd.getpwnam(name)
