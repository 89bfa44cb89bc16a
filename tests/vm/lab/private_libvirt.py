# SPDX-License-Identifier: LGPL-2.1-or-later
"""A libvirtd of our own: qemu:///session of an ordinary user with folders of its own."""

import os
import select
import shutil
import signal
import subprocess

from . import settings, tools
from .errors import LabError

# libvirtd asks each QEMU for its abilities when it first starts: 1 s, 10 s on a busy machine.
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
COMMAND_TIMEOUT_S = 120

LIBVIRTD_CONF = """\
log_level = 3
log_filters = "2:qemu 4:util"
log_outputs = "1:file:{log}"
"""
QEMU_CONF = """\
stdio_handler = "file"
security_driver = "none"
lock_manager = "nop"
"""


class PrivateLibvirt:
    """One libvirtd with its own sockets, domains and logs under a run's folder."""

    uri = "qemu:///session"

    def __init__(self, run_folder, user):
        self._run_folder = run_folder
        self._user = user
        self.pid = None
        # Short names: a path of a socket has at most 107 letters.
        self._folders = {kind: run_folder.make_folder(short) for kind, short in
                         (("RUNTIME", "r"), ("CONFIG", "c"), ("CACHE", "k"), ("DATA", "d"))}
        self.log = run_folder.path / "libvirtd.log"
        self._write_configuration()
        self._borrow_capabilities()

    def told(self):
        """Its log, without the lines about single reads and writes of QEMU's monitor."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(line for line in lines if line.startswith("20")
                         and "qemuMonitorIOWrite" not in line and "IOProcess:" not in line)

    def environment(self):
        """Makes virsh, virt-vss and libvirt itself meet this libvirtd at qemu:///session."""
        environment = self._run_folder.environment()
        for kind, folder in self._folders.items():
            name = "XDG_RUNTIME_DIR" if kind == "RUNTIME" else f"XDG_{kind}_HOME"
            environment[name] = str(folder)
        # A client must not start a libvirtd by itself where a test has just killed ours.
        environment["LIBVIRT_AUTOSTART"] = "0"
        environment["LIBVIRT_DEFAULT_URI"] = self.uri
        return environment

    @property
    def socket(self):
        return self._folders["RUNTIME"] / "libvirt" / "libvirt-sock"

    def start(self):
        if self.is_running():
            raise LabError("libvirtd runs already")
        self.socket.unlink(missing_ok=True)
        self.pid = self._run_folder.start_daemon(
            self._daemon(), self.environment(), self._run_folder.path / "libvirtd.out")
        tools.wait_until(lambda: self.socket.exists() or not self.is_running(), START_TIMEOUT_S,
                         "libvirtd's socket")
        if not self.is_running():
            output = (self._run_folder.path / "libvirtd.out").read_text(errors="replace")
            raise LabError(f"libvirtd ended at once: {output.strip()}")
        self.virsh("version", timeout=START_TIMEOUT_S)
        self._lend_capabilities()

    def is_running(self):
        return self.pid is not None and tools.process_state(self.pid) not in (None, "Z", "X")

    def kill(self, number=signal.SIGKILL):
        """Ends libvirtd and waits until it is gone. The domains go on running."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            self.pid = None
            return
        try:
            os.kill(self.pid, number)
            if not select.select([descriptor], [], [], STOP_TIMEOUT_S)[0]:
                raise LabError(f"libvirtd {self.pid} does not end")
        finally:
            os.close(descriptor)
        self.pid = None

    def restart(self, number=signal.SIGKILL):
        self.kill(number)
        self.start()

    def popen(self, argv, env=None, **options):
        """Starts a client as the run's user with this libvirt in its environment."""
        return subprocess.Popen(
            [str(word) for word in argv], env={**self.environment(), **(env or {})},
            cwd=self._run_folder.path, **{**self._user.process_options(), **options})

    def run(self, argv, timeout=COMMAND_TIMEOUT_S, check=True, env=None):
        """Runs a client to its end; returns a CompletedProcess with text."""
        with self.popen(argv, env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, text=True) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                raise LabError(f"{' '.join(map(str, argv))}: has not ended after {timeout} s; it "
                               f"said: {out}{err}") from None
            except BaseException:
                process.kill()
                raise
        done = subprocess.CompletedProcess(argv, process.returncode, out, err)
        if check and done.returncode != 0:
            raise LabError(f"{' '.join(map(str, argv))}: status {done.returncode}: "
                           f"{err.strip() or out.strip()}")
        return done

    def virsh(self, *arguments, timeout=COMMAND_TIMEOUT_S):
        return self.run([tools.find("virsh"), "--quiet", *arguments], timeout).stdout

    def qemu_pid(self, domain):
        """The pid of a domain's QEMU, from libvirt's pid file; None when it doesn't run."""
        try:
            return int(self._pid_file(domain).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _pid_file(self, domain):
        return self._folders["RUNTIME"] / "libvirt" / "qemu" / "run" / f"{domain}.pid"

    def qemu_log(self, domain):
        return self._folders["CACHE"] / "libvirt" / "qemu" / "log" / f"{domain}.log"

    def _write_configuration(self):
        folder = self._folders["CONFIG"] / "libvirt"
        folder.mkdir(mode=0o700)
        self._user.own(folder)
        for name, text in (("libvirtd.conf", LIBVIRTD_CONF.format(log=self.log)),
                           ("qemu.conf", QEMU_CONF)):
            (folder / name).write_text(text, encoding="utf-8")
            self._user.own(folder / name)

    def _daemon(self):
        return [tools.find("libvirtd")]

    # libvirt keeps what it learnt about each QEMU, and trusts that only while neither QEMU nor
    # libvirt nor the kernel changed. Keeping it from run to run saves a start its slowest part.

    def _capabilities(self):
        return self._folders["CACHE"] / "libvirt" / "qemu" / "cache" / "capabilities"

    def _kept_capabilities(self):
        return settings.cache_folder() / "qemu-capabilities"

    def _borrow_capabilities(self):
        kept = self._kept_capabilities()
        if not kept.is_dir():
            return
        folder = self._folders["CACHE"]
        for part in self._capabilities().relative_to(folder).parts:
            folder = folder / part
            folder.mkdir(mode=0o700)
            self._user.own(folder)
        for file in kept.glob("*.xml"):
            shutil.copyfile(file, folder / file.name)
            self._user.own(folder / file.name)

    def _lend_capabilities(self):
        kept = self._kept_capabilities()
        kept.mkdir(parents=True, exist_ok=True)
        for file in self._capabilities().glob("*.xml"):
            part = kept / f"{file.name}.{os.getpid()}.part"
            shutil.copyfile(file, part)
            part.rename(kept / file.name)
