#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the seed corpora into tests/fuzz/corpus/ (the roster's are kept as they are).

Seeds are the golden frames and payloads of tests/vectors, the fixtures of the importers, cut and
joined, and small texts by hand.
Run it after the vectors changed; files are named after what they hold, others are left alone.
"""

import gzip
import io
import os
import re
import struct
import subprocess
import tarfile
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
FRAMES = os.path.join(HERE, "..", "vectors", "frames")
TYPES = (*range(1, 15), 20, 21)  # rows of messages.def, which fuzz_scan.c counts
LEAVES = ("entry", "journal_row")
HEADER_BYTES = 5

INITIATIVE, ORGANISATION, CONTACT = 1, 0, 2  # rows of kinds.def
JSON = {
    "organisation": (ORGANISATION, '{"header":{"operator":"op1"},"name":"Technische Universit\u00e4t",'
                     '"country":"DE","links":[{"rel":"homepage","url":"https://x.example/"}],'
                     '"sources":[{"scheme":"cordis","id":"999"}]}'),
    "initiative": (INITIATIVE, '{"header":{"operator":"op1","named":["eu","mx"]},"title":[{"lang":"en",'
                   '"text":"Line\\nbreak \\u00e9 \\ud83d\\ude00"}],"domains":["a","b"],'
                   '"budget_hundredths":"-9223372036854775808","participants":[{"organisation":"eu-o-1",'
                   '"share_hundredths":12}],"source":null,"keywords":[]}'),
    "contact": (CONTACT, '{"name":"N","email":"n@x.example","languages":["en","es"]}'),
    "empty": (INITIATIVE, "{}"),
    "list": (INITIATIVE, "[]"),
    "problems": (INITIATIVE, '{"a/b~c":1,"title":[{"text":5}],"keywords":[null,"\\u0001"],"state":false}'),
    "deep": (INITIATIVE, "[" * 40),
    "twice": (CONTACT, '{"name":"a","name":"b"}'),
}

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
CHECKPOINT = f"ims.example/eu/1\n15368405\n{ROOT}\n"
LINE = ("\u2014 ims.example/eu Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo"
        "+zyWE+xeMcTOAYQ8=\n")
NOTES = {
    "checkpoint": CHECKPOINT,
    "signed": CHECKPOINT + "\n" + LINE,
    "cosigned": CHECKPOINT + "\n" + LINE + LINE.replace("/eu ", "/irs "),
    "extended": CHECKPOINT + "more\n\n" + LINE,
    "zero": f"ims.example/eu/1\n0\n{ROOT}\n\n" + LINE,
    "no-lines": CHECKPOINT + "\n",
    "vkey": "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "many-lines": CHECKPOINT + "\n" + LINE * 65,
}


def vector(name):
    with open(os.path.join(FRAMES, name)) as file:
        return bytes.fromhex("".join(line for line in file if not line.startswith("#")))


def write(target, name, data):
    directory = os.path.join(HERE, "corpus", target)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(data)


def wire():
    names = sorted(name[:-4] for name in os.listdir(FRAMES) if name.endswith(".hex"))
    frames = {name: vector(name + ".hex") for name in names if name not in LEAVES}
    for name, frame in frames.items():
        kind, message = frame[HEADER_BYTES - 1:HEADER_BYTES], frame[HEADER_BYTES:]
        write("fuzz_msg", name, kind + message)
        write("fuzz_msg", name + "-cut", kind + message[:len(message) * 2 // 3])
        write("fuzz_scan", name, bytes([list(TYPES).index(kind[0])]) + message)
    write("fuzz_verb", "status", b"\x01\x0a\x0bims.example\x12\x02eu\x1a\x05ready")
    write("fuzz_verb", "log-list", b"\x0d\x0a\x16\x0a\x10ims.example/eu/1\x12\x02eu")
    write("fuzz_verb", "empty", b"\x00")
    entries = frames["entries"]
    write("fuzz_msg", "unknown-fields", entries[4:] + b"\xa0\x06\x01\xaa\x06\x02xy\xb5\x06abcd")
    write("fuzz_msg", "want-not-packed", b"\x07\x12\x01o\x18\x01\x18\x02\x18\xac\x02")
    write("fuzz_msg", "nested-unknown", b"\x0b" + b"\x7a\x06\x7a\x04\x7a\x02\x7a\x00")
    write("fuzz_msg", "too-many", b"\x02" + b"\x78\x00" * 65)
    write("fuzz_frame", "all", b"".join(frames.values()))
    write("fuzz_frame", "one", frames["ping"])
    write("fuzz_frame", "cut", frames["ping"] + frames["hello"][:40])
    write("fuzz_frame", "unknown-type", frames["ping"] + b"\x00\x00\x00\x02\x63x")
    write("fuzz_frame", "above-cap", b"\x00\x00\x01\x00\x0b")
    write("fuzz_frame", "zero", b"\x00\x00\x00\x00")
    for name in LEAVES:
        leaf = vector(name + ".hex")
        write("fuzz_entry", name, leaf)
        write("fuzz_entry", name + "-cut", leaf[:len(leaf) // 2])
    write("fuzz_entry", "future-format", b"\x08\x02")
    write("fuzz_entry", "future-values", b"\x08\x01\x48\x63\x50\x63\xa2\x06\x01z")


def read(*path):
    with open(os.path.join(HERE, "..", "..", *path), "rb") as file:
        return file.read()


def files():
    table = re.findall(r"^KIND\((\w+)", read("proto", "kinds.def").decode(), re.M)
    folder = os.path.join(HERE, "..", "vectors", "kinds")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".hex"):
            payload = bytes.fromhex(read("tests", "vectors", "kinds", name).decode())
            kind = bytes([table.index(name[:-4].split("_")[0])])
            write("fuzz_registry", name[:-4], kind + payload)
            write("fuzz_registry", name[:-4] + "-cut", kind + payload[:len(payload) * 2 // 3])
    write("fuzz_csv", "quotes", b'1\xef\xbb\xbf"id";"na""me"\r\n"1";"a;b\nc"\n2;x;y\n"')
    write("fuzz_csv", "commas", b"0id,name\n1,a\n2\n\n,,\n")
    write("fuzz_csv", "platforms", b"0" + read("config", "reference", "platforms.csv"))
    write("fuzz_overlap_pb", "plain", b'{"title":"Soil \xc3\xbcber all","abstract":"Plastic mulch",'
          b'"keywords":["a","b"]}')
    write("fuzz_overlap_pb", "tagged", b'{"title":[{"lang":"es","text":"Suelo"}],"domains":"T02","acronym":null}')
    write("fuzz_nsf", "award", b'<?xml version="1.0"?><rootTag><Award><AwardTitle>T &amp; U</AwardTitle><AwardID>17'
          b"</AwardID><AwardEffectiveDate>07/01/2017</AwardEffectiveDate><AwardAmount>5</AwardAmount><Institution>"
          b"<Name>X</Name><CountryName>Mexico</CountryName></Institution></Award></rootTag>")
    write("fuzz_nsf", "entity", b'<!DOCTYPE a [<!ENTITY b "c">]><rootTag><Award>&b;</Award></rootTag>')
    write("fuzz_conf", "sample", read("config", "imsd.conf.sample"))
    write("fuzz_conf", "small", b'federation = "f.example"\nregion="eu"\ndata_dir=d\nroster_hash="' + b"0a" * 32
          + b'"\nring_bytes = "2MiB" # x\nhead_interval_ms=1s\n')
    proof = f"c2sp.org/tlog-proof@v1\nindex 1\n{ROOT}\n{ROOT}\n\n"
    write("fuzz_proof", "proof", (proof + NOTES["signed"]).encode())
    write("fuzz_proof", "extra", (proof.replace("index", "extra QUJD\nindex") + NOTES["cosigned"]).encode())
    write("fuzz_proof", "hashes", f"{ROOT}\n{ROOT}\n".encode())
    notes = "".join(f"note {len(NOTES[n].encode())}\n{NOTES[n]}" for n in ("signed", "zero"))
    write("fuzz_evidence", "one-size", ("ims-evidence/1\n" + notes).encode())
    write("fuzz_evidence", "two-sizes", (f"ims-evidence/1\nnode {ROOT}\nnode {ROOT}\n" + notes).encode())


def importers():
    folder = ("tests", "fixtures", "import")
    project, organization = (read(*folder, name + ".csv").split(b"\n") for name in ("project", "organization"))
    write("fuzz_cordis", "both", b"\n".join(organization[:4]) + b"\n%%\n" + b"\n".join(project[:4]) + b"\n")
    write("fuzz_cordis", "project", b"\n".join(project[:3]) + b"\n")
    write("fuzz_cordis", "organization", b"\n".join(organization[:6]) + b"\n")
    table, out = b"id;name\n1;a\n", io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("a.csv"), table)
        z.writestr(zipfile.ZipInfo("d/b.csv"), table)
    write("fuzz_archive", "zip", out.getvalue())
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
        info = tarfile.TarInfo("a.xml")
        info.size = len(table)
        t.addfile(info, io.BytesIO(table))
    write("fuzz_archive", "tar", out.getvalue()[:1536])
    write("fuzz_archive", "tar-gz", gzip.compress(out.getvalue()[:1536], mtime=0))
    write("fuzz_archive", "gz", gzip.compress(table, mtime=0))
    write("fuzz_archive", "plain", table)


# What `zstd -1 --no-check` makes of it, kept since Python has no such library.
PACK_TEXT = b"".join(b"Instituto de F\xc3\xadsica %d, organisation eu-o-%d; " % (i, i * 7) for i in range(9))
PACKED_TEXT = (
    "28b52ffd609c004d03004404496e7374697475746f2064652046c3ad7369636120302c206f7267616e697361"
    "74696f6e2065752d6f2d303b203137323134333231343835333536343237393835363b2010008016501ff818"
    "a81ba005a811d00cd402be0b6a04348baa6e8016501fa059e1a7f4")


def zstd_frame(size, blocks):
    """RFC 8878: a single segment, its size in two bytes."""
    return b"\x28\xb5\x2f\xfd\x60" + (size - 256).to_bytes(2, "little") + blocks


def meta_page(page, last_page, txn_id, root=1):
    """LMDB 0.9's: page header, magic, version, address, map, two trees, last page, transaction."""
    tree = struct.pack("=IHHQQQQQ", 4096, 8, 1, 0, 1, 0, 1, root)
    return struct.pack("=QHHI", page, 0, 8, 0) + struct.pack("=IIQQ", 0xBEEFC0DE, 1, 0, 1 << 20) + tree + tree + \
        struct.pack("=QQ", last_page, txn_id)


