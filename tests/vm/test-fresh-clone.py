#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two commands of the README work as typed in a fresh clone in a clean Debian root.

The root is mmdebstrap's smallest, with sudo and git. contrib/check runs all of its stages there with
--full, else the first: the others have just run outside.
"""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from lab import cache, settings, systemd_image, tap, tools

SOURCE = Path(__file__).resolve().parents[2]
PACKAGES = ["sudo", "git", "ca-certificates"]
# Names the root to a contrib/check that runs in it, so that it doesn't make another one.
MARK = Path("/etc/virt-vss-fresh-clone")
# Some 300 Debian packages are fetched and installed, and everything is built: 3 minutes seen.
DEMO_TIMEOUT_S = 900
CHECK_TIMEOUT_S = 5400 if settings.is_full() else 1500

# As PID 1 of its own process namespace: when it ends, everything it started ends, and its mounts go.
ENTER = """
set -e
root=$1 archives=$2
shift 2
mount --make-rprivate /
# What a root is: a mount of its own.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root/var/cache/apt/archives" && mount --bind "$archives" "$root/var/cache/apt/archives"
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
  sh -c "$1"
"""


@unittest.skipUnless(settings.is_root(), "needs root for mmdebstrap and chroot")
class FreshClone(unittest.TestCase):
    """A root and a clone for both commands."""

    def setUp(self):
        if MARK.exists():
            return
        # In the work folder of a disk, not in /tmp: 4 GB.
        settings.cache_folder().mkdir(parents=True, exist_ok=True)
        self.root = Path(tempfile.mkdtemp(prefix="fresh-", dir=settings.cache_folder()))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.archives = settings.cache_folder() / "archives"
        (self.archives / "partial").mkdir(parents=True, exist_ok=True)
        tools.run(["tar", "-C", self.root, "-xf", systemd_image.bootstrap(PACKAGES),
                   "--numeric-owner"], timeout=300)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(Path("/etc") / name, self.root / "etc" / name)
        for file in Path("/etc/apt/apt.conf.d").glob("99*"):
            shutil.copy(file, self.root / "etc/apt/apt.conf.d")
        (self.root / MARK.relative_to("/")).touch()
        tools.run(["git", "clone", "--quiet", "--no-hardlinks", SOURCE, self.root / "root/virt-vss"],
                  timeout=120)

    def test_commands_of_the_readme(self):
        if MARK.exists():
            return  # this is the fresh clone
        output = self.enter("cd /root/virt-vss && sudo contrib/demo", DEMO_TIMEOUT_S)
        self.assertIn("filesystem", output)
        self.assertIn("Done after", output)
        arguments = "" if settings.is_full() else " --stage unit"
        output = self.enter(f"cd /root/virt-vss && sudo contrib/check{arguments}", CHECK_TIMEOUT_S)
        self.assertRegex(output.splitlines()[-1], r"^[1-9]\d* passed, 0 failed, 0 skipped$")
        status = self.enter("cd /root/virt-vss && git status --porcelain", 60)
        self.assertEqual(status, "", "the commands leave files that git doesn't ignore")

    def enter(self, command, timeout):
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "enter",
             self.root, self.archives, command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=timeout, check=False)
        self.assertEqual(done.returncode, 0, f"{command}:\n{done.stdout[-6000:]}")
        return done.stdout


if __name__ == "__main__":
    sys.exit(tap.main())
