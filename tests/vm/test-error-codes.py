#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each way in which AddToSnapshotSet and DoSnapshotSet can fail has its code, and a message that
names the object and what to do next; and afterwards disks, files and records are as before, and the
next set succeeds."""

import contextlib
import json
import subprocess
import time
import uuid

from lab import Disk, layout, tools
from lab.agent import Agent
from lab.call_tool import CallTool, parse
from lab.requester import Requester, SteppedCreate
from lab.tap import VmTest, main

# What makes a set be made of disks only, whatever the guest does.
DISKS_ONLY = ("policy=crash", "context=nas-rollback", "start")
SLOW_BYTES_PER_SECOND = 4 << 20
DIRTY_MIB = 8


class ErrorCodes(VmTest):
    """What all tests of this program share."""

    def begin(self, disks, **options):
        self.guest = self.lab.start_guest(disks, **options)
        self.domain = self.guest.domain
        self.requester = Requester(self.lab, self.guest)
        self.tool = CallTool(self.lab, self.guest.name)

    def look(self):
        """What no failed set may change."""
        return {
            "chains": (self.domain.chains_by_qemu(), self.domain.chains_by_libvirt(),
                       self.domain.chains_by_libvirt(inactive=True)),
            "files": self.lab.image_tools.files(),
            "sets": [taken["snapshot-set-id"] for taken in self.requester.sets()],
            "metadata": self.domain.virsh("dumpxml", "--inactive").count("urn:virt-vss"),
        }

    @contextlib.contextmanager
    def unchanged(self, case):
        """The case leaves everything as it was, and the next set can be made and deleted."""
        with self.subTest(case=case):
            before = self.look()
            begun = time.monotonic()
            yield
            self.note(f"{case}: {time.monotonic() - begun:.1f} s")
            self.assertEqual(self.look(), before)
            taken = self.requester.create("--policy=crash", "--volume=vda")
            self.requester.delete(taken)
            self.assertEqual(self.look(), before)

    def assert_answer(self, answer, code, *words):
        self.assertEqual(answer.code, code, answer)
        for word in words:
            self.assertIn(word, answer.message)

    def assert_created(self, done, code, *words):
        """virt-vss create --output=json failed with this code."""
        status, output, message = done
        self.assertNotEqual(status, 0)
        self.assertEqual(output["error"]["code"], code, message)
        for word in words:
            self.assertIn(word, output["error"]["message"])

    def create(self, *arguments):
        done = self.lab.virt_vss("create", self.guest.name, "--output=json", *arguments)
        return done.returncode, json.loads(done.stdout), done.stderr

    @contextlib.contextmanager
    def settings(self, **values):
        """What the administrator of the host may set."""
        environment = self.lab.libvirt.environment()
        folder = self.lab.folder / "c" / "virt-vss"
        self.assertEqual(environment.get("XDG_CONFIG_HOME"), str(folder.parent))
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        file = folder / "virt-vss.conf"
        file.write_text("[snapshot-sets]\n" + "".join(
            f"{key.replace('_', '-')}={value}\n" for key, value in values.items()))
        file.chmod(0o644)
        try:
            yield
        finally:
            file.unlink()


class AddToSnapshotSet(ErrorCodes):
    """Disks of every kind."""

    def setUp(self):
        super().setUp()
        self.begin([Disk("a"), Disk("b", format="raw"), Disk("ro", format="raw", readonly=True),
                    Disk("shared", format="raw", shareable=True),
                    Disk("cd", format="raw", size="1M", bus="sata", device="cdrom")])
        layout.plain(self.guest, "a", "ext4", "/srv/a")
        Agent(self.guest).start()

    def plug_network_disk(self):
        """One that a qemu-nbd serves on a socket; its target."""
        image, sock = self.lab.folder / "x" / "net.raw", self.lab.folder / "s" / "nbd"
        self.lab.run(["qemu-img", "create", "-q", "-f", "raw", image, "16M"])
        server = self.lab.libvirt.popen([tools.find("qemu-nbd"), "--format=raw", "--persistent",
                                         f"--socket={sock}", image])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        tools.wait_until(sock.exists, 30, "qemu-nbd's socket")
        self.domain.attach(
            "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source "
            f"protocol='nbd'><host transport='unix' socket='{sock}'/></source>"
            "<target dev='vdx' bus='virtio'/></disk>")
        return "vdx"

    def test_codes(self):
        network = self.plug_network_disk()
        self.guest.run("modprobe loop && truncate -s 16M /srv/a/inner && mkdir -p /srv/inner && "
                       "mkfs.ext4 -q -F /srv/a/inner && mount -o loop /srv/a/inner /srv/inner")
        cases = (
            # situation, steps before, step, code, words of the message
            ("no such disk", DISKS_ONLY, "add=vdz", "VSS_E_OBJECT_NOT_FOUND", ("vdz",)),
            ("no such mount point", ("start",), "add=/nowhere", "VSS_E_OBJECT_NOT_FOUND",
             ("/nowhere",)),
            ("read-only", DISKS_ONLY, "add=vdc", "VSS_E_VOLUME_NOT_SUPPORTED",
             ("vdc", "read-only")),
            ("shareable", DISKS_ONLY, "add=vdd", "VSS_E_VOLUME_NOT_SUPPORTED",
             ("vdd", "shareable")),
            ("CD-ROM", DISKS_ONLY, "add=sda", "VSS_E_VOLUME_NOT_SUPPORTED", ("sda", "CD-ROM")),
            ("network disk", DISKS_ONLY, f"add={network}",
             "VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER", (network, "network")),
            ("nested", ("start",), "add=/srv/inner", "VSS_E_NESTED_VOLUME_LIMIT",
             ("/srv/inner", "image file")),
            ("another provider", DISKS_ONLY, f"add=vda,{uuid.uuid4()}",
             "VSS_E_PROVIDER_NOT_REGISTERED", ("provider",)),
            ("no name", DISKS_ONLY, "add=", "E_INVALIDARG", ("volume",)),
            ("no provider id", DISKS_ONLY, "add=vda,what", "E_INVALIDARG", ("what",)),
            ("twice", (*DISKS_ONLY, "add=vda"), "add=vda", "VSS_E_OBJECT_ALREADY_EXISTS",
             ("vda",)),
            ("out of sequence", (), "add=vda", "VSS_E_BAD_STATE", ("StartSnapshotSet",)),
            ("nothing begun", (), "do", "VSS_E_BAD_STATE", ("StartSnapshotSet",)),
        )
        for situation, before, step, code, words in cases:
            with self.unchanged(situation):
                self.assert_answer(self.tool.last(*before, step), code, *words)
        self.guest.run("umount /srv/inner")
        self.meet_set_limit()
        self.meet_taken_channel()

    def meet_set_limit(self):
        with self.settings(max_per_disk=1), self.unchanged("too many sets"):
            taken = self.requester.create("--policy=crash", "--volume=vda")
            answer = self.tool.last(*DISKS_ONLY, "add=vda")
            self.assert_answer(answer, "VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED", "vda", "1 sets",
                               "delete one")
            self.requester.delete(taken)

    def meet_taken_channel(self):
        """A file system has to be asked for, and somebody else has the guest."""
        with self.unchanged("guest taken"):
            taker = self.tool.spawn_waiting("name=taker", "gather")
            try:
                answer = self.tool.last(*DISKS_ONLY, "add=/srv/a")
                self.assert_answer(answer, "VSS_E_SNAPSHOT_SET_IN_PROGRESS", "wait until")
            finally:
                taker.communicate(timeout=60)


class WithoutGuest(ErrorCodes):
    """What can be told although no guest has booted."""

    def test_many_volumes(self):
        """As many disks as no set takes."""
        self.begin([Disk("a", "1M"), *(Disk(f"n{number}", "1M", format="raw", bus="scsi")
                                 for number in range(64))], wait=False)
        targets = list(self.domain.chains_by_libvirt())
        self.assertEqual(len(targets), 65)
        answers, _ = self.tool.run(*DISKS_ONLY, *(f"add={target}" for target in targets))
        answers = answers[len(DISKS_ONLY):]
        self.assertEqual({answer.code for answer in answers[:-1]}, {"VSS_S_OK"})
        self.assert_answer(answers[-1], "VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED", targets[-1],
                           "64 volumes")

    def test_definitions(self):
        """What this machine can't have running: judged from the definition."""
        disks = {
            "sdb": ("block", "lun", "<source dev='/dev/null'/>", "scsi", "raw",
                    "VSS_E_VOLUME_NOT_SUPPORTED", "LUN"),
            "sdc": ("block", "disk", "<source dev='/dev/null'/>", "scsi", "raw",
                    "VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER", "overlay folder"),
            "sdd": ("network", "disk", "<source protocol='rbd' name='pool/image'>"
                    "<host name='ceph.invalid'/></source>", "scsi", "raw",
                    "VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER", "network"),
            "sde": ("volume", "disk", "<source pool='default' volume='image'/>", "scsi", "raw",
                    "VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER", "type volume"),
            "vdb": ("vhostuser", "disk", "<source type='unix' path='/run/none'/>", "virtio", "raw",
                    "VSS_E_VOLUME_NOT_SUPPORTED", "vhost"),
            "vdc": ("file", "disk", "<source file='/none.vmdk'/>", "virtio", "vmdk",
                    "VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER", "neither qcow2 nor raw"),
        }
        parts = "".join(
            f"<disk type='{kind}' device='{device}'><driver name='qemu' type='{form}'/>{source}"
            f"<target dev='{target}' bus='{bus}'/></disk>"
            for target, (kind, device, source, bus, form, *_) in disks.items())
        file = self.lab.folder / "x" / "odd.xml"
        file.write_text("<domain type='qemu'><name>odd</name><memory unit='MiB'>64</memory>"
                        "<memoryBacking><access mode='shared'/></memoryBacking><os>"
                        "<type machine='q35'>hvm</type></os><devices><controller type='scsi' "
                        f"model='virtio-scsi'/>{parts}</devices></domain>")
        file.chmod(0o644)
        self.lab.virsh("define", file)
        tool = CallTool(self.lab, "odd")
        for target, (*_, code, word) in disks.items():
            with self.subTest(target=target):
                answer = tool.last(*DISKS_ONLY, f"add={target}")
                self.assert_answer(answer, code, target, word)