def disk():
    write("fuzz_ring", "one-flip", bytes([3, 1, 20, 0]) + bytes([0, 0x10, 0x30, 0, 1]))
    write("fuzz_ring", "round", bytes([8] + [120] * 8) + bytes([1, 0x20, 0, 0x90, 0, 2, 0x30, 0, 0, 0]))
    write("fuzz_ring", "header", bytes([1, 0]) + bytes([0, 0, 9, 0, 1]))
    write("fuzz_pack", "text", PACK_TEXT)
    write("fuzz_pack", "packed", bytes.fromhex(PACKED_TEXT))
    write("fuzz_pack", "one-letter", zstd_frame(300, (300 << 3 | 3).to_bytes(3, "little") + b"a"))
    write("fuzz_pack", "as-it-is", zstd_frame(300, (300 << 3 | 1).to_bytes(3, "little") + bytes(range(30)) * 10))
    write("fuzz_pack", "two-blocks", zstd_frame(400, (200 << 3 | 2).to_bytes(3, "little") + b"a"
                                                + (200 << 3 | 3).to_bytes(3, "little") + b"b"))
    write("fuzz_pack", "too-long", zstd_frame(65791, b"\1\0\0"))
    letters = (300 << 3 | 3).to_bytes(3, "little") + b"a"
    write("fuzz_pack", "followed", zstd_frame(300, letters) + b"\x50\x2a\x4d\x18\4\0\0\0hide")
    write("fuzz_pack", "twice", 2 * zstd_frame(300, letters))
    write("fuzz_pack", "with-a-window", b"\x28\xb5\x2f\xfd\x40\x58\x2c\0" + letters)
    write("fuzz_pack", "with-a-checksum", b"\x28\xb5\x2f\xfd\x64\x2c\0" + letters + b"\xc7\xcf\xcf\xb9")
    write("fuzz_pack", "of-before", b"\x27" + zstd_frame(300, letters)[1:])
    write("fuzz_pack", "most", zstd_frame(65536, (65536 << 3 | 3).to_bytes(3, "little") + b"a"))
    write("fuzz_pack", "of-unknown-size", b"\x28\xb5\x2f\xfd\0\x58\1\0\0")
    write("fuzz_meta", "whole", b"\x01\x00" + meta_page(0, 3, 1) + meta_page(1, 3, 2))
    write("fuzz_meta", "cut", b"\x00\xc0" + meta_page(0, 3, 1) + meta_page(1, 2, 2))
    write("fuzz_meta", "unborn", b"\x00\x80" + meta_page(0, 1, 0))
    write("fuzz_meta", "empty", b"\x00\x00")


