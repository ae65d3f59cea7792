# SPDX-License-Identifier: Apache-2.0
"""What the checkers share: the tree's files, C without comments, rows of .def tables.

A checker is a module with check() -> list of problems, each "PATH:LINE: what is wrong". Paths are
relative to the repository, which is the current directory (tests/lint/run sees to that).
"""

import functools
import os
import re

SKIPPED = {".git", "build", "__pycache__"}


@functools.lru_cache(maxsize=None)
def files(*suffixes):
    """Every file of the tree with one of the suffixes (none: all), sorted."""
    found = []
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(set(folders) - SKIPPED)
        found += [os.path.relpath(os.path.join(folder, name)) for name in names]
    return sorted(path for path in found if path.endswith(suffixes or "") and os.path.isfile(path))


@functools.lru_cache(maxsize=None)
def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


_COMMENT_OR_STRING = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def without_comments(text):
    """C or .proto with comments blanked; lines and columns stay."""
    return _COMMENT_OR_STRING.sub(
        lambda m: _blank(m) if m.group().startswith("/") else m.group(), text)


def code_only(text):
    """Comments, and what stands between quotes, blanked."""
    return _COMMENT_OR_STRING.sub(_blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes(path):
    """(line, form, name) of every #include; form is '<' or '"'."""
    text = without_comments(read(path))
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">\n]+)[>"]', text, re.MULTILINE):
        yield line_of(text, match.start()), match.group(1), match.group(2)


def layers():
    """Folder -> folders it may include, in the order of node/LAYERS."""
    graph = {}
    for line in read("node/LAYERS").splitlines():
        if line and not line.startswith("#"):
            name, _, below = line.partition(":")
            graph[name.strip()] = below.split()
    return graph


def _arguments(text, start):
    """Arguments of a macro call whose "(" ends at start; quotes and nesting are respected."""
    found, depth, begin, position = [], 0, start, start
    while position < len(text):
        char = text[position]
        if char in "\"'":
            position = _COMMENT_OR_STRING.match(text, position).end()
            continue
        if depth == 0 and char in ",)":
            found.append(" ".join(text[begin:position].split()))
            begin = position + 1
            if char == ")":
                return found
        depth += {"(": 1, ")": -1}.get(char, 0)
        position += 1
    return found


def rows(path, macro):
    """(line, arguments) of every row MACRO(...) of a table."""
    text = without_comments(read(path))
    for match in re.finditer(rf"^{macro}\(", text, re.MULTILINE):
        yield line_of(text, match.start()), _arguments(text, match.end())


EXCEPTIONS = "tests/lint/exceptions.txt"


def ratchet(rules, found):
    """Problems of what is above its limit; exceptions of these rules allow exactly what is there.

    found: (path, line, rule, name, size, limit, what) of everything that has a limit.
    """
    problems, left = [], {}
    for number, line in enumerate(read(EXCEPTIONS).splitlines(), 1):
        path, rule, name, size = line.split() if line and line[0] != "#" else ("", "", "", 0)
        if rule in rules:
            left[path, rule, name] = (number, int(size))
    for path, line, rule, name, size, limit, what in found:
        if size <= limit:
            continue
        where, allowed = left.pop((path, rule, name), (0, limit))
        if size > allowed:
            problems.append(f"{path}:{line}: {what}" + (f", limit {allowed}" if allowed else ""))
        elif size < allowed:
            problems.append(f"{EXCEPTIONS}:{where}: {path}: {what}: lower the exception to {size}")
    for (path, rule, name), (where, _) in left.items():
        problems.append(f"{EXCEPTIONS}:{where}: {path} {rule} {name} is in order now: remove the exception")
    return problems
