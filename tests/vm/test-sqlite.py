#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""SQLite under load behind its writer: every image's database is whole, holds every transaction
that was committed before Freeze, and none that was begun after it."""

from lab import Disk, layout, sqlite
from lab.agent import Agent
from lab.checker import Checker
from lab.requester import Requester, SteppedCreate, images
from lab.tap import VmTest, main
from lab.workloads import SqliteLoad

SETS = 20
DATABASE = "/srv/load.db"


class SqliteUnderLoad(VmTest):
    """One guest, one database, many sets in quick succession."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([Disk("data", "400M")])
        layout.plain(self.guest, "data", "ext4", "/srv")
        sqlite.install(self.guest, DATABASE)
        self.load = SqliteLoad(self.guest, DATABASE)
        self.load.wait_committed(20)
        Agent(self.guest, configuration=sqlite.CONFIGURATION).start()
        self.requester = Requester(self.lab, self.guest)

    def test_every_image(self):
        taken = [self.take() for _ in range(SETS)]
        self.load.wait_committed(self.load.committed() + 1)
        freezes = sqlite.freezes(self.guest)
        self.assertEqual(len(freezes), SETS)
        found = self.look_into(taken)
        log = self.load.log()
        for one, freeze_us, database in zip(taken, freezes, found):
            self.check_one(one, freeze_us, database, log)
        self.note(f"{log[max(log)][2] / 1000000 - log[1][0] / 1000000:.0f} s of load, "
                  f"{max(log)} transactions, {SETS} sets, "
                  f"{[database['last'] for database in found]}")

    def take(self):
        taken = self.requester.create("--policy=require-application")
        self.assertEqual(taken["consistency"], "application", taken)
        return taken

    def look_into(self, taken):
        """What each set's image holds; all images in one checker."""
        all_images = [images(one)["vda"] for one in taken]
        found = []
        with Checker(self.lab, all_images) as checker:
            for image in all_images:
                with checker.mounted(checker.device(image)) as folder:
                    alone = sqlite.check_alone(checker, f"{folder}/load.db")
                    found.append(sqlite.check(checker, f"{folder}/load.db"))
                self.assertEqual(alone, found[-1], "the log is needed")
        return found

    def check_one(self, taken, freeze_us, database, log):
        last = database["last"]
        self.assertEqual(database["integrity"], "ok", database)
        # Both halves of each of 1 to `last`, and nothing else.
        self.assertEqual((database["count"], database["halves"]), (last, 0), database)
        self.assertIsNone(sqlite.find_fault(taken, freeze_us, last, log))

    def test_nothing_is_committed_in_the_window(self):
        """Looked at from within: frozen, the load stands still at what the image holds."""
        create = SteppedCreate.stopped_in("commit", self.lab, self.guest, "--lease=30")
        held = self.load.committed()
        self.guest.run("sleep 1", lab=True)
        self.assertEqual(self.load.committed(), held)
        create.resume()
        status, taken, message = create.finish()
        self.assertEqual(status, 0, message)
        self.assertEqual(taken["consistency"], "application")
        self.load.wait_committed(held + 1)
        database, = self.look_into([taken])
        self.assertEqual((database["integrity"], database["last"], database["count"]),
                         ("ok", held, held))


if __name__ == "__main__":
    main()
