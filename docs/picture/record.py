#!/usr/bin/env python3
"""Records docs/picture/session.svg: rpush itself, in a terminal, against a registry of its own.

    cargo build --release && docs/picture/record.py target/release/rpush

Everything on the picture was printed by the program while this ran, at the speed at which it did; only typing is acted. The
picture is text with times: browsers play it once and then show the end, everything else shows the end at once.
"""

import fcntl
import hashlib
import json
import os
import pty
import random
import re
import select
import struct
import subprocess
import sys
import tarfile
import tempfile
import termios
import time
from html import escape
from io import BytesIO
from pathlib import Path

COLUMNS, ROWS = 96, 40
WIDTH, LINE, SIZE = 7.83, 18, 13
COLOURS = {31: "#f47067", 32: "#6bc46d", 33: "#daaa3f", 34: "#6cb6ff", 35: "#dcbdfb", 36: "#56d4dd"}
PLAIN, DIM, BACK = "#d0d7de", "#8b949e", "#161b22"
OUT = Path(__file__).with_name("session.svg")


class Screen:
    """As much of a terminal as progress bars need."""

    def __init__(self):
        self.rows = [[(" ", PLAIN, False)] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0
        self.colour, self.bold = PLAIN, False

    def feed(self, text):
        for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]|\x1b", text):
            if part.startswith("\x1b["):
                self.control(part[-1], part[2:-1])
            elif part == "\r":
                self.column = 0
            elif part == "\n":
                self.row += 1
                if self.row == ROWS:
                    sys.exit("the session does not fit on the screen")
            elif part >= " ":
                if self.column == COLUMNS:
                    self.row, self.column = self.row + 1, 0
                self.rows[self.row][self.column] = (part, self.colour, self.bold)
                self.column += 1

    def control(self, letter, parameter):
        if parameter.startswith("?"):
            return
        number = int(parameter.split(";")[0] or 0)
        if letter == "A":
            self.row = max(0, self.row - max(1, number))
        elif letter == "B":
            self.row += max(1, number)
        elif letter == "C":
            self.column += max(1, number)
        elif letter == "D":
            self.column = max(0, self.column - max(1, number))
        elif letter == "G":
            self.column = max(1, number) - 1
        elif letter == "K":
            first = 0 if number == 2 else self.column
            self.rows[self.row][first:] = [(" ", PLAIN, False)] * (COLUMNS - first)
        elif letter == "J":
            self.rows[self.row][self.column :] = [(" ", PLAIN, False)] * (COLUMNS - self.column)
            for row in range(self.row + 1, ROWS):
                self.rows[row] = [(" ", PLAIN, False)] * COLUMNS
        elif letter == "m":
            for code in (int(code or 0) for code in parameter.split(";")):
                if code == 0:
                    self.colour, self.bold = PLAIN, False
                elif code == 1:
                    self.bold = True
                elif code == 2:
                    self.colour = DIM
                elif code == 22:
                    self.bold = False
                elif code == 39:
                    self.colour = PLAIN
                elif code in COLOURS or code - 60 in COLOURS:
                    self.colour = COLOURS.get(code) or COLOURS[code - 60]
        else:
            sys.exit(f"this terminal does not know CSI {parameter}{letter}")

    def runs(self, row):
        """The row as pieces of one look each: column, text, colour, bold."""
        found = []
        for column, (character, colour, bold) in enumerate(self.rows[row]):
            if found and found[-1][2:] == (colour, bold):
                found[-1] = (found[-1][0], found[-1][1] + character, colour, bold)
            else:
                found.append((column, character, colour, bold))
        stripped = ((column + len(text) - len(text.lstrip()), text.strip(), *look) for column, text, *look in found)
        return tuple(run for run in stripped if run[1])


