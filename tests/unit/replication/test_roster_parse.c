/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/replication/roster_world.h"

/* Put the text again; it is the one that was parsed. */
static void assert_round_trip(const char *template)
{
	struct buf text = {0}, again = {0};
	struct roster *r = world_roster(template, NULL);

	world_expand(&text, template);
	roster_put_text(r, &again);
	assert_string_equal(buf_text(&again), buf_text(&text));
	assert_int_equal(r->text_bytes, text.n);
	roster_unref(r);
	buf_fini(&text);
	buf_fini(&again);
}

static void everything_is_read(void **state)
{
	struct roster *r = world_roster(WORLD, "eu/da mx/da");
	const struct roster_region *eu = &r->regions[1];
	struct buf text = {0};
	struct hash h;

	(void)state;
	world_expand(&text, WORLD);
	crypto_sha256(buf_bytes(&text), &h);
	assert_true(hash_eq(&h, &r->hash));
	assert_string_equal(r->federation, "ims.example");
	assert_int_equal(r->version, 1);
	assert_int_equal(r->rules, 1);
	assert_int_equal(r->replicated_k, 2);
	assert_int_equal(r->n_replicated, 3);
	assert_string_equal(r->replicated_regions[2], "us");
	assert_int_equal(r->n_regions, 6);
	assert_string_equal(eu->code, "eu");
	assert_int_equal(eu->class, ROSTER_PARTICIPANT);
	assert_false(eu->suspended);
	assert_true(r->regions[3].suspended);
	assert_string_equal(eu->delegation.name, "ims.example/eu/delegation");
	assert_string_equal(eu->log_keys[0].vkey.name, "ims.example/eu/1");
	assert_true(eu->log_keys[0].to_size == UINT64_MAX);
	assert_int_equal(eu->cosigner_keys[0].vkey.type, NOTE_KEY_COSIGN_V1);
	assert_string_equal(eu->addresses[0], "192.0.2.1:7443");
	assert_string_equal(eu->operators[0].name, "anna");
	assert_string_equal(eu->auditors[0].name, "otto");
	assert_true(r->note_bytes > text.n && memcmp(r->note, text.p, text.n) == 0);
	buf_fini(&text);
	roster_unref(roster_ref(r));
	roster_unref(r);
	roster_unref(NULL);
}

static void text_is_canonical(void **state)
{
	static const struct world_edit long_past[] = {
		{"incarnation 1 open\nlog-key 1 {eu/l1a} 0 -\n",
		 "incarnation 1 closed 7 {eu/px}\nincarnation 2 open\n"
		 "log-key 1 {eu/l1a} 0 4\nlog-key 1 {eu/l1b} 3 9223372036854775807\nlog-key 2 {eu/l2a} 0 -\n"
		 "cosigner-key {eu/cb} retired\n"},
		{"cosigner-key {eu/ca} current\n",
		 "cosigner-key {eu/ca} current\nretired {#eu/cb} ims.example/eu/1 4\n"
		 "retired {#eu/cb} ims.example/us/1 5\n"},
		{"tls-pin {eu/pa}\n", "tls-pin {eu/pa}\ntls-pin {eu/pb}\n"},
		{"replicated 2 irs mx us", "replicated 0"},
	};
	char *template = world_edit(WORLD, long_past, 4);

	(void)state;
	assert_round_trip(WORLD);
	assert_round_trip(template);
	free(template);
}

/* ---- refusals */

struct refusal {
	const char *from, *to;
	int err;
	const char *says; /* somewhere in the detail */
};

/* Lines: 1-6 head, br 7-12, eu 13-21 (13 region, 14 delegation, 15 incarnation, 16 log-key, 17
 * cosigner-key, 18 tls-pin, 19 address, 20 operator, 21 auditor), irs 22-28, jp, mx, us. */
