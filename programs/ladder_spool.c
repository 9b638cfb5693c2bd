/*
 * The file is a sequence of pieces, each of one connection: a head with where that connection's
 * piece before it is, and the text. Lines that follow each other in one connection become one
 * piece, which is open, in memory, until another connection writes or it is full. Once nothing is
 * left that anybody may ask for, the file begins anew: a capture whose connections follow each
 * other needs room for the longest of them only. A doubtful text is a piece of its own with the
 * other one behind it; what mends it is another head.
 */
#include "programs/ladder_spool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash_table.h"

#define PIECE_MAX_BYTES (64u * 1024)     /* of text in one piece */
#define WRITE_BUFFER_BYTES (256u * 1024) /* pieces are written to the file by so much at a time */
#define NO_PIECE UINT64_MAX

/* As it stands in the file, which only this program reads. */
struct piece_head {
	uint64_t before; /* where the connection's piece before this one is; NO_PIECE: it is the
			    first */
	uint64_t skip;   /* bytes behind it that are not to be copied */
	uint64_t length; /* of the text behind those */
};

/* A piece with two texts, one behind the other, of which the first is to be copied. */
struct doubt {
	bool stands;
	uint64_t at;             /* where its head is */
	struct piece_head other; /* the head that makes it the second */
};

/* One connection that has something in the file. */
struct chain {
	struct hash_node node; /* in ladder_spool.chains */
	uint64_t number;
	uint64_t last; /* where its last piece is */
	uint64_t pieces;
	struct doubt doubts[LADDER_SPOOL_DOUBTS];
};

struct ladder_spool {
	FILE *file;               /* owned; NULL until the first piece; used by its descriptor */
	struct hash_table chains; /* owned; of struct chain, by number */
	char *pending;            /* owned; WRITE_BUFFER_BYTES, which belong at `written` */
	size_t pending_bytes;
	uint64_t written;   /* bytes in the file */
	struct chain *open; /* whose piece is the last of `pending`; NULL: none is open */
	size_t open_at;     /* where its head is in `pending` */
	char *piece;        /* owned; PIECE_MAX_BYTES, to copy with */
};

struct ladder_spool *ladder_spool_create(void)
{
	struct ladder_spool *spool = calloc(1, sizeof(*spool));

	if (!spool)
		return NULL;
	hash_table_init(&spool->chains);
	spool->pending = malloc(WRITE_BUFFER_BYTES);
	spool->piece = malloc(PIECE_MAX_BYTES);
	if (spool->pending && spool->piece)
		return spool;
	ladder_spool_destroy(spool);
	return NULL;
}

void ladder_spool_destroy(struct ladder_spool *spool)
{
	struct hash_node *node;

	if (!spool)
		return;
	while ((node = hash_table_any(&spool->chains)) != NULL) {
		hash_table_remove(&spool->chains, node);
		free((struct chain *)(void *)node);
	}
	hash_table_finish(&spool->chains);
	if (spool->file)
		(void)fclose(spool->file);
	free(spool->pending);
	free(spool->piece);
	free(spool);
}

static struct chain *find(const struct ladder_spool *spool, uint64_t number)
{
	struct hash_node *node = hash_table_first_match(&spool->chains, hash_number(number));

	for (; node; node = hash_table_next_match(node)) {
		struct chain *chain = (struct chain *)(void *)node;

		if (chain->number == number)
			return chain;
	}
	return NULL;
}

static struct chain *find_or_add(struct ladder_spool *spool, uint64_t number)
{
	struct chain *chain = find(spool, number);

	if (chain)
		return chain;
	chain = malloc(sizeof(*chain));
	if (!chain)
		return NULL;
	*chain = (struct chain){ .number = number, .last = NO_PIECE };
	if (!hash_table_insert(&spool->chains, &chain->node, hash_number(number))) {
		free(chain);
		return NULL;
	}
	return chain;
}

