/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between two JSON values, by JSON pointer. Members of objects are compared by name. Items of lists
 * that have a name of their own (a text's language, a participant's organisation, an id) are compared by that,
 * words and numbers as a set, everything else by place; a pointer counts by the new list, of what has gone by the
 * old one. Pure.
 */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

struct json_t;

/* `was` or `is` NULL: it is not there. Not "empty": a member that is "", 0, false, [], {} or null is as if it was
 * not there, for that is how fields of a message that have no value print. */
typedef void diff_fn(void *ctx, const char *pointer, const struct json_t *was, const struct json_t *is);
void json_diff(const struct json_t *was, const struct json_t *is, diff_fn *fn, void *ctx);

#endif
