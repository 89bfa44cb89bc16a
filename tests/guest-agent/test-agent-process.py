#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real agent and the real guard as processes, without root: nothing can be frozen, but all
that comes before and after it works, and what can't be done is said.

Arguments: vss-agent vss-thaw-guard.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from wire_client import WireClient, WireError

AGENT, GUARD = sys.argv.pop(1), sys.argv.pop(1)
DATA = Path(__file__).resolve().parents[2] / "guest-agent" / "data"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 30
SET = {"snapshot-set-id": "9fe4d6a3-7b12-4d5c-8c0a-5d1f2f6c1a11", "timeout-ms": 5000}


def wait_until(condition, what):
    limit = time.monotonic() + START_TIMEOUT_S
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError(f"waited for {what} for too long")
        time.sleep(0.01)


class AgentProcess(unittest.TestCase):
    """Each test has a folder, and an agent with a guard in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vss-agent-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.socket = self.folder / "agent.sock"
        self.guard_socket = self.folder / "guard.sock"

    def spawn(self, *command, **options):
        process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE,
                                   text=True, **options)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()

    def start_guard(self):
        guard = self.spawn(GUARD, f"--socket={self.guard_socket}")
        wait_until(self.guard_socket.exists, "the guard's socket")
        return guard

    def start_agent(self, *options, **more):
        agent = self.spawn(AGENT, "--config-dir", self.folder / "none",
                           f"--port={self.folder / 'port'}", f"--socket={self.socket}",
                           f"--guard-socket={self.guard_socket}",
                           f"--record={self.folder / 'record'}",
                           f"--writers-socket={self.folder / 'writers.sock'}", *options, **more)
        wait_until(lambda: self.socket.exists() or agent.poll() is not None, "the agent's socket")
        self.assertIsNone(agent.poll(), agent.stderr.read() if agent.poll() is not None else "")
        return agent

    def connect(self):
        limit = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                client = WireClient.connect(self.socket)
                break
            except ConnectionRefusedError:
                # A socket has its name a moment before it can be connected to.
                if time.monotonic() > limit:
                    raise
                time.sleep(0.01)
        self.addCleanup(client.close)
        return client

    def open(self, requester="a test"):
        return self.connect().open(requester)

    def run_agent(self, *options):
        return subprocess.run([AGENT, *map(str, options)], capture_output=True, text=True,
                              timeout=START_TIMEOUT_S, check=False)

    # -- questions --

    def test_hello_and_status(self):
        self.start_guard()
        self.start_agent()
        client = self.open("a curious one")
        self.assertEqual(client.hello["protocol-version"], 1)
        self.assertEqual(client.hello["limits"]["default-lease-ms"], 10000)
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self.assertEqual(client.hello["boot-id"], boot_id)
        self.assertAlmostEqual(client.hello["boot-time-ms"] / 1000,
                               time.clock_gettime(time.CLOCK_BOOTTIME), delta=5)
        status = client.call("vss-query-status")
        self.assertTrue(status["guard-alive"])
        self.assertIn("a curious one", status["log"][-1]["message"])
        freeze = client.call("vss-freeze-status")
        self.assertEqual((freeze["state"], freeze["mount-points"]), ("thawed", []))

    def test_volumes(self):
        self.start_agent()
        volumes = self.open().call("vss-query-volumes")["volumes"]
        with open("/proc/self/mountinfo", encoding="utf-8") as table:
            mounted = {line.split()[4] for line in table}
        for volume in volumes:
            self.assertIn(volume["mount-point"], mounted)
            self.assertRegex(volume["device-number"], r"^\d+:\d+$")

    def test_schema(self):
        self.start_agent()
        schema = self.open().call("vss-query-schema")["schema"]
        self.assertIn("vss-freeze", [command["name"] for command in schema["commands"]])

    # -- what isn't possible is said --

    def test_no_guard_no_freeze(self):
        self.start_agent()
        client = self.open()
        self.assertFalse(client.call("vss-query-status")["guard-alive"])
        with self.assertRaises(WireError) as caught:
            client.call("vss-prepare-for-snapshot", {**SET, "mount-points": ["/"]})
        self.assertEqual(caught.exception.error_class, "guard-missing")
        self.assertEqual(client.call("vss-freeze-status")["state"], "thawed")

    def test_guard_that_comes_later(self):
        self.start_agent()
        client = self.open()
        self.assertFalse(client.call("vss-freeze-status")["guard-alive"])
        self.start_guard()
        self.assertTrue(client.call("vss-freeze-status")["guard-alive"])

    def test_unknown_mount_point(self):
        self.start_guard()
        self.start_agent()
        client = self.open()
        with self.assertRaises(WireError) as caught:
            client.call("vss-prepare-for-snapshot",
                        {**SET, "mount-points": ["/there/is/no/such"]})
        self.assertEqual(caught.exception.error_class, "object-not-found")
        self.assertIn("/there/is/no/such", caught.exception.description)

    def test_out_of_sequence(self):
        self.start_guard()
        self.start_agent()
        client = self.open()
        with self.assertRaises(WireError):
            client.call("vss-freeze", {"generation": 1, "deadline-ms": 1 << 40,
                                       "timeout-ms": 1000})
        self.assertEqual(client.call("vss-thaw")["generation"], 0)
        self.assertEqual(client.call("vss-abort")["volumes"], [])
        with self.assertRaises(WireError) as caught:
            client.call("vss-thaw", {"generation": 99})
        self.assertEqual(caught.exception.error_class, "stale-generation")

    def test_no_session(self):
        self.start_agent()
        client = self.connect()
        client.synchronise()
        client.send("vss-query-status", ident="stale:1")  # dropped, not answered
        client.open()
        client.call("vss-ping")

    # -- hosts --

    def test_garbage(self):
        self.start_agent()
        client = self.connect()
        client.send_bytes(b"\x00\x01{{{[[[\n" + b"[" * 100000 + b"\n" + b"\xff\xff\n{}\n")
        client.open()
        client.send_bytes(b'{"execute": "vss-ping", "id": 1, "id": 2}\n')
        client.send_bytes(b'{"execute": "vss-abort"')
        client.open()
        client.call("vss-ping")

    def test_endless_line(self):
        agent = self.start_agent()
        client = self.connect()
        for _ in range(40):
            client.send_bytes(b"x" * 100000)
        client.open()
        with open(f"/proc/{agent.pid}/status", encoding="ascii") as status:
            resident_kib = next(int(line.split()[1]) for line in status
                                if line.startswith("VmRSS"))
        self.assertLess(resident_kib, 40000)

    def test_reconnect(self):
        self.start_agent()
        for _ in range(50):
            client = self.open()
            client.call("vss-ping")
            client.close()

    def test_several_hosts(self):
        self.start_agent()
        clients = [self.open(f"host {number}") for number in range(8)]
        for client in clients:
            client.call("vss-ping")

    # -- life --

    def test_stop(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            agent = self.start_agent()
            client = self.open()
            agent.send_signal(number)
            self.assertEqual(agent.wait(STOP_TIMEOUT_S), 0)
            client.wait_closed()
            self.assertFalse(self.socket.exists())
            self.assertIn("vss-agent stopped", agent.stderr.read())

    def test_nobody_reads_what_it_says(self):
        agent = self.start_agent()
        agent.stderr.close()
        for _ in range(3):
            self.open().close()
        self.open().call("vss-ping")
        self.assertIsNone(agent.poll())

    def test_after_kill(self):
        agent = self.start_agent()
        agent.kill()
        agent.wait()
        self.assertTrue(self.socket.exists())
        os.replace(self.socket, self.folder / "old.sock")
        self.start_agent()
        self.open().call("vss-ping")

    def test_socket_in_use(self):
        self.start_agent()
        second = self.run_agent(f"--config-dir={self.folder}", f"--socket={self.socket}",
                                f"--guard-socket={self.guard_socket}",
                                f"--port={self.folder / 'port'}",
                                f"--record={self.folder / 'record'}", "--writers-socket=")
        self.assertEqual(second.returncode, 1)
        self.assertIn(str(self.socket), second.stderr)
        self.open().call("vss-ping")

    def test_readiness(self):
        path = self.folder / "notify"
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(str(path))
        manager.settimeout(START_TIMEOUT_S)
        agent = self.start_agent(env={**os.environ, "NOTIFY_SOCKET": str(path)})
        self.assertEqual(manager.recv(100), b"READY=1")
        agent.terminate()
        self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_no_files_open_for_writing(self):
        agent = self.start_agent()
        self.open()
        for entry in Path(f"/proc/{agent.pid}/fdinfo").iterdir():
            target = os.readlink(f"/proc/{agent.pid}/fd/{entry.name}")
            flags = int(next(line.split()[1] for line in
                             entry.read_text(encoding="ascii").splitlines()
                             if line.startswith("flags")), 8)
            if entry.name not in "012" and target.startswith("/"):
                self.assertEqual(flags & os.O_ACCMODE, os.O_RDONLY, target)

    # -- settings --

    def test_check_config(self):
        config = self.folder / "agent.conf"
        config.write_text("[freeze]\nmax-volumes=5\n", encoding="ascii")
        good = self.run_agent("--check-config", f"--config={config}",
                              f"--config-dir={self.folder / 'none'}")
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        self.assertIn("max-volumes=5\n", good.stdout)
        config.write_text("[freeze]\nmax-volumes=many\n", encoding="ascii")
        bad = self.run_agent("--check-config", f"--config={config}")
        self.assertEqual(bad.returncode, 78)
        for part in (str(config), "[freeze]", "max-volumes", "many"):
            self.assertIn(part, bad.stderr)

    def test_sample_is_what_is_built_in(self):
        sample = DATA / "vss-agent.conf"
        uncommented = self.folder / "uncommented.conf"
        uncommented.write_text("".join(
            line[1:] if line.startswith("#") and "=" in line and " " not in line else line
            for line in sample.read_text(encoding="utf-8").splitlines(keepends=True)),
                               encoding="utf-8")
        nothing = f"--config-dir={self.folder / 'none'}"
        empty = self.folder / "empty.conf"
        empty.touch()
        built_in = self.run_agent("--check-config", nothing, f"--config={empty}")
        from_sample = self.run_agent("--check-config", nothing, f"--config={uncommented}")
        self.assertEqual(from_sample.stderr, "")
        self.assertEqual(from_sample.stdout, built_in.stdout)
        self.assertGreater(uncommented.read_text(encoding="utf-8").count("="), 9)

    def test_catalog_explains_every_event(self):
        source = DATA.parent / "vss-agent-log.c"
        known = re.findall(r'LOG_\w+, "([0-9a-f]{32})"', source.read_text(encoding="utf-8"))
        explained = re.findall(r"^-- ([0-9a-f]{32})$",
                               (DATA / "vss-agent.catalog").read_text(encoding="utf-8"), re.M)
        self.assertEqual(known, explained)
        self.assertGreater(len(known), 10)

    def test_options(self):
        self.assertEqual(self.run_agent("--version").stdout.split()[0], "vss-agent")
        help_text = self.run_agent("--help").stdout
        self.assertIn("--check-config", help_text)
        self.assertLessEqual(max(map(len, help_text.splitlines())), 80)
        for options in (["--nonsense"], ["word"]):
            wrong = self.run_agent(*options)
            self.assertEqual(wrong.returncode, 2)
            self.assertIn(options[0].lstrip("-"), wrong.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
