# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: mkdifferencing.py PARENT.vhd CHILD.vhd NAME PIECE OFFSET

Writes a differencing VHD on a dynamic one, which it names NAME, with the bytes of PIECE at an offset
of the disk, both in whole sectors. The layout is that of the Virtual Hard Disk Image Format
Specification (Microsoft, 2006)."""

import struct
import sys
import uuid

SECTOR, BLOCK, BITMAP = 512, 2 << 20, 512
FOOTER, HEADER, TABLE = 512, 1024, 512
NO_BLOCK = 0xFFFFFFFF


def put_checksum(data, at):
    struct.pack_into(">I", data, at, ~sum(data) & 0xFFFFFFFF)


def footer_of(parent):
    footer = bytearray(parent[:FOOTER])
    struct.pack_into(">Q", footer, 16, FOOTER)  # of the header
    struct.pack_into(">I", footer, 60, 4)  # differencing
    footer[64:84] = bytes(4) + uuid.UUID(int=0xD1FF).bytes
    put_checksum(footer, 64)
    return footer


def header_of(parent, name, count, locator_at):
    header = bytearray(HEADER)
    struct.pack_into(">8sQQIII", header, 0, b"cxsparse", 2**64 - 1, FOOTER + HEADER, 0x10000, count, BLOCK)
    header[40:56] = parent[68:84]
    header[56:60] = parent[24:28]
    header[64:576] = name.encode("utf-16-be").ljust(512, b"\0")
    relative = (".\\" + name).encode("utf-16-le")
    struct.pack_into(">4sIIIQ", header, 576, b"W2ru", SECTOR, len(relative), 0, locator_at)
    put_checksum(header, 36)
    return header, relative.ljust(SECTOR, b"\0")


def blocks_of(piece, offset, first_at):
    """The table entries by block number, and the blocks."""
    entries, data = {}, b""
    for number in range(offset // BLOCK, (offset + len(piece) - 1) // BLOCK + 1):
        bitmap, block = bytearray(BITMAP), bytearray(BLOCK)
        for at in range(0, len(piece), SECTOR):
            sector = (offset + at - number * BLOCK) // SECTOR
            if 0 <= sector < BLOCK // SECTOR:
                bitmap[sector // 8] |= 0x80 >> sector % 8
                block[sector * SECTOR:(sector + 1) * SECTOR] = piece[at:at + SECTOR]
        entries[number] = (first_at + len(data)) // SECTOR
        data += bitmap + block
    return entries, data


def main(parent_path, child_path, name, piece_path, offset):
    with open(parent_path, "rb") as file:
        parent = file.read(FOOTER)
    with open(piece_path, "rb") as file:
        piece = file.read()
    size, = struct.unpack_from(">Q", parent, 48)
    count = -(-size // BLOCK)
    table_size = -(-4 * count // SECTOR) * SECTOR
    locator_at = FOOTER + HEADER + table_size
    header, locator = header_of(parent, name, count, locator_at)
    entries, data = blocks_of(piece, int(offset), locator_at + SECTOR)
    table = b"".join(struct.pack(">I", entries.get(i, NO_BLOCK)) for i in range(count)).ljust(table_size, b"\xff")
    footer = footer_of(parent)
    with open(child_path, "wb") as file:
        file.write(footer + header + table + locator + data + footer)


if __name__ == "__main__":
    main(*sys.argv[1:])
