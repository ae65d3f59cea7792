# SPDX-License-Identifier: Apache-2.0
"""Messages that several kinds of records have (proto/registry.proto), and what their keys share."""

import re

from . import fields as f
from .pb import Message

HEADER = Message("Header", (1, "operator", "string"), (2, "named", ["string"]))
TEXT = Message("Text", (1, "lang", "string"), (2, "text", "string"))
LINK = Message("Link", (1, "rel", "string"), (2, "url", "string"))
SOURCE = Message("Source", (1, "scheme", "string"), (2, "id", "string"))
CITATION = Message("Citation", (1, "record", "string"), (2, "origin", "string"), (3, "index", "uint64"),
                   (4, "leaf", "bytes"))

DOMAINS_MAX, PLATFORMS_MAX, KEYWORDS_MAX = 40, 10, 100


def folded(text):
    """Runs of white space become one space, none at the ends; A-Z become a-z."""
    return f.ascii_lower(re.sub("[ \t\n\r]+", " ", text).strip(" "))


def source_value(source):
    return "%s:%s" % (source["scheme"], source["id"])
