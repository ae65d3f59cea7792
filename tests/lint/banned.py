# SPDX-License-Identifier: Apache-2.0
"""What stands in no file: banned functions, open ends, sloppy layout.

And what must stand in each: its licence, in the first lines.
"""

import os
import re

import tree

FUNCTIONS = re.compile(
    r"\b(strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|gets|alloca|atoi|atol|atoll|atof|system|popen|"
    r"tmpnam|mktemp|sleep|usleep|nanosleep|assert)\s*\(")
# Folders below the daemon's top neither print nor log, and take time and chance as arguments.
MAY_PRINT = {"base", "peer", "ctl", "main", "cli"}
PRINTS = re.compile(r"\b(printf|fprintf|vprintf|puts|fputs|putchar|perror|say)\s*\(")
PURE = {"merkle", "note", "wire", "ledger", "registry", "replication"}
IMPURE = re.compile(r"\b(clock_wall|clock_mono|clock_gettime|gettimeofday|time|rand|random|getrandom|"
                    r"random_bytes)\s*\(")
OPEN_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
LICENCE = "SPDX-License-Identifier: Apache-2.0"
CODE = (".c", ".h", ".py", ".sh", ".proto", ".def")
COLUMNS = 120


def is_script(path):
    return "." not in os.path.basename(path) and tree.read(path).startswith("#!")


def forbidden(path):
    """(pattern, why) of the calls that a file may not make."""
    folder = path.split(os.sep)[1] if path.startswith("node/") else None
    if path.startswith("tests/"):
        return [(re.compile(FUNCTIONS.pattern.replace("|assert", "")), "is banned")]
    found = [(FUNCTIONS, "is banned")]
    if folder and folder not in MAY_PRINT:
        found.append((PRINTS, f"prints: {folder} does not"))
    if folder in PURE:
        found.append((IMPURE, f"asks the machine: time and chance are arguments in {folder}"))
    return found


def calls(path):
    """Forbidden calls, each function with its count, as tree.ratchet() takes it."""
    text, first, count, reason = tree.code_only(tree.read(path)), {}, {}, {}
    for pattern, why in forbidden(path):
        for match in pattern.finditer(text):
            name = match.group(1)
            first.setdefault(name, tree.line_of(text, match.start()))
            count[name] = count.get(name, 0) + 1
            reason[name] = why
    for name in count:
        yield (path, first[name], "call", name, count[name], 0,
               f"{name}() {reason[name]}: {count[name]} here")


def check_layout(path, text):
    tabs = path.endswith((".c", ".h", ".def", ".proto"))
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield number, "space at the end of the line"
        indent = line[:len(line) - len(line.lstrip())]
        if " \t" in indent:
            yield number, "a tab after a space"
        if tabs and " " * 8 in indent:
            yield number, "indented by spaces, not by tabs"
        if path.endswith(".py") and "\t" in indent:
            yield number, "indented by tabs, not by spaces"
        if not path.endswith((".def", ".md")) and len(line.expandtabs(8)) > COLUMNS:
            yield number, f"longer than {COLUMNS} columns"
        if OPEN_ENDS.search(line):
            yield number, "an open end"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield text.count("\n") + 1, "the file does not end with one newline"


def check_licence(text):
    lines = text.split("\n")[:2]
    if LICENCE not in lines[lines[0].startswith("#!")]:
        yield 1, f"no {LICENCE}"


def check():
    problems = []
    for path in tree.files():
        code = path.endswith(CODE) or is_script(path)
        if not code and os.path.basename(path) not in ("Makefile", "LAYERS") and not path.endswith(".md"):
            continue
        text = tree.read(path)
        found = list(check_layout(path, text))
        if code:
            found += check_licence(text)
        problems += [f"{path}:{line}: {what}" for line, what in sorted(found)]
    return problems + tree.ratchet({"call"}, [call for path in tree.files(".c", ".h") for call in calls(path)])
