/* SPDX-License-Identifier: Apache-2.0 */
/* Writes of the operators: new records, changes, withdrawals, sealed ones, and mistakes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sim/faults.h"
#include "sim/sim.h"

/* ---- payloads: protobuf by hand, all fields are short texts */
static void put_text(struct buf *out, unsigned field, const char *text)
{
	size_t n = strlen(text);

	buf_put_u8(out, (uint8_t)(field << 3 | 2));
	if (n >= 0x80)
		buf_put_u8(out, (uint8_t)(n | 0x80));
	buf_put_u8(out, (uint8_t)(n >= 0x80 ? n >> 7 : n));
	buf_put(out, bytes_of(text));
}

/* A small pool of names, so that natural keys meet. */
static void organisation(struct rng *r, struct buf *out)
{
	static const char *const countries[] = {"DE", "MX", "JP", "US"};
	char text[64];

	snprintf(text, sizeof(text), "Works %u", rng_below(r, 40));
	put_text(out, 2, text);
	put_text(out, 4, countries[rng_below(r, 4)]);
	snprintf(text, sizeof(text), "City %u", rng_below(r, 3));
	put_text(out, 5, text);
}

static void initiative(struct rng *r, struct buf *out)
{
	struct buf title = {0}, source = {0};
	char text[400];

	snprintf(text, sizeof(text), "Initiative %u %*s", rng_below(r, 1000), (int)rng_below(r, 300), "");
	put_text(&title, 1, "en");
	put_text(&title, 2, text);
	put_text(out, 2, buf_text(&title));
	snprintf(text, sizeof(text), "ACR%u", rng_below(r, 20));
	put_text(out, 4, text);
	put_text(out, 11, "seeking-partners");
	/* from elsewhere: any state may be its first */
	put_text(&source, 1, "sim");
	snprintf(text, sizeof(text), "%u", rng_below(r, 1000));
	put_text(&source, 2, text);
	put_text(out, 14, buf_text(&source));
	buf_fini(&source);
	buf_fini(&title);
}

static void contact(struct rng *r, struct buf *out)
{
	char text[64];

	snprintf(text, sizeof(text), "Person %u", rng_below(r, 100));
	put_text(out, 2, text);
	put_text(out, 3, "someone@sim.example");
}

static void spoil(struct rng *r, struct buf *out)
{
	switch (rng_below(r, 3)) {
	case 0:
		put_text(out, 4, "not a country");
		break;
	case 1:
		buf_put_u8(out, 0x0f); /* a wire type that is none */
		break;
	default:
		if (out->n)
			out->n--;
	}
}

/* ---- a put */
static void answered(struct commit_job *job)
{
	struct host *h = job->ctx;
	const struct commit_put *p = &job->u.put;

	if (job->err == IMS_E_ROLLED_BACK && !h->restored)
		sim_fail(h->sim, "section 6", "%s thinks that it is rolled back", h->who->code);
	if (job->err == IMS_E_FROZEN && !h->forked)
		sim_fail(h->sim, "inv. 5", "%s has frozen its own log", h->who->code);
	switch (job->err) {
	case 0:
		snprintf(h->ids[h->n_ids++ % SIM_IDS_MAX], sizeof(h->ids[0]), "%s", p->ret_id);
		break;
	case IMS_E_STOPPING: /* crashed */
	case IMS_E_NO_SPACE:
	case IMS_E_MAP_FULL:
	case IMS_E_READ_ONLY:
	case IMS_E_ROLLED_BACK:
	case IMS_E_FROZEN:
	case IMS_E_CLOCK: /* it has jumped ahead */
	case IMS_E_INVALID: /* and mistakes */
	case IMS_E_SYNTAX:
	case IMS_E_TRUNCATED:
	case IMS_E_DUPLICATE:
	case IMS_E_STALE:
	case IMS_E_NOT_FOUND:
	case IMS_E_UNKNOWN_KIND:
	case IMS_E_UNSUPPORTED:
		break;
	default:
		sim_fail(h->sim, "inv. 3", "%s answers a write with %s %s", h->who->code,
			 ims_error(job->err)->name, job->why.text);
	}
	sim_trace(h->sim, "%s answers %s %s %llu", h->who->code,
		  job->err ? ims_error(job->err)->name : p->ret_outcome, p->ret_id,
		  (unsigned long long)p->ret_index);
	commit_job_free(job);
}

static const char *content(struct rng *r, struct buf *payload)
{
	unsigned kind = rng_below(r, 10);

	if (kind < 6)
		organisation(r, payload);
	else if (kind < 8)
		initiative(r, payload);
	else
		contact(r, payload);
	return kind < 6 ? "organisation" : kind < 8 ? "initiative" : "contact";
}

/* Some other members, "mx,us"; sometimes none. */
static char *recipients(struct host *h)
{
	const struct federation *f = h->sim->fed;
	struct buf b = {0};
	char *ret;

	for (unsigned i = 0; i < f->n; i++)
		if (i != h->number && rng_percent(&h->sim->rng, 50))
			buf_printf(&b, "%s%s", b.n ? "," : "", f->member[i].code);
	ret = mem_strdup(b.n ? buf_text(&b) : f->member[!h->number].code);
	buf_fini(&b);
	return ret;
}

static char *some_id(struct host *h)
{
	unsigned n = h->n_ids < SIM_IDS_MAX ? h->n_ids : SIM_IDS_MAX;

	return n ? mem_strdup(h->ids[rng_below(&h->sim->rng, n)]) : NULL;
}

void client_write(struct host *h)
{
	struct rng *r = &h->sim->rng;
	struct commit_job *job = commit_job_new(COMMIT_PUT);
	struct commit_put *p = &job->u.put;
	struct buf payload = {0};
	unsigned what = rng_below(r, 100);

	job->done = answered;
	job->ctx = h;
	p->operator_name = mem_strdup("anna");
	if (what < 25)
		p->id = some_id(h);
	if (what < 10 && p->id) {
		p->withdraw = true;
	} else {
		p->kind = mem_strdup(content(r, &payload));
		if (what >= 95)
			spoil(r, &payload);
		if (!p->id && rng_percent(r, h->sim->p.seal_percent)) {
			p->audience = ENTRY_NAMED;
			p->named = recipients(h);
		}
		if (rng_percent(r, 5))
			p->if_revision = rng_range(r, 1, 3);
	}
	p->payload = BYTES(payload.p, payload.n); /* moves */
	commit_put_pack(p);
	sim_trace(h->sim, "%s is asked to write %s %s", h->who->code, p->kind ? p->kind : "withdrawal",
		  p->id ? p->id : "");
	host_submit(h, job);
}
