/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ims document: files by their hash. Bytes go in before the record that names them, in pieces, and a transfer
 * that was cut goes on where it stopped; what comes out is hashed here.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/save.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/put_record.h"
#include "cli/request.h"
#include "crypto/hash.h"
#include "registry/document.h"

#define PIECE_BYTES (512u << 10) /* a whole number of parts of the store */
#define TITLES_MAX 30

/* ---- in */

/* What the end of a name says; as far as there is no doubt. */
static const char *media_type_of(const char *path)
{
	static const char *const types[][2] = {
		{".pdf", "application/pdf"},
		{".txt", "text/plain"},
		{".md", "text/markdown"},
		{".html", "text/html"},
		{".csv", "text/csv"},
		{".json", "application/json"},
		{".xml", "application/xml"},
		{".png", "image/png"},
		{".jpg", "image/jpeg"},
		{".jpeg", "image/jpeg"},
		{".svg", "image/svg+xml"},
		{".zip", "application/zip"},
		{".odt", "application/vnd.oasis.opendocument.text"},
		{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	};
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t end = strlen(types[i][0]);

		if (n > end && strcasecmp(path + n - end, types[i][0]) == 0)
			return types[i][1];
	}
	return "application/octet-stream";
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int send_piece(struct cli *cli, const char *path, Ims__Ctl__DocumentUploadRequest *q,
		      Ims__Ctl__DocumentUploadReply *ret)
{
	ProtobufCMessage *reply;
	struct arena a;
	int err = cli_call(cli, path, VERB_DOCUMENT_UPLOAD, &q->base, &a, &reply);

	if (err)
		return err;
	*ret = *(const Ims__Ctl__DocumentUploadReply *)reply;
	arena_fini(&a);
	return 0;
}

/* From where the node has it; each answer says how far that is. */
static int upload(struct cli *cli, const char *path, struct bytes content, const struct hash *sha256)
{
	Ims__Ctl__DocumentUploadRequest q = REQUEST(DocumentUploadRequest, document_upload_request);
	Ims__Ctl__DocumentUploadReply at;
	struct progress p;
	int err;

	q.sha256 = (ProtobufCBinaryData){sizeof(sha256->b), (uint8_t *)(uintptr_t)sha256->b};
	q.bytes = content.n;
	progress_init(&p);
	err = send_piece(cli, path, &q, &at);
	while (!err && !at.whole) {
		size_t left = at.have < content.n ? content.n - (size_t)at.have : 0;
		uint64_t had = at.have;

		if (!left) {
			err = cli_fail(path, IMS_E_BUG, "the node has %" PRIu64 " bytes of %zu", at.have,
				       content.n);
			break;
		}
		q.offset = at.have;
		q.data = (ProtobufCBinaryData){left < PIECE_BYTES ? left : PIECE_BYTES,
					       (uint8_t *)(uintptr_t)content.p + at.have};
		progress_at(&p, "bytes", at.have, content.n);
		err = send_piece(cli, path, &q, &at);
		if (!err && !at.whole && at.have <= had)
			err = cli_fail(path, IMS_E_AGAIN, "somebody else brings the same file");
	}
	progress_clear(&p);
	return err;
}

static int take_titles(struct cli *cli, Ims__Registry__Document *d, struct arena *a)
{
	size_t n = 0;

	while (args_nth(&cli->args, OPT_TITLE, n))
		n++;
	if (n > TITLES_MAX)
		return cli_fail("--title", IMS_E_USAGE, "at most %d", TITLES_MAX);
	d->title = arena_array(a, n + 1, sizeof(Ims__Registry__Text *));
	for (size_t i = 0; d->title && i < n; i++) {
		const char *given = args_nth(&cli->args, OPT_TITLE, i), *eq = strchr(given, '=');
		Ims__Registry__Text *t = arena_alloc(a, sizeof(*t));

		if (!eq || eq == given || !eq[1])
			return cli_fail("--title", IMS_E_USAGE, "'%s': LANG=TEXT", given);
		if (!t)
			break;
		ims__registry__text__init(t);
		t->lang = arena_text(a, BYTES(given, (size_t)(eq - given)));
		t->text = cli_lend(eq + 1);
		d->title[d->n_title++] = t;
	}
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

static int put(struct cli *cli, const char *path, struct bytes content)
{
	const char *type = args_get(&cli->args, OPT_MEDIA_TYPE),
		   *lang = args_get(&cli->args, OPT_DOCUMENT_LANG);
	Ims__Registry__Document d;
	struct hash sha256;
	struct arena a;
	int err;

	arena_init(&a, 65536);
	ims__registry__document__init(&d);
	crypto_sha256(content, &sha256);
	d.name = cli_lend(name_of(path));
	d.media_type = cli_lend(type ? type : media_type_of(path));
	d.lang = cli_lend(lang);
	d.bytes = content.n;
	d.sha256 = (ProtobufCBinaryData){sizeof(sha256.b), sha256.b};
	err = take_titles(cli, &d, &a);
	if (!err)
		err = upload(cli, path, content, &sha256);
	if (!err)
		err = put_record(cli, path, DOCUMENT_KIND, NULL, &d.base, true);
	arena_fini(&a);
	return err;
}

int cmd_document_put(struct cli *cli)
{
	const char *path = args_word(&cli->args, 0);
	struct buf content = {0};
	struct errtext e;
	int err = file_read(path, DOCUMENT_MAX_BYTES, &content, &e);

	if (err)
		err = cli_fail(path, err, "%s", e.text);
	else if (content.n == 0)
		err = cli_fail(path, IMS_E_INVALID, "it is empty");
	else
		err = put(cli, path, buf_bytes(&content));
	buf_fini(&content);
	return err;
}

/* ---- out */
struct download {
	struct buf content;
	struct hash sha256;
	uint64_t bytes;
	bool is_open; /* for all who may see anything of the federation */
};

/* One piece; the first says what is to come. */
static int take_piece(struct download *d, const char *id, const Ims__Ctl__DocumentReadReply *r)
{
	if (!r->document || r->document->sha256.len != sizeof(d->sha256.b) || r->offset != d->content.n ||
	    !r->data.len || r->document->bytes > DOCUMENT_MAX_BYTES)
		return cli_fail(id, IMS_E_PROTOCOL, "%s", "");
	d->bytes = r->document->bytes;
	d->is_open = strcmp(r->document->audience, "public") == 0 ||
		     strcmp(r->document->audience, "federation") == 0;
	memcpy(d->sha256.b, r->document->sha256.data, sizeof(d->sha256.b));
	buf_put(&d->content, BYTES(r->data.data, r->data.len));
	if (d->content.failed)
		return cli_fail(id, IMS_E_NOMEM, "%s", "");
	return d->content.n > d->bytes ? cli_fail(id, IMS_E_HASH, "more bytes than its record says") : 0;
}

/* `sha256`: of an earlier revision; NULL: what the record says now. */
static int download(struct cli *cli, const char *id, const struct hash *sha256, struct download *d)
{
	Ims__Ctl__DocumentReadRequest q = REQUEST(DocumentReadRequest, document_read_request);
	struct progress p;
	struct hash have;
	int err;

	q.id = cli_lend(id);
	if (sha256)
		q.sha256 = (ProtobufCBinaryData){sizeof(sha256->b), (uint8_t *)(uintptr_t)sha256->b};
	progress_init(&p);
	do {
		ProtobufCMessage *reply;
		struct arena a;

		q.offset = d->content.n;
		err = cli_call(cli, id, VERB_DOCUMENT_READ, &q.base, &a, &reply);
		if (err)
			break;
		err = take_piece(d, id, (const Ims__Ctl__DocumentReadReply *)reply);
		arena_fini(&a);
		progress_at(&p, "bytes", d->content.n, d->bytes);
	} while (!err && d->content.n < d->bytes);
	progress_clear(&p);
	if (err)
		return err;
	crypto_sha256(buf_bytes(&d->content), &have);
	return hash_eq(&have, &d->sha256) ? 0 : cli_fail(id, IMS_E_HASH, "%s", "");
}

int document_sha256(struct cli *cli, const char *id, struct hash *ret)
{
	const Ims__Registry__Document *d;
	ProtobufCMessage *m;
	Ims__Ctl__Record *r;
	struct arena reply, a;
	int err = get_record(cli, id, DOCUMENT_KIND, &reply, &r);

	if (err)
		return err;
	err = open_record(r, &a, &m);
	if (!err) {
		d = (const Ims__Registry__Document *)m;
		if (d->sha256.len == sizeof(ret->b))
			memcpy(ret->b, d->sha256.data, sizeof(ret->b));
		else
			err = cli_fail(id, IMS_E_PROTOCOL, "%s", "");
		arena_fini(&a);
	}
	arena_fini(&reply);
	return err;
}

static int save(struct cli *cli, const char *path, const struct download *d)
{
	char hex[HEX_HASH_BYTES];
	struct errtext e;
	int err;

	if (strcmp(path, "-") == 0) {
		fwrite(d->content.p, 1, d->content.n, cli->out.file);
		return 0;
	}
	err = save_file(path, buf_bytes(&d->content), d->is_open ? 0644 : 0600, false, &e);
	if (err)
		return cli_fail(path, err, "%s", e.text);
	out_fields(&cli->out,
		   (struct out_field[]){OUT_FIELD_TEXT("file", path), OUT_FIELD_NUMBER("bytes", d->content.n),
					OUT_FIELD_TEXT("sha256", hex_hash(&d->sha256, hex))},
		   3);
	return 0;
}

int cmd_document_get(struct cli *cli)
{
	const char *id = args_word(&cli->args, 0), *path = args_get(&cli->args, OPT_OUTPUT);
	bool old = args_has(&cli->args, OPT_REVISION);
	struct download d = {0};
	struct hash sha256;
	int err;

	if (!path)
		return cmd_record_get(cli);
	if (args_has(&cli->args, OPT_AS_OF))
		return cli_fail(id, IMS_E_USAGE, "of a file by --revision; --as-of shows its record");
	err = old ? document_sha256(cli, id, &sha256) : 0;
	if (!err)
		err = download(cli, id, old ? &sha256 : NULL, &d);
	if (!err)
		err = save(cli, path, &d);
	buf_fini(&d.content);
	return err;
}

/* ---- all of them */
struct walk {
	struct cli *cli;
	uint64_t left; /* at most so many */
	/* Stops with an error, already reported. */
	int (*each)(struct walk *w, const Ims__Ctl__DocumentInfo *d);
	/* of an export */
	const char *dir;
	uint64_t n_saved, n_missing;
};

static int walk_page(struct walk *w, Ims__Ctl__DocumentListRequest *q, char next[RECORD_ID_MAX_BYTES + 1])
{
	const Ims__Ctl__DocumentListReply *r;
	ProtobufCMessage *reply;
	struct arena a;
	int err;

	q->limit = w->left < UINT32_MAX ? (uint32_t)w->left : 0;
	q->after = next;
	err = cli_call(w->cli, "documents", VERB_DOCUMENT_LIST, &q->base, &a, &reply);
	if (err)
		return err;
	r = (const Ims__Ctl__DocumentListReply *)reply;
	for (size_t i = 0; !err && w->left && i < r->n_documents; i++) {
		err = w->each(w, r->documents[i]);
		w->left -= w->left != UINT64_MAX;
	}
	snprintf(next, RECORD_ID_MAX_BYTES + 1, "%s", r->next);
	arena_fini(&a);
	return err;
}

/* The open ones, then those for named regions that this one may see. */
static int walk(struct walk *w)
{
	Ims__Ctl__DocumentListRequest q = REQUEST(DocumentListRequest, document_list_request);
	char next[RECORD_ID_MAX_BYTES + 1];
	int err = 0;

	q.region = cli_text(w->cli, OPT_HOME);
	for (int sealed = 0; sealed < 2 && !err; sealed++) {
		q.sealed = sealed;
		next[0] = '\0';
		do
			err = w->left ? walk_page(w, &q, next) : 0;
		while (!err && w->left && *next);
	}
	return err;
}

static int print_one(struct walk *w, const Ims__Ctl__DocumentInfo *d)
{
	out_item(&w->cli->out, &d->base);
	return 0;
}

int cmd_document_list(struct cli *cli)
{
	struct walk w = {.cli = cli, .each = print_one};
	struct out_field tail[] = {OUT_FIELD_NUMBER("count", 0)};
	int err = cli_limit(cli, &w.left);

	if (!err)
		err = cli_connect(cli);
	if (err)
		return err;
	out_list_begin(&cli->out, "documents", &ims__ctl__document_info__descriptor);
	err = walk(&w);
	tail[0].number = cli->out.items;
	out_list_end(&cli->out, tail, 1);
	if (!err && cli->out.items == 0 && !cli->out.json)
		cli_tell("no documents");
	return err;
}

static int export_one(struct walk *w, const Ims__Ctl__DocumentInfo *d)
{
	char hex[HEX_HASH_BYTES], *path;
	struct download got = {0};
	struct errtext e;
	int err;

	if (strcmp(d->state, "here") != 0 || d->sha256.len != sizeof(got.sha256.b)) {
		w->n_missing++;
		return 0;
	}
	path = mem_printf("%s/%s", w->dir, hex_put(hex, BYTES(d->sha256.data, d->sha256.len)));
	if (save_exists(path)) {
		free(path);
		return 0;
	}
	err = download(w->cli, d->id, NULL, &got);
	if (!err) {
		err = save_file(path, buf_bytes(&got.content), 0600, false, &e);
		err = err ? cli_fail(path, err, "%s", e.text) : 0;
	}
	w->n_saved += !err;
	buf_fini(&got.content);
	free(path);
	return err;
}

int cmd_export_documents(struct cli *cli)
{
	struct walk w = {.cli = cli, .left = UINT64_MAX, .each = export_one, .dir = args_word(&cli->args, 0)};
	struct errtext e;
	int err = save_folder(w.dir, &e);

	err = err ? cli_fail(w.dir, err, "%s", e.text) : walk(&w);
	if (!err)
		out_fields(&cli->out,
			   (struct out_field[]){OUT_FIELD_TEXT("dir", w.dir),
						OUT_FIELD_NUMBER("saved", w.n_saved),
						OUT_FIELD_NUMBER("missing", w.n_missing)},
			   3);
	return err;
}
