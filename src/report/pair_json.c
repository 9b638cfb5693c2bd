#include "report/pair_json.h"

#include "base/ip_address.h"
#include "base/json_writer.h"

static const char *const capture_names[2] = { "first", "second" };

static void put_endpoint(struct json_writer *json, const char *name, const struct pair_flow *flow,
			 enum tcp_side side)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_endpoint_text(&flow->addresses[side], flow->ports[side], text);
	json_name(json, name);
	json_string(json, text);
}

static void put_flow(struct json_writer *json, const struct pair_flow *flow, const char *name)
{
	json_name(json, name);
	json_begin_object(json);
	json_member_unsigned(json, "connection", flow->number);
	put_endpoint(json, "client", flow, TCP_CLIENT);
	put_endpoint(json, "server", flow, TCP_SERVER);
	json_member_unsigned(json, "segments", flow->count);
	json_end_object(json);
}

static void put_delays(struct json_writer *json, const struct pair_path *path)
{
	if (path->delays == 0)
		return;
	json_name(json, "delay");
	json_begin_object(json);
	json_member_signed_seconds(json, "least", path->least_ns);
	json_member_signed_seconds(json, "median", path->median_ns);
	json_member_signed_seconds(json, "p95", path->late_ns);
	json_member_signed_seconds(json, "most", path->most_ns);
	json_end_object(json);
}

static void put_changes(struct json_writer *json, const struct pair_path *path)
{
	json_name(json, "changed");
	json_begin_array(json);
	for (unsigned i = 0; i < PAIR_CHANGE_COUNT; i++) {
		if ((path->changes & 1u << i) != 0)
			json_string(json, pair_change_name((enum pair_change)i));
	}
	json_end_array(json);
}

static void put_path(struct json_writer *json, const char *name, const struct pair_path *path,
		     bool has_delays)
{
	const struct {
		const char *name;
		uint64_t count;
	} counts[] = {
		{ "in_pieces", path->in_pieces },
		{ "lost", path->lost },
		{ "lost_bytes", path->lost_bytes },
		{ "unsure", path->unsure },
		{ "missed", path->missed },
		{ "outside", path->outside },
		{ "unsent", path->unsent },
		{ "made", path->made },
		{ "copies", path->copies },
		{ "overtaken", path->overtaken },
		{ "congested", path->congested },
		{ "damaged", path->damaged },
		{ "resends", path->resends },
		{ "needless", path->needless },
		{ "needless_ack_lost", path->needless_ack_lost },
		{ "needless_ack_late", path->needless_ack_late },
	};

	json_name(json, name);
	json_begin_object(json);
	json_member_unsigned(json, "sent", path->sent);
	json_member_unsigned(json, "arrived", path->arrived);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (counts[i].count > 0 || i == 1)
			json_member_unsigned(json, counts[i].name, counts[i].count);
	}
	if (has_delays)
		put_delays(json, path);
	if (path->has_hops) {
		json_name(json, "hops");
		json_begin_array(json);
		json_unsigned(json, path->hops_least);
		json_unsigned(json, path->hops_most);
		json_end_array(json);
	}
	put_changes(json, path);
	json_end_object(json);
}

void pair_json_connection(struct text_builder *out, const struct capture_pair *pair,
			  const struct flow_pair *flows, uint32_t number)
{
	struct json_writer json = json_writer_on(out);
	bool has_delays = pair->clock.kind == PAIR_CLOCK_KNOWN;

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "pair");
	json_member_unsigned(&json, "number", number);
	put_flow(&json, capture_pair_flow(pair, flows, 0), "first");
	put_flow(&json, capture_pair_flow(pair, flows, 1), "second");
	json_name(&json, "client_end");
	json_string(&json, capture_names[!flows->client_first]);
	json_name(&json, "client_end_proven");
	json_bool(&json, flows->end_known);
	json_member_signed_seconds(&json, "start", pair_order_start(pair, flows));
	put_path(&json, "from_client", &flows->paths[TCP_CLIENT], has_delays);
	put_path(&json, "from_server", &flows->paths[TCP_SERVER], has_delays);
	json_end_object(&json);
}

static void put_flags(struct json_writer *json, uint16_t flags)
{
	static const char letters[] = "FSRPAUECN";
	char text[sizeof(letters)];
	static const uint16_t order[] = { TCP_FLAG_FIN, TCP_FLAG_SYN, TCP_FLAG_RST,
					  TCP_FLAG_PSH, TCP_FLAG_ACK, TCP_FLAG_URG,
					  TCP_FLAG_ECE, TCP_FLAG_CWR, TCP_FLAG_AE };
	size_t length = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if ((flags & order[i]) != 0)
			text[length++] = letters[i];
	}
	text[length] = '\0';
	json_name(json, "flags");
	json_string(json, text);
}

