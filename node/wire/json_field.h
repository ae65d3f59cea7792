/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the printer and the reader of JSON must agree on about a field. Of this folder only.
 */
#ifndef WIRE_JSON_FIELD_H
#define WIRE_JSON_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct ProtobufCFieldDescriptor;

/* A bytes field that is shown as text: named note, text or json. */
bool json_field_is_text(const struct ProtobufCFieldDescriptor *f);
/* A repeated message of exactly `key` (a string) and `value`: shown as an object. */
bool json_field_is_map(const struct ProtobufCFieldDescriptor *f);
/* Bytes of one value in the message's C struct. */
size_t json_field_value_bytes(const struct ProtobufCFieldDescriptor *f);

#endif
