# SPDX-License-Identifier: Apache-2.0
"""What the figures should come to, and how near they are; a table under that of the rows.

A goal is a factor of a peer or of a limit, both measured in the same run, or a figure alone."""

import rows as rows_module

# row, factor, of what: a peer, "limit" (of the row), or None: the factor is a figure
GOALS = (
    ("write_1", 0.85, "limit"), ("write_1", 0.9, "postgres"),
    ("write_64", 3, "etcd"), ("write_64", 4, "postgres"), ("write_64", 0.75, "redis"),
    ("catchup", 1.5, "etcd"), ("catchup", 3, "postgres"), ("catchup", 0.5, "limit"),
    ("backlog", 4, "postgres"),
    ("lag_p50_ms", 1.2, None), ("lag_p99_ms", 1, "openldap"),
    ("read_8", 25000, None),
    ("proof_make", 100000, None), ("proof_verify", 300000, None),
    ("disk_bytes", 1400, None),
    ("memory_own_bytes", 64e6, None), ("memory_own_bytes_1m", 64e6, None),
    ("start_s_1m", 0.13, None), ("start_killed_s_1m", 1, None),
    ("growth_load", 1, "limit"), ("growth_catchup", 1, "limit"), ("growth_origins", 1, "limit"),
)


def asked(rows, by_name, name, factor, of):
    """The figure to reach, or None where what it is measured by was not measured."""
    if of is None:
        return factor
    if of == "limit":
        limit = by_name[name]["limit"]
        return None if limit is None else factor * limit
    peer = rows.peer_median(of, name)
    return None if peer is None else factor * peer


def lines(rows):
    by_name = {row["name"]: row for row in rows.result()}
    for name, factor, of in GOALS:
        if name not in by_name:
            continue
        want = asked(rows, by_name, name, factor, of)
        if want is None:
            continue
        have, less_is_better = by_name[name]["median"], by_name[name]["unit"] in rows_module.SMALL
        reached = have <= want if less_is_better else have >= want
        yield (name, "%g x %s" % (factor, of) if of else "", rows_module.figure(want), rows_module.figure(have),
               "reached" if reached else "missed: %.2f of it" % (want / have if less_is_better else have / want))


def table(rows):
    return rows_module.aligned([("", "asked", "", "median", ""), *lines(rows)], "<<>><")