class DoSnapshotSet(ErrorCodes):
    """A guest with a file system on each of two disks, and a disk without."""

    def test_codes(self):
        self.begin([Disk("a"), Disk("b", format="raw"),
                    Disk("slow", write_bytes_per_second=SLOW_BYTES_PER_SECOND)])
        layout.plain(self.guest, "a", "ext4", "/srv/a")
        self.agent = Agent(self.guest)
        self.agent.start()
        self.meet_host()
        self.meet_dry_run()
        self.meet_guest("--policy=require-filesystem")
        self.meet_slow_disk("--policy=require-filesystem")
        self.meet_stopped_machine()

    @contextlib.contextmanager
    def block_job(self):
        copy = self.lab.images / "copy.qcow2"
        self.domain.virsh("blockcopy", "vda", "--dest", copy, "--transient-job")
        try:
            yield
        finally:
            self.domain.virsh("blockjob", "vda", "--abort")
            copy.unlink()

    @contextlib.contextmanager
    def taken_nodes(self):
        """QEMU nodes of the names that libvirt is going to use."""
        used = [int(node["node-name"].split("-")[1])
                for node in self.domain.qmp("query-named-block-nodes", {"flat": True})
                if node["node-name"].startswith("libvirt-")]
        names = [f"libvirt-{number}-storage" for number in range(max(used) + 1, max(used) + 9)]
        for name in names:
            self.domain.qmp("blockdev-add", {"driver": "null-co", "node-name": name})
        try:
            yield
        finally:
            for name in names:
                self.domain.qmp("blockdev-del", {"node-name": name})

    @contextlib.contextmanager
    def read_only_folder(self):
        self.lab.images.chmod(0o555)
        try:
            yield
        finally:
            self.lab.images.chmod(0o711)

    @contextlib.contextmanager
    def frozen_by_others(self):
        self.guest.run("fsfreeze -f /srv/a")
        try:
            yield
        finally:
            self.guest.run("fsfreeze -u /srv/a")  # fails if somebody else has thawed it

    def meet_host(self):
        """What the host has against it."""
        volume = "--volume=vda"
        cases = (
            ("block job", self.block_job, (volume, "--policy=crash"), "VSS_E_PROVIDER_VETO",
             ("vda", "copy", "wait for its end")),
            ("libvirt's own failure", self.taken_nodes, (volume, "--policy=crash"),
             "VSS_E_UNEXPECTED_PROVIDER_ERROR", (self.guest.name, "commit")),
            ("no space", lambda: self.settings(min_free_mib=1 << 40), (volume, "--policy=crash"),
             "VSS_E_INSUFFICIENT_STORAGE", (str(self.lab.images), "free space")),
            ("folder not writable", self.read_only_folder, (volume, "--policy=crash"),
             "E_ACCESSDENIED", (str(self.lab.images), "must be able to write")),
            ("nothing to hold", contextlib.nullcontext,
             ("--volume=vdb", "--policy=require-filesystem"), "VSS_E_HOLD_WRITES_TIMEOUT",
             ("require-filesystem", "no file system")),
            ("frozen by others", self.frozen_by_others,
             ("--volume=/srv/a", "--policy=require-filesystem"), "VSS_E_HOLD_WRITES_TIMEOUT",
             ("/srv/a", "somebody else")),
        )
        for situation, make, arguments, code, words in cases:
            before = self.look()
            with self.subTest(case=situation):
                with make():
                    self.assert_created(self.create(*arguments), code, *words)
                with self.unchanged(situation):
                    self.assertEqual(self.look(), before)

    def meet_dry_run(self):
        """Everything at once, and nothing is touched."""
        before = self.look()
        with self.subTest("all at once"), self.block_job(), self.settings(min_free_mib=1 << 40):
            status, plan, _ = self.create("--dry-run", "--volume=vda", "--volume=vdb",
                                          "--volume=vdz", "--policy=require-filesystem")
            self.assertEqual(status, 1)
            self.assertEqual(plan["consistency"], "none")
            found = {(finding["code"], finding["object"]) for finding in plan["findings"]
                     if finding["severity"] == "fatal"}
            self.assertEqual(found, {
                ("VSS_E_OBJECT_NOT_FOUND", "vdz"), ("VSS_E_PROVIDER_VETO", "vda"),
                ("VSS_E_INSUFFICIENT_STORAGE", str(self.lab.images))})
            text = self.lab.virt_vss("create", self.guest.name, "--dry-run", "--volume=vda")
            self.assertIn("can't be made", text.stdout)
            self.assertIn("fatal: cannot take a set with disk vda", text.stdout)
        with self.unchanged("dry run"):
            self.assertEqual(self.look(), before)

    def meet_stopped_machine(self):
        """It stands or is off when the set is to be made, and applications were to take part."""
        for verb, undo, words in (("suspend", "resume", ("paused", "resume it")),
                                  ("destroy", "start", ("not running", "start it"))):
            with self.subTest(verb=verb):
                waiting = self.tool.spawn_waiting("context=app-rollback", "gather", "start",
                                                  "add=vda", "prepare", then=("do",))
                self.domain.virsh(verb)
                out, _ = waiting.communicate(timeout=90)
                answers, _ = parse(out)
                self.domain.virsh(undo)
                self.assert_answer(answers[-1], "VSS_E_BAD_STATE", self.guest.name, *words)
                self.assertEqual(self.requester.sets(), [])

    def meet_guest(self, require):
        """What the guest has against it."""
        with self.unchanged("lease over"):
            create = SteppedCreate.stopped_in("commit", self.lab, self.guest, "--lease=1", require,
                                              "--volume=/srv/a")
            self.guest.run("echo >/srv/a/file && sync /srv/a/file", 30)
            create.resume()
            self.assert_created(create.finish(), "VSS_E_HOLD_WRITES_TIMEOUT", "lease")
        with self.unchanged("agent lost after the hold"):
            create = SteppedCreate.stopped_in("commit", self.lab, self.guest, "--lease=10", require,
                                              "--volume=/srv/a")
            self.restart_agent()
            create.resume()
            self.assert_created(create.finish(), "VSS_E_HOLD_WRITES_TIMEOUT", self.guest.name)
        with self.unchanged("agent lost before the hold"):
            create = SteppedCreate.stopped_in("drain", self.lab, self.guest, require,
                                              "--volume=/srv/a")
            self.restart_agent()
            create.resume()
            self.assert_created(create.finish(), "VSS_E_FLUSH_WRITES_TIMEOUT", self.guest.name)

    def restart_agent(self):
        """The one that the requester talks to is gone; the next one knows nothing of it."""
        self.agent.kill()
        self.guest.wait_for(f"! kill -0 {self.agent.pid()} 2>/dev/null", 30)
        self.agent.start_agent()

    def meet_slow_disk(self, require):
        layout.plain(self.guest, "slow", "ext4", "/srv/slow")
        with self.unchanged("slow disk"):
            dirt = self.guest.spawn(
                f"while :; do dd if=/dev/zero of=/srv/slow/dirt bs=1M count={DIRTY_MIB} "
                "conv=notrunc 2>/dev/null; done")
            try:
                done = self.create(require, "--lease=2", "--volume=/srv/slow")
            finally:
                dirt.kill()
            self.assert_created(done, "VSS_E_FLUSH_WRITES_TIMEOUT", self.guest.name, "freeze")


