# SPDX-License-Identifier: Apache-2.0
"""The tables: rows are unique and agree with the messages and files that they name."""

import os
import re

import tree

# table, macro, columns that are unique in it (0 is the first)
UNIQUE = [
    ("include/ims/errors.def", "ERR", {"name": 0, "code": 1, "text": 5}),
    ("proto/messages.def", "MSG", {"name": 0, "id": 2, "message": 3}),
    ("proto/verbs.def", "VERB", {"name": 0, "id": 2}),
    ("proto/kinds.def", "KIND", {"name": 0, "letter": 1, "message": 2}),
    ("proto/journal.def", "JOURNAL", {"name": 0, "text": 1}),
    ("node/base/failpoint.def", "FAIL", {"name": 0, "text": 1}),
]


def snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def messages(path):
    """(names of the messages, names of those that are a field of another)."""
    text = tree.code_only(tree.read(path))
    names = set(re.findall(r"\bmessage\s+(\w+)", text))
    parts = set(re.findall(r"[{;]\s*(?:repeated\s+|optional\s+)?([A-Z]\w*)\s+\w+\s*=", text))
    return names, parts & names


def check_unique(path, macro, columns):
    for column, at in columns.items():
        seen = {}
        for line, row in tree.rows(path, macro):
            first = seen.setdefault(row[at], line)
            if first != line:
                yield f"{path}:{line}: {column} {row[at]} is taken by line {first}"


def check_form(path, macro):
    """Every row has as many columns as the first."""
    rows = list(tree.rows(path, macro))
    if not rows:
        yield f"{path}:1: no row {macro}(...)"
    for line, row in rows:
        if len(row) != len(rows[0][1]):
            yield f"{path}:{line}: {len(row)} columns, not {len(rows[0][1])}"


def check_named(path, line, name, lower, known):
    if name not in known:
        yield f"{path}:{line}: there is no message {name}"
    if lower != snake(name):
        yield f"{path}:{line}: {lower} is not the lower form of {name}"


def check_messages():
    path, (known, parts) = "proto/messages.def", messages("proto/peer.proto")
    with_row = set()
    for line, row in tree.rows(path, "MSG"):
        with_row.add(row[3])
        yield from check_named(path, line, row[3], row[4], known)
        if row[1] != row[0].lower() or not 0 < int(row[2]) < 256 or not 0 < int(row[5]) <= 1 << 20:
            yield f"{path}:{line}: name, id or cap is not as the legend says"
    for name in sorted(known - parts - with_row):
        yield f"proto/peer.proto:1: message {name} has no row in {path}"


def check_verbs():
    path, known = "proto/verbs.def", messages("proto/ctl.proto")[0]
    for line, row in tree.rows(path, "VERB"):
        yield from check_named(path, line, row[3], row[4], known)
        yield from check_named(path, line, row[5], row[6], known)
        if row[1] != row[0].lower():
            yield f"{path}:{line}: {row[1]} is not {row[0]} in small letters"


def check_kinds():
    path, known = "proto/kinds.def", messages("proto/registry.proto")[0]
    for line, row in tree.rows(path, "KIND"):
        yield from check_named(path, line, row[2], row[3], known)
        if not os.path.exists(f"node/registry/kind_{row[0]}_pb.c"):
            yield f"{path}:{line}: there is no node/registry/kind_{row[0]}_pb.c"
        if not 0 < int(row[4]) <= 1 << 16:
            yield f"{path}:{line}: a payload has at most 65536 bytes"


def check_errors():
    path = "include/ims/errors.def"
    for line, row in tree.rows(path, "ERR"):
        if not 1 <= int(row[2]) <= 6 or not 400 <= int(row[3]) < 600 or row[4] not in "01":
            yield f"{path}:{line}: exit, http or retry is not as the legend says"
        if not re.match(r'"[a-zA-Z].*[^.]"$', row[5]):
            yield f"{path}:{line}: the text is one clause without a full stop"


def check_failpoints():
    path, text = "node/base/failpoint.def", "".join(tree.code_only(tree.read(name)) for name in tree.files(".c")
                                                    if name.startswith("node/"))
    used = re.findall(r"\bFAILPOINT(_ERR|_AT)?\((\w+)", text)
    for line, row in tree.rows(path, "FAIL"):
        ways = [way for way, name in used if name == row[0]]
        if not ways:
            yield f"{path}:{line}: no place in the code is {row[0]}"
        elif any(ways) != (row[2] == "1"):
            yield f"{path}:{line}: whether {row[0]} can fail is not as in the code"


def check():
    problems = []
    for path, macro, columns in UNIQUE:
        problems += check_form(path, macro) if os.path.exists(path) else [f"{path}:1: it is not there"]
    if problems:
        return problems  # the rest needs columns where the legend has them
    for table in UNIQUE:
        problems += check_unique(*table)
    for checker in (check_messages, check_verbs, check_kinds, check_errors, check_failpoints):
        problems += checker()
    return problems
