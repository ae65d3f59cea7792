# SPDX-License-Identifier: Apache-2.0
"""Forms of the fields of records (rules version 2): what every node applies alike. A predicate is
true of a value that may stand there. Codes are judged by their form alone: whether a code is listed
was asked once, where the record was written, and is no part of the view."""

import datetime
import re

from .words import HASH_BYTES, is_region_code, origin_parts, record_parts


def is_line(text, most_chars, required=False):
    """One line of text that shows something."""
    if not text:
        return not required
    return "\t" not in text and "\n" not in text and text.strip(" ") != "" and len(text) <= most_chars


def is_code(text, required=False):
    return bool(re.fullmatch("[A-Za-z0-9-]{1,32}", text)) or (not text and not required)


def is_country(text, required=False):
    return bool(re.fullmatch("[A-Z]{2}", text)) or (not text and not required)


def is_currency(text, required=False):
    return bool(re.fullmatch("[A-Z]{3}", text)) or (not text and not required)


def is_day(text, required=False):
    """Empty unless required, or a day of the calendar from 1900 on."""
    if not text:
        return not required
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) or text < "1900":
        return False
    try:
        datetime.date(*map(int, text.split("-")))
    except ValueError:
        return False
    return True


def is_record(text, letter, required=False):
    """A record id with this letter."""
    if not text:
        return not required
    parts = record_parts(text)
    return parts is not None and parts[1] in letter.split()


def is_own_record(text, letter, home, required=False):
    """The same, and at home where the record under check is."""
    return is_record(text, letter, required) and (not text or home is None or record_parts(text)[0] == home)


def is_participant_code(code):
    return is_region_code(code) and code != "irs"


def is_home_of(region, record):
    """A Participant Region, in which that record is at home."""
    parts = record_parts(record)
    return is_participant_code(region) and (parts is None or parts[0] == region)


def is_slug(text):
    return bool(re.fullmatch("[a-z0-9-]{1,32}", text))


def is_media_type(text):
    name = "[A-Za-z0-9!#$&^_.+-]{1,127}"
    return bool(re.fullmatch("%s/%s" % (name, name), text))


ROR_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def is_ror(text):
    """"0", six of Crockford's digits, and the two that make it 1 modulo 97 (ISO/IEC 7064)."""
    if not re.fullmatch("0[%s]{6}[0-9]{2}" % ROR_DIGITS, text):
        return False
    number = 0
    for digit in text[:7]:
        number = 32 * number + ROR_DIGITS.index(digit)
    return (number * 100 + int(text[7:])) % 97 == 1 and int(text[7:]) >= 2


def is_pic(text):
    return bool(re.fullmatch("[0-9]{9}", text)) and text != "0" * 9


def is_language(text):
    return len(text) <= 35 and bool(re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", text))


def is_email(text):
    """Empty, or a local part, '@' and a domain of two labels or more."""
    label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    form = r"[A-Za-z0-9.!#$%%&'*+/=?^_`{|}~-]{1,64}@%s(\.%s)+" % (label, label)
    return not text or (len(text) <= 254 and bool(re.fullmatch(form, text)))


def is_phone(text):
    if not text:
        return True
    return bool(re.fullmatch("[+0-9 ()./-]{1,40}", text)) and len(re.findall("[0-9]", text)) >= 3


def is_word(text):
    return bool(re.fullmatch("[a-z][a-z0-9.-]{0,31}", text))


def is_url(text):
    """http or https with a host, of the characters that RFC 3986 knows."""
    return len(text) <= 2048 and bool(re.fullmatch(
        r"https?://(?![/?#:])[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+", text))


def are_distinct(texts):
    """No two the same, upper and lower case of ASCII being the same."""
    lowered = [ascii_lower(text) for text in texts]
    return len(set(lowered)) == len(lowered)


def ascii_lower(text):
    return re.sub("[A-Z]+", lambda m: m[0].lower(), text)


# ---- messages that several kinds have

def is_header(header):
    if header is None:
        return True
    named = header["named"]
    return (is_line(header["operator"], 64) and len(named) <= 64 and all(map(is_region_code, named))
            and are_distinct(named))


def are_texts(texts, is_good, required=False):
    """Texts side by side, each language once, each passing is_good()."""
    return ((bool(texts) or not required) and len(texts) <= 30
            and all(is_language(t["lang"]) and is_good(t["text"]) for t in texts)
            and are_distinct([t["lang"] for t in texts]))


def is_title(text):
    return is_line(text, 500, required=True)


def is_long(text, most_bytes=20000):
    """Several lines."""
    return text.strip(" \t\n") != "" and len(text.encode()) <= most_bytes


def are_set(texts, most, is_good):
    return len(texts) <= most and all(map(is_good, texts)) and are_distinct(texts)


def are_codes(texts, most):
    return are_set(texts, most, lambda code: is_code(code, required=True))


def are_countries(texts):
    return are_set(texts, 300, lambda code: is_country(code, required=True))


def are_languages(texts):
    return are_set(texts, 20, is_language)


def are_lines(texts, most, most_chars):
    return len(texts) <= most and all(is_line(line, most_chars, required=True) for line in texts)


def is_citation(citation, letter):
    """Of an entry of a record with this letter, in a log of that record's home."""
    if citation is None or not is_record(citation["record"], letter, required=True):
        return False
    origin = origin_parts(citation["origin"])
    return (origin is not None and origin[1] == record_parts(citation["record"])[0]
            and len(citation["leaf"]) == HASH_BYTES)


def is_own_citation(citation, letter, home):
    return is_citation(citation, letter) and is_own_record(citation["record"], letter, home)


def are_links(links):
    return len(links) <= 50 and all(is_word(link["rel"]) and is_url(link["url"]) for link in links)


def is_source(source):
    return is_word(source["scheme"]) and bool(re.fullmatch("[!-~]{1,128}", source["id"]))
