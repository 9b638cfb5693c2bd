/*
 * Lines of many connections, written as they come and read back connection by connection: the
 * ladders of one pass over a capture, in which connections are mixed. The text is in a temporary
 * file without a name; memory is some hundred bytes for each connection that is not copied or
 * dropped yet, and eight bytes a piece of the one that is copied. One thread.
 *
 *   spool = ladder_spool_create();
 *   for each segment: ladder_spool_add(spool, connection->number, line.text, line.length);
 *   when one ends:    ladder_spool_copy(spool, connection->number, stdout);
 *   ladder_spool_destroy(spool);
 */
#ifndef WIRETALE_PROGRAMS_LADDER_SPOOL_H
#define WIRETALE_PROGRAMS_LADDER_SPOOL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ladder_spool;

/* NULL: out of memory. The file is made once it is needed. */
struct ladder_spool *ladder_spool_create(void);
void ladder_spool_destroy(struct ladder_spool *spool); /* may be NULL */

/* Behind what the connection has. 0, or -errno (-ENOSPC, -ENOMEM ...): the text is not, or not all,
 * there. */
int ladder_spool_add(struct ladder_spool *spool, uint64_t number, const char *text, size_t length);

/* Borrowed for the call. */
struct ladder_spool_text {
	const char *text;
	size_t length;
};

#define LADDER_SPOOL_DOUBTS 2u

/*
 * The same with a text that may yet prove wrong, and the other that is right then. A connection has
 * so many doubts, from 0: a text takes the place of the one before it in its doubt, which then
 * stays as it is. So do texts of more than 64 KiB.
 */
int ladder_spool_add_doubtful(struct ladder_spool *spool, uint64_t number, unsigned doubt,
			      const struct ladder_spool_text *text,
			      const struct ladder_spool_text *other);

/* The latest text of that doubt is wrong, if there is one: the other will be copied. 0, or -errno.
 */
int ladder_spool_mend(struct ladder_spool *spool, uint64_t number, unsigned doubt);

/*
 * Writes all that the connection has, in order, and forgets it. 0 also where it has nothing; or
 * -errno: of reading, or of writing to `to`. Forgotten in any case.
 */
int ladder_spool_copy(struct ladder_spool *spool, uint64_t number, FILE *to);

/* Forgets what the connection has. */
void ladder_spool_drop(struct ladder_spool *spool, uint64_t number);

#endif
