# SPDX-License-Identifier: Apache-2.0
"""The fuzz targets: one for each decoder of bytes that a stranger or a disk chooses.

    name        what to call it; SOURCE, or SOURCE.family of a source that takes several
    source      tests/fuzz/SOURCE.c
    kind        how expensive an execution is, and so how many a release asks for (CLASSES)
    max_bytes   of an input: enough for every rule, small enough to be fast
    first_byte  that the mutator keeps: the type of the message; None: any
"""

from collections import namedtuple

Target = namedtuple("Target", "name source kind max_bytes first_byte")

CLASSES = {
    "parser": 100_000_000,
    "signs": 10_000_000,    # makes or checks signatures: some 10,000 a second
    "files": 10_000_000,    # goes through system calls, or a library that does far more than parse
}

MESSAGES = {"hello": 1, "heads": 2, "roster_fetch": 3, "roster_notes": 4, "fetch": 5, "entries": 6, "want": 7,
            "payloads": 8, "cosign": 9, "evidence": 10, "ping": 11, "bye": 12,
            "blob_fetch": 13, "blobs": 14, "request": 20, "reply": 21}

TARGETS = [
    Target("fuzz_frame", "fuzz_frame", "parser", 256, None),
    Target("fuzz_scan", "fuzz_scan", "parser", 512, None),
    *(Target("fuzz_msg." + name, "fuzz_msg", "parser", 512, number) for name, number in MESSAGES.items()),
    Target("fuzz_entry", "fuzz_entry", "parser", 512, None),
    Target("fuzz_verb", "fuzz_verb", "parser", 512, None),
    Target("fuzz_registry", "fuzz_registry", "parser", 1024, None),
    Target("fuzz_json", "fuzz_json", "parser", 1024, None),
    Target("fuzz_note", "fuzz_note", "parser", 1024, None),
    Target("fuzz_proof", "fuzz_proof", "parser", 1024, None),
    Target("fuzz_evidence", "fuzz_evidence", "parser", 1024, None),
    Target("fuzz_roster", "fuzz_roster", "parser", 4096, None),
    Target("fuzz_conf", "fuzz_conf", "parser", 1024, None),
    Target("fuzz_csv", "fuzz_csv", "parser", 512, None),
    Target("fuzz_overlap_pb", "fuzz_overlap_pb", "parser", 1024, None),
    Target("fuzz_nsf", "fuzz_nsf", "parser", 1024, None),
    Target("fuzz_pack", "fuzz_pack", "parser", 1024, None),
    Target("fuzz_signed", "fuzz_signed", "signs", 512, None),
    Target("fuzz_roster_sig", "fuzz_roster_sig", "signs", 8192, None),
    Target("fuzz_cms_openssl", "fuzz_cms_openssl", "signs", 2048, None),
    Target("fuzz_ident_openssl", "fuzz_ident_openssl", "signs", 1024, None),
    Target("fuzz_cordis", "fuzz_cordis", "files", 2048, None),
    Target("fuzz_archive", "fuzz_archive", "files", 2048, None),
    Target("fuzz_ring", "fuzz_ring", "files", 128, None),
    Target("fuzz_meta", "fuzz_meta", "files", 320, None),
]