static const struct refusal refusals[] = {
	{"ims-roster/1", "ims-roster/2", IMS_E_SYNTAX, "line 1:"},
	{"ims-roster/1\n", "", IMS_E_MISSING, "line 1: `ims-roster/1` is missing"},
	{"ims-roster/1\n", "\nims-roster/1\n", IMS_E_SYNTAX, "line 1:"},
	{"ims-roster/1", "ims-roster/1 more", IMS_E_SYNTAX, "line 1: wrong number"},
	{"federation ims.example", "federation Ims.example", IMS_E_INVALID, "line 2:"},
	{"federation ims.example", "federation -ims", IMS_E_INVALID, "line 2:"},
	{"federation ims.example", "federation ims/example", IMS_E_INVALID, "line 2:"},
	{"federation ims.example", "federation ims.test", IMS_E_INVALID, "line 8: the key is named"},
	{"federation ims.example", "federation  ims.example", IMS_E_SYNTAX, "line 2: words"},
	{"federation ims.example", "federation ims.example ", IMS_E_SYNTAX, "line 2: words"},
	{"version 1", "version 0", IMS_E_INVALID, "line 3:"},
	{"version 1", "version 01", IMS_E_INVALID, "line 3:"},
	{"version 1", "version 18446744073709551616", IMS_E_INVALID, "line 3:"},
	{"version 1", "version 2", IMS_E_INVALID, "line 4:"},
	{"version 1\n", "", IMS_E_MISSING, "line 3: `version` is missing"},
	{"version 1\n", "version 1\nversion 1\n", IMS_E_DUPLICATE, "line 4:"},
	{"previous 0", "previous 1", IMS_E_INVALID, "line 4:"},
	{"previous 00", "previous 0", IMS_E_INVALID, "line 4: not a hash"},
	{"previous 00", "previous AA", IMS_E_INVALID, "line 4: not a hash"},
	{"rules 1", "rules 0", IMS_E_INVALID, "line 5:"},
	{"rules 1\nreplicated 2 irs mx us", "replicated 2 irs mx us\nrules 1", IMS_E_MISSING,
	 "line 5: `rules`"},
	{"rules 1", "rules 1\nquorum 2", IMS_E_SYNTAX, "line 6: a word that is not known"},
	{"replicated 2", "replicated 4", IMS_E_INVALID, "line 6:"},
	{"replicated 2", "replicated 0", IMS_E_INVALID, "line 6:"},
	{"replicated 2 irs mx", "replicated 2 mx irs", IMS_E_INVALID, "line 6:"},
	{"replicated 2 irs mx", "replicated 2 irs irs", IMS_E_INVALID, "line 6:"},
	{"replicated 2 irs", "replicated 2 cn", IMS_E_INVALID, "cn"},
	{"replicated 2 irs", "replicated 2 journal", IMS_E_INVALID, "line 6:"},
	{"region br associate\n", "", IMS_E_SYNTAX, "line 7:"},
	{"region br", "region BR", IMS_E_INVALID, "line 7:"},
	{"region br", "region journal", IMS_E_INVALID, "line 7:"},
	{"region br", "region b", IMS_E_INVALID, "line 7:"},
	{"region br", "region brasilbrasilb", IMS_E_INVALID, "line 7:"},
	{"region br associate", "region br member", IMS_E_INVALID, "line 7:"},
	{"region br associate", "region br secretariat", IMS_E_INVALID, "line 7:"},
	{"region irs secretariat", "region irs participant", IMS_E_INVALID, "line 22:"},
	{"region br associate", "region br associate asleep", IMS_E_SYNTAX, "line 7:"},
	{"region br associate", "region br associate suspended suspended", IMS_E_SYNTAX, "line 7:"},
	{"region eu", "region br", IMS_E_INVALID, "line 13: regions"},
	{"region eu", "region ar", IMS_E_INVALID, "line 13: regions"},
	{"delegation {br/da}\n", "", IMS_E_MISSING, "line 8: `delegation`"},
	{"delegation {br/da}", "delegation {eu/db}", IMS_E_INVALID, "line 8: the key is named"},
	{"delegation {br/da}", "delegation {br/ca}", IMS_E_INVALID, "line 8: the key is of another type"},
	{"delegation {br/da}", "delegation {br/da}=", IMS_E_SYNTAX, "line 8: not a key"},
	{"delegation {br/da}", "delegation br", IMS_E_SYNTAX, "line 8: not a key"},
	{"delegation {eu/da}\nincarnation 1 open", "incarnation 1 open\ndelegation {eu/da}", IMS_E_MISSING,
	 "line 14: `delegation`"},
	{"incarnation 1 open\nlog-key 1 {eu/l1a} 0 -", "log-key 1 {eu/l1a} 0 -\nincarnation 1 open",
	 IMS_E_MISSING, "line 15: `incarnation`"},
	{"incarnation 1 open", "incarnation 0 open", IMS_E_INVALID, "line 9:"},
	{"incarnation 1 open", "incarnation 2 open", IMS_E_INVALID, "line 9:"},
	{"incarnation 1 open", "incarnation 1 open\nincarnation 2 open", IMS_E_INVALID,
	 "line 10: only the last"},
	{"incarnation 1 open", "incarnation 1 shut", IMS_E_SYNTAX, "line 9:"},
	{"incarnation 1 open", "incarnation 1 open 7", IMS_E_SYNTAX, "line 9:"},
	{"incarnation 1 open", "incarnation 1 closed 7", IMS_E_SYNTAX, "line 9:"},
	{"incarnation 1 open", "incarnation 1 closed x {br/pz}", IMS_E_INVALID, "line 9:"},
	{"incarnation 1 open", "incarnation 1 closed 7 {br/l1z}", IMS_E_INVALID, "line 9:"},
	{"incarnation 1 open", "incarnation 1 closed 7 {br/pz}\nincarnation 3 open", IMS_E_INVALID,
	 "line 10:"},
	{"log-key 1 {br/l1a} 0 -\n", "", IMS_E_MISSING, "region br: open incarnation 1"},
	{"log-key 1 {br/l1a}", "log-key 2 {br/l2a}", IMS_E_INVALID, "line 10:"},
	{"log-key 1 {br/l1a}", "log-key 0 {br/l0a}", IMS_E_INVALID, "line 10:"},
	{"log-key 1 {br/l1a}", "log-key 1 {br/l2a}", IMS_E_INVALID, "line 10: the key is named"},
	{"log-key 1 {br/l1a} 0 -", "log-key 1 {br/l1a} 5 4", IMS_E_INVALID, "line 10:"},
	{"log-key 1 {br/l1a} 0 -", "log-key 1 {br/l1a} - -", IMS_E_INVALID, "line 10:"},
	{"log-key 1 {br/l1a} 0 -", "log-key 1 {br/l1a} 0 18446744073709551615", IMS_E_INVALID, "line 10:"},
	{"log-key 1 {br/l1a} 0 -", "log-key 1 {br/l1a} 0", IMS_E_SYNTAX, "line 10:"},
	{"incarnation 1 open\nlog-key 1 {br/l1a} 0 -",
	 "incarnation 1 closed 3 {br/pz}\nincarnation 2 open\nlog-key 2 {br/l2a} 0 -\nlog-key 1 {br/l1a} 0 -",
	 IMS_E_INVALID, "line 12: log keys stand in the order"},
	{"cosigner-key {br/ca} current\n", "", IMS_E_MISSING, "line 11: `cosigner-key`"},
	{"cosigner-key {br/ca} current", "cosigner-key {br/ca} old", IMS_E_SYNTAX, "line 11:"},
	{"cosigner-key {br/ca} current", "cosigner-key {br/da} current", IMS_E_INVALID, "line 11:"},
	{"cosigner-key {br/ca} current", "cosigner-key {br/ca} retired", IMS_E_MISSING,
	 "no current cosigner"},
	{"tls-pin {br/pa}", "retired {#br/ca} ims.example/eu/1 5\ntls-pin {br/pa}", IMS_E_INVALID,
	 "line 12:"},
	{"tls-pin {br/pa}",
	 "cosigner-key {br/cb} retired\nretired {#br/cb} ims.example/cn/1 5\ntls-pin {br/pa}", IMS_E_INVALID,
	 "unknown log"},
	{"tls-pin {br/pa}",
	 "cosigner-key {br/cb} retired\nretired {#br/cb} ims.example/eu/2 5\ntls-pin {br/pa}", IMS_E_INVALID,
	 "unknown log"},
	{"tls-pin {br/pa}",
	 "cosigner-key {br/cb} retired\nretired {#br/cb} ims.example/eu/1 5\n"
	 "retired {#br/cb} ims.example/eu/1 6\ntls-pin {br/pa}",
	 IMS_E_DUPLICATE, "line 14:"},
	{"tls-pin {br/pa}",
	 "cosigner-key {br/cb} retired\nretired {#br/cb} ims.example/eu/1 -\ntls-pin {br/pa}", IMS_E_INVALID,
	 "line 13: not a size"},
	{"tls-pin {br/pa}\n", "", IMS_E_MISSING, "line 12: `tls-pin`"},
	{"tls-pin {br/pa}", "tls-pin {br/l1z}", IMS_E_INVALID, "line 12: not a pin"},
	{"tls-pin {br/pa}", "tls-pin {br/pa}\ntls-pin {br/pb}\ntls-pin {br/pc}", IMS_E_LIMIT, "line 14:"},
	{"tls-pin {br/pa}", "tls-pin {br/pa}\ntls-pin {br/pa}", IMS_E_DUPLICATE, "a pin stands twice"},
	{"address 192.0.2.1:7443", "address eu.example:7443", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address 192.0.2.1", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address 192.0.2.1:0", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address 192.0.2.1:65536", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address 192.0.2.1:07443", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address 192.0.2.01:7443", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address 2001:db8::1:7443", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address [2001:DB8::1]:7443", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address [2001:db8:0:0::1]:7443", IMS_E_INVALID, "line 19:"},
	{"address 192.0.2.1:7443", "address 192.0.2.1:7443\naddress 192.0.2.1:7443", IMS_E_DUPLICATE,
	 "line 20:"},
	{"operator anna", "operator Anna", IMS_E_INVALID, "line 20:"},
	{"operator anna", "operator anna/b", IMS_E_INVALID, "line 20:"},
	{"operator anna {eu/po}", "operator anna {eu/po}\noperator anna {eu/pv}", IMS_E_DUPLICATE,
	 "line 21:"},
	{"operator anna {eu/po}\nauditor otto {eu/pu}", "auditor otto {eu/pu}\noperator anna {eu/po}",
	 IMS_E_SYNTAX, "line 21: line out of order"},
	{"auditor otto {eu/pu}", "auditor otto {eu/po}", IMS_E_DUPLICATE, "a pin stands twice"},
	{"auditor otto {eu/pu}", "auditor otto {us/pa}", IMS_E_DUPLICATE, "regions eu and us"},
	{"auditor otto {eu/pu}", "auditor otto", IMS_E_SYNTAX, "line 21:"},
	{"auditor otto {eu/pu}", "auditor otto {eu/pu}\ncolour blue", IMS_E_SYNTAX,
	 "line 22: a word that is"},
	{"auditor otto {eu/pu}", "auditor otto {eu/pu}\nversion 1", IMS_E_SYNTAX, "line 22: a word that is"},
};

