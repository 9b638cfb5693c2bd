/* A score as members of a JSON object that is begun. Any thread. */
#ifndef WIRETALE_PROGRAMS_LAB_SCORE_JSON_H
#define WIRETALE_PROGRAMS_LAB_SCORE_JSON_H

#include "base/json_writer.h"
#include "tcp_lab/lab_score.h"

void lab_score_json(struct json_writer *json, const struct lab_score *score);

#endif
