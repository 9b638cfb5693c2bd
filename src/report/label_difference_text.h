/* Why our labels on a segment differ from tshark's, in one plain sentence. Any thread. */
#ifndef WIRETALE_REPORT_LABEL_DIFFERENCE_TEXT_H
#define WIRETALE_REPORT_LABEL_DIFFERENCE_TEXT_H

#include "tcp_flow/segment_labels.h"

/* Static; "" of LABELS_AGREE. */
const char *label_difference_text(enum label_difference difference);

#endif
