/* SPDX-License-Identifier: Apache-2.0 */
/* ims import against a fake node: many puts in flight, ids given back to the importer, a summary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "cli/request.h"
#include "unit/cli/fake_node.h"
#include "wire/codec.h"

struct registry {
	unsigned organisations, initiatives, participants;
	const char *refused; /* name of an organisation that the node does not take */
	bool takes_nothing;
};

/* Counts what comes; participants must carry ids that this node gave. */
static bool count(struct registry *r, const Ims__Ctl__PutRequest *q, char id[32], struct arena *a)
{
	struct bytes payload = BYTES(q->payload.data, q->payload.len);
	bool org = strcmp(q->kind, "organisation") == 0;
	ProtobufCMessage *m;

	CHECK(codec_unpack(org ? &ims__registry__organisation__descriptor
			       : &ims__registry__initiative__descriptor,
			   payload, a, &m, NULL) == 0);
	snprintf(id, 32, "eu-%c-%u", org ? 'o' : 'i', org ? r->organisations + 1 : r->initiatives + 1);
	if (r->takes_nothing || (org && strcmp(((Ims__Registry__Organisation *)m)->name, r->refused) == 0))
		return false;
	r->organisations += org;
	r->initiatives += !org;
	for (size_t i = 0; !org && i < ((Ims__Registry__Initiative *)m)->n_participants; i++) {
		CHECK(strncmp(((Ims__Registry__Initiative *)m)->participants[i]->organisation, "eu-o-", 5) ==
		      0);
		r->participants++;
	}
	return true;
}

static void reply_put(struct registry *r, const struct msg_request *q, const Ims__Ctl__PutRequest *put,
		      struct arena *a, struct buf *out)
{
	static char created[] = "created";
	Ims__Ctl__PutReply p = REQUEST(PutReply, put_reply);
	struct buf body = {0};
	char id[32];

	p.id = id;
	p.outcome = created;
	if (count(r, put, id, a)) {
		codec_pack(&p.base, &body);
		fake_reply(out, q->id, 0, "", buf_bytes(&body));
	} else {
		fake_reply(out, q->id, IMS_E_INVALID, "/name: not this one", BYTES_NONE);
	}
	buf_fini(&body);
}

static bool answer(struct fake_node *f, const struct msg_request *q, struct buf *out)
{
	ProtobufCMessage *m;
	struct arena a;

	CHECK(q->verb == VERB_RECORD_PUT);
	arena_init(&a, 4 << 20);
	CHECK(codec_unpack(verb_info((enum verb)q->verb)->request, q->body, &a, &m, NULL) == 0);
	reply_put(f->ctx, q, (Ims__Ctl__PutRequest *)m, &a, out);
	arena_fini(&a);
	return true;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Two projects, three organisations, one row without a name. */
static int run_import(struct registry *r, char **ret_text)
{
	struct fake_node f = {.answer = answer, .ctx = r};
	char projects[128], organizations[128], reference[512];
	const char *top = getenv("IMS_TOP");
	int err;

	snprintf(reference, sizeof(reference), "%s/config/reference", top ? top : ".");
	fake_start(&f);
	snprintf(projects, sizeof(projects), "%s/project.csv", f.dir);
	snprintf(organizations, sizeof(organizations), "%s/organization.csv", f.dir);
	write_file(projects, "id;acronym;status;title;startDate;endDate;totalCost;ecMaxContribution;"
			     "frameworkProgramme;objective;grantDoi;keywords\n"
			     "1;A;SIGNED;First;2024-01-01;2025-01-01;100,50;50;HORIZON;Aim;;\n"
			     "2;B;SIGNED;Second;2024-01-01;2025-01-01;100;50;HORIZON;Aim;;\n");
	write_file(organizations, "projectID;organisationID;name;shortName;activityType;city;country;role;"
				  "ecContribution;totalCost;organizationURL\n"
				  "1;11;CNR;;REC;Roma;IT;coordinator;25;50;\n"
				  "1;12;Werk;;PRC;Ulm;DE;participant;25;50,50;\n"
				  "2;13;Taller;;PRC;Leon;MX;participant;25;50;\n"
				  "2;14;;;PRC;Leon;MX;participant;25;50;\n");
	err = RUN_IMS(f.address, ret_text, "import", "cordis", "--json", "--reference", reference, projects,
		      organizations);
	unlink(projects);
	unlink(organizations);
	fake_stop(&f);
	return err;
}

static void rows_become_records(void **state)
{
	struct registry r = {.refused = ""};
	char *text;

	(void)state;
	assert_int_equal(run_import(&r, &text), 0);
	assert_int_equal(r.organisations, 3);
	assert_int_equal(r.initiatives, 2);
	assert_int_equal(r.participants, 3);
	assert_non_null(strstr(text, "\"created\":5,\"updated\":0,\"unchanged\":0,\"skipped\":1}"));
	free(text);
}

/* One record that the node does not take leaves the others alone. */
static void a_refusal_is_counted(void **state)
{
	struct registry r = {.refused = "Werk"};
	char *text;

	(void)state;
	assert_int_equal(run_import(&r, &text), 0);
	assert_int_equal(r.organisations, 2);
	assert_int_equal(r.initiatives, 2);
	assert_int_equal(r.participants, 2);
	free(text);
}

/* It was a success: whoever imported into a node that refused all, by a script, did not notice. */
static void an_import_of_which_nothing_is_taken_fails(void **state)
{
	struct registry r = {.refused = "", .takes_nothing = true};
	char *text;
	int err;

	(void)state;
	err = run_import(&r, &text);
	assert_int_equal(err, IMS_E_INVALID);
	assert_int_equal(ims_error(err)->exit_code, 1);
	assert_int_equal(r.organisations + r.initiatives, 0);
	assert_non_null(strstr(text, "\"created\":0,\"updated\":0,\"unchanged\":0,"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_become_records),
		cmocka_unit_test(a_refusal_is_counted),
		cmocka_unit_test(an_import_of_which_nothing_is_taken_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
