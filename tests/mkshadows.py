# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: mkshadows.py VOLUME START OLDEST NEXT...

Gives a volume shadow copies: older states of the same volume, the oldest first. What they need is
written to the volume from START on, which must be free in all of them. The layouts are those of
"Volume Shadow Snapshot (VSS) format" by Joachim Metz; Windows keeps the same in files below System
Volume Information, of which readers know nothing."""

import struct
import sys
import uuid

BLOCK = 0x4000
VSS = uuid.UUID("3808876b-c176-4e48-b7ae-04046e6cc752").bytes_le
VOLUME_HEADER, CATALOG, BLOCK_LIST, STORE_HEADER, RANGES, BITMAP = range(1, 7)
HEADER_AT = 0x1E00
FIRST_CREATED = 133500000000000000  # FILETIME, 2024-01-17
HOUR = 36_000_000_000


def identifier(number):
    return uuid.UUID(int=0x5F0D << 64 | number).bytes_le


def header(kind, relative, at, following=0, size=0):
    return struct.pack("<16sIIQQQQ", VSS, 1, kind, relative, at, following, size).ljust(128, b"\0")


def blocks_of(kind, entries, at, per_block):
    """Blocks that hold entries, each naming the next."""
    count = max(1, -(-len(entries) // per_block))
    for i in range(count):
        following = at + (i + 1) * BLOCK if i + 1 < count else 0
        data = b"".join(entries[i * per_block:(i + 1) * per_block])
        yield (header(kind, i * BLOCK, at + i * BLOCK, following) + data).ljust(BLOCK, b"\0")


class Writer:
    """Takes blocks one after the other from the free part of the volume."""

    def __init__(self, volume, start):
        self.volume, self.at = bytearray(volume), start

    def put(self, data):
        at = self.at
        assert len(data) % BLOCK == 0 and not any(self.volume[at:at + len(data)]), "not free"
        self.volume[at:at + len(data)] = data
        self.at += len(data)
        return at


def write_store(writer, number, older, newer, start):
    """What of the older state is another in the newer one; gives its two entries of the catalog."""
    changed = [at for at in range(0, start, BLOCK) if older[at:at + BLOCK] != newer[at:at + BLOCK]]
    data_at = writer.at
    for at in changed:
        writer.put(older[at:at + BLOCK])
    entries = [struct.pack("<QQQII", at, i * BLOCK, data_at + i * BLOCK, 0, 0) for i, at in enumerate(changed)]
    list_at = writer.at
    writer.put(b"".join(blocks_of(BLOCK_LIST, entries, list_at, 500)))
    ranges_at = writer.at
    ranges = [struct.pack("<QQQ", data_at, 0, len(changed) * BLOCK)]
    writer.put(b"".join(blocks_of(RANGES, ranges, ranges_at, 600)))
    bitmap_at = writer.put(header(BITMAP, 0, writer.at).ljust(BLOCK, b"\0"))  # every block is in use
    machine = "contoso".encode("utf-16-le")
    info = struct.pack("<16s16s16sIIII", identifier(0x100 + number), identifier(0x200 + number),
                       identifier(0x300 + number), 0x1D, 0, 0x420009, 0)
    info += 2 * (struct.pack("<H", len(machine)) + machine)
    head = header(STORE_HEADER, 0, writer.at, 0, len(info)) + info
    store_at = writer.put(head.ljust(BLOCK, b"\0"))
    created = FIRST_CREATED + number * HOUR
    first = struct.pack("<QQ16sQQQ", 2, len(older), identifier(number), number, 0x40, created)
    second = struct.pack("<QQ16sQQQQQQI", 3, list_at, identifier(number), store_at, ranges_at, bitmap_at,
                         0, BLOCK, 0, number)
    return [first.ljust(128, b"\0"), second.ljust(128, b"\0")]


def main(path, start, *states):
    start = int(start)
    states = [open(state, "rb").read() for state in states]
    current = open(path, "rb").read()
    writer = Writer(current, start)
    entries = []
    for number, (older, newer) in enumerate(zip(states, states[1:] + [current]), 1):
        entries += write_store(writer, number, older, newer, start)
    catalog_at = writer.at
    writer.put(b"".join(blocks_of(CATALOG, entries, catalog_at, 127)))
    head = header(VOLUME_HEADER, HEADER_AT, HEADER_AT)[:48]
    head += struct.pack("<QQ16s16s", catalog_at, 0, identifier(0x400), identifier(0x400))
    writer.volume[HEADER_AT:HEADER_AT + 512] = head.ljust(512, b"\0")
    with open(path, "r+b") as file:
        for at in range(0, len(current), BLOCK):
            if writer.volume[at:at + BLOCK] != current[at:at + BLOCK]:
                file.seek(at)
                file.write(writer.volume[at:at + BLOCK])


if __name__ == "__main__":
    main(*sys.argv[1:])
