/* SPDX-License-Identifier: Apache-2.0 */
/* `ims init`: its options. */
#include "cli/cmd_init.h"

#include "base/text.h"
#include "cli/cert.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "replication/roster.h"

static const char usage_text[] = "usage: ims init --dir DIR --federation NAME --region CODE\n"
				 "                [--class participant|associate|secretariat]\n"
				 "                [--address IP:PORT]... [--listen IP:PORT]\n"
				 "                [--state DIR] [--socket PATH]\n"
				 "                [--roster-hash HEX] [--days N] [--force]\n"
				 "       ims init --renew|--operator NAME|--auditor NAME|--log-key N\n"
				 "                --dir DIR --federation NAME --region CODE [--days N]\n";

static int take_number(const char *text, uint64_t max, uint64_t *ret, struct errtext *e)
{
	if (!dec_get_u64(bytes_of(text), ret) || *ret == 0 || *ret > max)
		return errtext_set(e, IMS_E_USAGE, "'%s' is not a number from 1 to %llu", text,
				   (unsigned long long)max);
	return 0;
}

static int take_option(struct init_options *o, const struct given_option *g, struct errtext *e)
{
	const char **const texts[OPT_COUNT] = {
		[OPT_DIR] = &o->dir,
		[OPT_FEDERATION] = &o->federation,
		[OPT_HOME] = &o->region,
		[OPT_CLASS] = &o->class,
		[OPT_LISTEN] = &o->listen,
		[OPT_STATE] = &o->state,
		[OPT_SOCKET] = &o->socket,
		[OPT_ROSTER_HASH] = &o->roster_hash,
		[OPT_NEW_OPERATOR] = &o->operator_name,
		[OPT_NEW_AUDITOR] = &o->auditor_name,
	};
	uint64_t days = 0;
	int err;

	switch (g->option) {
	case OPT_ADDRESS:
		if (o->n_addresses == INIT_ADDRESSES_MAX)
			return errtext_set(e, IMS_E_USAGE, "at most %d addresses", INIT_ADDRESSES_MAX);
		o->addresses[o->n_addresses++] = g->value;
		return 0;
	case OPT_DAYS:
		err = take_number(g->value, CERT_DAYS_MAX, &days, e);
		o->days = (unsigned)days;
		return err;
	case OPT_NEW_LOG_KEY:
		return take_number(g->value, INT64_MAX, &o->log_key, e);
	case OPT_FORCE:
		o->force = true;
		return 0;
	case OPT_RENEW:
		o->renew = true;
		return 0;
	case OPT_JSON: /* what it prints is for people and files */
		return IMS_E_USAGE;
	default:
		if (texts[g->option])
			*texts[g->option] = g->value;
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

int cmd_init(struct cli *cli)
{
	struct init_options o = {.days = CERT_DAYS_DEFAULT};
	struct errtext e = {""};
	int err = 0;

	for (size_t i = 0; i < cli->args.n_given && !err; i++)
		err = take_option(&o, &cli->args.given[i], &e);
	if (!err)
		err = run(&o, &e);
	return cli_end("init", err, &e, usage_text);
}