class NotThawed(ErrorCodes):
    """The kernel refuses to thaw: the agent's own thaw is made to fail."""

    def test_codes(self):
        self.begin([Disk("a")])
        layout.plain(self.guest, "a", "ext4", "/srv/a")
        # The first of a thread's calls freezes, the others thaw. The guard is not in the way: at
        # the lease's end it thaws.
        agent = Agent(self.guest, wrapper="strace -f -q -o /dev/null -P /srv/a "
                      "-e trace=ioctl -e inject=ioctl:error=EIO:when=2+")
        agent.start()
        with self.unchanged("not thawed"):
            done = self.create("--policy=require-filesystem", "--lease=3", "--volume=/srv/a")
            self.assert_created(done, "VSS_E_REBOOT_REQUIRED", "/srv/a", "fsfreeze -u")
            self.guest.run("echo >/srv/a/file && sync /srv/a/file", 30)


class RootLibvirt(ErrorCodes):
    """What only root's libvirtd has: connections that may only read, and another user for QEMU."""

    as_root = True

    def test_codes(self):
        folder = self.make_small_folder()
        self.begin([Disk("a", size="32M", image=str(folder / "a.qcow2"))], channels=())
        with self.subTest("read-only connection"):
            uri = f"qemu:///system?socket={self.lab.libvirt.socket}-ro"
            answer = self.tool.last(*DISKS_ONLY, "add=vda", "do", env={"LIBVIRT_DEFAULT_URI": uri})
            self.assert_answer(answer, "E_ACCESSDENIED", "read only", "read-write connection")
        with self.subTest("folder that QEMU may not enter"):
            self.in_libvirtd("chmod", "0700", folder)
            answer = self.tool.last(*DISKS_ONLY, "add=vda", "do")
            self.assert_answer(answer, "E_ACCESSDENIED", str(folder), "chmod o+x")
            self.in_libvirtd("chmod", "0711", folder)
        with self.subTest("no space while preparing"):
            self.in_libvirtd("mount", "-o", "remount,nr_inodes=3", folder)
            answer = self.tool.last(*DISKS_ONLY, "add=vda", "do")
            self.assert_answer(answer, "VSS_E_INSUFFICIENT_STORAGE", str(folder), "free space")
            self.in_libvirtd("mount", "-o", "remount,nr_inodes=100", folder)
        self.assertEqual(self.in_libvirtd("ls", folder).split(), ["a.qcow2"])
        self.assertEqual(self.requester.sets(), [])
        taken = self.requester.create("--policy=crash", "--volume=vda")
        self.requester.delete(taken)

    def make_small_folder(self):
        """A file system that only this libvirtd sees, and that goes with it."""
        folder = self.lab.images / "small"
        folder.mkdir()
        self.in_libvirtd("mount", "-t", "tmpfs", "-o", "size=200M,mode=0711", "tmpfs", folder)
        self.in_libvirtd("qemu-img", "create", "-q", "-f", "qcow2", folder / "a.qcow2", "32M")
        (folder / "a.qcow2").touch()  # what the laboratory sees: an image that is there
        return folder

    def in_libvirtd(self, *argv):
        """Runs a program in the mount namespace of this libvirtd."""
        return subprocess.run(
            [tools.find("nsenter"), "--mount", "--root", f"--target={self.lab.libvirt.pid}", "--",
             tools.find(argv[0]), *map(str, argv[1:])],
            check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
