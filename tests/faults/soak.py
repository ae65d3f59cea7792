# SPDX-License-Identifier: Apache-2.0
"""Row G7: a federation of four under a steady load for a long time; nothing may grow that has no
reason to. Samples are kept as JSON and drawn as SVG."""

import json
import os
import time

import procfs
import writers
from world import Broken, harness

RATE = 200                 # writes a second
SAMPLES = 200              # at least so many, evenly
SHORTEST_S = 1.0
SYNC_S = 30
# Growth over the last third that still counts as none.
ANON_KIB = 4096            # allocator's slack
FDS = 4
READERS = 2
DISK_BYTES = 160 << 20     # of a node, beside
ENTRY_BYTES = 4096         # so much for each write of the federation
CHECKED = 2000             # acknowledged writes that are read back on every node
PANELS = (("anon_kib", "anonymous memory, KiB"), ("rss_kib", "resident memory with the file's pages, KiB"),
          ("fds", "file descriptors"), ("readers", "reader slots ever taken at once"),
          ("data_bytes", "database and commit log, bytes"), ("cpu_s", "processor time, s"))
WIDTH, HEIGHT, LEFT, GAP = 900, 150, 90, 46
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")


def sample(box, began):
    row = {"t": round(time.monotonic() - began, 2)}
    for region, node in box.nodes.items():
        pid = node.pid()
        memory = procfs.memory(pid)
        slots, open_now = procfs.readers(node.path("data"))
        row[region] = {"anon_kib": memory["RssAnon"], "rss_kib": memory["VmRSS"], "fds": procfs.fds(pid),
                       "readers": slots, "reading": open_now, "threads": memory["Threads"],
                       "data_bytes": procfs.disk_bytes(node.path("data")), "log_bytes": os.path.getsize(node.log),
                       "cpu_s": procfs.cpu_s(pid)}
    return row


def growth(samples, region, name):
    """How much it grew over the last third, by the line of least squares."""
    rows = samples[-max(len(samples) // 3, 2):]
    xs, ys = [r["t"] for r in rows], [r[region][name] for r in rows]
    x0, y0 = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - x0) ** 2 for x in xs)
    return (xs[-1] - xs[0]) * sum((x - x0) * (y - y0) for x, y in zip(xs, ys)) / spread if spread else 0.0


def judge(samples, acked):
    """What grew that should not; texts."""
    wrong = []
    for region in [key for key in samples[0] if key != "t"]:
        for name, bound in (("anon_kib", ANON_KIB), ("fds", FDS), ("readers", READERS), ("threads", 1)):
            grew = growth(samples, region, name)
            if grew > bound:
                wrong.append("%s: %s grew by %.1f over the last third" % (region, name, grew))
        if samples[-1][region]["data_bytes"] > DISK_BYTES + ENTRY_BYTES * len(acked):
            wrong.append("%s: %d bytes for %d entries" % (region, samples[-1][region]["data_bytes"], len(acked)))
    if not acked:
        wrong.append("nothing was acknowledged")
    return wrong


def draw(samples, path):
    """All panels, one below the other, a line for each node."""
    regions = [key for key in samples[0] if key != "t"]
    end = max(samples[-1]["t"], 1)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
           'font-size="12">' % (LEFT + WIDTH + 20, len(PANELS) * (HEIGHT + GAP) + 20),
           '<rect width="100%" height="100%" fill="white"/>']
    for number, (name, title) in enumerate(PANELS):
        top = number * (HEIGHT + GAP) + 28
        highest = max(max(row[r][name] for row in samples for r in regions), 1) * 1.05
        out.append('<text x="%d" y="%d">%s</text>' % (LEFT, top - 8, title))
        out.append('<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#999"/>' % (
            LEFT, top, WIDTH, HEIGHT))
        for share in (0, 0.5, 1):
            out.append('<text x="%d" y="%d" text-anchor="end">%.0f</text>' % (
                LEFT - 6, top + HEIGHT * (1 - share) + 4, highest * share))
        for r, colour in zip(regions, COLOURS):
            points = " ".join("%.1f,%.1f" % (LEFT + WIDTH * row["t"] / end,
                                             top + HEIGHT * (1 - row[r][name] / highest)) for row in samples)
            out.append('<polyline points="%s" fill="none" stroke="%s"/>' % (points, colour))
    for number, r in enumerate(regions):
        out.append('<text x="%d" y="14" fill="%s">%s</text>' % (LEFT + WIDTH - 160 + 40 * number,
                                                                COLOURS[number % len(COLOURS)], r))
    out.append('<text x="%d" y="%d">%.0f s</text></svg>' % (LEFT + WIDTH - 40, len(PANELS) * (HEIGHT + GAP) + 12,
                                                            end))
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out) + "\n")


def row(case):
    """A case is a second. IMS_SOAK_RATE: writes a second, all nodes together. What was measured stands in
    build/soak."""
    wrong, figures = soak(case.count, int(os.environ.get("IMS_SOAK_RATE") or RATE),
                          os.path.join(harness.TOP, "build", "soak"))
    if wrong:
        raise Broken("\n".join(wrong))
    case.say("%(acked)d acknowledged, %(acked_per_s).0f/s, in sync %(in_sync_after_s).1f s after the last" % figures)
    return case.count


def soak(seconds, rate, out=None):
    """(what is wrong, figures). out: folder for soak.json and soak.svg."""
    box = harness.Box({"log_level": "info", "ring_bytes": "64MiB"})
    try:
        box.start()
        box.await_sessions()
        clients = [writers.Writer(node, rate / len(box.nodes), "soak") for node in box.nodes.values()]
        samples, began, step = [], time.monotonic(), max(seconds / SAMPLES, SHORTEST_S)
        while time.monotonic() - began < seconds:
            samples.append(sample(box, began))
            time.sleep(max(0, min(step, seconds - (time.monotonic() - began))))
        took = time.monotonic() - began
        for client in clients:
            client.stop()
        samples.append(sample(box, began))
        return conclude(box, clients, samples, took, out)
    finally:
        box.close()


def conclude(box, clients, samples, took, out):
    acked = [a for client in clients for a in client.acked]
    wrong = judge(samples, acked)
    stopped = time.monotonic()
    try:
        box.await_sync(SYNC_S)
    except harness.Trouble as e:
        wrong.append(str(e))
    sync_s = time.monotonic() - stopped
    wrong += box.findings() + writers.twice(acked)
    for node in box.nodes.values():
        wrong += writers.lost(node, acked[::max(1, len(acked) // CHECKED)])
        node.do("log", "verify")
    figures = {
        "seconds": round(took, 1), "acked": len(acked), "acked_per_s": round(len(acked) / took, 1),
        "refused": sum(len(c.refused) for c in clients), "unknown": sum(c.unknown for c in clients),
        "slowest_ack_ms": round(max(c.slowest_s for c in clients) * 1000), "in_sync_after_s": round(sync_s, 2),
        "growth_last_third": {r: {name: round(growth(samples, r, name), 1)
                                  for name in ("anon_kib", "fds", "readers", "threads", "data_bytes")}
                              for r in box.nodes},
        "end": samples[-1], "bytes_per_entry": {
            r: round(samples[-1][r]["data_bytes"] / max(len(acked), 1)) for r in box.nodes}}
    if out:
        os.makedirs(out, exist_ok=True)
        with open(os.path.join(out, "soak.json"), "w", encoding="utf-8") as f:
            json.dump({"figures": figures, "wrong": wrong, "samples": samples}, f, indent=1)
        draw(samples, os.path.join(out, "soak.svg"))
    return wrong, figures
