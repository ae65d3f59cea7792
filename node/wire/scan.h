/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A linear look at protobuf bytes before protobuf-c sees them (specs: protobuf-c 1.4.1 has no
 * depth limit, takes 70 bytes of memory for one of wire, accepts bad UTF-8 and NULs in
 * strings). Against the message's descriptor it checks: depth, number of fields, lengths inside
 * their parent, no groups, wire types as declared, singular fields once, strings valid text
 * (utf8_is_text), enums within 32 bits. Unknown fields are allowed and counted, not descended.
 * No allocation.
 */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include "base/bytes.h"
#include "ims/err.h"

struct ProtobufCMessageDescriptor;

struct scan_limits {
	unsigned max_depth;		/* of messages, the outer one is 1 */
	unsigned max_fields;		/* all together */
	unsigned max_unknown;		/* of them */
};
/* 5, 20,000, 64. */
extern const struct scan_limits scan_limits_default;

/* 0, IMS_E_SYNTAX, IMS_E_TRUNCATED, IMS_E_TOO_DEEP, IMS_E_TOO_MANY, IMS_E_DUPLICATE, IMS_E_UTF8;
 * detail is the field's path, "items[3].entry". */
IMS_MUST_CHECK int scan_message(const struct ProtobufCMessageDescriptor *d, struct bytes b,
				const struct scan_limits *limits, struct errtext *e);

#endif
