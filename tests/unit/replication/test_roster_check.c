/* SPDX-License-Identifier: Apache-2.0 */
/* Which version may follow which (inv. 8: a region's own things are its own; R1 to R5). */
#include "unit/replication/roster_world.h"

#define EDITS 6

struct step {
	const char *name;
	struct world_edit was[2];    /* of WORLD, makes version n */
	struct world_edit is[EDITS]; /* of that, makes version n+1 */
	const char *signers;
	int err;
	const char *says;
};

/* Three voters: eu, mx, us. */
#define REKEY_EU                                                                                             \
	{                                                                                                    \
		"incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n",                                              \
			"incarnation 1 closed 7 {eu/pr}\nincarnation 2 open\nlog-key 1 {eu/l1a} 0 "          \
			"-\nlog-key 2 {eu/l2a} 0 -\n"                                                        \
	}
#define CLOSE_EU                                                                                             \
	{                                                                                                    \
		"incarnation 1 open\nlog-key 1 {eu/l1a}",                                                    \
			"incarnation 1 closed 7 {eu/pr}\nlog-key 1 {eu/l1a}"                                 \
	}
#define FOUR_VOTERS                                                                                          \
	{                                                                                                    \
		"jp participant suspended", "jp participant"                                                 \
	}
#define NEW_REGION                                                                                           \
	{                                                                                                    \
		"region eu", WORLD_REGION("cl", "participant", "") "region eu"                               \
	}
#define RULES_2                                                                                              \
	{                                                                                                    \
		"rules 1", "rules 2"                                                                         \
	}