class Recording:
    """Which row looked how, from when to when."""

    def __init__(self):
        self.screen, self.now = Screen(), 0.0
        self.shown = [((), 0.0)] * ROWS
        self.pieces = []

    def show(self, text, seconds):
        self.screen.feed(text)
        self.keep()
        self.now += seconds

    def keep(self):
        for row in range(ROWS):
            runs, since = self.shown[row]
            if (new := self.screen.runs(row)) != runs:
                if runs:
                    self.pieces.append((row, runs, since, self.now))
                self.shown[row] = (new, self.now)

    def type(self, command):
        self.show("\x1b[32m$\x1b[0m ", 0.6)
        words = command.split(" ")
        for count in range(len(words)):
            self.show((" " if count else "") + words[count], 0.12)
        self.show("\r\n", 0.1)

    def run(self, command, environment):
        self.type(command)
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe("sh", ["sh", "-c", command], environment)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        before, waiting = time.monotonic(), b""
        while True:
            ready, _, _ = select.select([terminal], [], [], 0.05)
            try:
                waiting += os.read(terminal, 65536) if ready else b""
            except OSError:
                break
            moment = time.monotonic()
            # Twelve pictures a second are as many as anybody sees.
            if waiting and moment - before > 0.08:
                text, waiting = waiting.decode(errors="replace"), b""
                self.show(text, moment - before)
                before = moment
        self.show(waiting.decode(errors="replace"), 0.9)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            sys.exit(f"`{command}` failed")

    def svg(self):
        last = [(row, runs, since, None) for row, (runs, since) in enumerate(self.shown) if runs]
        height = (max(row for row, *_ in last) + 1) * LINE + 52
        width = round(COLUMNS * WIDTH) + 32
        out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="{SIZE}">',
            "<title>rpush in a terminal: load, tag, push, push again, ls</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{BACK}"/>',
            *(f'<circle cx="{18 + 18 * at}" cy="16" r="5" fill="{c}"/>' for at, c in enumerate(["#f47067", "#daaa3f", "#6bc46d"])),
            f'<g fill="{PLAIN}" xml:space="preserve">',
        ]
        for row, runs, since, until in sorted(self.pieces + last, key=lambda piece: piece[2]):
            spans = "".join(self.span(run) for run in runs)
            if until is None:
                time_ = f'<set attributeName="opacity" to="0" begin="0s" dur="{since:.2f}s"/>' if since else ""
                opacity = ""
            else:
                time_ = f'<set attributeName="opacity" to="1" begin="{since:.2f}s" dur="{until - since:.2f}s"/>'
                opacity = ' opacity="0"'
            out.append(f'<text y="{row * LINE + 48}"{opacity}>{spans}{time_}</text>')
        return "\n".join([*out, "</g>", "</svg>", ""])

    @staticmethod
    def span(run):
        column, text, colour, bold = run
        fill = "" if colour == PLAIN else f' fill="{colour}"'
        weight = ' font-weight="700"' if bold else ""
        length = round(len(text) * WIDTH, 1)
        return (
            f'<tspan x="{16 + column * WIDTH:.1f}" textLength="{length}" lengthAdjust="spacingAndGlyphs"{fill}{weight}>'
            f"{escape(text, quote=False)}</tspan>"
        )


def archive(path):
    """An image of four layers that nothing compresses, as `docker save` writes it."""
    random.seed(1)
    layers = []
    with tarfile.open(path, "w") as tar:

        def add(name, data):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, BytesIO(data))

        for name, size in [("usr/lib/base", 48), ("usr/bin/app", 24), ("srv/data", 12), ("etc/app.conf", 1)]:
            inner = BytesIO()
            with tarfile.open(fileobj=inner, mode="w") as layer:
                entry = tarfile.TarInfo(name)
                entry.size = size << 20
                layer.addfile(entry, BytesIO(random.randbytes(size << 20)))
            layers.append(hashlib.sha256(inner.getvalue()).hexdigest())
            add(f"{layers[-1]}/layer.tar", inner.getvalue())
        config = {
            "architecture": "amd64",
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}" for layer in layers]},
        }
        config = json.dumps(config).encode()
        name = hashlib.sha256(config).hexdigest() + ".json"
        add(name, config)
        manifest = [{"Config": name, "RepoTags": ["my-fancy-app:1.0.0"], "Layers": [f"{layer}/layer.tar" for layer in layers]}]
        add("manifest.json", json.dumps(manifest).encode())


def main():
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        (place / "bin").mkdir()
        (place / "bin/rpush").symlink_to(program)
        archive(place / "my-fancy-app.tar")
        os.chdir(place)
        environment = {
            "PATH": f"{place}/bin:{os.environ['PATH']}",
            "HOME": str(place),
            "TERM": "xterm-256color",
            "COLUMNS": str(COLUMNS),
            "DOCKER_HOST": f"unix://{place}/nobody.sock",
            "RPUSH_STORE": str(place / "store"),
        }
        server = subprocess.Popen(
            ["rpush", "serve", "--dir", "registry"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            while "end it with" not in server.stdout.readline():
                pass
            recording = Recording()
            name = "localhost:5000/my-fancy-app:1.0.0"
            for command in [
                "rpush load -i my-fancy-app.tar",
                f"rpush tag my-fancy-app:1.0.0 {name}",
                f"rpush push {name}",
                f"rpush push {name}",
                "rpush ls localhost:5000/my-fancy-app",
            ]:
                recording.run(command, environment)
            recording.keep()
        finally:
            server.terminate()
            server.wait()
        OUT.write_text(recording.svg())
        print(f"{OUT}: {OUT.stat().st_size} bytes, {recording.now:.1f} s")


main()
