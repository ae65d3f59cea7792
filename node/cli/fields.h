/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of a record from options that repeat, over what the record has already; files and terminals that records
 * come from. Memory is the caller's arena. All report failure.
 */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include "cli/cli.h"
#include "registry/registry.h"

struct Ims__Registry__Text;

#define FIELD_TEXTS_MAX 30
#define FIELD_FILE_MAX_BYTES 60000

/* How often an option was given. */
size_t option_count(const struct cli *cli, enum option o);
/* "en=REST" in its two parts. */
IMS_MUST_CHECK int split_lang(const char *option, const char *value, struct arena *a, const char **ret_lang,
			      const char **ret_rest);
/* A list that has room for `more` items behind its own n; NULL: the arena is too small. */
void **list_grown(struct arena *a, void *list, size_t n, size_t more);

enum text_from { TEXT_ITSELF, TEXT_IN_FILE };
/* LANG=TEXT or LANG=FILE, each in the place of the text in that language, if there is one. */
IMS_MUST_CHECK int option_texts(const struct cli *cli, enum option o, enum text_from from, struct arena *a,
				struct Ims__Registry__Text ***list, size_t *n);
/* Those that are given take the place of all; at most `max`. */
IMS_MUST_CHECK int option_list(const struct cli *cli, enum option o, size_t max, struct arena *a, char ***list,
			       size_t *n);
/* An option's value into a field, if it was given. */
void option_field(const struct cli *cli, enum option o, char **field);

/* A record of a kind from a JSON file, - for standard input, as it is written there. The arena is begun here and
 * ended by the caller on success; it has room for what options add. */
IMS_MUST_CHECK int read_json(const char *path, const struct kind *k, struct arena *a, struct ProtobufCMessage **ret);
/* The same, tidied and not checked yet. */
IMS_MUST_CHECK int read_json_record(const char *path, const struct kind *k, struct arena *a,
				    struct ProtobufCMessage **ret);
/* The same of nothing: an empty record. */
IMS_MUST_CHECK int empty_record(const struct kind *k, struct arena *a, struct ProtobufCMessage **ret);

/* Can people be asked, on standard input and error? */
bool can_ask(void);
/* Several lines from the terminal, up to an empty one or the end; "" when there are none. */
IMS_MUST_CHECK int ask_text(const char *question, struct arena *a, const char **ret);

#endif
