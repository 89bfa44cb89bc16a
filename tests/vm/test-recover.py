#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is left half-way is found and put right, whoever died; and data that is nowhere else is
never removed, whatever somebody did to the domain's definition.
"""

import re
import xml.etree.ElementTree as ET

from lab import Disk, tools
from lab.provider_tool import ProviderTool, disk_options, set_id
from lab.tap import VmTest, main
from lab.truth import Truth

SIZE = 16 << 20
TARGETS = ("vda", "vdb")
STEPS = ("preflight", "prepare", "pre-commit", "commit", "post-commit")
PERSISTENT = "--context=25"  # VSS_CTX_NAS_ROLLBACK


class Recover(VmTest):
    """Two disks, qcow2 and raw."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest(
            [Disk("a", str(SIZE)), Disk("b", str(SIZE), format="raw")])
        self.domain = self.guest.domain
        self.tool = ProviderTool(self.lab, self.guest)
        self.files = self.lab.image_tools.files()
        self.old_xml = self.domain.virsh("dumpxml", "--inactive")
        self.images = {target: chain[0]
                       for target, chain in self.domain.chains_by_libvirt().items()}

    def write(self):
        self.truths = {target: Truth(self.guest, serial, SIZE)
                       for target, serial in zip(TARGETS, "ab")}
        for truth in self.truths.values():
            truth.wait_more(5)

    def define(self, text):
        file = self.lab.folder / "x" / "definition.xml"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o644)
        self.lab.virsh("define", file)

    def overlays(self):
        return [name for name in self.lab.image_tools.files() if name not in self.files]

    def assert_as_before(self):
        self.assertEqual(self.tool.sets(), {})
        self.assertEqual(self.lab.image_tools.files(), self.files)
        for inactive in (False, True):
            chains = self.domain.chains_by_libvirt(inactive)
            for target in TARGETS:
                self.assertEqual(chains[target], [self.images[target]])

    def assert_no_byte_lost(self, hashes):
        self.domain.destroy()
        for target, expected in hashes.items():
            self.assertEqual(self.lab.image_tools.content_hash(self.images[target]), expected)

    def test_requester_killed_after_each_step(self):
        self.write()
        for step in STEPS:
            with self.subTest(step=step):
                options = (*disk_options(TARGETS), f"--pause-after={step}")
                with self.tool.spawn("create", options=options) as process:
                    out = self.read_until(process, f"paused {step}")
                    if step != "preflight":
                        self.assert_in_progress(set_id(out), step)
                    process.kill()
                self.tool.run("recover")
                self.assert_as_before()
                for truth in self.truths.values():
                    truth.wait_more(2)
        self.assert_no_byte_lost({target: truth.stop() for target, truth in self.truths.items()})

    def read_until(self, process, line):
        out = ""
        for text in process.stdout:
            out += text
            if text.strip() == line:
                return out
        self.fail(f"never {line}: {out}")

    def assert_in_progress(self, identity, step):
        """While its owner lives, nobody undoes it, and nobody begins another."""
        self.assertIn(identity, self.tool.run("recover"))
        self.assertIn(identity, self.tool.sets())
        if step == "post-commit":
            return
        _, out = self.tool.create(("vda",), expect=(1,))
        self.assertIn("VSS_E_SNAPSHOT_SET_IN_PROGRESS", out)
        self.assertIn(identity, out)

    def test_foreign_definition_while_running(self):
        """Somebody defines the domain from an old XML: its next start would lose data."""
        identity, _ = self.tool.create(TARGETS, PERSISTENT)
        self.define(self.old_xml)
        self.assertEqual(self.domain.chains_by_libvirt(inactive=True)["vda"],
                         [self.images["vda"]])
        self.assertIn("stored definition", self.tool.run("recover"))
        live = self.domain.chains_by_libvirt()
        stored = self.domain.chains_by_libvirt(inactive=True)
        for target in TARGETS:
            self.assertEqual(stored[target][0], live[target][0])
        self.assertIn(identity, self.domain.virsh("dumpxml", "--inactive"))
        self.tool.run("delete", identity)
        self.assert_as_before()

    def test_records_lost(self):
        """Without the domain's metadata the copies beside the overlays are enough."""
        identity, _ = self.tool.create(TARGETS, PERSISTENT)
        self.domain.virsh("metadata", f"urn:virt-vss:set:{identity}", "--live", "--config",
                          "--remove")
        self.assertEqual(self.tool.sets(), {identity: "created"})
        self.tool.run("recover")
        self.assertIn(identity, self.domain.virsh("dumpxml"))
        self.tool.run("delete", identity)
        self.assert_as_before()

    def test_unmerged_data_stays(self):
        self.write()
        identity, _ = self.tool.create(TARGETS, PERSISTENT)
        for truth in self.truths.values():
            truth.wait_more(5)
        hashes = {target: truth.stop() for target, truth in self.truths.items()}
        right_xml = self.domain.virsh("dumpxml", "--inactive")
        overlays = self.overlays()
        self.domain.destroy()
        self.define(self.old_xml)
        for started in (False, True):
            if started:
                self.domain.start()
            out = self.tool.run("delete", identity, expect=(1,))
            self.assertIn("VSS_E_PROVIDER_VETO", out)
            out = self.tool.run("recover", expect=(5,))
            self.assertIn("newer data", out)
            self.assertEqual({name for name in self.overlays() if name.endswith(".qcow2")},
                             {name for name in overlays if name.endswith(".qcow2")})
        self.domain.destroy()
        self.define(ET.tostring(ET.fromstring(right_xml), encoding="unicode"))
        self.domain.start()
        self.tool.run("delete", identity)
        self.assert_as_before()
        self.assert_no_byte_lost(hashes)

    def test_libvirt_missed_the_end_of_a_merge(self):
        """QEMU is back on the image, libvirt names the overlay still: a libvirtd killed at the
        end of a merge leaves it so."""
        self.write()
        identity, _ = self.tool.create(TARGETS, PERSISTENT)
        nodes = {node["file"]: node["node-name"] for node in
                 self.domain.qmp("query-named-block-nodes", {"flat": True})
                 if node["drv"] != "file"}
        top, base = (nodes[file] for file in self.domain.chains_by_qemu()["vda"])
        self.domain.qmp("block-commit", {"job-id": "aside", "device": top, "top-node": top,
                                         "base-node": base})
        tools.wait_until(lambda: self.domain.block_jobs()[0]["ready"], 30, "the merge")
        self.domain.qmp("block-job-complete", {"device": "aside"})
        tools.wait_until(lambda: not self.domain.block_jobs(), 30, "the switch")
        for truth in self.truths.values():
            truth.wait_more(5)
        self.assertEqual(self.domain.chains_by_qemu()["vda"], [self.images["vda"]])
        self.assertEqual(len(self.domain.chains_by_libvirt()["vda"]), 2)
        self.mark_merged(identity)
        self.tool.run("recover")
        self.assert_as_before()
        for truth in self.truths.values():
            truth.wait_more(2)
        self.assert_no_byte_lost({target: truth.stop() for target, truth in self.truths.items()})

    def mark_merged(self, identity):
        """The record as delete writes it before it orders the switch of the first disk."""
        record = re.search(r"<vss-set:snapshot-set.*?</vss-set:snapshot-set>",
                           self.domain.virsh("dumpxml"), re.DOTALL).group()
        record = re.sub(r" xmlns:vss-set=(\S*['\"])", "", record).replace("vss-set:", "")
        for old, new in (('state="created"', 'state="deleting"'), ('merge="none"', 'merge="ready"')):
            self.assertIn(old, record)
            record = record.replace(old, new, 1)
        self.domain.virsh("metadata", f"urn:virt-vss:set:{identity}", "--live", "--config",
                          "--key", "vss-set", "--set", record)

    def test_shut_off(self):
        """A domain that doesn't run can't merge: nothing is touched, and the message says so."""
        identity, _ = self.tool.create(TARGETS)
        overlays = self.overlays()
        self.domain.destroy()
        out = self.tool.run("recover", expect=(5,))
        self.assertIn("start the domain", out)
        self.assertEqual(len(self.overlays()), len(overlays))
        self.domain.start()
        self.assertIn(identity, self.tool.run("recover"))
        self.assert_as_before()


if __name__ == "__main__":
    main()
