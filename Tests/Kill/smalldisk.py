"""A small file system that is full for a while, again and again.

It is a tmpfs in a mount namespace of its own, kept by a process that does nothing else, so that it outlives the gateway.
Needs unshare(1) and nsenter(1), and either root or user namespaces.
"""

import os
import pathlib
import subprocess
import threading


class Unavailable(Exception):
    """This machine or user may not mount."""


class SmallDisk(threading.Thread):
    """Fills the file system to the brim, leaves it so for a moment, and takes the filling away."""

    def __init__(self, folder, mebibytes, random):
        super().__init__(name="small-disk", daemon=True)
        self.folder, self.random = pathlib.Path(folder), random
        self.folder.mkdir()
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        script = f"mount -t tmpfs -o size={mebibytes}m none '{folder}' && echo mounted && exec sleep 100000"
        self.keeper = subprocess.Popen(["unshare", *as_root, "--mount", "sh", "-c", script], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        if self.keeper.stdout.readline().strip() != "mounted":
            self.keeper.kill()
            raise Unavailable(f"cannot mount a small file system: {self.keeper.communicate()[1].strip()}")
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        # Commands that begin so see the file system; they stay the same process.
        self.enter = ["nsenter", "--target", str(self.keeper.pid), *user, "--mount", "--"]
        self.inside = pathlib.Path(f"/proc/{self.keeper.pid}/root{folder}")
        self.ending = threading.Event()
        self.times_full = 0

    def run(self):
        while not self.ending.wait(self.random.uniform(0.3, 2)):
            self.fill()
            self.ending.wait(self.random.uniform(0.05, 1))
            self.free()
        self.free()

    def fill(self):
        """Takes what is free but for a few pages, so that some small writes still succeed."""
        state = os.statvfs(self.inside)
        size = state.f_bavail * state.f_frsize - self.random.choice((0, 0, 1, 3, 16)) * 4096
        if size <= 0:
            return
        with open(self.inside / "filling", "wb") as filling:
            try:
                os.posix_fallocate(filling.fileno(), 0, size)
            except OSError:
                pass  # somebody else took some of it: full all the same
        self.times_full += 1

    def free(self):
        (self.inside / "filling").unlink(missing_ok=True)

    def stop(self):
        """Space returns for good."""
        self.ending.set()
        if self.is_alive():
            self.join()

    def end(self):
        self.stop()
        if self.keeper.poll() is None:
            self.keeper.kill()
            self.keeper.wait()
