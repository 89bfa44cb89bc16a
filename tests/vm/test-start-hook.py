#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""With the hook in place libvirt starts no domain on an image that lies below the overlay of a
snapshot set, whatever definition it has; and every other domain starts as before."""

import re
import uuid

from lab import Disk
from lab.errors import LabError
from lab.requester import Requester
from lab.staging import stage
from lab.tap import VmTest, main

HOOK = "50-virt-vss"


class StartHook(VmTest):
    """Root's libvirtd, with its hooks' folder."""

    as_root = True

    def setUp(self):
        super().setUp()
        folder = self.lab.folder / "x" / "hook"
        folder.mkdir()
        self.program = stage(self.lab.build_dir / "host-lib" / "hook" / "vss-start-check",
                             self.lab.build_dir, folder)
        hooks = self.lab.folder / "c" / "hooks" / "qemu.d"
        hooks.mkdir(parents=True)
        text = (self.lab.build_dir / "contrib" / "libvirt" / "qemu-hook").read_text()
        text, changed = re.subn(r"/[^$}]*/vss-start-check(?=})", str(self.program), text)
        self.assertEqual(changed, 1)
        (hooks / HOOK).write_text(text)
        (hooks / HOOK).chmod(0o755)
        # It looks for hooks when it starts.
        self.lab.libvirt.restart()

    def define(self, xml):
        file = self.lab.folder / "x" / "definition.xml"
        file.write_text(xml)
        self.lab.virsh("define", file)

    def assert_refused(self, name, *words):
        with self.assertRaises(LabError) as caught:
            self.lab.virsh("start", name)
        for word in ("must not start", "virsh edit", *words):
            self.assertIn(word, str(caught.exception))
        self.assertIn(name, self.lab.virsh("list", "--all", "--inactive", "--name").split())

    def test_definitions(self):
        guest = self.lab.start_guest([Disk("a", "16M"), Disk("b", "16M", format="raw")], wait=False)
        domain = guest.domain
        requester = Requester(self.lab, guest)
        old = domain.virsh("dumpxml", "--inactive")
        taken = requester.create("--policy=crash", "--volume=vda", "--volume=vdb")
        new = domain.virsh("dumpxml", "--inactive")
        images = {disk["target"]: disk for disk in taken["disks"]}
        domain.destroy()
        words = ("vda", images["vda"]["overlay"], taken["snapshot-set-id"])

        with self.subTest("the old definition, with the records"):
            self.define(self.with_images(new, images))
            self.assert_refused(guest.name, *words)
        with self.subTest("the old definition, without"):
            self.define(old)
            self.assert_refused(guest.name, *words)
        with self.subTest("a clone of it"):
            self.define(old.replace(f"<name>{guest.name}</name>", "<name>clone</name>")
                        .replace(domain.spec.uuid, str(uuid.uuid4())))
            self.assert_refused("clone", *words)
            self.lab.virsh("undefine", "clone")
        with self.subTest("the right one starts, and the set can be deleted"):
            self.define(new)
            domain.start()
            requester.delete(taken)
            domain.destroy()
        with self.subTest("no set, no danger"):
            self.define(old)
            domain.start()
            domain.destroy()
        with self.subTest("a hook without its program keeps nobody from starting"):
            domain.start()
            requester.create("--policy=crash", "--volume=vda")
            domain.destroy()
            self.define(old)
            self.assert_refused(guest.name)
            self.program.unlink()
            domain.start()

    def with_images(self, xml, disks):
        """The definition with every disk on the image below its overlay, records and all."""
        head, devices = xml.split("<devices>")
        for disk in disks.values():
            devices = devices.replace(disk["overlay"], disk["image"])
            self.assertNotIn(disk["overlay"], devices)
        return f"{head}<devices>{devices}"


if __name__ == "__main__":
    main()
