/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ims init`: what a secretariat needs to take part, in one folder. Never overwrites a key.
 *
 *   ims init --dir DIR --federation NAME --region CODE [--class CLASS] [--address IP:PORT]...
 *            [--listen IP:PORT] [--state DIR] [--socket PATH] [--roster-hash HEX] [--days N] [--force]
 *       DIR/keys/delegation.key    signs roster versions only; to be moved off-line
 *       DIR/keys/log.key, cosigner.key, tls.key, tls.crt
 *       DIR/region.txt             the region's block of the roster: its card, for the others
 *       DIR/imsd.conf              a configuration that points to all of these
 *       DIR/data, DIR/ring         empty, for the daemon; with --state it makes its own there
 *       --force: keys that are there are kept, certificate, card and configuration made anew;
 *       people and (unless given) addresses of the old card stay.
 *   ims init --renew  (with --dir, --federation, --region)
 *       DIR/keys/tls.crt anew, for the key that is there: its pin in the roster holds.
 *   ims init --operator NAME | --auditor NAME  (with --dir, --federation, --region)
 *       DIR/NAME.key, DIR/NAME.crt; prints the line for the card.
 *   ims init --log-key N  (with --dir, --federation, --region)
 *       DIR/keys/log-N.key for incarnation N; prints its line for the roster.
 */
#ifndef CLI_CMD_INIT_H
#define CLI_CMD_INIT_H

#include <stdbool.h>
#include <stdint.h>

#include "ims/err.h"

#define INIT_ADDRESSES_MAX 8

/* As on the command line; NULL or 0: not given. Borrowed texts. */
struct init_options {
	const char *dir, *federation, *region, *class, *listen, *state, *socket, *roster_hash;
	const char *operator_name, *auditor_name;
	const char *addresses[INIT_ADDRESSES_MAX];
	unsigned n_addresses, days;
	uint64_t log_key;
	bool force, renew;
};

/* The parts, each told what is needed and checked by the command (cmd_init.c). Data goes to standard output.
 * Errors: IMS_E_EXISTS, IMS_E_INVALID, those of key files, certificates and save_file(). */
IMS_MUST_CHECK int init_node(const struct init_options *o, struct errtext *e);
IMS_MUST_CHECK int init_renew(const struct init_options *o, struct errtext *e);
IMS_MUST_CHECK int init_person(const struct init_options *o, struct errtext *e);
IMS_MUST_CHECK int init_log_key(const struct init_options *o, struct errtext *e);
/* The configuration file; dir is absolute. */
IMS_MUST_CHECK int init_conf(const struct init_options *o, const char *dir, struct errtext *e);

#endif
