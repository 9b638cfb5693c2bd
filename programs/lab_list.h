/* `wiretale lab list`, `show` and `check`: experiments that nobody runs. */
#ifndef WIRETALE_PROGRAMS_LAB_LIST_H
#define WIRETALE_PROGRAMS_LAB_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "programs/lab_options.h"
#include "report/page_index.h"

enum exit_status lab_list(const struct lab_options *options);
enum exit_status lab_show(const struct lab_options *options);
enum exit_status lab_check(const struct lab_options *options);

/* The groups of the list, in their order. False: there are no more. */
bool lab_list_group(size_t i, struct page_index_group *out);

/* Where an experiment of that name stands; of one that stands nowhere, in the last group. */
struct lab_place {
	size_t group;
	size_t place; /* SIZE_MAX: nowhere */
};

struct lab_place lab_list_place(const char *name);

#endif
