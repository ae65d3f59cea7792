# SPDX-License-Identifier: Apache-2.0
"""Ways to change one thing of the good federation: name -> (how the name of the object that the
checker has to report begins, what to do). Run by test_imscheck.py."""

import base64
import re

import federation as fed

EU, MX = "ims.example/eu/1", "ims.example/mx/1"
COSIGNATURE = "cosignature of ims.example/%s on the checkpoint of " + EU


def changed(text, old, new):
    assert old in text, old
    return text.replace(old, new, 1)


def flip(encoded, at=-1):
    data = bytearray(base64.b64decode(encoded))
    data[at] ^= 1
    return fed.b64(bytes(data))


def flip_line(note_text, name):
    """The note with one bit of the signature of `name` changed."""
    line = next(x for x in note_text.split("\n") if x.startswith("\u2014 %s " % name))
    return note_text.replace(line, line.rsplit(" ", 1)[0] + " " + flip(line.rsplit(" ", 1)[1]))


def _row(f, index, **changes):
    f.eu.rows[index].update(changes)


def _resigned(f, index, **lies):
    """Entry `index` of eu says something else, and its log signs that."""
    rows, f.eu.rows = f.eu.rows, []
    f.eu.add("organisation", "eu-o-9", 1, fed.organisation("Liar"), **{"index": index, "roster": 1, **lies})
    row = dict(f.eu.rows[0], index=index)
    f.eu.rows = rows[:index] + [row] + rows[index + 1:]
    f.sign("eu")


def _with_roster_text(f, old, new, *signers):
    f.sign_second(*signers, text=changed(f.second_text, old, new))