def signatures():
    write("fuzz_signed", "checkpoint", b"\x00\x12\x01" + CHECKPOINT.encode())
    write("fuzz_signed", "text", b"\x00\x05\x00a\n\nb\n")
    for name in ("v1", "v2"):
        write("fuzz_roster_sig", name, read("tests", "vectors", "roster", name + ".note"))
    write("fuzz_roster_sig", "head", NOTES["cosigned"].encode())


def certificate(name, san):
    """Made once and kept: nobody can make the same key again."""
    path = os.path.join(HERE, "corpus", "fuzz_ident_openssl", name)
    if os.path.exists(path):
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", folder + "/key",
                        "-subj", "/CN=node", "-days", "36500", "-addext", "subjectAltName=" + san,
                        "-outform", "DER", "-out", folder + "/cert"], check=True, capture_output=True)
        with open(folder + "/cert", "rb") as file:
            write("fuzz_ident_openssl", name, file.read())


def main():
    wire()
    files()
    importers()
    disk()
    signatures()
    certificate("node", "URI:ims://ims.example/eu/node")
    certificate("two-names", "URI:ims://ims.example/eu/node,URI:ims://ims.example/mx/node")
    certificate("dns", "DNS:node.example")
    for name, (kind, text) in JSON.items():
        write("fuzz_json", name, bytes([kind]) + text.encode())
    for name, text in NOTES.items():
        write("fuzz_note", name, text.encode())


if __name__ == "__main__":
    main()
