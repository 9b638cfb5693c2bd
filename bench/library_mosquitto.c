/*
 * mosquitto through libmosquitto, at QoS 0. The subscriber runs on the library's own thread; the
 * publisher needs none, since a publish without one goes straight to the socket instead of by way
 * of another thread's queue. TCP_NODELAY is asked for, which it does not do by default.
 */
#include "bench/library_driver.h"

#include <mosquitto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define TOPIC "a"
#define KEEPALIVE_SECONDS 600
#define WAIT_MS 10
#define WAITS 500 /* of WAIT_MS, before the subscription is given up */

struct mosquitto_pair {
	struct peer_library *library; /* borrowed */
	struct mosquitto *publisher;  /* owned */
	struct mosquitto *subscriber; /* owned */
	bool hears;                   /* its thread was started */
	_Atomic bool subscribed;      /* set by that thread */
};

static void hear(struct mosquitto *client, void *opaque, const struct mosquitto_message *message)
{
	struct mosquitto_pair *pair = opaque;

	(void)client;
	peer_library_heard(pair->library, message->payload, (size_t)message->payloadlen);
}

static void note_subscribed(struct mosquitto *client, void *opaque, int id, int count,
			    const int *granted)
{
	struct mosquitto_pair *pair = opaque;

	(void)client;
	(void)id;
	(void)count;
	(void)granted;
	atomic_store(&pair->subscribed, true);
}

static void subscribe(struct mosquitto *client, void *opaque, int result)
{
	(void)opaque;
	if (result == 0)
		(void)mosquitto_subscribe(client, NULL, TOPIC, 0);
}

static void close_mosquitto(void *opaque)
{
	struct mosquitto_pair *pair = opaque;

	if (pair->publisher)
		(void)mosquitto_disconnect(pair->publisher);
	mosquitto_destroy(pair->publisher);
	if (pair->subscriber)
		(void)mosquitto_disconnect(pair->subscriber);
	if (pair->hears)
		(void)mosquitto_loop_stop(pair->subscriber, false);
	mosquitto_destroy(pair->subscriber);
	free(pair);
	(void)mosquitto_lib_cleanup();
}

static bool connect_client(struct mosquitto *client, const struct library_setting *setting)
{
	return client && mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1) == 0 &&
	       mosquitto_connect(client, setting->host, setting->port, KEEPALIVE_SECONDS) == 0;
}

/* Lets the publisher's loop run until the CONNACK is here, and the subscriber's thread subscribe.
 */
static bool wait_until_subscribed(struct mosquitto_pair *pair)
{
	static const struct timespec while_waiting = { .tv_nsec = WAIT_MS * 1000000L };

	for (int waits = 0; waits < WAITS; waits++) {
		if (mosquitto_loop(pair->publisher, 0, 1) != MOSQ_ERR_SUCCESS)
			return false;
		if (atomic_load(&pair->subscribed))
			return true;
		(void)nanosleep(&while_waiting, NULL);
	}
	return false;
}

static bool open_mosquitto(const struct library_setting *setting, void **out, const char **problem)
{
	struct mosquitto_pair *pair = calloc(1, sizeof(*pair));

	*problem = "out of memory";
	if (!pair)
		return false;
	(void)mosquitto_lib_init();
	pair->library = setting->library;
	pair->publisher = mosquitto_new(NULL, true, pair);
	pair->subscriber = mosquitto_new(NULL, true, pair);
	if (!pair->publisher || !pair->subscriber)
		goto close;
	mosquitto_connect_callback_set(pair->subscriber, subscribe);
	mosquitto_subscribe_callback_set(pair->subscriber, note_subscribed);
	mosquitto_message_callback_set(pair->subscriber, hear);
	*problem = "cannot connect";
	if (!connect_client(pair->subscriber, setting) || !connect_client(pair->publisher, setting))
		goto close;
	pair->hears = mosquitto_loop_start(pair->subscriber) == MOSQ_ERR_SUCCESS;
	*problem = "the subscription was not granted";
	if (!pair->hears || !wait_until_subscribed(pair))
		goto close;
	*out = pair;
	return true;

close:
	close_mosquitto(pair);
	return false;
}

static bool publish_mosquitto(void *opaque, const uint8_t *payload, size_t length)
{
	struct mosquitto_pair *pair = opaque;

	return mosquitto_publish(pair->publisher, NULL, TOPIC, (int)length, payload, 0, false) ==
	       MOSQ_ERR_SUCCESS;
}

/* Where the socket was full the library keeps what is left, and its loop sends that. */
static bool flush_mosquitto(void *opaque)
{
	struct mosquitto_pair *pair = opaque;

	return !mosquitto_want_write(pair->publisher) ||
	       mosquitto_loop_write(pair->publisher, 1) == MOSQ_ERR_SUCCESS;
}

const struct library_driver library_mosquitto = {
	.name = "mqtt",
	.open = open_mosquitto,
	.publish = publish_mosquitto,
	.flush = flush_mosquitto,
	.close = close_mosquitto,
};
