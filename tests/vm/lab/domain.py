# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a test's domain consists of, and the libvirt XML for it."""

import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

TEST_PORT = "org.virtvss.test.0"
AGENT_PORT = "org.virtvss.agent.0"
QEMU_AGENT_PORT = "org.qemu.guest_agent.0"

TARGET_PREFIX = {"virtio": "vd", "scsi": "sd", "sata": "sd", "nvme": "sd"}
QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0"
NVME_FIRST_SLOT = 0x10


@dataclass
class Disk:
    """One disk. Its name is its file's stem, and its serial unless told otherwise.

    libvirt knows no emulated NVMe disks before 11.5: in its eyes one is a SCSI disk ("sda"), of
    which QEMU is told to make an NVMe controller with one namespace.
    """

    name: str
    size: str = "320M"
    format: str = "qcow2"
    bus: str = "virtio"
    serial: str | None = None
    wwn: str | None = None
    readonly: bool = False
    shareable: bool = False
    device: str = "disk"
    # Bytes a second the guest may write, in all: makes a slow disk, and a FIFREEZE that lasts.
    write_bytes_per_second: int | None = None
    write_operations_per_second: int | None = None
    cache: str | None = None
    # An image that exists already (a path); else the laboratory makes one of `size`.
    image: str | None = None
    # The image this one is an overlay of, with its format: the base stays as it is.
    backing: str | None = None
    backing_format: str | None = None
    # Filled in by the laboratory.
    target: str = ""

    @property
    def effective_serial(self):
        return self.serial if self.serial is not None else self.name


@dataclass
class Channel:
    """One virtio-serial port; without `path`, libvirt chooses where its socket is."""

    name: str
    path: str | None = None


@dataclass
class DomainSpec:
    """A small machine. The test port is always there; see Lab.start_guest for the rest."""

    name: str
    kernel: str
    initrd: str
    cmdline: str
    console: str
    disks: list = field(default_factory=list)
    channels: list = field(default_factory=list)
    memory_mib: int = 256
    cpus: int = 1
    machine: str = "q35"
    type: str = "qemu"
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))


def name_targets(disks):
    """Gives each disk its target name: vda, vdb, … and sda, sdb, … by bus."""
    used = {}
    for disk in disks:
        prefix = TARGET_PREFIX[disk.bus]
        number = used.get(prefix, 0)
        used[prefix] = number + 1
        disk.target = prefix + _letters(number)


def build_xml(spec):
    """The domain's XML."""
    domain = ET.Element("domain", type=spec.type)
    _text(domain, "name", spec.name)
    _text(domain, "uuid", spec.uuid)
    _text(domain, "memory", spec.memory_mib, unit="MiB")
    _text(domain, "vcpu", spec.cpus)
    system = ET.SubElement(domain, "os")
    _text(system, "type", "hvm", arch="x86_64", machine=spec.machine)
    _text(system, "kernel", spec.kernel)
    _text(system, "initrd", spec.initrd)
    _text(system, "cmdline", spec.cmdline)
    ET.SubElement(ET.SubElement(domain, "features"), "acpi")
    _add_cpu(domain, spec.type)
    for action, value in (("on_poweroff", "destroy"), ("on_reboot", "restart"),
                          ("on_crash", "destroy")):
        _text(domain, action, value)
    devices = ET.SubElement(domain, "devices")
    for disk in spec.disks:
        _add_disk(devices, disk)
    if any(disk.bus in ("scsi", "nvme") for disk in spec.disks):
        ET.SubElement(devices, "controller", type="scsi", index="0", model="virtio-scsi")
    ET.SubElement(devices, "controller", type="usb", model="none")
    ET.SubElement(devices, "controller", type="virtio-serial", index="0")
    for channel in spec.channels:
        add_channel(devices, channel)
    _add_console(devices, spec.console)
    ET.SubElement(devices, "memballoon", model="none")
    _override_drivers(domain, spec.disks)
    ET.indent(domain)
    return ET.tostring(domain, encoding="unicode")


