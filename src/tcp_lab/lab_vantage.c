#include "tcp_lab/lab_vantage.h"

#include <errno.h>
#include <stdlib.h>

#include "packet/packet.h"
#include "tcp_flow/tcp_tracker.h"

struct following {
	const struct lab_record *record;
	enum wanted_vantage vantage;
	const struct lab_vantage_listener *listener;
	struct packet_decoder *decoder;
	struct tcp_tracker *tracker;
};

/* The cable knows what it lost; a host does not. It makes copies at once, and loses each alone. */
static bool never_arrived(const struct following *following, const struct lab_segment *segment)
{
	const struct lab_record *record = following->record;

	if (following->vantage != VANTAGE_CABLE || !segment->lost)
		return false;
	for (size_t i = segment->number; i < record->segment_count; i++) {
		if (record->segments[i].copy_of != segment->number)
			break;
		if (!record->segments[i].lost)
			return false;
	}
	return true;
}

static int follow_sighting(const struct following *following, const struct lab_sighting *sighting,
			   uint64_t frame)
{
	const struct lab_vantage_listener *listener = following->listener;
	const struct tcp_connection *connection = NULL;
	struct captured_frame bytes;
	struct segment_facts facts;
	struct packet packet;
	struct lab_vantage_segment segment = {
		.sighting = sighting,
		.frame = frame,
		.packet = &packet,
	};

	if (listener->before)
		listener->before(listener->context, sighting);
	lab_record_frame(following->record, sighting, frame, &bytes);
	(void)packet_decode(following->decoder, &bytes, &packet);
	packet.never_arrived = never_arrived(following, sighting->segment);
	switch (tcp_tracker_packet(following->tracker, &packet, &facts, &connection)) {
	case TRACKER_SEGMENT:
		segment.connection = connection;
		segment.facts = &facts;
		break;
	case TRACKER_NO_SEGMENT:
		break;
	case TRACKER_NO_MEMORY:
		return -ENOMEM;
	}
	listener->segment(listener->context, &segment);
	return 0;
}

int lab_vantage_follow(const struct lab_record *record, enum wanted_vantage vantage, unsigned flags,
		       const struct lab_vantage_listener *listener)
{
	const struct tcp_tracker_options options = {
		.flags = flags,
		.ended = listener->ended,
		.context = listener->context,
	};
	struct following following = {
		.record = record,
		.vantage = vantage,
		.listener = listener,
	};
	struct lab_sighting *sightings;
	bool no_memory = false;
	int result = -ENOMEM;
	size_t count = 0;

	sightings = lab_record_sightings(record, vantage, &count, &no_memory);
	if (no_memory)
		return -ENOMEM;
	following.decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	if (!following.decoder)
		goto free_sightings;
	following.tracker = tcp_tracker_create(&options);
	if (!following.tracker)
		goto destroy_decoder;
	for (size_t i = 0; i < count; i++) {
		result = follow_sighting(&following, &sightings[i], i + 1);
		if (result < 0)
			goto destroy_tracker;
	}
	if (listener->over)
		listener->over(listener->context);
	tcp_tracker_finish(following.tracker);
	result = 0;

destroy_tracker:
	tcp_tracker_destroy(following.tracker);
destroy_decoder:
	packet_decoder_destroy(following.decoder);
free_sightings:
	free(sightings);
	return result;
}
