/* The names of errors as programmers know them. Any thread. */
#ifndef WIRETALE_BASE_ERROR_NAME_H
#define WIRETALE_BASE_ERROR_NAME_H

#include <stddef.h>

/* "ECONNREFUSED" of the positive errno; NULL: one that socket calls do not give. */
const char *error_name(int error);

/* The errno of "ECONNREFUSED"; 0: socket calls give none of that name. */
int error_number(const char *name);

/* All names that the above know, and how many. Static. */
const char *const *error_names(size_t *count);

#endif
