# SPDX-License-Identifier: LGPL-2.1-or-later
"""One test run's laboratory: user, folder, libvirt, guests; all gone when it closes."""

import contextlib
import functools
import itertools
import shutil
import uuid
from pathlib import Path

from . import initramfs, root_image, settings, tools
from .domain import AGENT_PORT, TEST_PORT, Channel, Disk, DomainSpec, name_targets
from .guest import READY_TIMEOUT_S, Guest
from .images import Images
from .kernel import Kernel
from .private_libvirt import PrivateLibvirt
from .root_libvirt import RootLibvirt
from .run_folder import RunFolder
from .running_domain import Domain
from .staging import stage
from .user import User

KERNEL_WORDS = "console=ttyS0 quiet loglevel=4 panic=-1 random.trust_cpu=on"


class Lab(contextlib.AbstractContextManager):
    """Makes a private libvirt, and guests in it."""

    def __init__(self, build_dir, as_root=False):
        """as_root: a libvirtd of root's (qemu:///system), instead of an ordinary user's."""
        self.build_dir = Path(build_dir).resolve()
        self.as_root = as_root
        self.user = User.root() if as_root else User.get()
        self._run_folder = RunFolder(self.user)
        try:
            kind = RootLibvirt if as_root else PrivateLibvirt
            self.libvirt = kind(self._run_folder, self.user)
            self.images = self._run_folder.make_folder("i")
            self._sockets = self._run_folder.make_folder("s")
            self._files = self._run_folder.make_folder("x")
            self._files.chmod(0o755)
            self._numbers = itertools.count(1)
            self.guests = []
            self.image_tools = Images(self)
            self._runs = []
            self._staged = None
            self.libvirt.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *exception):
        self.close()

    @property
    def folder(self):
        return self._run_folder.path

    def close(self):
        for guest in getattr(self, "guests", []):
            guest.close()
        self._keep_logs()
        self._run_folder.close()

    def start_guest(self, disks=(), persistent=True, channels=(AGENT_PORT,), name=None,
                    root=None, init=None, memory_mib=256, wait=True,
                    timeout=READY_TIMEOUT_S, cpus=1, machine="q35"):
        """Boots a guest.

        disks       Disk descriptions, in the order of their targets (vda, vdb, …)
        channels    names of ports to add to the test port
        root        a Disk that becomes / (else the guest stays in its initramfs); it comes last;
                    root_disk() makes one
        init        first process of the root disk: None for one that does nothing
        """
        name = name or f"vt{next(self._numbers)}"
        disks = list(disks) + ([root] if root else [])
        for disk in disks:
            self.prepare_image(disk)
        name_targets(disks)
        test_socket = self._sockets / name
        spec = DomainSpec(
            name=name, kernel=str(self.kernel), initrd=str(self.initramfs),
            cmdline="", console=str(self._files / f"{name}.console"), disks=disks,
            channels=[Channel(TEST_PORT, str(test_socket))] + [Channel(port) for port in channels],
            memory_mib=memory_mib, cpus=cpus, machine=machine)
        spec.cmdline = _kernel_words(spec, root, init)
        domain = Domain(self.libvirt, spec, self._files)
        guest = Guest(domain, test_socket)
        self.guests.append(guest)
        domain.create(persistent)
        if wait:
            guest.wait_ready(timeout)
        return guest

    @functools.cached_property
    def initramfs(self):
        """One for the whole run, also when the build goes on meanwhile."""
        return self._own_copy(initramfs.build(self.build_dir))

    @functools.cached_property
    def kernel(self):
        return self._own_copy(Kernel.find().image)

    def _own_copy(self, path):
        """Root's libvirtd changes the owner of what its domains use: not of the machine's files."""
        if not self.as_root:
            return path
        return Path(shutil.copy(path, self._files))

    def root_disk(self, kind, name="root", **attributes):
        """A Disk for `root`: "ext4" or "xfs" (the initramfs's files), or "systemd"."""
        disk = Disk(name, format="qcow2", image=str(self.images / f"{name}.qcow2"), **attributes)
        shutil.copyfile(root_image.build(self, kind), disk.image)
        self.user.own(disk.image)
        return disk

    def prepare_image(self, disk):
        """Makes the disk's image, as the run's user, unless it names one that exists."""
        if disk.image is None:
            disk.image = str(self.images / f"{disk.name}.{disk.format}")
        if Path(disk.image).exists():
            return
        arguments = ["qemu-img", "create", "-q", "-f", disk.format]
        if disk.backing:
            arguments += ["-b", disk.backing, "-F", disk.backing_format or "qcow2", disk.image]
        else:
            arguments += [disk.image, disk.size]
        self.run(arguments)

    def remove_image(self, disk):
        Path(disk.image).unlink()

    def end_guest(self, guest):
        """Pulls the plug of a guest and forgets it, with its definition."""
        guest.close()
        persistent = guest.domain.is_persistent()
        guest.domain.destroy()
        if persistent:
            guest.domain.undefine()
        self.guests.remove(guest)

    def run(self, argv, **options):
        """Runs a program of the host as the run's user, with this libvirt in its environment."""
        return self.libvirt.run([tools.find(str(argv[0])), *argv[1:]], **options)

    def virsh(self, *arguments, **options):
        return self.libvirt.virsh(*arguments, **options)

    # The program under test.

    def virt_vss(self, *arguments, env=None, check=False, **options):
        """Runs virt-vss to its end; returns a CompletedProcess."""
        done = self.libvirt.run([self._virt_vss(), *arguments], check=check,
                                env=self._program_environment(env), **options)
        self._runs.append(f"$ virt-vss {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
                          f"status {done.returncode}")
        return done

    def spawn_virt_vss(self, *arguments, env=None, **options):
        """Starts virt-vss and returns its Popen: to be killed, or watched line by line."""
        return self.libvirt.popen([self._virt_vss(), *arguments],
                                  self._program_environment(env), **options)

    def _virt_vss(self):
        """The copy of the build's program that the run's user runs."""
        if not self._staged:
            self._staged = stage(self.build_dir / "host-lib" / "cli" / "virt-vss", self.build_dir,
                                 self._run_folder.make_folder("p"))
        return self._staged

    def _program_environment(self, env):
        return {"LD_LIBRARY_PATH": str(self.folder / "p"), **(env or {})}

    def logs(self):
        """Title → text of what tells why a test failed."""
        logs = {"libvirtd's output": self.folder / "libvirtd.out"}
        agents = {}
        for guest in self.guests:
            agents[f"agent of {guest.name}"] = guest.agent_log()
            logs[f"console of {guest.name}"] = Path(guest.domain.spec.console)
            logs[f"QEMU of {guest.name}"] = self.libvirt.qemu_log(guest.name)
        texts = {title: path.read_text(encoding="utf-8", errors="replace")
                 for title, path in logs.items() if path.exists()}
        return {"virt-vss": "\n".join(self._runs), **agents, "libvirtd": self.libvirt.told(),
                **texts}

    def _keep_logs(self):
        folder = settings.kept_logs_folder()
        if folder and hasattr(self, "guests"):
            folder = folder / self.folder.name
            folder.mkdir(parents=True, exist_ok=True)
            for title, text in self.logs().items():
                (folder / f"{title.replace(' ', '-')}.log").write_text(text, encoding="utf-8")


def _kernel_words(spec, root, init):
    words = [KERNEL_WORDS, f"vsstest.machine={uuid.UUID(spec.uuid).hex}"]
    if root:
        words.append(f"vsstest.root={root.effective_serial}")
        if init:
            words.append(f"vsstest.init={init}")
    return " ".join(words)