static void bad_texts_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *row = &refusals[i];
		struct world_edit edit = {row->from, row->to};
		char *template = world_edit(WORLD, &edit, 1);
		struct errtext e = {""};
		struct roster *r = NULL;
		int err = world_parse(template, NULL, &r, &e);

		if (err != row->err || !strstr(e.text, row->says))
			fail_msg("'%s' → '%s': %d '%s'", row->from, row->to, err, e.text);
		assert_null(r);
		free(template);
	}
}

/* The same 32 bytes under two names, types or uses are one key that stands twice. */
static void a_key_stands_once(void **state)
{
	static const struct {
		const char *name, *from, *before, *after;
	} rows[] = {
		{"ims.example/eu/delegation", "delegation {eu/da}", "delegation ", ""},
		{"ims.example/eu/1", "log-key 1 {eu/l1a} 0 -", "log-key 1 {eu/l1a} 0 -\nlog-key 1 ", " 0 -"},
		{"ims.example/br/1", "log-key 1 {br/l1a} 0 -", "log-key 1 ", " 0 -"},
	};
	struct hash seed;

	(void)state;
	world_seed(bytes_of("br/ca"), &seed);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_edit edit = {rows[i].from, NULL};
		char key[NOTE_VKEY_BYTES], *line, *template;
		struct errtext e = {""};
		struct note_signer s;
		struct roster *r;

		assert_int_equal(note_signer_from_seed(rows[i].name, NOTE_KEY_ED25519, seed.b, &s), 0);
		line = mem_printf("%s%s%s", rows[i].before, note_vkey_text(&s.vkey, key), rows[i].after);
		edit.to = line;
		template = world_edit(WORLD, &edit, 1);
		assert_int_equal(world_parse(template, NULL, &r, &e), IMS_E_DUPLICATE);
		assert_non_null(strstr(e.text, "a public key stands twice"));
		free(template);
		free(line);
		note_signer_fini(&s);
	}
}

