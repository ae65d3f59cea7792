# SPDX-License-Identifier: Apache-2.0
"""A second opinion on what imsd says, written from its formats and sharing no code with it.

Given the hash of the roster's genesis and an export (`ims export jsonl`), it verifies every
signature, every hash and every commitment, folds the entries into the view and computes the
view's digest. Nothing that a node says is believed: a node's digest and log list are compared.

    words      hex, base64, numbers and texts in their one form
    ed25519    signatures, by the openssl command
    merkle     RFC 6962 trees and proofs
    note       signed notes, checkpoints, cosignatures (C2SP)
    roster     the text of a roster version       chain   rules R1-R5 from one to the next
    pb         protobuf, strictly                 entry   the leaf of a log
    fields     forms of a record's fields         kinds   the kinds: messages, rules, index keys
    fold       from entries to records            digest  the view's digest
    export     reading and verifying an export    report  what was found
    history    what clients did and saw        judge    a history against exports
    cli        the command

Below `cli` nothing prints. A thing that is not as it must be raises words.Broken, which says
what is wrong; whoever knows the name of the thing puts it into the report.
"""
