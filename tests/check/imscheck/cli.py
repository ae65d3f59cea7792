# SPDX-License-Identifier: Apache-2.0
"""The command. Exit codes: 0 all verified, 1 a file or openssl failed us, 2 usage, 5 something does
not verify (each thing is named)."""

import argparse
import json
import os
import sys

from . import chain as rules
from . import digest, export, history, judge, kinds, merkle
from .ed25519 import ToolError, Verifier
from .fold import fold
from .report import Report
from .roster import parse as parse_roster
from .words import Broken, hex_get

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_NOT_VERIFIED = 0, 1, 2, 5
SHOWN_MAX = 20
KINDS_DEF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "proto", "kinds.def")

def _arguments(argv):
    parser = argparse.ArgumentParser(prog="imscheck.py", description="Verify exports of a federation, "
                                     "without any of imsd's code.")
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("verify", help="roster chain, logs, payloads and the view of an export")
    p.add_argument("--genesis-hash", required=True, metavar="HEX", help="SHA-256 of roster version 1's text")
    p.add_argument("--roster", required=True, nargs="+", metavar="NOTE", help="versions 1 to n, in order")
    p.add_argument("--export", required=True, metavar="FILE", help="what `ims export jsonl` wrote")
    p.add_argument("--digest", action="append", default=[], metavar="FILE",
                   help="what `ims view digest --json` says on a node; compared (may be repeated)")
    p.add_argument("--logs", action="append", default=[], metavar="FILE",
                   help="what `ims log list --json` says on a node; compared (may be repeated)")
    p.add_argument("--kinds", default=KINDS_DEF, metavar="FILE", help="table of kinds (proto/kinds.def)")
    p.add_argument("--write-view", metavar="FILE", help="write the lines that the digest is over")
    p.add_argument("--json", action="store_true", help="result as JSON")
    p = commands.add_parser("history", help="what clients did against what the nodes hold: nothing lost, forked, "
                            "reordered, shown too early, duplicated (format: imscheck/history.py)")
    p.add_argument("history", metavar="FILE", help="JSON lines of what clients did and saw")
    p.add_argument("--export", required=True, action="append", metavar="REGION=FILE",
                   help="what `ims export jsonl` wrote on the node of REGION (may be repeated)")
    p.add_argument("--converged", action="store_true", help="all exports must hold the same")
    p.add_argument("--json", action="store_true", help="result as JSON")
    args = parser.parse_args(argv)
    if args.command == "history":
        if any(not region or not path for region, _, path in (e.partition("=") for e in args.export)):
            parser.error("--export wants REGION=FILE")
        return args
    try:
        args.genesis_hash = hex_get(args.genesis_hash.lower())
    except Broken as e:
        parser.error("--genesis-hash: %s" % e)
    return args


# ---- the steps of verifying

def _chain(notes, pinned, verifier, report):
    """The rosters up to the first that is not valid; [] when not even the genesis is."""
    chain = []
    for number, data in enumerate(notes, 1):
        try:
            now, following = chain[-1] if chain else None, parse_roster(data)
            verifier.verify_many(following.note.questions(rules.signing_keys(now, following)))
            if now is None:
                rules.check_genesis(following, pinned)
            else:
                rules.check_successor(now, following, verifier)
        except Broken as e:
            report.fail("roster version %d" % number, e)
            break
        for name in rules.bad_lines(now, following, verifier):
            report.warn("roster version %d" % number, "the signature of %s does not verify" % name)
        chain.append(following)
    return chain


def _view(roster, logs, sizes, table):
    """(heads, view) at these sizes of the logs, by what this roster version knows of."""
    heads, counted = {}, {}
    for region in roster.regions.values():
        complete = True  # all incarnations before: entries wait for those of an earlier one
        for incarnation in region.incarnations:
            origin = "%s/%s/%d" % (roster.federation, region.code, incarnation.number)
            size = sizes.get(origin, 0)
            if not incarnation.open:
                size = min(size, incarnation.kept_size)
            heads[origin] = (size, logs[origin].root(size) if origin in logs else merkle.root([]))
            counted[origin] = logs[origin].items[:size] if complete and origin in logs else []
            complete = complete and (incarnation.open or size == incarnation.kept_size)
    return heads, fold(counted, table)


