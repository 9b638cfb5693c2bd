/* The bit picture of a header that was taken apart. Any thread. */
#ifndef WIRETALE_REPORT_DETAIL_PICTURE_H
#define WIRETALE_REPORT_DETAIL_PICTURE_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "report/detail_text.h"
#include "report/dissection.h"

/* False: it is no header that is drawn; nothing was written. */
bool detail_picture_append(struct text_builder *out, const struct dissection *taken,
			   const struct dissected_layer *layer, const struct detail_style *style);

#endif