static int write_at(const struct ladder_spool *spool, uint64_t offset, const void *bytes,
		    size_t length)
{
	const char *next = bytes;

	while (length > 0) {
		ssize_t part = pwrite(fileno(spool->file), next, length, (off_t)offset);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return part < 0 ? -errno : -ENOSPC;
		next += part;
		offset += (uint64_t)part;
		length -= (size_t)part;
	}
	return 0;
}

/* All of `pending` to the file. What was written is not written again after an error. */
static int write_pending(struct ladder_spool *spool)
{
	int result;

	if (!spool->file)
		spool->file = tmpfile();
	if (!spool->file)
		return -errno;
	result = write_at(spool, spool->written, spool->pending, spool->pending_bytes);
	if (result != 0)
		return result;
	spool->written += spool->pending_bytes;
	spool->pending_bytes = 0;
	spool->open = NULL;
	return 0;
}

static struct piece_head head_at(const char *bytes)
{
	struct piece_head head;

	memcpy(&head, bytes, sizeof(head));
	return head;
}

/* Begins a piece of the chain in `pending`, where there is room for it. */
static void open_piece(struct ladder_spool *spool, struct chain *chain)
{
	const struct piece_head head = { .before = chain->last };

	spool->open = chain;
	spool->open_at = spool->pending_bytes;
	memcpy(spool->pending + spool->open_at, &head, sizeof(head));
	spool->pending_bytes += sizeof(head);
	chain->last = spool->written + spool->open_at;
	chain->pieces++;
}

/* Room for so many bytes of the chain: in its open piece, or in a new one. */
static int make_room(struct ladder_spool *spool, struct chain *chain, size_t length)
{
	bool goes_on = spool->open == chain &&
		       head_at(spool->pending + spool->open_at).length + length <= PIECE_MAX_BYTES;
	size_t needed = length + (goes_on ? 0 : sizeof(struct piece_head));

	if (needed > WRITE_BUFFER_BYTES - spool->pending_bytes) {
		int result = write_pending(spool);

		if (result != 0)
			return result;
		goes_on = false;
	}
	if (!goes_on)
		open_piece(spool, chain);
	return 0;
}

static int add_piece(struct ladder_spool *spool, struct chain *chain, const char *text,
		     size_t length)
{
	int result = make_room(spool, chain, length);
	struct piece_head head;

	if (result != 0)
		return result;
	head = head_at(spool->pending + spool->open_at);
	head.length += length;
	memcpy(spool->pending + spool->open_at, &head, sizeof(head));
	memcpy(spool->pending + spool->pending_bytes, text, length);
	spool->pending_bytes += length;
	return 0;
}

int ladder_spool_add(struct ladder_spool *spool, uint64_t number, const char *text, size_t length)
{
	struct chain *chain;

	if (length == 0)
		return 0;
	chain = find_or_add(spool, number);
	if (!chain)
		return -ENOMEM;
	while (length > 0) {
		size_t part = length < PIECE_MAX_BYTES ? length : PIECE_MAX_BYTES;
		int result = add_piece(spool, chain, text, part);

		if (result != 0)
			return result;
		text += part;
		length -= part;
	}
	return 0;
}

static void add_to_pending(struct ladder_spool *spool, const struct ladder_spool_text *text)
{
	memcpy(spool->pending + spool->pending_bytes, text->text, text->length);
	spool->pending_bytes += text->length;
}

int ladder_spool_add_doubtful(struct ladder_spool *spool, uint64_t number, unsigned doubt,
			      const struct ladder_spool_text *text,
			      const struct ladder_spool_text *other)
{
	struct chain *chain = find_or_add(spool, number);
	struct piece_head head;
	int result;

	if (!chain)
		return -ENOMEM;
	chain->doubts[doubt].stands = false;
	if (text->length > PIECE_MAX_BYTES || other->length > PIECE_MAX_BYTES)
		return ladder_spool_add(spool, number, text->text, text->length);
	spool->open = NULL;
	result = make_room(spool, chain, text->length + other->length);
	if (result != 0)
		return result;
	head = head_at(spool->pending + spool->open_at);
	head.length = text->length;
	memcpy(spool->pending + spool->open_at, &head, sizeof(head));
	add_to_pending(spool, text);
	add_to_pending(spool, other);
	head.skip = text->length;
	head.length = other->length;
	chain->doubts[doubt] = (struct doubt){ .stands = true, .at = chain->last, .other = head };
	/* What follows it belongs to neither text. */
	spool->open = NULL;
	return 0;
}

