# SPDX-License-Identifier: Apache-2.0
"""The layers: who includes what.

A folder of node/ includes itself and what node/LAYERS names, which is a topological order; a
third-party header stands only in a .c file with its library's suffix; our headers include none;
NAME_int.h is its folder's own.
"""

import os
import re

import tree

# library's suffix -> its headers
LIBRARIES = {
    "openssl": r"openssl/",
    "libevent": r"event2/",
    "lmdb": r"lmdb\.h$",
    "zstd": r"zstd(_errors)?\.h$",
    "pb": r"protobuf-c/|pb/.*\.pb-c\.h$",
    "confuse": r"confuse\.h$",
    "jansson": r"jansson\.h$",
    "archive": r"archive(_entry)?\.h$",
    "libxml2": r"libxml/",
    "sqlite": r"sqlite3\.h$",
}

SYSTEM = re.compile(
    r"(sys|netinet|net|arpa|linux)/\w+\.h$|"
    r"(assert|ctype|dirent|endian|errno|fcntl|float|fnmatch|ftw|getopt|glob|grp|inttypes|libgen|"
    r"limits|locale|malloc|math|netdb|poll|pthread|pwd|regex|sched|semaphore|setjmp|signal|spawn|stdalign|"
    r"stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|"
    r"threads|time|unistd)\.h$")


def library_of(header):
    return next((name for name, form in LIBRARIES.items() if re.match(form, header)), None)


def suffixes(path):
    """Libraries that a .c file's name claims: tls_libevent_openssl.c claims two."""
    found, words = set(), os.path.basename(path)[:-2].split("_")
    while len(words) > 1 and words[-1] in LIBRARIES:
        found.add(words.pop())
    return found if path.endswith(".c") else set()


def check_graph(graph):
    problems, seen = [], set()
    for name, below in graph.items():
        for other in below:
            if other not in seen:
                problems.append(f"node/LAYERS:1: {name} names {other}, which does not stand above it")
        seen.add(name)
        if not os.path.isdir(f"node/{name}"):
            problems.append(f"node/LAYERS:1: there is no folder node/{name}")
    for name in sorted(set(os.listdir("node")) - seen):
        if os.path.isdir(f"node/{name}") and any(
                path.startswith(f"node/{name}/") for path in tree.files(".c", ".h")):
            problems.append(f"node/LAYERS:1: node/{name} is not in it")
    return problems


def check_third_party(path, header):
    library = library_of(header)
    if library is None:
        return None if SYSTEM.match(header) else \
            f"<{header}> is of no known library: give it a row in tests/lint/layers.py"
    if library not in suffixes(path):
        return f"{header} belongs in a .c file with the suffix _{library}"
    return None


def check_ours(path, folder, allowed, header):
    first = header.partition("/")[0]
    if "/" not in header:
        return None if os.path.exists(f"proto/{header}") else \
            f'"{header}": say its folder ("{folder}/{header}")'
    if first == "ims":
        return None if os.path.exists(f"include/{header}") else f"no include/{header}"
    if folder == "ims":
        return f'"{header}": public headers include public headers only'
    if first not in allowed:
        return f"{folder} may not include {header}: node/LAYERS"
    if not os.path.exists(f"node/{header}"):
        return f"no node/{header}"
    if header.endswith("_int.h") and first != folder:
        return f"{header} is for the folder {first} alone"
    return None


def check_file(path, folder, allowed):
    problems, seen = [], set()
    for line, form, header in tree.includes(path):
        if form == "<" or header.startswith("pb/"):
            problem = check_third_party(path, header)
        else:
            problem = check_ours(path, folder, allowed, header)
        if header in seen and not header.endswith(".def"):
            problem = problem or f"{header} is included twice"
        seen.add(header)
        if problem:
            problems.append(f"{path}:{line}: {problem}")
    return problems


def check():
    graph = tree.layers()
    problems = check_graph(graph)
    for path in tree.files(".c", ".h", ".def"):
        parts = path.split(os.sep)
        if parts[0] == "node" and parts[1] in graph:
            problems += check_file(path, parts[1], {parts[1], *graph[parts[1]]})
        elif parts[0] == "include":
            problems += check_file(path, "ims", set())
        elif parts[:2] == ["tests", "unit"] and len(parts) > 3 and parts[2] in graph:
            problems += check_unit(path, parts[2], graph)
    return problems


def check_unit(path, folder, graph):
    """A unit test sees its folder and what lies below it, nothing above."""
    above = set(graph) - {folder, *graph[folder]}
    return [f"{path}:{line}: a test of {folder} may not include {header}: node/LAYERS"
            for line, form, header in tree.includes(path)
            if form == '"' and header.partition("/")[0] in above and "/" in header]
