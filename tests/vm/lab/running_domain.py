# SPDX-License-Identifier: LGPL-2.1-or-later
"""One libvirt domain of the run, and what libvirt and QEMU each say of it."""

import json
import time
import xml.etree.ElementTree as ET

from . import domain as description
from . import tools
from .errors import LabError

CONSOLE_TAIL = 3000


class Domain:
    """A domain, defined or transient. The image oracles are in images.py and checker.py."""

    def __init__(self, libvirt, spec, folder):
        self._libvirt = libvirt
        self._folder = folder
        self.spec = spec
        self.name = spec.name
        self.started_at = None

    def create(self, persistent):
        """Starts it: defined first, or transient."""
        file = self._folder / f"{self.name}.xml"
        file.write_text(description.build_xml(self.spec), encoding="utf-8")
        file.chmod(0o644)
        if persistent:
            self._libvirt.virsh("define", file)
            self.start()
        else:
            self.started_at = time.monotonic()
            self._libvirt.virsh("create", file)

    def start(self):
        self.started_at = time.monotonic()
        self._libvirt.virsh("start", self.name)

    def destroy(self):
        """Pulls the plug; a transient domain is gone then."""
        self._libvirt.virsh("destroy", self.name)

    def undefine(self):
        self._libvirt.virsh("undefine", self.name, "--snapshots-metadata")

    def is_persistent(self):
        return self.name in self._libvirt.virsh("list", "--all", "--persistent", "--name").split()

    def is_running(self):
        """By QEMU's process, so also while libvirtd is dead."""
        pid = self.qemu_pid
        return pid is not None and tools.process_state(pid) not in (None, "Z", "X")

    @property
    def qemu_pid(self):
        return self._libvirt.qemu_pid(self.name)

    def virsh(self, verb, *arguments, **options):
        """A virsh verb with this domain as its first argument."""
        return self._libvirt.virsh(verb, self.name, *arguments, **options)

    def xml(self, inactive=False):
        return ET.fromstring(self.virsh("dumpxml", *(["--inactive"] if inactive else [])))

    def qmp(self, command, arguments=None):
        """Asks QEMU itself, through libvirt's monitor."""
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        answer = json.loads(self.virsh("qemu-monitor-command", json.dumps(request)))
        if "error" in answer:
            raise LabError(f"QMP {command}: {answer['error']['desc']}")
        return answer["return"]

    def qemu_agent(self, command):
        """Asks QEMU's agent in the guest, which has to run."""
        answer = self.virsh("qemu-agent-command", json.dumps({"execute": command}))
        return json.loads(answer)["return"]

    def attach(self, part_xml):
        file = self._folder / f"{self.name}-part.xml"
        file.write_text(part_xml, encoding="utf-8")
        file.chmod(0o644)
        self.virsh("attach-device", file, "--live")

    def detach(self, part_xml):
        file = self._folder / f"{self.name}-part.xml"
        file.write_text(part_xml, encoding="utf-8")
        file.chmod(0o644)
        self.virsh("detach-device", file, "--live")

    def part_xml(self, kind, target):
        """The live XML of one device ("channel", "disk"), by its target's name: to unplug it."""
        for part in self.xml().findall(f"devices/{kind}"):
            if target in (part.find("target").get("name"), part.find("target").get("dev")):
                return ET.tostring(part, encoding="unicode")
        raise LabError(f"domain {self.name} has no {kind} {target}")

    # Where a disk's data is: two answers that must be the same, and are not after a crash.

    def chains_by_libvirt(self, inactive=False):
        """Target → files, the active one first, as libvirt's XML says.

        An inactive domain's XML names the active file only.
        """
        chains = {}
        for disk in self.xml(inactive).findall("devices/disk"):
            target = disk.find("target").get("dev")
            chains[target] = []
            layer = disk
            while layer is not None and layer.find("source") is not None:
                chains[target].append(layer.find("source").get("file"))
                layer = layer.find("backingStore")
        return chains

    def chains_by_qemu(self):
        """Target → files, the active one first, as QEMU's query-block says."""
        chains = {}
        by_device = self._targets_by_device()
        for block in self.qmp("query-block"):
            target = by_device.get(block.get("qdev"))
            if target is None or "inserted" not in block:
                continue
            chains[target] = []
            image = block["inserted"]["image"]
            while image:
                chains[target].append(image["filename"])
                image = image.get("backing-image")
        return chains

    def files_in_qemu(self):
        """All files behind any node of QEMU's block graph."""
        return {node["file"] for node in self.qmp("query-named-block-nodes", {"flat": True})
                if node["drv"] == "file"}

    def block_jobs(self):
        return self.qmp("query-block-jobs")

    def channel_path(self, name):
        """Where the host's end of a port is."""
        for channel in self.xml().findall("devices/channel"):
            if channel.find("target").get("name") == name:
                return channel.find("source").get("path")
        raise LabError(f"domain {self.name} has no channel {name}")

    def channel_state(self, name):
        """`connected` or `disconnected`, by what opened the port in the guest."""
        for channel in self.xml().findall("devices/channel"):
            if channel.find("target").get("name") == name:
                return channel.find("target").get("state", "disconnected")
        raise LabError(f"domain {self.name} has no channel {name}")

    def _targets_by_device(self):
        by_device = {}
        for disk in self.xml().findall("devices/disk"):
            alias, target = disk.find("alias").get("name"), disk.find("target").get("dev")
            # QEMU names a virtio disk by the path of its inner device.
            by_device[alias] = target
            by_device[f"/machine/peripheral/{alias}/virtio-backend"] = target
        return by_device

    def console_tail(self):
        try:
            with open(self.spec.console, encoding="utf-8", errors="replace") as file:
                return file.read()[-CONSOLE_TAIL:]
        except OSError as error:
            return f"(no console: {error})"