int ladder_spool_mend(struct ladder_spool *spool, uint64_t number, unsigned doubt)
{
	struct chain *chain = find(spool, number);
	const struct doubt *mended;

	if (!chain || !chain->doubts[doubt].stands)
		return 0;
	mended = &chain->doubts[doubt];
	chain->doubts[doubt].stands = false;
	if (mended->at >= spool->written) {
		memcpy(spool->pending + (mended->at - spool->written), &mended->other,
		       sizeof(mended->other));
		return 0;
	}
	return write_at(spool, mended->at, &mended->other, sizeof(mended->other));
}

/* Exactly so many bytes of what was added, wherever they are. */
static int read_at(const struct ladder_spool *spool, uint64_t offset, void *out, size_t length)
{
	char *next = out;

	if (offset >= spool->written) {
		memcpy(out, spool->pending + (offset - spool->written), length);
		return 0;
	}
	while (length > 0) {
		ssize_t part = pread(fileno(spool->file), next, length, (off_t)offset);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return part < 0 ? -errno : -EIO;
		next += part;
		offset += (uint64_t)part;
		length -= (size_t)part;
	}
	return 0;
}

/* Where all pieces of the chain are, from the last to the first. */
static int find_pieces(const struct ladder_spool *spool, const struct chain *chain, uint64_t *out)
{
	uint64_t at = chain->last;

	for (uint64_t i = 0; i < chain->pieces; i++) {
		struct piece_head head;
		int result = read_at(spool, at, &head, sizeof(head));

		if (result != 0)
			return result;
		out[i] = at;
		at = head.before;
	}
	return 0;
}

static int copy_piece(struct ladder_spool *spool, uint64_t at, FILE *to)
{
	struct piece_head head;
	int result = read_at(spool, at, &head, sizeof(head));

	if (result == 0)
		result = read_at(spool, at + sizeof(head) + head.skip, spool->piece,
				 (size_t)head.length);
	if (result != 0)
		return result;
	errno = 0;
	if (fwrite(spool->piece, 1, (size_t)head.length, to) != head.length)
		return errno != 0 ? -errno : -EIO;
	return 0;
}

static int copy_chain(struct ladder_spool *spool, const struct chain *chain, FILE *to)
{
	uint64_t *pieces;
	int result;

	if (chain->pieces == 0)
		return 0;
	pieces = calloc((size_t)chain->pieces, sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	result = find_pieces(spool, chain, pieces);
	for (uint64_t i = chain->pieces; i > 0 && result == 0; i--)
		result = copy_piece(spool, pieces[i - 1], to);
	free(pieces);
	return result;
}

static void forget(struct ladder_spool *spool, struct chain *chain)
{
	if (spool->open == chain)
		spool->open = NULL;
	hash_table_remove(&spool->chains, &chain->node);
	free(chain);
	if (spool->chains.count > 0)
		return;
	/* What stands in the file then is nobody's, and is written over. */
	spool->pending_bytes = 0;
	spool->written = 0;
}

int ladder_spool_copy(struct ladder_spool *spool, uint64_t number, FILE *to)
{
	struct chain *chain = find(spool, number);
	int result;

	if (!chain)
		return 0;
	result = copy_chain(spool, chain, to);
	forget(spool, chain);
	return result;
}

void ladder_spool_drop(struct ladder_spool *spool, uint64_t number)
{
	struct chain *chain = find(spool, number);

	if (chain)
		forget(spool, chain);
}
