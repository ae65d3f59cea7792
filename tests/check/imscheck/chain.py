# SPDX-License-Identifier: Apache-2.0
"""The chain of rosters, rules R1 to R5 (the roster's contract): the genesis is trusted by its hash,
each version by those who signed it and may do what it does."""

from .words import Broken


def check_genesis(roster, pinned):
    """R1. Nobody has to sign a genesis."""
    if roster.version != 1:
        raise Broken("R1: a chain begins with version 1, not %d" % roster.version)
    if roster.hash != pinned:
        raise Broken("R1: the text has the hash %s, not the pinned one" % roster.hash.hex())


def signing_keys(now, following):
    """The keys that may sign `following` (now is None: a genesis)."""
    rosters = [following] if now is None else [now, following]
    return {key.as_note_key() for roster in rosters for _, _, key in roster.keys()}


def bad_lines(now, following, verifier):
    """Names on lines that do not verify. Where such a signature is needed the version is not
    valid; elsewhere it is worth a warning, as anyone who passes a note on could have put it there."""
    names = []
    for key in signing_keys(now, following):
        try:
            following.note.is_signed_by(key, verifier)
        except Broken:
            names.append(key.name)
    return sorted(names)


def check_successor(now, following, verifier):
    """R2 to R5: may `following` come after `now`? Broken with the first rule that it breaks."""
    if following.federation != now.federation:
        raise Broken("R2: the federation changes")
    if following.version != now.version + 1 or following.previous != now.hash:
        raise Broken("R2: it does not follow version %d by number and hash" % now.version)
    if following.rules < now.rules:
        raise Broken("R5: the rules version goes back")
    for was in now.regions.values():
        if was.code not in following.regions:
            raise Broken("R4: region %s is removed" % was.code)
        _check_history(was, following.regions[was.code])
    _check_uses(now, following)
    _check_signatures(now, following, verifier)


def _check_history(was, now):
    """What nobody's signature can change."""
    if not 0 <= len(now.incarnations) - len(was.incarnations) <= 1:
        raise Broken("R4: region %s loses an incarnation or opens two at once" % was.code)
    for before, after in zip(was.incarnations, now.incarnations):
        if not before.open and before != after:
            raise Broken("R4: region %s changes closed incarnation %d" % (was.code, before.number))
    if any(gone and now.cosigners.get(key) is False for key, gone in was.cosigners.items()):
        raise Broken("R4: region %s puts a retired cosigner key back" % was.code)


def _check_uses(now, following):
    uses = {key.public: key for _, _, key in now.keys()}
    for region, use, key in following.keys():
        if uses.get(key.public, key) != key:
            raise Broken("R4: a %s of region %s had another use" % (use, region.code))


def own_changes(was, now):
    """Names of what changes in a region that only the region itself may change. A version that
    opens the next incarnation re-keys the region: the majority then sets delegation, pins and
    cosigners, but the old cosigner keys stay, at least as retired."""
    n = len(was.incarnations)
    rekeyed = len(now.incarnations) > n
    changes = {
        "log keys": _old_log_keys(was, n) != _old_log_keys(now, n),
        "addresses": was.addresses != now.addresses,
        "operators or auditors": was.people != now.people,
    }
    if rekeyed:
        changes["cosigner keys"] = not (was.cosigners.keys() <= now.cosigners.keys()
                                        and was.retired.items() <= now.retired.items())
    else:
        changes["delegation key"] = was.delegation != now.delegation
        changes["TLS pins"] = was.pins != now.pins
        changes["cosigner keys"] = (was.cosigners, was.retired) != (now.cosigners, now.retired)
    return [name for name, changed in changes.items() if changed]


def _old_log_keys(region, last_incarnation):
    return {k for k in region.log_keys if k.incarnation <= last_incarnation}


def _check_signatures(now, following, verifier):
    note = following.note
    voters = [region for region in now.regions.values() if region.has_vote()]
    votes = [region for region in voters if note.is_signed_by(region.delegation, verifier)]
    if 2 * len(votes) <= len(voters):
        raise Broken("R2: signed by %d of %d participants" % (len(votes), len(voters)))
    known = {key for _, _, key in now.keys()}
    for region, use, key in following.keys():
        if key not in known and not note.is_signed_by(key.as_note_key(), verifier):
            raise Broken("R3: the new %s of region %s has not countersigned" % (use, region.code))
    for was in now.regions.values():
        changes = own_changes(was, following.regions[was.code])
        if changes and not note.is_signed_by(was.delegation, verifier):
            raise Broken("R4: region %s has not signed, and its %s change" % (was.code, ", ".join(changes)))
