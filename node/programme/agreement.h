/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Memorandum of Agreement: the bytes that are signed, which signatures count, and whether it is concluded.
 * Functions of a case (case.h) and nothing else.
 *
 *  A1. What is signed is the text of one version in one language, under a head that names the agreement, the
 *      version, the language and the initiative. A version is one revision of the record: the next one starts
 *      the count anew.
 *  A2. A signature stands under a version when it cites that version's entry, names an organisation that is at
 *      home in the signature's own region and is a party for it, and its bytes are right. What it cites and is
 *      not here yet makes it pending, which is not wrong.
 *  A3. Regions are counted, not signatures: of a region's signatures that stand the first in its log counts.
 *      Only Participant Regions in good standing count, by the roster. An organisation (one ROR id or PIC) that
 *      signs for several regions counts for the first of them in order of their codes.
 *  A4. Nothing counts when the initiative is withdrawn, declined or merged, before it is concluded.
 *  A5. A conclusion of the home lists what it counted, under a version of the roster. It stands when the version
 *      it names was the newest before it, the initiative was not closed before it, and every signature that it
 *      lists stands, as the entry that is cited, for CASE_REGIONS_NEEDED distinct regions or more. The first one
 *      that stands closes the agreement for ever: no later version, signature, withdrawal or erasure changes it.
 */
#ifndef PROGRAMME_AGREEMENT_H
#define PROGRAMME_AGREEMENT_H

#include "base/buf.h"
#include "programme/case.h"

struct Ims__Registry__Agreement;
struct Ims__Registry__Signature;

/* ---- A1: the bytes to sign
 *
 *   ims-moa/1
 *   agreement eu-m-3
 *   version 2
 *   language en
 *   initiative eu-i-17
 *   sha256 <hex, of the text or of the document>
 *   document eu-b-9            only when the text is a document's
 *                              (an empty line)
 *   the text as it is; nothing behind it; nothing at all when it is a document's
 *
 * IMS_E_NOT_FOUND: the version has no text in this language. */
IMS_MUST_CHECK int agreement_bytes(const char *id, const struct Ims__Registry__Agreement *m, const char *lang,
				   struct buf *out);
/* Is a CMS signature's content these bytes? False of one on paper. */
bool agreement_is_signed_by(const char *id, const struct Ims__Registry__Agreement *m,
			    const struct Ims__Registry__Signature *s);

/* ---- judging */
enum signing_state { SIGNING_COUNTS, SIGNING_PENDING, SIGNING_NOT };

/* One signature. */
struct signing {
	const struct case_entry *entry;
	enum signing_state state;
	const char *why;		/* it does not count (yet): in words */
	bool is_paper;			/* weaker: the word of a secretariat */
	const char *organisation;	/* record id; "" when the payload is not there */
	const char *remark;		/* NULL, or what a reader should know */
};

struct agreement {
	const struct case_entry *version;	/* the one in force: concluded, or the newest; NULL: none readable */
	const struct case_entry *conclusion;	/* that closed it; NULL: none */
	struct signing *signings;	/* of every signature that is about it, in the order of the case */
	size_t n_signings;
	size_t n_regions;		/* distinct ones that count */
	uint64_t roster_version;	/* by which was counted */
	const char *nothing_counts;	/* A4, in words; NULL: it may */
};
/* Of the agreement with this record id; memory is the arena's. `ref` (may be NULL) is for remarks alone.
 * Errors: IMS_E_NOT_FOUND (no such agreement in the case), IMS_E_NOMEM. */
IMS_MUST_CHECK int agreement_judge(const struct programme_case *c, const char *id, const struct reference *ref,
				   struct arena *a, struct agreement *ret);
/* A region's signature that counts, or NULL. */
const struct signing *agreement_counted(const struct agreement *m, const char *region);

/* Does a conclusion's entry stand by A5, whatever others say? 0; IMS_E_AGAIN: something that it lists is not
 * here yet; IMS_E_INVALID. In words. */
IMS_MUST_CHECK int conclusion_judge(const struct programme_case *c, const struct case_entry *conclusion,
				    struct errtext *why);
/* Does a signature's entry stand under this version (A2)? Same errors. */
IMS_MUST_CHECK int signature_judge(const struct programme_case *c, const struct case_entry *signature,
				   const struct case_entry *version, const struct case_roster *roster,
				   struct errtext *why);
/* Why an entry of the case has no effect, or not yet: NULL when it has, or when its kind needs no judging. In the
 * arena. For `ims record history`. */
const char *case_why_not(const struct programme_case *c, const struct case_entry *e, struct arena *a);

#endif