static void put_numbers(struct json_writer *json, const struct flow_pair *flows,
			const struct pair_event *event)
{
	const struct pair_segment *segment = event->segment;
	enum tcp_side other = tcp_other_side((enum tcp_side)segment->from);
	uint32_t base = flows->bases[other] + (event->capture == 1 ? flows->shifts[other] : 0);

	put_flags(json, segment->flags);
	json_name(json, "seq");
	json_signed(json, segment->sequence);
	json_member_unsigned(json, "seq_raw", segment->sequence_raw);
	if ((segment->flags & TCP_FLAG_ACK) != 0) {
		json_member_unsigned(json, "ack", (uint32_t)(segment->acknowledgment_raw - base));
		json_member_unsigned(json, "ack_raw", segment->acknowledgment_raw);
	}
	json_member_unsigned(json, "length", segment->length);
}

void pair_json_segment(struct text_builder *out, const struct flow_pair *flows, uint32_t number,
		       const struct pair_event *event, int64_t start_ns)
{
	const struct pair_segment *segment = event->segment;
	enum pair_fate fate = (enum pair_fate)segment->fate;
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "segment");
	json_member_unsigned(&json, "pair", number);
	json_name(&json, "from");
	json_string(&json, tcp_side_name((enum tcp_side)segment->from));
	put_numbers(&json, flows, event);
	json_member_unsigned(&json, event->left_here ? "sent_frame" : "delivered_frame",
			     segment->frame);
	json_member_signed_seconds(&json, event->left_here ? "sent" : "delivered",
				   event->time_ns - start_ns);
	if (event->arrived) {
		json_member_unsigned(&json, "delivered_frame", event->arrived_frame);
		json_member_signed_seconds(&json, "delivered", event->arrived_ns - start_ns);
	}
	if (fate == PAIR_LOST || fate == PAIR_PARTLY) {
		json_name(&json, "lost");
		json_bool(&json, true);
		if (fate == PAIR_PARTLY)
			json_member_unsigned(&json, "found", segment->found);
	}
	json_name(&json, "fate");
	json_string(&json, pair_fate_name(fate));
	if (segment->unsure) {
		json_name(&json, "unsure");
		json_bool(&json, true);
	}
	json_end_object(&json);
}

void pair_json_only(struct text_builder *out, unsigned capture, const struct pair_flow *flow)
{
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "only");
	json_name(&json, "capture");
	json_string(&json, capture_names[capture]);
	json_member_unsigned(&json, "connection", flow->number);
	put_endpoint(&json, "client", flow, TCP_CLIENT);
	put_endpoint(&json, "server", flow, TCP_SERVER);
	json_member_unsigned(&json, "segments", flow->count);
	json_end_object(&json);
}

static void put_clock(struct json_writer *json, const struct pair_clock *clock)
{
	static const char *const kinds[] = {
		[PAIR_CLOCK_NONE] = "none",
		[PAIR_CLOCK_ONE_WAY] = "one-way",
		[PAIR_CLOCK_UNSTEADY] = "unsteady",
		[PAIR_CLOCK_KNOWN] = "known",
	};

	json_name(json, "clock");
	json_begin_object(json);
	json_name(json, "kind");
	json_string(json, kinds[clock->kind]);
	if (clock->kind == PAIR_CLOCK_KNOWN) {
		json_member_signed_seconds(json, "offset", clock->offset_ns);
		json_member_signed_seconds(json, "within", clock->within_ns);
		json_member_signed_seconds(json, "at", clock->at_ns);
		json_member_signed_seconds(json, "least_delay", clock->least_ns);
		if (clock->has_drift) {
			/* seconds a second, to a thousandth of a millionth */
			json_member_signed_seconds(json, "drift", (int64_t)(clock->drift * 1e9));
			json_member_signed_seconds(json, "drift_within",
						   (int64_t)(clock->drift_within * 1e9) + 1);
		}
	}
	json_end_object(json);
}

static uint64_t count_only(const struct pair_capture *capture)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < capture->count; i++)
		count += capture->flows[i].pair == PAIR_NONE && capture->flows[i].count > 0;
	return count;
}

void pair_json_captures(struct text_builder *out, const struct capture_pair *pair,
			const char *const names[2], const char *const *problems,
			size_t problem_count)
{
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "captures");
	for (unsigned i = 0; i < 2; i++) {
		const struct pair_capture *capture = &pair->captures[i];

		json_name(&json, capture_names[i]);
		json_begin_object(&json);
		json_name(&json, "name");
		json_string(&json, names[i]);
		json_member_unsigned(&json, "packets", capture->frames);
		json_member_unsigned(&json, "segments", capture->segments);
		json_member_unsigned(&json, "only_there", count_only(capture));
		json_end_object(&json);
	}
	json_member_unsigned(&json, "pairs", pair->count);
	json_name(&json, "same");
	json_bool(&json, pair->is_same);
	json_name(&json, "turned");
	json_bool(&json, pair->turned);
	put_clock(&json, &pair->clock);
	json_name(&json, "problems");
	json_begin_array(&json);
	for (size_t i = 0; i < problem_count; i++)
		json_string(&json, problems[i]);
	json_end_array(&json);
	json_end_object(&json);
}
