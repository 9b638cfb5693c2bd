#include "programs/page_spool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORDS_FIRST 256u

struct record {
	uint64_t connection;
	int64_t order;   /* see page_spool_order(); 0 */
	uint64_t offset; /* in the file */
	uint64_t length;
};

struct page_spool {
	FILE *file;             /* owned; NULL until the first record */
	struct record *records; /* owned */
	size_t count;
	size_t capacity;
	size_t max_records;
	uint64_t max_bytes;
	uint64_t bytes; /* of the records that are kept */
	uint64_t end;   /* of the file */
	int error;      /* -errno; 0 */
};

struct page_spool *page_spool_create(size_t max_records, uint64_t max_bytes)
{
	struct page_spool *spool = calloc(1, sizeof(*spool));

	if (!spool)
		return NULL;
	spool->max_records = max_records;
	spool->max_bytes = max_bytes;
	return spool;
}

void page_spool_destroy(struct page_spool *spool)
{
	if (!spool)
		return;
	if (spool->file)
		(void)fclose(spool->file);
	free(spool->records);
	free(spool);
}

static bool fail(struct page_spool *spool, int error)
{
	if (spool->error == 0)
		spool->error = error != 0 ? -error : -EIO;
	return false;
}

static bool make_room(struct page_spool *spool)
{
	size_t capacity = spool->capacity > 0 ? spool->capacity * 2 : RECORDS_FIRST;
	struct record *records;

	if (spool->count < spool->capacity)
		return true;
	records = realloc(spool->records, capacity * sizeof(*records));
	if (!records)
		return fail(spool, ENOMEM);
	spool->records = records;
	spool->capacity = capacity;
	return true;
}

FILE *page_spool_begin(struct page_spool *spool)
{
	if (spool->error != 0 || spool->count >= spool->max_records ||
	    spool->bytes >= spool->max_bytes || !make_room(spool))
		return NULL;
	if (!spool->file)
		spool->file = tmpfile();
	/* Behind one that was left out; seeking without need would write the buffer out each time.
	 */
	if (!spool->file || (ftello(spool->file) != (off_t)spool->end &&
			     fseeko(spool->file, (off_t)spool->end, SEEK_SET) != 0)) {
		(void)fail(spool, errno);
		return NULL;
	}
	return spool->file;
}

bool page_spool_end(struct page_spool *spool, uint64_t connection)
{
	off_t end = ftello(spool->file);
	uint64_t length;

	if (end < 0 || ferror(spool->file))
		return fail(spool, errno);
	length = (uint64_t)end - spool->end;
	if (length > spool->max_bytes - spool->bytes)
		return false;
	spool->records[spool->count++] = (struct record){
		.connection = connection,
		.offset = spool->end,
		.length = length,
	};
	spool->bytes += length;
	spool->end = (uint64_t)end;
	return true;
}

bool page_spool_add(struct page_spool *spool, uint64_t connection, const char *text, size_t length)
{
	FILE *file;

	if (length > spool->max_bytes - spool->bytes)
		return false;
	file = page_spool_begin(spool);
	if (!file)
		return false;
	errno = 0;
	if (fwrite(text, 1, length, file) != length)
		return fail(spool, errno);
	return page_spool_end(spool, connection);
}

void page_spool_drop(struct page_spool *spool, uint64_t connection, size_t records)
{
	size_t first = spool->count;
	size_t kept;

	for (; first > 0 && records > 0; first--)
		records -= spool->records[first - 1].connection == connection;
	kept = first;
	for (size_t i = first; i < spool->count; i++) {
		if (spool->records[i].connection == connection)
			spool->bytes -= spool->records[i].length;
		else
			spool->records[kept++] = spool->records[i];
	}
	spool->count = kept;
}

static int compare(const void *left, const void *right)
{
	const struct record *a = left;
	const struct record *b = right;

	if (a->connection != b->connection)
		return a->connection < b->connection ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

void page_spool_sort(struct page_spool *spool)
{
	if (spool->count > 1)
		qsort(spool->records, spool->count, sizeof(*spool->records), compare);
}

void page_spool_order(struct page_spool *spool, int64_t order)
{
	if (spool->count > 0)
		spool->records[spool->count - 1].order = order;
}

static int compare_order(const void *left, const void *right)
{
	const struct record *a = left;
	const struct record *b = right;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

void page_spool_sort_by_order(struct page_spool *spool)
{
	if (spool->count > 1)
		qsort(spool->records, spool->count, sizeof(*spool->records), compare_order);
}

size_t page_spool_count(const struct page_spool *spool)
{
	return spool->count;
}

int page_spool_read(struct page_spool *spool, size_t index, struct text_builder *out)
{
	const struct record *record = &spool->records[index];
	uint64_t done = 0;

	if (fflush(spool->file) != 0)
		return -errno;
	while (done < record->length) {
		size_t wanted = (size_t)(record->length - done);
		char *room = text_builder_reserve(out, wanted);
		ssize_t length;

		if (!room)
			return -ENOMEM;
		length = pread(fileno(spool->file), room, wanted, (off_t)(record->offset + done));
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return length < 0 ? -errno : -EIO;
		text_builder_use(out, (size_t)length);
		done += (uint64_t)length;
	}
	return 0;
}

int page_spool_error(const struct page_spool *spool)
{
	return spool->error;
}
