#include "tcp_flow/tcp_totals.h"

void tcp_totals_packet(struct tcp_totals *totals, const struct packet *packet)
{
	if (totals->packets++ == 0) {
		totals->first_ns = packet->time_ns;
		totals->last_ns = packet->time_ns;
	}
	if (packet->time_ns < totals->last_ns)
		totals->backwards++;
	else
		totals->last_ns = packet->time_ns;
	if (packet->time_ns < totals->first_ns)
		totals->first_ns = packet->time_ns;

	switch (packet->kind) {
	case PACKET_TCP:
		totals->segments++;
		if (packet->checksum == CHECKSUM_BAD || packet->ip.checksum == CHECKSUM_BAD)
			totals->bad_checksums++;
		break;
	case PACKET_FRAGMENT:
		totals->fragments++;
		break;
	case PACKET_ICMP_ERROR:
		totals->icmp_errors++;
		break;
	case PACKET_DAMAGED:
		totals->damaged++;
		break;
	case PACKET_OTHER:
		break;
	}
}

static void add_findings(struct tcp_totals *totals, const struct tcp_findings *findings)
{
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct tcp_finding *finding = &findings->list[i];

		/* Sorted: those of a kind stand together. */
		if (i == 0 || findings->list[i - 1].kind != finding->kind)
			totals->findings[finding->kind]++;
		if (finding->kind == FINDING_RETRANSMISSION)
			totals->causes[finding->cause] += finding->count;
	}
}

void tcp_totals_connection(struct tcp_totals *totals, const struct tcp_connection *connection)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct tcp_end *end = &connection->ends[side];

		totals->bytes[side] += end->bytes;
		totals->side_segments[side] += end->segments;
		totals->retransmissions[side] += end->retransmissions;
	}
	if (connection->evicted)
		totals->evicted++;
	totals->openings[connection->opening.kind]++;
	totals->closings[connection->closing.kind]++;
	for (unsigned label = 0; label < LABEL_COUNT; label++)
		totals->labels[label] += connection->label_counts[label];
	if (connection->findings.count > 0)
		add_findings(totals, &connection->findings);
}