def _compare_digest(said, chain, logs, table):
    """A node's digest against the view at the sizes it names."""
    version, sizes = said.get("roster"), said.get("sizes")
    if said.get("rules") != kinds.RULES_VERSION:
        raise Broken("rules version %r, the checker knows %d" % (said.get("rules"), kinds.RULES_VERSION))
    if not isinstance(version, int) or not 1 <= version <= len(chain):
        raise Broken("roster version %r, the chain has 1 to %d" % (version, len(chain)))
    roster = chain[version - 1]
    if not isinstance(sizes, dict) or set(sizes) != set(roster.origins()):
        raise Broken("'sizes' does not name the logs of roster version %d" % version)
    for origin, size in sizes.items():
        have = len(logs[origin].items) if origin in logs else 0
        if not isinstance(size, int) or not 0 <= size <= have:
            raise Broken("%r entries of %s, the export has %d" % (size, origin, have))
    heads, view = _view(roster, logs, sizes, table)
    computed = digest.compute(version, heads, view).hex()
    if said.get("digest") != computed:
        raise Broken("the node says %s, the entries give %s" % (said.get("digest"), computed))
    if said.get("holes", digest.holes(view)) != digest.holes(view):
        raise Broken("the node says %r holes, there are %d" % (said.get("holes"), digest.holes(view)))


def _compare_logs(said, roster, logs, name, report):
    """A node's list of logs against the export's trees."""
    listed = said.get("logs")
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise Broken("no list of logs")
    origins = roster.origins()
    for row in listed:
        if "/journal/" in str(row.get("origin")):
            continue
        with report.about("%s: log %s" % (name, row.get("origin"))):
            if row.get("origin") not in origins:
                raise Broken("the roster has no such log")
            origin, size = row["origin"], row.get("size")
            have = len(logs[origin].items) if origin in logs else 0
            if not isinstance(size, int) or not 0 <= size <= have:
                raise Broken("%r entries, the export has %d" % (size, have))
            root = logs[origin].root(size) if origin in logs else merkle.root([])
            if row.get("root") != root.hex():
                raise Broken("at size %d it says the root %s, the entries have %s" % (
                    size, row.get("root"), root.hex()))
            if row.get("region", origins[origin][0].code) != origins[origin][0].code:
                raise Broken("it says the region %r" % row["region"])
            for code in row.get("cosigners", []):
                if code not in roster.regions:
                    raise Broken("it names the cosigner %r, which the roster does not know" % code)
    with report.about(name):
        missing = {o for o in logs if logs[o].items} - {row.get("origin") for row in listed}
        if missing:
            raise Broken("it does not list %s" % ", ".join(sorted(missing)))


def _json_of(path):
    with open(path, encoding="utf-8") as f:
        try:
            value = json.load(f)
        except (ValueError, RecursionError):
            raise Broken("not JSON") from None
    if not isinstance(value, dict):
        raise Broken("not a JSON object")
    return value


def _verify_view(args, chain, logs, table, report):
    sizes = {origin: len(log.items) for origin, log in logs.items()}
    heads, view = _view(chain[-1], logs, sizes, table)
    states = [record.state for record in view.records.values()]
    report.view = {
        "roster": chain[-1].version, "rules": kinds.RULES_VERSION,
        "digest": digest.compute(chain[-1].version, heads, view).hex(), "holes": digest.holes(view),
        "records": len(states), "keys": len(view.keys), "states": {s: states.count(s) for s in set(states)},
        "without_effect": [{"origin": o, "index": i, "reason": why} for o, i, why in view.problems]}
    unread = {kind.name for kind in table.values() if not kind.is_known}
    for name in sorted(unread & {record.kind for record in view.records.values()}):
        report.warn("kind %s" % name, "this checker does not know it yet, nodes may")
    for origin in sorted(heads.keys() - logs.keys()):
        report.warn(origin, "the export does not have this log of the roster")
    if args.write_view:
        with open(args.write_view, "wb") as f:
            f.writelines(digest.lines(chain[-1].version, heads, view))