def disk_xml(disk):
    """The XML of one disk, to plug it into a running domain."""
    holder = ET.Element("devices")
    _add_disk(holder, disk)
    return ET.tostring(holder[0], encoding="unicode")


def channel_xml(channel):
    """The XML of one port, to plug it into a running domain."""
    holder = ET.Element("devices")
    add_channel(holder, channel)
    return ET.tostring(holder[0], encoding="unicode")


def add_channel(devices, channel):
    element = ET.SubElement(devices, "channel", type="unix")
    if channel.path:
        ET.SubElement(element, "source", mode="bind", path=str(channel.path))
    ET.SubElement(element, "target", type="virtio", name=channel.name)


def _add_cpu(domain, kind):
    if kind == "kvm":
        ET.SubElement(domain, "cpu", mode="host-passthrough")
        return
    cpu = ET.SubElement(domain, "cpu", mode="custom", match="exact", check="none")
    _text(cpu, "model", "qemu64")
    # Else the kernel has no random numbers for some ten seconds, and mkfs waits for them.
    ET.SubElement(cpu, "feature", policy="require", name="rdrand")


def _add_disk(devices, disk):
    element = ET.SubElement(devices, "disk", type="file", device=disk.device)
    driver = ET.SubElement(element, "driver", name="qemu", type=disk.format, discard="unmap")
    if disk.cache:
        driver.set("cache", disk.cache)
    ET.SubElement(element, "source", file=str(disk.image))
    ET.SubElement(element, "target", dev=disk.target,
                  bus="scsi" if disk.bus == "nvme" else disk.bus)
    if disk.bus == "nvme":
        ET.SubElement(element, "alias", name=f"ua-{disk.name}")
    if disk.bus in ("scsi", "nvme"):
        # Without an address libvirt makes more controllers, of a kind the kernel doesn't know.
        unit = str(_number(disk.target[2:]))
        ET.SubElement(element, "address", type="drive", controller="0", bus="0", target="0",
                      unit=unit)
    _add_throttle(element, disk)
    if disk.readonly:
        ET.SubElement(element, "readonly")
    if disk.shareable:
        ET.SubElement(element, "shareable")
    if disk.effective_serial:
        _text(element, "serial", disk.effective_serial)
    if disk.wwn:
        _text(element, "wwn", disk.wwn)


def _override_drivers(domain, disks):
    """Makes NVMe disks of SCSI disks; each gets a slot of its own, which libvirt doesn't use."""
    nvme = [disk for disk in disks if disk.bus == "nvme"]
    if not nvme:
        return
    domain.set("xmlns:qemu", QEMU_NAMESPACE)
    override = ET.SubElement(domain, "qemu:override")
    for number, disk in enumerate(nvme):
        device = ET.SubElement(override, "qemu:device", alias=f"ua-{disk.name}")
        frontend = ET.SubElement(device, "qemu:frontend")
        for name in ("channel", "scsi-id", "lun", "device_id"):
            ET.SubElement(frontend, "qemu:property", name=name, type="remove")
        for name, value in (("driver", "nvme"), ("bus", "pcie.0"),
                            ("addr", hex(NVME_FIRST_SLOT + number))):
            ET.SubElement(frontend, "qemu:property", name=name, type="string", value=value)


def _add_throttle(element, disk):
    if not disk.write_bytes_per_second and not disk.write_operations_per_second:
        return
    tune = ET.SubElement(element, "iotune")
    if disk.write_bytes_per_second:
        _text(tune, "write_bytes_sec", disk.write_bytes_per_second)
    if disk.write_operations_per_second:
        _text(tune, "write_iops_sec", disk.write_operations_per_second)


def _add_console(devices, path):
    serial = ET.SubElement(devices, "serial", type="file")
    ET.SubElement(serial, "source", path=str(path))
    ET.SubElement(serial, "target", port="0")


def _text(parent, tag, value, **attributes):
    ET.SubElement(parent, tag, **attributes).text = str(value)


def _letters(number):
    """0 is a, 25 is z, 26 is aa: as the kernel counts disks."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _number(letters):
    """The other way round."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("a") + 1
    return number - 1
