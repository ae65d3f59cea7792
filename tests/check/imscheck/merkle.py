# SPDX-License-Identifier: Apache-2.0
"""Merkle trees of RFC 6962 section 2.1 (RFC 9162 section 2.1 with SHA-256)."""

import hashlib


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def commitment(salt, payload):
    """What an entry says of its payload; not a node of the tree, hence the 2."""
    return hashlib.sha256(b"\x02" + salt + payload).digest()


def root(leaves):
    """MTH of leaf hashes. Level by level: a node without a sibling is carried up as it is, which
    gives the same tree as the recursive definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        up = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            up.append(level[-1])
        level = up
    return level[0]


def roots_at(leaves, sizes):
    """{size: root} of the trees of so many first leaves, in one pass: the full subtrees at the right
    edge, (height, hash) from left to right. Sizes beyond the leaves are left out."""
    found, edge = {0: root([])} if 0 in sizes else {}, []
    for n, leaf in enumerate(leaves, 1):
        height, node = 0, leaf
        while edge and edge[-1][0] == height:
            height, node = height + 1, node_hash(edge.pop()[1], node)
        edge.append((height, node))
        if n in sizes:
            for _, left in reversed(edge[:-1]):
                node = node_hash(left, node)
            found[n] = node
    return found


def _split(n):
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def path(index, leaves):
    """PATH: the siblings of a leaf, its own first."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return path(index, leaves[:k]) + [root(leaves[k:])]
    return path(index - k, leaves[k:]) + [root(leaves[:k])]


def consistency(old_size, leaves, whole=True):
    """PROOF that the tree of the first old_size leaves is the front of this one."""
    if old_size == len(leaves):
        return [] if whole else [root(leaves)]
    k = _split(len(leaves))
    if old_size <= k:
        return consistency(old_size, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(old_size - k, leaves[k:], False) + [root(leaves[:k])]


def path_is_valid(index, size, leaf, proof, expected_root):
    if index >= size:
        return False
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at % 2 or at == last:
            node = node_hash(sibling, node)
            while at and not at % 2:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == expected_root


def consistency_is_valid(old_size, size, old_root, new_root, proof):
    if old_size == size:
        return old_root == new_root and not proof
    if not 0 < old_size < size or not proof:
        return False
    if old_size & (old_size - 1) == 0:
        proof = [old_root] + proof
    at, last = old_size - 1, size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    old = new = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at and not at % 2:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