def verify(args, verifier):
    """A Report on the files that the arguments name."""
    report = Report()
    notes = []
    for path in args.roster:
        with open(path, "rb") as f:
            notes.append(f.read())
    table = kinds.load(args.kinds)
    chain = _chain(notes, args.genesis_hash, verifier, report)
    with open(args.export, encoding="utf-8", newline="\n", errors="surrogateescape") as f:
        logs = export.read(f, report)
    if not chain:
        return report
    verifier.verify_many([q for log in logs.values() for q in export.questions(log, chain)])
    for origin in sorted(logs):
        export.verify(logs[origin], chain, verifier, report)
    _verify_view(args, chain, logs, table, report)
    for path in args.digest:
        with report.about("digest %s" % os.path.basename(path)):
            _compare_digest(_json_of(path), chain, logs, table)
    for path in args.logs:
        name = "log list %s" % os.path.basename(path)
        with report.about(name):
            _compare_logs(_json_of(path), chain[-1], logs, name, report)
    return report


# ---- the history of clients

def check_history(args):
    """A Report on what clients did and saw."""
    report, exports = Report(), {}
    for region, _, path in (e.partition("=") for e in args.export):
        with open(path, encoding="utf-8", newline="\n", errors="surrogateescape") as f:
            exports[region] = export.read(f, report)
    with open(args.history, encoding="utf-8", errors="surrogateescape") as f:
        rows = history.read(f, report)
    report.history = judge.check(rows, exports, report, args.converged)
    return report


# ---- telling

def _tell(report):
    for log in report.logs:
        print("%s: %d entries, root %s, cosigned by %s" % (
            log["origin"], log["size"], log["root"], ", ".join(log["cosigners"]) or "nobody"))
    if report.history:
        print("history: %(calls)d calls, %(acknowledged)d acknowledged, %(unknown)d without an answer, "
              "%(heads)d heads, %(reads)d reads; %(entries)d entries of %(logs)d logs" % report.history)
    if report.view:
        print("view: %(records)d records, %(holes)d holes, digest %(digest)s" % report.view)
    for row in report.warnings[:SHOWN_MAX]:
        print("warning: %s: %s" % (row["object"], row["what"]), file=sys.stderr)
    for row in report.failures[:SHOWN_MAX]:
        print("NOT VERIFIED: %s: %s" % (row["object"], row["problem"]), file=sys.stderr)
    if report.n_failures:
        print("%d objects do not verify" % report.n_failures, file=sys.stderr)


def main(argv, verifier=None):
    """An exit code. A verifier of the caller's keeps its answers from one call to the next."""
    try:
        args = _arguments(argv)
    except SystemExit as e:
        return e.code
    try:
        if args.command == "history":
            report = check_history(args)
        elif verifier is None:
            with Verifier() as own:
                report = verify(args, own)
        else:
            report = verify(args, verifier)
    except OSError as e:
        print("imscheck: %s: %s" % (e.filename, e.strerror), file=sys.stderr)
        return EXIT_FAILED
    except (ToolError, Broken) as e:
        print("imscheck: %s" % e, file=sys.stderr)
        return EXIT_FAILED
    if args.json:
        print(json.dumps(report.as_json(), indent=1, sort_keys=True))
    else:
        _tell(report)
    return EXIT_NOT_VERIFIED if report.n_failures else EXIT_OK
