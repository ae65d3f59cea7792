# SPDX-License-Identifier: Apache-2.0
"""bench.svg: how near each row comes to what the machine allows, by gnuplot."""

import os
import subprocess

from rows import SMALL

SCRIPT = """set terminal svg size 900,%(height)d font "sans,13" background "white"
set output "%(svg)s"
set title "Share of what this machine allows (1: all of it)"
set xrange [0:1.1]
set yrange [-0.7:%(rows)d.7] reverse
set grid xtics
set style fill solid 0.6
set lmargin 28
set ytics (%(names)s)
unset key
plot "-" using (0):0:(0):1:($0-0.3):($0+0.3) with boxxyerror linecolor rgb "#336699", \\
     "-" using 1:0:2 with labels left offset 0.5,0
%(shares)s
e
%(labels)s
e
"""


def share(row):
    return row["limit"] / row["median"] if row["unit"] in SMALL else row["median"] / row["limit"]


def draw(rows, folder):
    """A line that says where the picture is, or why there is none."""
    svg = os.path.join(folder, "bench.svg")
    held = [r for r in rows if r["limit"] and r["median"] > 0 and r["unit"] != "%"]
    script = SCRIPT % {
        "svg": svg, "height": 90 + 24 * len(held), "rows": len(held) - 1,
        "names": ", ".join('"%s" %d' % (r["name"].replace("_", "\\\\_"), i) for i, r in enumerate(held)),
        "shares": "\n".join("%.4f" % min(share(r), 1.05) for r in held),
        "labels": "\n".join('%.4f "%.2f"' % (min(share(r), 1.05), share(r)) for r in held)}
    try:
        done = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True)
    except FileNotFoundError:
        return "no picture: gnuplot is not here (deploy/install-packages bench)"
    return "no picture: " + done.stderr.strip() if done.returncode else svg
