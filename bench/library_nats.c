/*
 * NATS through libnats. An asynchronous subscription hears: its callback is the quickest way that
 * the library has, on a thread of its own behind the one that reads. Its pending limits are off, so
 * that nothing is dropped. Publishing gathers, and the library's flusher sends.
 */
#include "bench/library_driver.h"

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>

#define SUBJECT "a"
#define FLUSH_TIMEOUT_MS 5000

struct nats_pair {
	struct peer_library *library; /* borrowed */
	natsConnection *publisher;    /* owned, as all below */
	natsConnection *subscriber;
	natsSubscription *subscription;
};

static void hear(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
		 void *closure)
{
	struct nats_pair *pair = closure;

	(void)connection;
	(void)subscription;
	peer_library_heard(pair->library, (const uint8_t *)natsMsg_GetData(message),
			   (size_t)natsMsg_GetDataLength(message));
	natsMsg_Destroy(message);
}

static natsStatus connect_to(const struct library_setting *setting, natsConnection **out)
{
	natsOptions *options = NULL;
	char url[64];
	natsStatus status = natsOptions_Create(&options);

	(void)snprintf(url, sizeof(url), "nats://%s:%u", setting->host, setting->port);
	if (status == NATS_OK)
		status = natsOptions_SetURL(options, url);
	if (status == NATS_OK)
		status = natsOptions_SetAllowReconnect(options, false);
	if (status == NATS_OK)
		status = natsOptions_SetSendAsap(options, setting->hurried);
	if (status == NATS_OK)
		status = natsConnection_Connect(out, options);
	natsOptions_Destroy(options);
	return status;
}

static void close_nats(void *opaque)
{
	struct nats_pair *pair = opaque;

	natsSubscription_Destroy(pair->subscription);
	natsConnection_Destroy(pair->publisher);
	natsConnection_Destroy(pair->subscriber);
	free(pair);
	nats_CloseAndWait(FLUSH_TIMEOUT_MS); /* the callback's thread too has ended */
}

static bool open_nats(const struct library_setting *setting, void **out, const char **problem)
{
	struct nats_pair *pair = calloc(1, sizeof(*pair));
	natsStatus status;

	if (!pair) {
		*problem = "out of memory";
		return false;
	}
	pair->library = setting->library;
	status = connect_to(setting, &pair->subscriber);
	if (status == NATS_OK)
		status = natsConnection_Subscribe(&pair->subscription, pair->subscriber, SUBJECT,
						  hear, pair);
	if (status == NATS_OK)
		status = natsSubscription_SetPendingLimits(pair->subscription, -1, -1);
	if (status == NATS_OK)
		status = natsConnection_FlushTimeout(pair->subscriber, FLUSH_TIMEOUT_MS);
	if (status == NATS_OK)
		status = connect_to(setting, &pair->publisher);
	if (status != NATS_OK) {
		*problem = natsStatus_GetText(status);
		close_nats(pair);
		return false;
	}
	*out = pair;
	return true;
}

static bool publish_nats(void *opaque, const uint8_t *payload, size_t length)
{
	struct nats_pair *pair = opaque;

	return natsConnection_Publish(pair->publisher, SUBJECT, payload, (int)length) == NATS_OK;
}

const struct library_driver library_nats = {
	.name = "nats",
	.open = open_nats,
	.publish = publish_nats,
	.close = close_nats,
};
