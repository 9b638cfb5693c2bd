/*
 * Redis through hiredis. Publishing is pipelined: commands are appended and written in batches, and
 * a batch's replies are collected while the next one is under way. The subscriber's thread takes
 * replies, as the library's documentation shows.
 */
#include "bench/library_driver.h"

#include <hiredis.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#define CHANNEL "a"
#define BATCH 256u   /* commands written at once */
#define PATIENCE_S 5 /* for an answer */

struct redis_pair {
	struct peer_library *library; /* borrowed */
	redisContext *publisher;      /* owned */
	redisContext *subscriber;     /* owned; used by the hearing thread alone once that runs */
	pthread_t hearing;
	bool hears;          /* `hearing` was started */
	bool hurried;        /* a batch is one command */
	unsigned appended;   /* not written yet */
	unsigned unanswered; /* written, their replies not taken */
};

static void *hear(void *opaque)
{
	struct redis_pair *pair = opaque;
	void *taken;

	while (redisGetReply(pair->subscriber, &taken) == REDIS_OK) {
		const redisReply *reply = taken;

		/* "message", the channel, the payload */
		if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
		    reply->element[2]->type == REDIS_REPLY_STRING)
			peer_library_heard(pair->library, (const uint8_t *)reply->element[2]->str,
					   (size_t)reply->element[2]->len);
		freeReplyObject(taken);
	}
	return NULL;
}

static void close_redis(void *opaque)
{
	struct redis_pair *pair = opaque;

	if (pair->hears) {
		(void)shutdown(pair->subscriber->fd, SHUT_RDWR);
		(void)pthread_join(pair->hearing, NULL);
	}
	if (pair->publisher)
		redisFree(pair->publisher);
	if (pair->subscriber)
		redisFree(pair->subscriber);
	free(pair);
}

static redisContext *connect_to(const struct library_setting *setting, const char **problem)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	redisContext *context = redisConnectWithTimeout(setting->host, setting->port, patience);

	if (context && context->err == 0 && redisSetTimeout(context, patience) == REDIS_OK)
		return context;
	if (context)
		redisFree(context);
	*problem = "cannot connect";
	return NULL;
}

static bool subscribe(struct redis_pair *pair, const char **problem)
{
	redisReply *reply = redisCommand(pair->subscriber, "SUBSCRIBE %s", CHANNEL);
	bool subscribed = reply && reply->type == REDIS_REPLY_ARRAY;
	const struct timeval forever = { 0 };

	if (reply)
		freeReplyObject(reply);
	if (redisSetTimeout(pair->subscriber, forever) != REDIS_OK)
		subscribed = false;
	if (!subscribed)
		*problem = "SUBSCRIBE was refused";
	return subscribed;
}

static bool open_redis(const struct library_setting *setting, void **out, const char **problem)
{
	struct redis_pair *pair = calloc(1, sizeof(*pair));

	*problem = "out of memory";
	if (!pair)
		return false;
	pair->library = setting->library;
	pair->hurried = setting->hurried;
	pair->subscriber = connect_to(setting, problem);
	if (!pair->subscriber || !subscribe(pair, problem))
		goto close;
	pair->publisher = connect_to(setting, problem);
	if (!pair->publisher)
		goto close;
	*problem = "no thread";
	pair->hears = pthread_create(&pair->hearing, NULL, hear, pair) == 0;
	if (!pair->hears)
		goto close;
	*out = pair;
	return true;

close:
	close_redis(pair);
	return false;
}

/* Takes replies until at most `left` are still to come. */
static bool take_replies(struct redis_pair *pair, unsigned left)
{
	void *reply;

	while (pair->unanswered > left) {
		bool is_error;

		if (redisGetReply(pair->publisher, &reply) != REDIS_OK)
			return false;
		is_error = ((const redisReply *)reply)->type == REDIS_REPLY_ERROR;
		freeReplyObject(reply);
		if (is_error)
			return false;
		pair->unanswered--;
	}
	return true;
}

static bool write_batch(struct redis_pair *pair)
{
	int done = 0;

	while (!done)
		if (redisBufferWrite(pair->publisher, &done) != REDIS_OK)
			return false;
	pair->unanswered += pair->appended;
	pair->appended = 0;
	return true;
}

static bool publish_redis(void *opaque, const uint8_t *payload, size_t length)
{
	struct redis_pair *pair = opaque;
	const char *words[] = { "PUBLISH", CHANNEL, (const char *)payload };
	const size_t lengths[] = { sizeof("PUBLISH") - 1, sizeof(CHANNEL) - 1, length };
	unsigned batch = pair->hurried ? 1 : BATCH;

	if (redisAppendCommandArgv(pair->publisher, 3, (const char **)words, lengths) != REDIS_OK)
		return false;
	pair->appended++;
	if (pair->appended < batch)
		return true;
	return write_batch(pair) && take_replies(pair, batch);
}

static bool flush_redis(void *opaque)
{
	struct redis_pair *pair = opaque;

	return write_batch(pair) && take_replies(pair, 0);
}

const struct library_driver library_redis = {
	.name = "redis",
	.open = open_redis,
	.publish = publish_redis,
	.flush = flush_redis,
	.close = close_redis,
};
