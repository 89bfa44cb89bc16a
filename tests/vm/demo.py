#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What contrib/demo shows: a set of a running machine, made, checked and deleted."""

import sys
import textwrap
import time

from lab import Disk, Lab, LabError, layout, sqlite
from lab.agent import Agent
from lab.checker import Checker
from lab.requester import Requester, images
from lab.tap import build_dir
from lab.workloads import FileWriter, Prober, SqliteLoad

FILES = 20
KINDS = ("ext4", "xfs", "lvm")
TRANSACTIONS = 50
DATABASE = "/srv/xfs/orders.db"
# One of VSS's contexts in which no writer is asked.
WITHOUT_WRITERS = "--context=nas-rollback"


def step(text):
    print(f"\n* {text}", flush=True)


def tell(text):
    print(textwrap.indent(text.rstrip("\n"), "  "), flush=True)


class Demo:
    """One machine, three file systems, a database, two sets."""

    def __init__(self, lab):
        self.lab = lab
        self.guest = None
        self.requester = None
        self.writers = {}
        self.probers = {}
        self.database = None

    def run(self):
        self.boot()
        self.start_writing()
        self.show("volumes")
        first = self.create(WITHOUT_WRITERS)
        self.forget_stalls()
        synced = {kind: writer.synced() for kind, writer in self.writers.items()}
        second = self.create()
        stall = max(prober.longest_ms() for prober in self.probers.values())
        tell(f"\nThe programs in the guest noticed: no write took longer than {stall:.0f} ms.")
        self.check(first, second, synced)
        self.delete(second)
        self.delete(first)
        self.show_end([first, second])

    def create(self, *arguments):
        known = {taken["snapshot-set-id"] for taken in self.requester.sets()}
        self.show("create", *arguments)
        taken, = [taken for taken in self.requester.sets()
                  if taken["snapshot-set-id"] not in known]
        return taken

    def boot(self):
        step("Booting a throw-away machine under a libvirt of its own")
        self.guest = self.lab.start_guest(
            [Disk("system", format="raw"), Disk("files", "400M"), Disk("pv-one"), Disk("pv-two")],
            name="demo")
        layout.plain(self.guest, "system", "ext4", "/srv/ext4")
        layout.plain(self.guest, "files", "xfs", "/srv/xfs")
        layout.lvm(self.guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        sqlite.install(self.guest, DATABASE)
        self.database = SqliteLoad(self.guest, DATABASE, pause_ms=20)
        Agent(self.guest, configuration=sqlite.CONFIGURATION).start()
        self.requester = Requester(self.lab, self.guest)
        tell(f"machine 'demo' ready after {self.guest.ready_after_s:.1f} s: ext4 on one disk, xfs "
             "on another,\next4 on a logical volume over two more; vss-agent runs in it, with a "
             "writer for SQLite")

    def start_writing(self):
        step("Starting programs: three write files and sync them, one commits transactions to "
             f"{DATABASE}")
        for kind in KINDS:
            self.writers[kind] = FileWriter(self.guest, f"/srv/{kind}", 5, name=f"writer-{kind}")
            self.probers[kind] = Prober(self.guest, f"/srv/{kind}/probe", name=f"prober-{kind}")
        for writer in self.writers.values():
            writer.wait_synced(FILES)
        self.database.wait_committed(TRANSACTIONS)

    def forget_stalls(self):
        for prober in self.probers.values():
            prober.forget()
            prober.wait_writes_again(30)

    def show(self, verb, *arguments):
        step(f"$ virt-vss {verb} demo {' '.join(arguments)}".rstrip())
        done = self.requester.run(verb, *arguments)
        tell(done.stdout + done.stderr)

    def check(self, first, second, synced):
        step("Looking into the images, from a second machine, while the first goes on")
        image = images(second)
        before = images(first)["vdb"]
        with Checker(self.lab, [*image.values(), before]) as checker:
            self.check_ext4(checker, "/srv/ext4", checker.device(image["vda"]), synced["ext4"])
            self.check_xfs(checker, checker.device(image["vdb"]), synced["xfs"])
            with checker.lvm(image["vdc"], image["vdd"]) as volumes:
                self.check_ext4(checker, "/srv/lvm", volumes["vg/lv"], synced["lvm"])
            self.check_databases(checker, before, second)

    def check_databases(self, checker, before, taken):
        step(f"What the writer added: {DATABASE} in both sets")
        alone, whole = self.look_into_database(checker, before)
        tell(f"level filesystem:  {max(alone['last'], 0)} transactions in the file, "
             f"{whole['last']} once SQLite has recovered it from its log")
        alone, whole = self.look_into_database(checker, images(taken)["vdb"])
        fault = sqlite.find_fault(taken, sqlite.freezes(self.guest)[-1], whole["last"],
                                  self.database.log())
        if alone != whole or fault:
            raise LabError(f"the database is not what it should be: {alone} {whole} {fault}")
        tell(f"level application: {alone['last']} transactions in the file, nothing to recover: "
             "all that were committed\n  before Freeze, none that was begun after it")

    def look_into_database(self, checker, image):
        with checker.mounted(checker.device(image)) as folder:
            name = f"{folder}/orders.db"
            alone, whole = sqlite.check_alone(checker, name), sqlite.check(checker, name)
        if whole["integrity"] != "ok" or whole["halves"]:
            raise LabError(f"the database is damaged: {whole}")
        return alone, whole

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

    def show_end(self, sets):
        for writer in self.writers.values():
            writer.wait_synced(writer.synced() + FILES)
        self.database.wait_committed(self.database.committed() + 1)
        chains = self.guest.domain.chains_by_qemu().values()
        overlays = [disk["overlay"] for taken in sets for disk in taken["disks"]]
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