MUTATIONS = {
    # entries
    "entry_bit": ("checkpoint of " + EU, lambda f: _row(f, 0, entry=flip(f.eu.rows[0]["entry"]))),
    "entry_not_base64": ("entry 0 of " + EU, lambda f: _row(f, 0, entry="?")),
    "entry_empty": ("entry 0 of " + EU, lambda f: _row(f, 0, entry="")),
    "last_entry_gone": ("checkpoint of " + EU, lambda f: f.eu.rows.pop()),
    "last_entry_gone_and_size": ("checkpoint of " + EU, lambda f: (
        f.eu.rows.pop(), setattr(f.eu, "size", 10))),
    "middle_entry_gone": ("line 6 of the export", lambda f: f.eu.rows.pop(4)),
    "entry_twice": ("line 3 of the export", lambda f: f.eu.rows.insert(1, f.eu.rows[0])),
    "entries_swapped": ("entry 1 of " + EU, lambda f: (
        _row(f, 1, entry=f.eu.rows[2]["entry"]), _row(f, 2, entry=f.eu.rows[1]["entry"]))),
    "entry_of_another_log": ("entry 9 of " + EU, lambda f: _resigned(f, 9, origin=MX)),
    "entry_at_another_index": ("entry 9 of " + EU, lambda f: (
        _resigned(f, 8), _row(f, 9, entry=f.eu.rows[8]["entry"]), f.sign("eu"))),
    "entry_of_another_format": ("entry 9 of " + EU, lambda f: _resigned(f, 9, format=2)),
    "time_goes_back": ("entry 9 of " + EU, lambda f: _resigned(f, 9, time=1, roster=2)),
    "roster_version_goes_back": ("entry 9 of " + EU, lambda f: _resigned(f, 9, roster=1)),
    "roster_version_of_the_future": ("entry 9 of " + EU, lambda f: _resigned(f, 9, roster=3)),
    # payloads
    "payload_bit": ("payload of entry 0 of " + EU, lambda f: _row(
        f, 0, payload=flip(f.eu.rows[0]["payload"]))),
    "salt_bit": ("payload of entry 0 of " + EU, lambda f: _row(f, 0, salt=flip(f.eu.rows[0]["salt"]))),
    "payload_of_another": ("payload of entry 2 of " + EU, lambda f: _row(
        f, 2, payload=f.eu.rows[3]["payload"], salt=f.eu.rows[3]["salt"])),
    "payload_not_base64": ("payload of entry 0 of " + EU, lambda f: _row(f, 0, payload="A")),
    "erased_and_still_there": ("payload of entry 0 of " + EU, lambda f: _row(f, 0, payload_state="erased")),
    "salt_of_an_erased": ("payload of entry 5 of " + EU, lambda f: _row(f, 5, salt=f.eu.rows[0]["salt"])),
    "committed_and_none": ("payload of entry 0 of " + EU, lambda f: _row(
        f, 0, payload_state="none", payload="", salt="")),
    "not_for_me_though_public": ("payload of entry 0 of " + EU, lambda f: _row(
        f, 0, payload_state="not-for-me", payload="", salt="")),
    "unknown_payload_state": ("payload of entry 1 of " + EU, lambda f: _row(f, 1, payload_state="lost")),
    "wanted_is_another_view": ("digest", lambda f: _row(f, 0, payload_state="wanted", payload="", salt="")),
    # checkpoints
    "checkpoint_root": ("checkpoint of " + EU, lambda f: f.sign("eu", root=bytes(32))),
    "checkpoint_size": ("checkpoint of " + EU, lambda f: f.sign("eu", size=10)),
    "checkpoint_of_another_log": ("checkpoint of " + EU, lambda f: f.sign("eu", origin=MX)),
    "checkpoint_signature_bit": ("checkpoint of " + EU, lambda f: setattr(
        f.eu, "checkpoint", flip_line(f.eu.checkpoint, EU))),
    "checkpoint_unsigned": ("checkpoint of " + EU, lambda f: setattr(
        f.eu, "checkpoint", re.sub("\u2014 %s .*\n" % EU, "", f.eu.checkpoint))),
    "checkpoint_by_another_region": ("checkpoint of " + EU, lambda f: f.sign(
        "eu", log_key=f.regions["mx"].log_key)),
    "checkpoint_by_a_key_out_of_range": ("checkpoint of " + EU, lambda f: f.sign(
        "eu", log_key=f.regions["eu"].log_key)),
    "checkpoint_missing": ("checkpoint of " + EU, lambda f: setattr(f.eu, "checkpoint", "")),
    "checkpoint_text_and_no_signature": ("checkpoint of " + EU, lambda f: setattr(
        f.eu, "checkpoint", f.eu.text() + "\n")),
    "header_size": ("checkpoint of " + EU, lambda f: setattr(f.eu, "size", 12)),
    # cosignatures
    "cosignature_bit": (COSIGNATURE % "mx", lambda f: setattr(
        f.eu, "checkpoint", flip_line(f.eu.checkpoint, "ims.example/mx"))),
    "cosignature_of_another_log": (COSIGNATURE % "us", lambda f: setattr(
        f.eu, "checkpoint", re.sub("\u2014 ims.example/us .*\n", "", f.eu.checkpoint)
        + f.regions["us"].cosigner.cosign(f.mx.text(), 1700000000))),
    "cosignature_by_a_stranger": (COSIGNATURE % "zz", lambda f: setattr(
        f.eu, "checkpoint", f.eu.checkpoint + changed(
            f.regions["us"].cosigner.cosign(f.eu.text(), 1), "ims.example/us", "ims.example/zz"))),
    "cosignature_without_time": (COSIGNATURE % "us", lambda f: setattr(
        f.eu, "checkpoint", f.eu.checkpoint + f.regions["us"].cosigner.line(f.eu.text()))),
    # the roster
    "another_genesis": ("roster version 1", lambda f: setattr(f, "genesis", "00" * 32)),
    "genesis_text": ("roster version 1", lambda f: f.rosters.__setitem__(
        0, changed(f.rosters[0], "mx participant", "mx associate"))),
    "genesis_missing": ("roster version 1", lambda f: f.rosters.pop(0)),
    "roster_text": ("roster version 2", lambda f: f.rosters.__setitem__(
        1, changed(f.rosters[1], "us participant", "us associate"))),
    "roster_signature_bit": ("roster version 2", lambda f: f.rosters.__setitem__(
        1, flip_line(f.rosters[1], "ims.example/eu/delegation"))),
    "roster_by_a_minority": ("roster version 2", lambda f: f.sign_second("eu", "eu/1")),
    "roster_not_countersigned": ("roster version 2", lambda f: f.sign_second("eu", "mx")),
    "roster_changes_what_is_us": ("roster version 2", lambda f: f.sign_second("eu", "mx", "eu/1", text=(
        f.second_text + "address 192.0.2.9:7443\n"))),
    "roster_of_another_past": ("roster version 2", lambda f: _with_roster_text(
        f, "previous " + f.genesis, "previous " + "11" * 32, "eu", "mx", "eu/1")),
    "roster_rules_go_back": ("roster version 2", lambda f: _with_roster_text(
        f, "rules 1", "rules 0", "eu", "mx", "eu/1")),
    "roster_version_left_out": ("roster version 2", lambda f: _with_roster_text(
        f, "version 2", "version 3", "eu", "mx", "eu/1")),
    "roster_retypes_a_region": ("roster version 2", lambda f: f.sign_second("eu", "mx", "eu/1", text=(
        f.second_text[:f.second_text.index("region us")]))),
    # what nodes say
    "digest": ("digest", lambda f: f.digest.update(digest="00" * 32)),
    "digest_holes": ("digest", lambda f: f.digest.update(holes=0)),
    "digest_rules": ("digest", lambda f: f.digest.update(rules=9)),
    "digest_roster": ("digest", lambda f: f.digest.update(roster=3)),
    "digest_of_the_first_roster": ("digest", lambda f: f.digest.update(roster=1)),
    "digest_sizes": ("digest", lambda f: f.digest["sizes"].update({EU: 10})),
    "digest_ahead": ("digest", lambda f: f.digest["sizes"].update({EU: 12})),
    "digest_without_a_log": ("digest", lambda f: f.digest["sizes"].pop(MX)),
    "log_gone": ("digest", lambda f: f.logs.pop(MX)),
    "list_root": ("log list logs.json: log " + EU, lambda f: f.lists["logs"][0].update(root="00" * 32)),
    "list_size": ("log list logs.json: log " + EU, lambda f: f.lists["logs"][0].update(size=10)),
    "list_ahead": ("log list logs.json: log " + EU, lambda f: f.lists["logs"][0].update(size=12)),
    "list_of_an_unknown_log": ("log list logs.json: log x/eu/1", lambda f: f.lists["logs"][0].update(
        origin="x/eu/1")),
    "list_without_a_log": ("log list logs.json", lambda f: f.lists["logs"].pop(0)),
    "list_cosigner": ("log list logs.json", lambda f: f.lists["logs"][0].update(cosigners=["zz"])),
}
