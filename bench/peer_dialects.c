#include "bench/peer_dialects.h"

size_t peer_write_decimal(uint8_t *out, uint64_t value)
{
	uint8_t digits[PEER_DECIMAL_MAX_BYTES];
	size_t count = 0;

	do {
		digits[count++] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	for (size_t i = 0; i < count; i++)
		out[i] = digits[count - 1 - i];
	return count;
}

size_t peer_write_name(uint8_t *out, const struct load_party *party)
{
	const struct load_party *receiver = peer_hears(party) ? party : party->to;

	if (!receiver || receiver->in_room) {
		out[0] = 'r';
		return 1;
	}
	out[0] = 'p';
	return 1 + peer_write_decimal(out + 1, receiver->index);
}