static const struct step steps[] = {
	/* R2: the chain */
	{"nothing changes", {}, {}, "eu/da mx/da", 0, ""},
	{"version gap", {}, {{"version 2", "version 3"}}, "eu/da mx/da us/da", IMS_E_ROSTER, "R2: version 3"},
	/* R2: the majority */
	{"one of three", {}, {}, "eu/da", IMS_E_ROSTER, "R2: signed by 1 of 3 participants, 2 have to"},
	{"three of three", {}, {}, "us/da eu/da mx/da", 0, ""},
	{"nobody", {}, {}, "irs/da", IMS_E_NO_KEY, "R2: no participant"},
	{"twice the same", {}, {}, "eu/da eu/da", IMS_E_ROSTER, "R2: signed by 1 of 3"},
	{"the secretariat has no vote", {}, {}, "eu/da irs/da", IMS_E_ROSTER, "R2: signed by 1 of 3"},
	{"an associate has no vote", {}, {}, "eu/da br/da", IMS_E_ROSTER, "R2: signed by 1 of 3"},
	{"a suspended one has no vote", {}, {}, "eu/da jp/da", IMS_E_ROSTER, "R2: signed by 1 of 3"},
	{"all of these together neither",
	 {},
	 {},
	 "eu/da jp/da br/da irs/da",
	 IMS_E_ROSTER,
	 "R2: signed by 1"},
	{"two of four is no majority",
	 {FOUR_VOTERS},
	 {},
	 "eu/da mx/da",
	 IMS_E_ROSTER,
	 "2 of 4 participants, 3"},
	{"three of four", {FOUR_VOTERS}, {}, "eu/da mx/da jp/da", 0, ""},
	{"two of two", {{"us participant", "us participant suspended"}}, {}, "eu/da mx/da", 0, ""},
	{"one of two",
	 {{"us participant", "us participant suspended"}},
	 {},
	 "eu/da us/da",
	 IMS_E_ROSTER,
	 "1 of 2"},
	{"one of one",
	 {{"us participant", "us associate"}, {"mx participant", "mx associate"}},
	 {},
	 "eu/da",
	 0,
	 ""},
	{"a log key does not vote", {}, {}, "eu/da mx/l1a us/l1a", IMS_E_ROSTER, "R2: signed by 1"},
	{"another key of that name does not vote",
	 {},
	 {},
	 "eu/da mx/db us/db",
	 IMS_E_ROSTER,
	 "R2: signed by 1"},
	{"who is resumed does not vote for it",
	 {},
	 {FOUR_VOTERS},
	 "eu/da jp/da",
	 IMS_E_ROSTER,
	 "R2: signed by 1"},
	{"who is suspended still votes",
	 {},
	 {{"mx participant", "mx participant suspended"}},
	 "eu/da mx/da",
	 0,
	 ""},
	{"who joins does not vote",
	 {},
	 {NEW_REGION},
	 "eu/da cl/da cl/l1a cl/ca",
	 IMS_E_ROSTER,
	 "R2: signed by 1"},
	/* R3: new keys */
	{"a region joins", {}, {NEW_REGION}, "eu/da mx/da cl/da cl/l1a cl/ca", 0, ""},
	{"without its delegation",
	 {},
	 {NEW_REGION},
	 "eu/da mx/da cl/l1a cl/ca",
	 IMS_E_ROSTER,
	 "R3: the new delegation of region cl"},
	{"without its log key",
	 {},
	 {NEW_REGION},
	 "eu/da mx/da cl/da cl/ca",
	 IMS_E_ROSTER,
	 "R3: the new log-key"},
	{"without its cosigner key",
	 {},
	 {NEW_REGION},
	 "eu/da mx/da cl/da cl/l1a",
	 IMS_E_ROSTER,
	 "R3: the new cosigner-key"},
	{"log key rotates",
	 {},
	 {{"{eu/l1a} 0 -", "{eu/l1a} 0 9\nlog-key 1 {eu/l1b} 5 -"}},
	 "eu/da mx/da eu/l1b",
	 0,
	 ""},
	{"new log key is silent",
	 {},
	 {{"{eu/l1a} 0 -", "{eu/l1a} 0 9\nlog-key 1 {eu/l1b} 5 -"}},
	 "eu/da mx/da",
	 IMS_E_ROSTER,
	 "R3: the new log-key of region eu"},
	{"the old one does not speak for it",
	 {},
	 {{"{eu/l1a} 0 -", "{eu/l1a} 0 9\nlog-key 1 {eu/l1b} 5 -"}},
	 "eu/da mx/da eu/l1a",
	 IMS_E_ROSTER,
	 "R3: the new log-key of region eu"},
	{"cosigner rotates",
	 {},
	 {{"{eu/ca} current", "{eu/cb} current\ncosigner-key {eu/ca} retired"}},
	 "eu/da mx/da eu/cb",
	 0,
	 ""},
	{"new cosigner is silent",
	 {},
	 {{"{eu/ca} current", "{eu/cb} current\ncosigner-key {eu/ca} retired"}},
	 "eu/da mx/da",
	 IMS_E_ROSTER,
	 "R3: the new cosigner-key of region eu"},
	{"delegation rotates",
	 {},
	 {{"delegation {eu/da}", "delegation {eu/db}"}},
	 "eu/da mx/da eu/db",
	 0,
	 ""},
	{"new delegation is silent",
	 {},
	 {{"delegation {eu/da}", "delegation {eu/db}"}},
	 "eu/da mx/da",
	 IMS_E_ROSTER,
	 "R3: the new delegation"},
	{"the new delegation is not the old",
	 {},
	 {{"delegation {eu/da}", "delegation {eu/db}"}},
	 "mx/da us/da eu/db",
	 IMS_E_ROSTER,
	 "R4: region eu has not signed, and its delegation key"},
	/* R4: a region's own */
	{"pins, with its signature", {}, {{"tls-pin {eu/pa}", "tls-pin {eu/pb}"}}, "eu/da mx/da", 0, ""},
	{"pins, without",
	 {},
	 {{"tls-pin {eu/pa}", "tls-pin {eu/pb}"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu has not signed, and its TLS pins"},
	{"a second pin, without",
	 {},
	 {{"tls-pin {eu/pa}", "tls-pin {eu/pa}\ntls-pin {eu/pb}"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu"},
	{"address, with", {}, {{"192.0.2.1", "192.0.2.9"}}, "eu/da us/da", 0, ""},
	{"address, without",
	 {},
	 {{"192.0.2.1", "192.0.2.9"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "its addresses change"},
	{"address gone, without",
	 {},
	 {{"address 192.0.2.1:7443\n", ""}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "addresses"},
	{"operator, with", {}, {{"anna {eu/po}", "anna {eu/pv}"}}, "eu/da us/da", 0, ""},
	{"operator, without",
	 {},
	 {{"anna {eu/po}", "anna {eu/pv}"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "its operators"},
	{"operator renamed, without", {}, {{"anna", "hanna"}}, "mx/da us/da", IMS_E_ROSTER, "its operators"},
	{"another operator, without",
	 {},
	 {{"auditor", "operator zoe {eu/pv}\nauditor"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "its operators"},
	{"auditor gone, without",
	 {},
	 {{"auditor otto {eu/pu}\n", ""}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "its auditors"},
	{"log key range, without",
	 {},
	 {{"{eu/l1a} 0 -", "{eu/l1a} 0 9"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "its log keys"},
	{"log key range, with", {}, {{"{eu/l1a} 0 -", "{eu/l1a} 0 9"}}, "eu/da us/da", 0, ""},
	{"log key added, without",
	 {},
	 {{"{eu/l1a} 0 -", "{eu/l1a} 0 -\nlog-key 1 {eu/l1b} 0 -"}},
	 "mx/da us/da eu/l1b",
	 IMS_E_ROSTER,
	 "its log keys"},
	{"cosigner retired, without",
	 {},
	 {{"{eu/ca} current", "{eu/cb} current\ncosigner-key {eu/ca} retired"}},
	 "mx/da us/da eu/cb",
	 IMS_E_ROSTER,
	 "its cosigner keys"},
	{"bound of a retired key, without",
	 {{"{eu/ca} current\n", "{eu/ca} current\ncosigner-key {eu/cb} retired\n"}},
	 {{"tls-pin {eu/pa}", "retired {#eu/cb} ims.example/us/1 5\ntls-pin {eu/pa}"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "its cosigner keys"},
	{"an associate's own, with",
	 {},
	 {{"tls-pin {br/pa}", "tls-pin {br/pb}"}},
	 "eu/da mx/da br/da",
	 0,
	 ""},
	{"an associate's own, without",
	 {},
	 {{"tls-pin {br/pa}", "tls-pin {br/pb}"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region br"},
	{"the secretariat's own, with",
	 {},
	 {{"tls-pin {irs/pa}", "tls-pin {irs/pb}"}},
	 "eu/da mx/da irs/da",
	 0,
	 ""},
	{"the secretariat's own, without",
	 {},
	 {{"tls-pin {irs/pa}", "tls-pin {irs/pb}"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region irs"},
	{"a suspended one's own, with",
	 {},
	 {{"tls-pin {jp/pa}", "tls-pin {jp/pb}"}},
	 "eu/da mx/da jp/da",
	 0,
	 ""},
	{"a suspended one's own, without",
	 {},
	 {{"tls-pin {jp/pa}", "tls-pin {jp/pb}"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region jp"},
	{"two regions' own, one signs",
	 {},
	 {{"tls-pin {mx/pa}", "tls-pin {mx/pb}"}, {"192.0.2.1", "192.0.2.9"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu"},
	/* R4: what a majority may alone */
	{"suspend", {}, {{"region eu participant", "region eu participant suspended"}}, "mx/da us/da", 0, ""},
	{"resume", {}, {{"jp participant suspended", "jp participant"}}, "mx/da us/da", 0, ""},
	{"change a class", {}, {{"region br associate", "region br participant"}}, "mx/da us/da", 0, ""},
	{"close", {}, {CLOSE_EU}, "mx/da us/da", 0, ""},
	{"close and re-key", {}, {REKEY_EU}, "mx/da us/da eu/l2a", 0, ""},
	{"re-keyed by itself and another", {}, {REKEY_EU}, "eu/da us/da eu/l2a", 0, ""},
	{"re-key without the new key", {}, {REKEY_EU}, "mx/da us/da", IMS_E_ROSTER, "R3: the new log-key"},
	{"re-key all of it",
	 {},
	 {REKEY_EU,
	  {"delegation {eu/da}", "delegation {eu/db}"},
	  {"{eu/ca} current",
	   "{eu/cb} current\ncosigner-key {eu/ca} retired\nretired {#eu/ca} ims.example/us/1 8"},
	  {"tls-pin {eu/pa}", "tls-pin {eu/pb}"}},
	 "mx/da us/da eu/l2a eu/db eu/cb",
	 0,
	 ""},
	{"re-key and forget the cosigner",
	 {},
	 {REKEY_EU, {"{eu/ca} current", "{eu/cb} current"}},
	 "mx/da us/da eu/l2a eu/cb",
	 IMS_E_ROSTER,
	 "its cosigner keys"},
	{"re-key and move",
	 {},
	 {REKEY_EU, {"192.0.2.1", "192.0.2.9"}},
	 "mx/da us/da eu/l2a",
	 IMS_E_ROSTER,
	 "addresses"},
	{"re-key and a new operator",
	 {},
	 {REKEY_EU, {"anna {eu/po}", "anna {eu/pv}"}},
	 "mx/da us/da eu/l2a",
	 IMS_E_ROSTER,
	 "operators"},
	{"re-key and cut the old key",
	 {},
	 {REKEY_EU, {"{eu/l1a} 0 -", "{eu/l1a} 0 7"}},
	 "mx/da us/da eu/l2a",
	 IMS_E_ROSTER,
	 "log keys"},
	{"close and change pins",
	 {},
	 {CLOSE_EU, {"tls-pin {eu/pa}", "tls-pin {eu/pb}"}},
	 "mx/da us/da",
	 IMS_E_ROSTER,
	 "TLS pins"},
	{"open the next after a closing",
	 {CLOSE_EU},
	 {{"log-key 1 {eu/l1a} 0 -", "incarnation 2 open\nlog-key 1 {eu/l1a} 0 -\nlog-key 2 {eu/l2a} 0 -"}},
	 "mx/da us/da eu/l2a",
	 0,
	 ""},
	/* R4: what nobody may */
	{"remove a region",
	 {},
	 {{WORLD_REGION("br", "associate", ""), ""}},
	 "eu/da mx/da us/da br/da",
	 IMS_E_ROSTER,
	 "R4: region br is removed"},
	{"reopen",
	 {CLOSE_EU},
	 {{"closed 7 {eu/pr}", "open"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu changes closed incarnation 1"},
	{"another kept size",
	 {CLOSE_EU},
	 {{"closed 7", "closed 8"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu changes closed"},
	{"another kept root",
	 {CLOSE_EU},
	 {{"closed 7 {eu/pr}", "closed 7 {eu/ps}"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu changes closed"},
	{"forget an incarnation",
	 {REKEY_EU},
	 {{"incarnation 1 closed 7 {eu/pr}\nincarnation 2 open\nlog-key 1 {eu/l1a} 0 -\nlog-key 2 {eu/l2a} 0 "
	   "-\n",
	   "incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu loses"},
	{"two incarnations at once",
	 {},
	 {{"incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n",
	   "incarnation 1 closed 7 {eu/pr}\nincarnation 2 closed 0 {eu/ps}\nincarnation 3 open\n"
	   "log-key 1 {eu/l1a} 0 -\nlog-key 3 {eu/l3a} 0 -\n"}},
	 "eu/da mx/da us/da eu/l3a",
	 IMS_E_ROSTER,
	 "R4: region eu opens two"},
	{"a retired key comes back",
	 {{"{eu/ca} current\n", "{eu/ca} current\ncosigner-key {eu/cb} retired\n"}},
	 {{"{eu/cb} retired", "{eu/cb} current"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R4: region eu puts a retired"},
	/* R5 */
	{"rules go on", {}, {RULES_2}, "eu/da mx/da", 0, ""},
	{"rules go back",
	 {RULES_2},
	 {{"rules 2", "rules 1"}},
	 "eu/da mx/da us/da",
	 IMS_E_ROSTER,
	 "R5: the rules"},
};

/* The template of the version after the one with this hash. */
static char *following(const char *template, const struct hash *previous)
{
	char hex[HEX_HASH_BYTES], *line = mem_printf("previous %s", hex_hash(previous, hex)), *next;
	struct world_edit edits[] = {{"version 1", "version 2"}, {"previous " WORLD_ZEROS, line}};

	next = world_edit(template, edits, 2);
	free(line);
	return next;
}

static int run_step(const struct step *s, struct errtext *e)
{
	char *was = world_edit(WORLD, s->was, 2), *base, *is;
	struct roster *now = world_roster(was, NULL), *next = NULL;
	int err;

	base = following(was, &now->hash);
	is = world_edit(base, s->is, EDITS);
	next = world_roster(is, s->signers);
	err = roster_check_successor(now, next, e);
	roster_unref(now);
	roster_unref(next);
	free(was);
	free(base);
	free(is);
	return err;
}

static void steps_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct errtext e = {""};
		int err = run_step(&steps[i], &e);

		if (err != steps[i].err || !strstr(e.text, steps[i].says))
			fail_msg("%s: %d '%s'", steps[i].name, err, e.text);
	}
}

static void refused(const struct roster *now, const char *is, const char *says)
{
	struct roster *next = world_roster(is, "eu/da mx/da us/da");
	struct errtext e = {""};

	assert_int_equal(roster_check_successor(now, next, &e), IMS_E_ROSTER);
	assert_string_equal(e.text, says);
	roster_unref(next);
}

static void the_chain_is_one(void **state)
{
	static const struct world_edit elsewhere = {"ims.example", "ims.test"};
	struct roster *now = world_roster(WORLD, NULL);
	struct hash wrong = now->hash;
	char *next = following(WORLD, &now->hash), *other = world_edit(next, &elsewhere, 1), *stray;

	(void)state;
	wrong.b[0] ^= 1;
	stray = following(WORLD, &wrong);
	refused(now, stray, "R2: it names another version 1 as the previous one");
	refused(now, WORLD, "R2: version 1 does not follow 1");
	world_federation = "ims.test";
	refused(now, other, "R2: the federation changes");
	world_federation = "ims.example";
	roster_unref(now);
	free(next);
	free(other);
	free(stray);
}

/* A line of a key that matters which does not verify spoils the note, however many others do. */
static void a_bad_signature_is_not_overlooked(void **state)
{
	struct roster *now = world_roster(WORLD, NULL), *next = NULL;
	char *is = following(WORLD, &now->hash);
	struct buf text = {0}, other = {0}, note = {0};
	struct note_signer us = world_signer(bytes_of("us/da"), true);
	struct errtext e = {""};

	(void)state;
	world_expand(&text, is);
	world_expand(&other, WORLD);
	world_sign(&note, buf_bytes(&text), "eu/da mx/da");
	assert_int_equal(note_sign_line(buf_bytes(&other), &us, 0, &note), 0);
	assert_int_equal(roster_parse(buf_bytes(&note), &next, &e), 0);
	assert_int_equal(roster_check_successor(now, next, &e), IMS_E_SIGNATURE);
	assert_non_null(strstr(e.text, "ims.example/us/delegation"));
	note_signer_fini(&us);
	roster_unref(now);
	roster_unref(next);
	buf_fini(&text);
	buf_fini(&other);
	buf_fini(&note);
	free(is);
}

static void keys_keep_their_use(void **state)
{
	struct roster *now = world_roster(WORLD, NULL), *next = NULL;
	char *base = following(WORLD, &now->hash), *is, *line, key[NOTE_VKEY_BYTES];
	struct world_edit edits[2] = {{"delegation {eu/da}", "delegation {eu/db}"}, {"{eu/l1a} 0 -", NULL}};
	struct errtext e = {""};
	struct note_signer s;
	struct hash seed;

	(void)state;
	world_seed(bytes_of("eu/da"), &seed);
	assert_int_equal(note_signer_from_seed("ims.example/eu/1", NOTE_KEY_ED25519, seed.b, &s), 0);
	line = mem_printf("{eu/l1a} 0 -\nlog-key 1 %s 0 -", note_vkey_text(&s.vkey, key));
	edits[1].to = line;
	is = world_edit(base, edits, 2);
	next = world_roster(is, "eu/da mx/da us/da eu/db");
	assert_int_equal(roster_check_successor(now, next, &e), IMS_E_ROSTER);
	assert_string_equal(e.text, "R4: a key of region eu had another use");
	note_signer_fini(&s);
	roster_unref(now);
	roster_unref(next);
	free(base);
	free(line);
	free(is);
}

static void a_genesis_is_its_hash(void **state)
{
	struct roster *r = world_roster(WORLD, "eu/da"), *next;
	char *is = following(WORLD, &r->hash);
	struct hash other = r->hash;
	struct errtext e = {""};

	(void)state;
	next = world_roster(is, "eu/da");
	assert_int_equal(roster_check_genesis(r, &r->hash, &e), 0);
	other.b[31] ^= 1;
	assert_int_equal(roster_check_genesis(r, &other, &e), IMS_E_ROSTER);
	assert_int_equal(roster_check_genesis(next, &next->hash, &e), IMS_E_ROSTER);
	roster_unref(r);
	roster_unref(next);
	free(is);
}

/* ---- what is asked of whom */

struct counted {
	unsigned votes, own, keys, signed_keys;
};

static void count(void *ctx, const struct roster_need *n)
{
	struct counted *c = ctx;

	c->votes += n->kind == ROSTER_NEED_VOTE;
	c->own += n->kind == ROSTER_NEED_OWN;
	c->keys += n->kind == ROSTER_NEED_KEY;
	c->signed_keys += n->kind == ROSTER_NEED_KEY && n->state == 0;
	assert_int_equal(n->key->type, NOTE_KEY_ED25519);
}

static void needs_are_told(void **state)
{
	struct roster *now = world_roster(WORLD, "eu/da eu/ca mx/l1a"), *next;
	struct world_edit edits[] = {NEW_REGION, {"192.0.2.1", "192.0.2.9"}};
	char *base = following(WORLD, &now->hash), *is = world_edit(base, edits, 2);
	struct counted c = {0};

	(void)state;
	roster_each_need(NULL, now, count, &c);
	assert_int_equal(c.votes + c.own, 0);
	assert_int_equal(c.keys, 18);
	assert_int_equal(c.signed_keys, 3);

	next = world_roster(is, NULL);
	c = (struct counted){0};
	roster_each_need(now, next, count, &c);
	assert_int_equal(c.votes, 3);
	assert_int_equal(c.own, 1);
	assert_int_equal(c.keys, 3);
	assert_int_equal(c.signed_keys, 0);
	roster_unref(now);
	roster_unref(next);
	free(base);
	free(is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_judged),
		cmocka_unit_test(the_chain_is_one),
		cmocka_unit_test(a_bad_signature_is_not_overlooked),
		cmocka_unit_test(keys_keep_their_use),
		cmocka_unit_test(a_genesis_is_its_hash),
		cmocka_unit_test(needs_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