static void limits_hold(void **state)
{
	struct buf text = {0}, lines = {0};
	struct world_edit edit = {"address 192.0.2.1:7443\n", NULL};
	struct errtext e;
	struct roster *r;
	char *template;

	(void)state;
	for (int i = 1; i <= 9; i++)
		buf_printf(&lines, "address 192.0.2.%d:7443\n", i);
	edit.to = buf_text(&lines);
	template = world_edit(WORLD, &edit, 1);
	assert_int_equal(world_parse(template, NULL, &r, &e), IMS_E_LIMIT);
	assert_non_null(strstr(e.text, "line 27: too many such lines"));
	free(template);

	buf_put_text(&text, "ims-roster/1\nfederation ");
	for (int i = 0; i < 2000; i++)
		buf_put_text(&text, "a");
	buf_put_text(&text, "\n");
	assert_int_equal(roster_parse_text(buf_bytes(&text), &r, &e), IMS_E_LIMIT);
	assert_string_equal(e.text, "line 2: line too long");
	for (int i = 0; i < 66; i++)
		buf_printf(&text, "%01000d\n", 0);
	assert_int_equal(roster_parse_text(buf_bytes(&text), &r, &e), IMS_E_LIMIT);
	assert_int_equal(roster_parse(buf_bytes(&text), &r, NULL), IMS_E_LIMIT);
	buf_fini(&text);
	buf_fini(&lines);
}

