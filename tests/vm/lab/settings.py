# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where things are: cache, kernel, user. Environment variables change them; nothing else does.

VSS_TEST_CACHE    folder for built guests (default: /var/cache/virt-vss-test, or ~/.cache/...)
VSS_TEST_KERNEL   kernel image for guests (default: the newest /boot/vmlinuz-*)
VSS_TEST_USER     ordinary user that libvirtd and QEMU run as, when the test runs as root
VSS_TEST_TMP      parent of the folders of test runs (default: /tmp; short, sockets live there)
VSS_TEST_KEEP     when not empty, the logs of a run are kept under this folder
VSS_TEST_FULL     1: the long form of the suites
"""

import os
from pathlib import Path

DEFAULT_USER = "virtvss-test"
# Looked at besides PATH: an ordinary user's PATH often lacks the sbin folders.
TOOL_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def is_root():
    return os.geteuid() == 0


def cache_folder():
    named = os.environ.get("VSS_TEST_CACHE")
    if named:
        return Path(named)
    if is_root():
        return Path("/var/cache/virt-vss-test")
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "virt-vss-test"


def temporary_folder():
    return Path(os.environ.get("VSS_TEST_TMP", "/tmp"))


def user_name():
    return os.environ.get("VSS_TEST_USER", DEFAULT_USER)


def kept_logs_folder():
    named = os.environ.get("VSS_TEST_KEEP")
    return Path(named) if named else None


def is_full():
    """Whether contrib/check runs with --full: more rounds."""
    return os.environ.get("VSS_TEST_FULL", "0") not in ("", "0")
