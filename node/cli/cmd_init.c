/* SPDX-License-Identifier: Apache-2.0 */
/* `ims init`: its options. */
#include "cli/cmd_init.h"

#include <getopt.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/cert.h"
#include "cli/finish.h"
#include "replication/roster.h"

static const char usage_text[] = "usage: ims init --dir DIR --federation NAME --region CODE\n"
				 "                [--class participant|associate|secretariat]\n"
				 "                [--address IP:PORT]... [--listen IP:PORT]\n"
				 "                [--state DIR] [--socket PATH]\n"
				 "                [--roster-hash HEX] [--days N] [--force]\n"
				 "       ims init --renew|--operator NAME|--auditor NAME|--log-key N\n"
				 "                --dir DIR --federation NAME --region CODE [--days N]\n";

static const struct option options[] = {
	{"dir", required_argument, NULL, 'd'},
	{"federation", required_argument, NULL, 'f'},
	{"region", required_argument, NULL, 'r'},
	{"class", required_argument, NULL, 'c'},
	{"address", required_argument, NULL, 'a'},
	{"listen", required_argument, NULL, 'l'},
	{"days", required_argument, NULL, 't'},
	{"roster-hash", required_argument, NULL, 'h'},
	{"force", no_argument, NULL, 'F'},
	{"operator", required_argument, NULL, 'o'},
	{"auditor", required_argument, NULL, 'u'},
	{"log-key", required_argument, NULL, 'k'},
	{"state", required_argument, NULL, 's'},
	{"socket", required_argument, NULL, 'S'},
	{"renew", no_argument, NULL, 'R'},
	{"help", no_argument, NULL, 'H'},
	{NULL, 0, NULL, 0},
};

static int take_number(const char *text, uint64_t max, uint64_t *ret, struct errtext *e)
{
	if (!dec_get_u64(bytes_of(text), ret) || *ret == 0 || *ret > max)
		return errtext_set(e, IMS_E_USAGE, "'%s' is not a number from 1 to %llu", text,
				   (unsigned long long)max);
	return 0;
}

static int take_option(struct init_options *o, int letter, const char *value, struct errtext *e)
{
	const char **texts[] = {
		['d'] = &o->dir,	   ['f'] = &o->federation,   ['r'] = &o->region,
		['c'] = &o->class,	   ['l'] = &o->listen,	     ['h'] = &o->roster_hash,
		['o'] = &o->operator_name, ['u'] = &o->auditor_name, ['s'] = &o->state,
		['S'] = &o->socket,
	};
	uint64_t days = 0;
	int err;

	switch (letter) {
	case 'a':
		if (o->n_addresses == INIT_ADDRESSES_MAX)
			return errtext_set(e, IMS_E_USAGE, "at most %d addresses", INIT_ADDRESSES_MAX);
		o->addresses[o->n_addresses++] = value;
		return 0;
	case 't':
		err = take_number(value, CERT_DAYS_MAX, &days, e);
		o->days = (unsigned)days;
		return err;
	case 'k':
		return take_number(value, INT64_MAX, &o->log_key, e);
	case 'F':
		o->force = true;
		return 0;
	case 'R':
		o->renew = true;
		return 0;
	default:
		*texts[letter] = value;
		return 0;
	}
}

/* Forms that make a wrong card, path or certificate; what only the card says, the card's check tells. */
static int check(const struct init_options *o, struct errtext *e)
{
	struct hash pin;

	if (!o->dir || !o->federation || !o->region)
		return errtext_set(e, IMS_E_USAGE, "--dir, --federation and --region have to be given");
	if (!!o->operator_name + !!o->auditor_name + !!o->log_key + o->renew > 1)
		return errtext_set(e, IMS_E_USAGE,
				   "one of --renew, --operator, --auditor, --log-key at a time");
	if (!roster_federation_is_valid(bytes_of(o->federation)))
		return errtext_set(e, IMS_E_USAGE, "'%s' is no name for a federation: a-z, 0-9, '.', '-'",
				   o->federation);
	if (!roster_code_is_valid(bytes_of(o->region)))
		return errtext_set(e, IMS_E_USAGE, "'%s' is no code for a region: 2 to 12 of a-z, 0-9",
				   o->region);
	if ((o->operator_name && !roster_person_is_valid(bytes_of(o->operator_name))) ||
	    (o->auditor_name && !roster_person_is_valid(bytes_of(o->auditor_name))))
		return errtext_set(e, IMS_E_USAGE, "a person's name is 1 to 32 of a-z, 0-9, '.', '_', '-'");
	for (unsigned i = 0; i < o->n_addresses; i++)
		if (!roster_address_is_valid(bytes_of(o->addresses[i])))
			return errtext_set(e, IMS_E_USAGE, "'%s' is no IP:PORT", o->addresses[i]);
	if (o->class && strcmp(o->class, "participant") != 0 && strcmp(o->class, "associate") != 0 &&
	    strcmp(o->class, "secretariat") != 0)
		return errtext_set(e, IMS_E_USAGE, "'%s' is no class: participant, associate or secretariat",
				   o->class);
	if ((o->state && o->state[0] != '/') || (o->socket && o->socket[0] != '/'))
		return errtext_set(e, IMS_E_USAGE, "--state and --socket take absolute paths");
	if (o->roster_hash && !hex_get(bytes_of(o->roster_hash), pin.b, sizeof(pin.b)))
		return errtext_set(e, IMS_E_USAGE, "--roster-hash takes 64 hex digits");
	return 0;
}

static int run(const struct init_options *o, struct errtext *e)
{
	int err = check(o, e);

	if (err)
		return err;
	if (o->log_key)
		return init_log_key(o, e);
	if (o->renew)
		return init_renew(o, e);
	return o->operator_name || o->auditor_name ? init_person(o, e) : init_node(o, e);
}

int cmd_init(int argc, char **argv)
{
	struct init_options o = {.days = CERT_DAYS_DEFAULT};
	struct errtext e = {""};
	int letter, err = 0;

	optind = 0; /* start anew, whoever used it before */
	while (!err && (letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter == 'H') {
			fputs(usage_text, stdout);
			return 0;
		}
		err = letter == '?' ? IMS_E_USAGE : take_option(&o, letter, optarg, &e);
	}
	if (!err && optind < argc)
		err = errtext_set(&e, IMS_E_USAGE, "'%s' is not expected here", argv[optind]);
	if (!err)
		err = run(&o, &e);
	return finish("init", err, &e, usage_text);
}
