# SPDX-License-Identifier: Apache-2.0
"""Small forms, each with exactly one spelling: what could be written twice is refused."""

import base64
import binascii
import re

U64_MAX = 2**64 - 1
HASH_BYTES = 32


class Broken(Exception):
    """Something looked at is not what it must be; the text says what is wrong with it."""


def hex_get(text, n_bytes=HASH_BYTES):
    """Bytes of exactly 2 n lower-case hex digits."""
    if not re.fullmatch("[0-9a-f]{%d}" % (2 * n_bytes), text):
        raise Broken("not %d lower-case hex digits" % (2 * n_bytes))
    return bytes.fromhex(text)


def base64_get(text):
    """Bytes of RFC 4648 section 4 text: padded, without white space or stray bits at the end."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Broken("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Broken("not base64 in its one form")
    return data


def decimal_get(text, most=U64_MAX):
    """A number without sign and leading zeros."""
    if not re.fullmatch("0|[1-9][0-9]{0,19}", text) or int(text) > most:
        raise Broken("'%s' is not a number up to %d" % (text, most))
    return int(text)


def is_text(data):
    """UTF-8 without control characters other than tab and newline (all texts in messages)."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any((c < 0x20 and c not in (0x09, 0x0A)) or c == 0x7F for c in data)


def is_region_code(code):
    """Of a Participant Region or `irs`; `journal` is reserved."""
    return bool(re.fullmatch("[a-z][a-z0-9]{1,11}", code)) and code != "journal"


def origin_parts(origin):
    """(federation, region, incarnation) of a log's origin; None when it is none."""
    m = re.fullmatch("([a-z0-9.-]{1,100})/([a-z0-9]+)/([1-9][0-9]{0,19})", origin)
    if not m or len(origin) > 160 or not is_region_code(m[2]) or int(m[3]) > U64_MAX:
        return None
    return m[1], m[2], int(m[3])


def record_parts(record):
    """(region, letter, number) of a record's id; None when it is none."""
    m = re.fullmatch("([a-z0-9]+)-([a-z]{1,4})-([1-9][0-9]{0,19})", record)
    if not m or len(record) > 48 or not is_region_code(m[1]) or int(m[3]) > U64_MAX:
        return None
    return m[1], m[2], int(m[3])
