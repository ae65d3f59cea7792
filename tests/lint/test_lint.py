#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checkers find what they are for: each breach of a rule in a small tree made for it."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import banned  # noqa: E402
import headers  # noqa: E402
import layers  # noqa: E402
import sizes  # noqa: E402
import tables  # noqa: E402
import tree  # noqa: E402

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
ROWS = {
    "include/ims/errors.def": 'ERR(BUG, 1, 1, 500, 0, "internal error")',
    "proto/messages.def": 'MSG(PING, ping, 1, Ping, ping, 64, ANY, ALWAYS, "a (b), c")',
    "proto/verbs.def": 'VERB(STATUS, status, 1, Empty, empty, Status, status, ROLE, "state")',
    "proto/kinds.def": 'KIND(contact, "c", Contact, contact, 4096, PUBLIC, HOME, "role", "a person")',
    "proto/journal.def": 'JOURNAL(SENT, "sent", "entries were sent")',
    "proto/peer.proto": "message Ping { uint64 nonce = 1; Part part = 2; }\nmessage Part {}",
    "proto/ctl.proto": "message Empty {}\nmessage Status {}",
    "proto/registry.proto": "message Contact {}",
    "node/registry/kind_contact_pb.c": "",
    "node/base/failpoint.def": 'FAIL(FOLDED, "folded", 0, "a promise")',
    "node/view/fold.c": "FAILPOINT(FOLDED);",
}


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        self.write("node/LAYERS", "base :\nstore : base\nview : base store\n")
        self.write("node/base/base.h", SPDX + "#ifndef BASE_BASE_H\n#define BASE_BASE_H\n#endif\n")
        self.write("node/store/store.c", SPDX)
        self.write("node/view/view.c", SPDX)
        self.write("tests/lint/exceptions.txt", "# none\n")

    def write(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        tree.files.cache_clear()
        tree.read.cache_clear()

    def finds(self, module, *expected):
        problems = module.check()
        self.assertEqual(len(problems), len(expected), problems)
        for problem, text in zip(problems, expected):
            self.assertIn(text, problem)


class Layers(Tree):
    def test_upwards_is_refused_and_downwards_is_not(self):
        self.write("node/view/view.c", SPDX + '#include "base/base.h"\n')
        self.write("node/base/base.c", SPDX + '#include "view/view.h"\n')
        self.finds(layers, "node/base/base.c:2: base may not include view/view.h")

    def test_a_cycle_cannot_be_written_down(self):
        self.write("node/LAYERS", "base :\nstore : base view\nview : base store\n")
        self.finds(layers, "store names view")

    def test_libraries_stay_behind_their_suffix(self):
        self.write("node/store/store_lmdb.c", SPDX + "#include <lmdb.h>\n#include <openssl/evp.h>\n")
        self.write("node/base/base.h", SPDX + '#include <lmdb.h>\n#include "pb/log.pb-c.h"\n')
        self.finds(layers, "suffix _lmdb", "suffix _pb", "suffix _openssl")

    def test_unknown_libraries_and_lost_headers(self):
        self.write("node/store/store.c", SPDX + '#include <zlib.h>\n#include "base/lost.h"\n')
        self.finds(layers, "no known library", "no node/base/lost.h")

    def test_internal_headers_are_internal(self):
        self.write("node/store/store_int.h", SPDX)
        self.write("node/view/view.c", SPDX + '#include "store/store_int.h"\n')
        self.finds(layers, "for the folder store alone")

    def test_comments_include_nothing(self):
        self.write("node/store/store.c", SPDX + '/*\n#include "view/view.h"\n*/\n')
        self.finds(layers)


class Sizes(Tree):
    def test_functions(self):
        body = "static int\nlong_one(int a,\n\t int b)\n{\n" + "\ta++;\n" * 57 + "}\n"
        self.write("node/store/store.c", body.replace("\ta++;\n", "", 2) + "\n" + body)
        self.finds(sizes, "store.c:62: long_one() has 62 lines, limit 60")

    def test_exceptions_only_shrink(self):
        self.write("node/base/base.h", "\n" * 260)
        for size, problem in ((259, ["260 lines, limit 259"]), (260, []), (261, ["lower the exception to 260"])):
            self.write("tests/lint/exceptions.txt", f"node/base/base.h lines - {size}\n")
            self.finds(sizes, *problem)
        self.write("node/base/base.h", "\n" * 250)
        self.finds(sizes, "remove the exception")


class Banned(Tree):
    def test_calls(self):
        self.write("node/view/view.c", SPDX + 'x = atoi("sleep(1)"); /* system() */\nprintf("a");\n')
        self.finds(banned, "atoi() is banned: 1", "printf() prints")

    def test_layout(self):
        self.write("node/view/view.c", "int a;\n \tint b; \n" + "x" * 121 + "\n// TO" "DO\n")
        self.finds(banned, "no SPDX", "a tab after a space", "end of the line", "longer than", "an open end")


class Headers(Tree):
    def test_alone_and_guarded(self):
        self.write("node/store/a.h", "#ifndef STORE_A_H\n#define STORE_A_H\nint a(size_t n);\n#endif\n")
        self.write("node/store/b.h", "#ifndef B_H\n#define B_H\n#endif\n")
        self.finds(headers, "a.h:1: not alone", "b.h:1: its guard is not STORE_B_H")


class Tables(Tree):
    def rows(self, **changed):
        for path, text in ROWS.items():
            self.write(path, changed.get(os.path.basename(path).replace(".", "_"), text) + "\n")

    def test_in_order(self):
        self.rows()
        self.finds(tables)

    def test_numbers_are_unique(self):
        self.rows(errors_def='ERR(BUG, 1, 1, 500, 0, "one")\nERR(IO, 1, 1, 500, 0, "two")')
        self.finds(tables, "errors.def:2: code 1 is taken by line 1")

    def test_rows_and_messages_agree(self):
        self.rows(peer_proto="message Ping { Part a = 1; repeated Part b = 2; }\nmessage Part {}\nmessage Bye {}")
        self.finds(tables, "message Bye has no row")
        self.rows(kinds_def='KIND(moa, "m", Moa, moa, 70000, PUBLIC, HOME, "about", "an agreement")')
        self.finds(tables, "no message Moa", "no node/registry/kind_moa_pb.c", "at most 65536")

    def test_failpoints_stand_in_the_code(self):
        self.rows(failpoint_def='FAIL(FOLDED, "folded", 1, "a promise")\nFAIL(SENT, "sent", 0, "a promise")')
        self.finds(tables, "whether FOLDED can fail", "no place in the code is SENT")


if __name__ == "__main__":
    unittest.main()
