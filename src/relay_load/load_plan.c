#include "relay_load/load_plan.h"

const char *load_kind_name(enum load_kind kind)
{
	switch (kind) {
	case LOAD_THROUGHPUT:
		return "throughput";
	case LOAD_LATENCY:
		return "latency";
	case LOAD_FAN_OUT:
		return "fan-out";
	case LOAD_CONNECTIONS:
		return "connections";
	case LOAD_IDLE_MEMORY:
		break;
	}
	return "idle";
}
