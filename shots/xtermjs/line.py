"""A command in a pseudo-terminal: keys come in on stdin, output goes to stdout, `COLUMNS ROWS` on descriptor 3 is a new size.

    python3 line.py COLUMNS ROWS COMMAND
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios

KEYS, OUTPUT, SIZES = 0, 1, 3


def resize(line, columns, rows):
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def write(line, data):
    while data:
        data = data[os.write(line, data):]


columns, rows, command = sys.argv[1:]
child, line = pty.fork()
if child == 0:
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TERM_PROGRAM="vscode")
    os.execvp(command, [command])
resize(line, columns, rows)
while True:
    ready, _, _ = select.select([line, KEYS, SIZES], [], [])
    try:
        data = {source: os.read(source, 1 << 16) for source in ready}
    except OSError:
        break
    if not all(data.values()):
        break
    write(OUTPUT, data.get(line, b""))
    write(line, data.get(KEYS, b""))
    for size in data.get(SIZES, b"").decode().splitlines():
        resize(line, *size.split())
