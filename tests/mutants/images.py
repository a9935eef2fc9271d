# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants of images and archives, and what was made of them.

    images.py make SEED FIRST COUNT FOLDER IMAGE FILE...
    images.py judge REPORT.json WANTED.json FOLDER

make writes mutants of an image as FOLDER/N; mutant N of a seed is always the same. Bytes of the FILEs stay
as they are where the image holds them as they are, or compressed without a checksum: nothing could tell that
they were changed. judge prints for each mutant "CLASS N", of these classes:

    same    what was audited gives the findings that are wanted, and nothing is said to be missing
    said    a diagnostic says what is wrong, or that nothing is there to audit
    wrong   other findings, of which nothing is said
    lost    the report says nothing at all about it"""

import json
import os
import random
import struct
import sys
import zlib

SECTOR = 512
CHANGES_MAX = 4
SPARE = 4096  # bytes that a mutant may be longer
ODD = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000,
       0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF)


class Image:
    """An image, where its structures are, and which sectors hold the bytes of files."""

    def __init__(self, path, files):
        self.data = open(path, "rb").read()
        kept = self.sectors_of(files) | self.compressed_sectors()
        used = [at for at in range(0, len(self.data), SECTOR)
                if at not in kept and len(set(self.data[at:at + SECTOR])) > 1]
        self.used = used or [0]
        self.hot = [at for at in used if at < 4096 or at >= len(self.data) - 1024 or self.is_record(at)] or self.used
        self.kept = kept

    def sectors_of(self, files):
        kept = set()
        for path in files:
            data = open(path, "rb").read()
            for at in range(0, len(data), SECTOR):
                piece = data[at:at + SECTOR]
                if len(piece) < 64 or len(set(piece)) < 4:
                    continue
                found = self.data.find(piece)
                while found >= 0:
                    kept.update(range(found // SECTOR * SECTOR, found + len(piece), SECTOR))
                    found = self.data.find(piece, found + 1)
        return kept

    def compressed_sectors(self):
        """Those of compressed clusters of a qcow2: raw deflate, which has no checksum either."""
        kept, data = set(), self.data
        if data[:4] != b"QFI\xfb":
            return kept
        cluster_bits, = struct.unpack_from(">I", data, 20)
        count, table = struct.unpack_from(">IQ", data, 36)
        size_bits = cluster_bits - 8
        for entry in struct.unpack_from(f">{count}Q", data, table):
            level_2 = entry & 0xFFFFFFFFFFFE00
            for cluster in struct.unpack_from(f">{(1 << cluster_bits) // 8}Q", data, level_2) if level_2 else ():
                if cluster >> 62 & 1:
                    at = cluster & (1 << 62 - size_bits) - 1
                    sectors = (cluster >> 62 - size_bits & (1 << size_bits) - 1) + 1
                    kept.update(range(at // SECTOR * SECTOR, (at // SECTOR + sectors) * SECTOR, SECTOR))
        return kept

    def is_record(self, at):
        """Whether records of NTFS, or directories of archives, are in this sector or begin just before it."""
        piece = self.data[max(0, at - SECTOR):at + SECTOR]
        return any(magic in piece for magic in (b"FILE0", b"INDX(", b"PK\1\2", b"PK\5\6", b"EFI PART", b"conectix",
                                                b"cxsparse", b"table", b"head", b"regi"))


class Mutant:
    def __init__(self, image, numbers):
        self.image, self.numbers = image, numbers
        self.data = bytearray(image.data)

    def place(self, unit=1):
        blocks = self.image.hot if self.numbers.random() < 0.7 else self.image.used
        return min(self.numbers.choice(blocks) + self.numbers.randrange(SECTOR) // unit * unit,
                   max(0, len(self.data) - 8))

    def put(self, at, data):
        """Bytes of files are not touched."""
        for i, byte in enumerate(data):
            if at + i < len(self.data) and (at + i) // SECTOR * SECTOR not in self.image.kept:
                self.data[at + i] = byte

    def flip_bits(self):
        for _ in range(self.numbers.randrange(1, 9)):
            at = self.place()
            self.put(at, bytes([self.data[at] ^ 1 << self.numbers.randrange(8)]))

    def change_number(self):
        size = self.numbers.choice((1, 2, 4, 8))
        at = self.place(size)
        order = self.numbers.choice(("little", "little", "little", "big"))
        old = int.from_bytes(self.data[at:at + size], order)
        new = self.numbers.choice((self.numbers.choice(ODD), old + self.numbers.randrange(-16, 17), old * 2, -old,
                                   old ^ 1 << self.numbers.randrange(8 * size), self.numbers.getrandbits(64)))
        self.put(at, (new % (1 << 8 * size)).to_bytes(size, order))

    def set_bytes(self):
        at = self.place()
        self.put(at, bytes([self.numbers.choice((0, 1, 0x7F, 0x80, 0xFF))]) * (1 << self.numbers.randrange(10)))

    def copy_block(self):
        size = 1 << self.numbers.randrange(13)
        source, at = self.place() // size * size, self.place() // size * size
        self.put(at, self.data[source:source + size])

    def truncate(self):
        del self.data[self.numbers.randrange(len(self.data) + 1):]
        self.data = self.data or bytearray(1)

    def extend(self):
        self.data += self.numbers.randbytes(self.numbers.randrange(1, SPARE))

    def change(self):
        changes = [self.change_number] * 4 + [self.flip_bits] * 3 + [self.set_bytes, self.copy_block]
        if self.numbers.random() < 0.1:
            changes += [self.truncate, self.extend]
        for _ in range(self.numbers.randrange(1, CHANGES_MAX + 1)):
            self.numbers.choice(changes)()
        if self.numbers.random() < 0.5:
            for repair in (repair_gpt, repair_vhd, repair_ewf, repair_seven):
                repair(self.data)


def repair_gpt(data):
    """Both headers of a GUID partition table, and the checksums of their tables (UEFI 5.3.2)."""
    for at in (SECTOR, len(data) - SECTOR):
        if data[at:at + 8] != b"EFI PART":
            continue
        size, = struct.unpack_from("<I", data, at + 12)
        table, count, each = struct.unpack_from("<QII", data, at + 72)
        if table * SECTOR + count * each <= len(data):
            struct.pack_into("<I", data, at + 88, zlib.crc32(data[table * SECTOR:table * SECTOR + count * each]))
        if 92 <= size <= SECTOR:
            struct.pack_into("<I", data, at + 16, 0)
            struct.pack_into("<I", data, at + 16, zlib.crc32(data[at:at + size]))


def repair_vhd(data):
    """Footer, its copy and header (Virtual Hard Disk Image Format Specification, 2006)."""
    for at, magic, size, field in ((0, b"conectix", 512, 64), (len(data) - 512, b"conectix", 512, 64),
                                   (512, b"cxsparse", 1024, 36)):
        if at >= 0 and data[at:at + 8] == magic and at + size <= len(data):
            struct.pack_into(">I", data, at + field, 0)
            struct.pack_into(">I", data, at + field, ~sum(data[at:at + size]) & 0xFFFFFFFF)


def repair_ewf(data):
    """The headers of sections, each of which names the next (EWF-E01)."""
    at, count = 13, 0
    while data[:3] == b"EVF" and at + 76 <= len(data) and count < 100:
        struct.pack_into("<I", data, at + 72, zlib.adler32(data[at:at + 72]))
        following, = struct.unpack_from("<Q", data, at + 16)
        at, count = following if following > at else len(data), count + 1


def repair_seven(data):
    """The start header and the end header (7zFormat.txt)."""
    if data[:2] != b"7z" or len(data) < 32:
        return
    offset, size = struct.unpack_from("<QQ", data, 12)
    if offset + size <= len(data):
        struct.pack_into("<I", data, 28, zlib.crc32(data[32 + offset:32 + offset + size]))
    struct.pack_into("<I", data, 8, zlib.crc32(data[12:32]))


def make(seed, first, count, folder, path, *files):
    image = Image(path, files)
    for n in range(int(first), int(first) + int(count)):
        mutant = Mutant(image, random.Random(f"{seed} {n} {os.path.basename(path)}"))
        mutant.change()
        with open(f"{folder}/{n:06}", "wb") as file:
            for at in range(0, len(mutant.data), 65536):  # what is zero becomes a hole
                piece = mutant.data[at:at + 65536]
                file.seek(at)
                if any(piece) or at + 65536 >= len(mutant.data):
                    file.write(piece)


def findings_of(evidence):
    """A hive in a folder whose name was changed is the same hive, and its name in the report says where it
    lies; why its DLLs were not looked for is something else, then."""
    return sorted(json.dumps([f["rule"], f["view"], f["key"], f["value"],
                              f["rule"] != "module-unverified" and f["message"]]) for f in evidence["findings"])


def class_of(parts, wanted):
    if not parts:
        return "lost"
    for part in parts:
        if part["status"] != "complete" or any(d["level"] != "note" for d in part["diagnostics"]):
            return "said"
    return "same" if all(findings_of(part) == wanted for part in parts) else "wrong"


def judge(report, wanted, folder):
    wanted = findings_of(json.load(open(wanted))["evidence"][0])
    try:
        evidence = json.load(open(report))["evidence"]
    except ValueError:
        evidence = []
    parts = {name: [] for name in sorted(os.listdir(folder))}
    for part in evidence:
        parts[part["name"][len(folder) + 1:][:6]].append(part)
    for name, found in parts.items():
        print(class_of(found, wanted), name)


if __name__ == "__main__":
    {"make": make, "judge": judge}[sys.argv[1]](*sys.argv[2:])