static void a_text_is_not_a_note(void **state)
{
	struct buf text = {0};
	struct errtext e;
	struct roster *r;

	(void)state;
	world_expand(&text, WORLD);
	assert_int_equal(roster_parse(buf_bytes(&text), &r, &e), IMS_E_SYNTAX);
	assert_int_equal(roster_parse_text(BYTES(text.p, text.n - 1), &r, &e), IMS_E_SYNTAX);
	assert_int_equal(roster_parse_text(BYTES_NONE, &r, &e), IMS_E_SYNTAX);
	assert_int_equal(roster_parse(BYTES_NONE, &r, &e), IMS_E_SYNTAX);
	buf_put_text(&text, "\n");
	assert_int_equal(roster_parse_text(buf_bytes(&text), &r, &e), IMS_E_SYNTAX);
	buf_fini(&text);
}

static void someone_has_to_vote(void **state)
{
	static const struct world_edit all[] = {{"eu participant", "eu participant suspended"},
						{"mx participant", "mx associate"},
						{"us participant", "us participant suspended"}};
	char *template = world_edit(WORLD, all, 3);
	struct errtext e;
	struct roster *r;

	(void)state;
	assert_int_equal(world_parse(template, NULL, &r, &e), IMS_E_MISSING);
	free(template);
}

/* ---- cards */

static int card_parse(const char *template, const char *federation, struct roster **ret, struct errtext *e)
{
	struct buf text = {0};
	int err;

	world_expand(&text, template);
	err = roster_parse_card(buf_bytes(&text), federation, ret, e);
	buf_fini(&text);
	return err;
}

static void cards_are_one_region(void **state)
{
	struct errtext e = {""};
	struct roster *r = NULL;

	(void)state;
	assert_int_equal(card_parse(WORLD_REGION("br", "associate", ""), "ims.example", &r, &e), 0);
	assert_int_equal(r->n_regions, 1);
	assert_int_equal(r->version, 0);
	roster_unref(r);
	assert_int_equal(card_parse(WORLD_REGION("br", "associate", "") WORLD_REGION("eu", "participant", ""),
				    "ims.example", &r, &e),
			 IMS_E_LIMIT);
	assert_int_equal(card_parse(WORLD_REGION("br", "associate", ""), "ims.test", &r, &e), IMS_E_INVALID);
	assert_int_equal(card_parse(WORLD_REGION("br", "associate", ""), "Ims", &r, &e), IMS_E_INVALID);
	assert_int_equal(card_parse("region br associate\n", "ims.example", &r, &e), IMS_E_MISSING);
	assert_int_equal(card_parse("delegation {br/da}\n", "ims.example", &r, &e), IMS_E_SYNTAX);
	assert_int_equal(card_parse(WORLD, "ims.example", &r, &e), IMS_E_SYNTAX);
	assert_int_equal(card_parse("", "ims.example", &r, &e), IMS_E_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read),	 cmocka_unit_test(text_is_canonical),
		cmocka_unit_test(bad_texts_are_refused), cmocka_unit_test(a_key_stands_once),
		cmocka_unit_test(limits_hold),		 cmocka_unit_test(a_text_is_not_a_note),
		cmocka_unit_test(someone_has_to_vote),	 cmocka_unit_test(cards_are_one_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
