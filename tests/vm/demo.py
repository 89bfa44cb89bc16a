#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What contrib/demo shows: a set of a running machine, made, checked and deleted."""

import sys
import textwrap
import time

from lab import Disk, Lab, LabError, layout
from lab.agent import Agent
from lab.checker import Checker
from lab.requester import Requester, images
from lab.tap import build_dir
from lab.workloads import FileWriter, Prober

FILES = 20
KINDS = ("ext4", "xfs", "lvm")


def step(text):
    print(f"\n* {text}", flush=True)


def tell(text):
    print(textwrap.indent(text.rstrip("\n"), "  "), flush=True)


class Demo:
    """One machine, three file systems, one set."""

    def __init__(self, lab):
        self.lab = lab
        self.guest = None
        self.requester = None
        self.writers = {}
        self.probers = {}

    def run(self):
        self.boot()
        self.start_writing()
        self.show("volumes")
        self.forget_stalls()
        synced = {kind: writer.synced() for kind, writer in self.writers.items()}
        self.show("create")
        taken = self.requester.sets()[0]
        stall = max(prober.longest_ms() for prober in self.probers.values())
        tell(f"\nThe programs in the guest noticed: no write took longer than {stall:.0f} ms.")
        self.check(taken, synced)
        self.delete(taken)

    def boot(self):
        step("Booting a throw-away machine under a libvirt of its own")
        self.guest = self.lab.start_guest(
            [Disk("system", format="raw"), Disk("files", "400M"), Disk("pv-one"), Disk("pv-two")],
            name="demo")
        layout.plain(self.guest, "system", "ext4", "/srv/ext4")
        layout.plain(self.guest, "files", "xfs", "/srv/xfs")
        layout.lvm(self.guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        Agent(self.guest).start()
        self.requester = Requester(self.lab, self.guest)
        tell(f"machine 'demo' ready after {self.guest.ready_after_s:.1f} s: ext4 on one disk, xfs on "
             "another,\next4 on a logical volume over two more; vss-agent runs in it")

    def start_writing(self):
        step("Starting programs that write files and sync them, on all three")
        for kind in KINDS:
            self.writers[kind] = FileWriter(self.guest, f"/srv/{kind}", 5, name=f"writer-{kind}")
            self.probers[kind] = Prober(self.guest, f"/srv/{kind}/probe", name=f"prober-{kind}")
        for writer in self.writers.values():
            writer.wait_synced(FILES)

    def forget_stalls(self):
        for prober in self.probers.values():
            prober.forget()
            prober.wait_writes_again(30)

    def show(self, verb, *arguments):
        step(f"$ virt-vss {verb} demo {' '.join(arguments)}".rstrip())
        done = self.requester.run(verb, *arguments)
        tell(done.stdout + done.stderr)

    def check(self, taken, synced):
        step("Looking into the images, from a second machine, while the first goes on")
        image = images(taken)
        with Checker(self.lab, image.values()) as checker:
            self.check_ext4(checker, "/srv/ext4", checker.device(image["vda"]), synced["ext4"])
            self.check_xfs(checker, checker.device(image["vdb"]), synced["xfs"])
            with checker.lvm(image["vdc"], image["vdd"]) as volumes:
                self.check_ext4(checker, "/srv/lvm", volumes["vg/lv"], synced["lvm"])

    def check_ext4(self, checker, name, device, synced):
        state = checker.ext4(device)
        if state.needs_recovery or not state.is_clean:
            raise LabError(f"{name} is not clean:\n{state.report}")
        self.check_files(checker, f"{name}: clean, no journal to replay", device, synced)

    def check_xfs(self, checker, device, synced):
        state = checker.xfs(device)
        if not state.is_clean:
            raise LabError(f"/srv/xfs is not clean:\n{state.report}")
        self.check_files(checker, "/srv/xfs: clean", device, synced)

    def check_files(self, checker, text, device, synced):
        with checker.mounted(device) as folder:
            report = checker.verify_files(folder, synced)
        if report["wrong"]:
            raise LabError(f"files are missing or damaged: {report}")
        tell(f"{text}; all {synced} files that were synced before are there and right")

    def delete(self, taken):
        self.show("delete", taken["snapshot-set-id"])
        for writer in self.writers.values():
            writer.wait_synced(writer.synced() + FILES)
        chains = self.guest.domain.chains_by_qemu().values()
        overlays = [disk["overlay"] for disk in taken["disks"]]
        left = [path for path in overlays if path.rsplit("/", 1)[1] in self.lab.image_tools.files()]
        if any(len(chain) != 1 for chain in chains) or left:
            raise LabError(f"something is left: {list(chains)} {left}")
        tell("\nEvery disk has one image again, no file is left, and the programs write on.")


def main():
    started = time.monotonic()
    try:
        with Lab(build_dir()) as lab:
            Demo(lab).run()
            step("Cleaning up: the machines, their libvirt, their images")
    except LabError as error:
        sys.exit(f"demo: {error}")
    print(f"\nDone after {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
