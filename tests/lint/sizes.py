# SPDX-License-Identifier: Apache-2.0
"""Sizes: files, functions, includes.

What is larger stands in exceptions.txt with its very size, so that it can shrink and not grow.
"""

import re

import tree

LIMIT = {"lines": {".c": 500, ".h": 250, ".py": 700}, "function": 60, "includes": 20}


def functions(text):
    """(line, name, lines) of every function: K&R, so its braces stand alone in the first column."""
    lines = tree.code_only(text).split("\n")
    start = None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            start = number
            while start > 0 and lines[start - 1].strip() and not re.match(r"[}#]|.*;\s*$", lines[start - 1]):
                start -= 1
        elif line.startswith("}") and start is not None:
            head = " ".join(lines[start:number])
            name = re.search(r"(\w+)\s*\(", head)
            yield start + 1, name.group(1) if name else "?", number - start + 1
            start = None


def sizes(path):
    """All that has a limit in a file, as tree.ratchet() takes it."""
    text = tree.read(path)
    suffix = "." + path.rpartition(".")[2]
    lines = text.count("\n")
    yield path, 1, "lines", "-", lines, LIMIT["lines"][suffix], f"{lines} lines"
    if suffix == ".py":
        return
    includes = len(list(tree.includes(path)))
    yield path, 1, "includes", "-", includes, LIMIT["includes"], f"{includes} includes"
    for line, name, size in functions(text):
        yield path, line, "function", name, size, LIMIT["function"], f"{name}() has {size} lines"


def check():
    found = [size for path in tree.files(".c", ".h", ".py") for size in sizes(path)]
    return tree.ratchet({"lines", "includes", "function"}, found)
