# SPDX-License-Identifier: Apache-2.0
"""Each header compiles by itself, and twice, with a guard that is named after it."""

import concurrent.futures
import re
import subprocess

import tree

FLAGS = ("-std=gnu17 -fsyntax-only -Wall -Wextra -Werror -Wno-unused-function -D_GNU_SOURCE "
         "-Iinclude -Inode -Iproto -x c -").split()


def guard_of(name):
    return re.sub(r"\W", "_", name).upper()


def check_header(path):
    name = path.partition("/")[2]
    guard = guard_of(name)
    problems = []
    if not re.search(rf"^#ifndef {guard}\n#define {guard}\n", tree.read(path), re.MULTILINE):
        problems.append(f"{path}:1: its guard is not {guard}")
    done = subprocess.run(["gcc"] + FLAGS, input=f'#include "{name}"\n' * 2, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        first = next((line for line in done.stdout.splitlines() if "error" in line), "does not compile")
        problems.append(f"{path}:1: not alone: {first}")
    return problems


def check():
    paths = [path for path in tree.files(".h") if path.startswith(("node/", "include/"))]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [problem for found in pool.map(check_header, paths) for problem in found]
