/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A linear look at protobuf bytes before protobuf-c sees them (specs: protobuf-c 1.4.1 has no
 * depth limit, takes 70 bytes of memory for one of wire, accepts bad UTF-8 and NULs in
 * strings). Against the message's descriptor it checks: depth, number of fields, lengths inside
 * their parent, no groups, wire types as declared, singular fields once, strings valid text
 * (utf8_is_text), numbers within the width of their type. Unknown fields are allowed and counted,
 * not descended, so what the schema does not nest cannot nest. No allocation, no recursion; time
 * is linear in the bytes.
 *
 * The schema keeps what this relies on (tests/unit/wire/test_schema.c): no oneof, no recursion,
 * no floating point but scores in ctl.proto, at most SCAN_FIELDS_MAX fields a message.
 */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include "base/bytes.h"
#include "ims/err.h"

struct ProtobufCMessageDescriptor;

#define SCAN_DEPTH_MAX 8		/* bound of max_depth */
#define SCAN_FIELDS_MAX 64		/* different fields of one message */

struct scan_limits {
	unsigned max_depth;		/* of messages, the outer one is 1 */
	unsigned max_fields;		/* all together, and each value of a packed field */
	unsigned max_unknown;		/* of them: a newer peer adds fields to a message, not to each
					 * of its items, unless its partner's hello said it may */
};
/* 5, 20,000, 64. */
extern const struct scan_limits scan_limits_default;

/* 0, IMS_E_SYNTAX, IMS_E_TRUNCATED, IMS_E_TOO_DEEP, IMS_E_TOO_MANY, IMS_E_DUPLICATE, IMS_E_UTF8;
 * detail is the field's path, "items[3].entry" ("items[3].99" for an unknown one, "items[3].?"
 * when not even its number can be read). */
IMS_MUST_CHECK int scan_message(const struct ProtobufCMessageDescriptor *d, struct bytes b,
				const struct scan_limits *limits, struct errtext *e);

#endif
