#include "programs/lab_score_json.h"

static void append_hosts(struct json_writer *json, const char *name,
			 const uint64_t counts[LAB_HOSTS])
{
	json_name(json, name);
	json_begin_object(json);
	json_member_unsigned(json, "client", counts[LAB_CLIENT]);
	json_member_unsigned(json, "server", counts[LAB_SERVER]);
	json_end_object(json);
}

static void append_mechanisms(struct json_writer *json, const char *name,
			      const uint64_t counts[LAB_MECHANISMS])
{
	json_name(json, name);
	json_begin_object(json);
	json_member_unsigned(json, "timer", counts[LAB_BY_TIMER]);
	json_member_unsigned(json, "probe", counts[LAB_BY_PROBE]);
	json_member_unsigned(json, "acks", counts[LAB_BY_ACKS]);
	json_member_unsigned(json, "window", counts[LAB_BY_WINDOW]);
	json_end_object(json);
}

static void append_states(struct json_writer *json, const struct lab_score *score)
{
	json_name(json, "states");
	json_begin_object(json);
	json_member_unsigned(json, "compared", score->compared);
	json_member_unsigned(json, "agreed", score->agreed);
	json_member_unsigned(json, "unknowable", score->unknowable);
	json_member_unsigned(json, "wrong", score->wrong);
	json_member_unsigned(json, "left_out", score->left_out);
	json_member_unsigned(json, "not_asked", score->not_asked);
	json_name(json, "reasons");
	json_begin_array(json);
	for (size_t i = 0; i < score->reason_count; i++) {
		json_begin_object(json);
		json_name(json, "text");
		json_string(json, score->reasons[i].text);
		json_member_unsigned(json, "count", score->reasons[i].count);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

static void append_again(struct json_writer *json, const struct lab_score *score)
{
	json_name(json, "sent_again");
	json_begin_object(json);
	append_hosts(json, "trace", score->again);
	if (score->has_kernel)
		append_hosts(json, "kernel", score->again_by_kernel);
	append_hosts(json, "syn_answers", score->syn_answers);
	append_hosts(json, "forged", score->forged);
	append_hosts(json, "packets_inside", score->inside);
	json_end_object(json);
	json_name(json, "causes");
	json_begin_object(json);
	append_mechanisms(json, "trace", score->by_trace);
	if (score->has_kernel)
		append_mechanisms(json, "kernel", score->by_kernel);
	json_member_unsigned(json, "as_kernel", score->as_kernel);
	json_member_unsigned(json, "otherwise", score->otherwise);
	json_member_unsigned(json, "needless", score->needless);
	json_member_unsigned(json, "unknown", score->unknown);
	json_member_unsigned(json, "unsure", score->unsure);
	json_end_object(json);
	json_name(json, "originals");
	json_begin_object(json);
	json_member_unsigned(json, "lost", score->lost);
	json_member_unsigned(json, "lost_told", score->lost_told);
	json_member_unsigned(json, "came", score->came);
	json_member_unsigned(json, "came_told", score->came_told);
	json_member_unsigned(json, "not_judged", score->not_judged);
	json_end_object(json);
}

void lab_score_json(struct json_writer *json, const struct lab_score *score)
{
	json_member_unsigned(json, "segments", score->segments);
	append_states(json, score);
	append_again(json, score);
}
