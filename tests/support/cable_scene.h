/*
 * A cable in virtual time, segments for it from a few words, and a log of what it tells.
 *
 *   struct cable_scene scene;
 *
 *   cable_scene_start(&scene, 7);
 *   scene_rule(&scene, CABLE_DROP, "client data 1", 1);
 *   scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);        flags, sequence, acknowledgment, payload
 *   scene_run(&scene, 30);                               up to 30 ms
 *   scene_expect(&scene, ">1 client SYN\n<1 at 0\n");
 *   cable_scene_finish(&scene);
 *
 * Numbers of segments are relative to each host's first, 0 being its SYN. The log:
 *   >3 client data 1              was sent; then "forged", "copy of 2"
 *   x3 chance                     was lost, why
 *   <3 at 10 changed [rule 1: ..] was delivered, in ms; [its note]
 */
#ifndef WIRETALE_TESTS_SUPPORT_CABLE_SCENE_H
#define WIRETALE_TESTS_SUPPORT_CABLE_SCENE_H

#include "support/unit_test.h"

#include "base/text_builder.h"
#include "tcp_lab/cable.h"

#define SCENE_MS UINT64_C(1000000)
#define SCENE_PACKET_MAX 66000u

struct cable_scene {
	struct cable *cable; /* owned */
	struct text_builder log;
	uint64_t now_ns;
	uint32_t isn[LAB_HOSTS];
	uint16_t ports[LAB_HOSTS];
	uint8_t ecn; /* of the IP header */
	bool ipv6;
	bool may_fragment;                /* IPv4 without DF */
	bool quiet;                       /* nothing is logged */
	uint8_t packet[SCENE_PACKET_MAX]; /* what scene_packet() made last */
	uint8_t bytes[SCENE_PACKET_MAX];  /* of the packet delivered last */
	size_t length;
	uint64_t due_ns; /* of that one */
	/* what was told so far */
	uint64_t sent;
	uint64_t lost;
	uint64_t delivered;
};

void cable_scene_start(struct cable_scene *scene, uint64_t seed);
void cable_scene_finish(struct cable_scene *scene);

/* A packet as the scene says, in scene->packet; returns its length. */
size_t scene_packet(struct cable_scene *scene, enum lab_host from, const char *flags,
		    uint32_t sequence, uint32_t acknowledgment, uint32_t payload);
void scene_send(struct cable_scene *scene, enum lab_host from, const char *flags, uint32_t sequence,
		uint32_t acknowledgment, uint32_t payload);
/* Three segments of a handshake; what is told of them goes by. None is on its way then. */
void scene_open(struct cable_scene *scene);

/* Of the packet delivered last, with its checksums' verdicts; its payload is borrowed. */
struct packet scene_decoded(const struct cable_scene *scene);

/* Goes through all that is due up to then. */
void scene_run(struct cable_scene *scene, uint64_t until_ms);

/* "client data 3", "FIN" (of either host), "server connection 2 segment 5". */
struct segment_pattern scene_pattern(const char *text);
/* times: 0 for always. Its text: "drop client data 1". Returns its number. */
int scene_rule(struct cable_scene *scene, enum cable_action action, const char *which,
	       uint32_t times);
/* With all there is; which, text and times are added. */
int scene_rule_with(struct cable_scene *scene, const char *which, uint32_t times,
		    struct cable_rule rule);

/* The log since the last call. */
void scene_expect(struct cable_scene *scene, const char *log);

#endif
