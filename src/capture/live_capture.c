#include "capture/live_capture.h"

#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filter.h>
#include <sys/socket.h>

#include <pcap/pcap.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "capture/capture_problem.h"

#define NS_PER_US 1000
#define PROBLEM_BYTES 256u
#define NAMES_MAX 64u /* interfaces named in a sentence */
/* Every immediate frame takes a place of this much, in a block of a power of two: 128 of them. */
#define IMMEDIATE_SNAP_BYTES (128u * 1024 - 256)
#define IMMEDIATE_BUFFER_BYTES (16u * 1024 * 1024)

/*
 * TCP, the errors about it, fragments that may hold it, and the tunnels that are unfolded. The
 * first fragment of a segment is TCP to the filter; the others are known by their offset.
 */
#define TCP_AND_WHAT_HIDES_IT                                                                      \
	"tcp or (ip and ip[6:2] & 0x1fff != 0)"                                                    \
	" or (icmp and (icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 5 or icmp[0] = 11 or icmp[0] = "   \
	"12))"                                                                                     \
	" or (icmp6 and ip6[40] < 128) or (ip6 and not ip6 proto 17 and not ip6 proto 58)"         \
	" or ip proto 4 or ip proto 41 or ip proto 47 or ip proto 97 or ip proto 137"              \
	" or udp port 1701 or udp port 2152 or udp port 3544 or udp port 4789 or udp port 4790"    \
	" or udp port 6081 or udp port 6635"

/* Each from the widest to one that makes sense everywhere: tags are not known to every link. */
static const char *const usual_filters[] = {
	TCP_AND_WHAT_HIDES_IT " or ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864"
			      " or (vlan and (" TCP_AND_WHAT_HIDES_IT "))",
	TCP_AND_WHAT_HIDES_IT " or (vlan and (" TCP_AND_WHAT_HIDES_IT "))",
	TCP_AND_WHAT_HIDES_IT,
	"tcp or (ip[6:2] & 0x1fff != 0)",
	"tcp",
	"",
};

struct live_capture {
	pcap_t *pcap;    /* owned */
	int fd;          /* borrowed from pcap; to wait for */
	int64_t tick_ns; /* what a unit of its fractions of a second is */
	uint64_t frames; /* given so far */
	uint16_t link_type;
	uint32_t drops_seen[2]; /* by kernel and interface, as they were last told: they wrap */
	uint64_t drops[2];      /* all of them */
	bool is_cooked;         /* its frames begin, for the kernel, with the network header */
	bool is_narrow;
	struct bpf_program narrow; /* owned, with is_narrow */
	char problem[PROBLEM_BYTES];
};

/* The registered number; on this machine it is another only for those below. */
static uint16_t link_type_of(int dlt)
{
	switch (dlt) {
	case DLT_RAW:
		return 101;
	case DLT_ATM_RFC1483:
		return 100;
	case DLT_ATM_CLIP:
		return 106;
	case DLT_PPP_BSDOS:
		return 103;
	case DLT_SLIP_BSDOS:
		return 102;
	default:
		return (uint16_t)dlt;
	}
}

static bool is_any(const char *interface)
{
	return strcmp(interface, "any") == 0;
}

void live_capture_interfaces(struct text_builder *out)
{
	struct if_nameindex *all = if_nameindex();
	unsigned count = 0;

	for (; all && all[count].if_name && count < NAMES_MAX; count++) {
		text_append(out, count > 0 ? ", " : "");
		text_append_harmless(out, all[count].if_name, strlen(all[count].if_name));
	}
	text_append(out, count > 0 ? ", any" : "any");
	if_freenameindex(all);
}

static enum capture_result refuse_interface(const char *interface, struct capture_problem *problem)
{
	struct text_builder names;
	struct text_builder given;

	text_builder_init(&names, sizeof(problem->sentence));
	text_builder_init(&given, 4 * IFNAMSIZ);
	live_capture_interfaces(&names);
	text_append_harmless(&given, interface, strnlen(interface, IFNAMSIZ));
	capture_problem_say(problem, 0, false, "there is no interface %s; there are: %s",
			    text_builder_text(&given), text_builder_text(&names));
	text_builder_finish(&given);
	text_builder_finish(&names);
	return CAPTURE_FAILED;
}

static enum live_capture_refusal refusal_of(int status)
{
	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return LIVE_CAPTURE_NOT_PERMITTED;
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return LIVE_CAPTURE_NO_INTERFACE;
	default:
		return LIVE_CAPTURE_OTHER;
	}
}

/* Every setting is of a handle that is not active yet, and cannot fail. */
static void set_up(struct live_capture *live, const struct live_capture_options *options)
{
	(void)pcap_set_snaplen(live->pcap, options->immediate ? (int)IMMEDIATE_SNAP_BYTES
							      : (int)LIVE_CAPTURE_SNAP_BYTES);
	(void)pcap_set_promisc(live->pcap, options->promiscuous && !is_any(options->interface));
	(void)pcap_set_timeout(live->pcap, LIVE_CAPTURE_BLOCK_MS);
	(void)pcap_set_immediate_mode(live->pcap, options->immediate);
	(void)pcap_set_buffer_size(live->pcap, options->immediate ? (int)IMMEDIATE_BUFFER_BYTES
								  : (int)LIVE_CAPTURE_BUFFER_BYTES);
	live->tick_ns = NS_PER_US;
	if (pcap_set_tstamp_precision(live->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0)
		live->tick_ns = 1;
}

static enum capture_result activate(struct live_capture *live,
				    const struct live_capture_options *options,
				    struct capture_problem *problem,
				    enum live_capture_refusal *refusal)
{
	char error[PCAP_ERRBUF_SIZE];
	int status;

	set_up(live, options);
	status = pcap_activate(live->pcap);
	if (status < 0) {
		const char *why = pcap_geterr(live->pcap);

		*refusal = refusal_of(status);
		if (*refusal == LIVE_CAPTURE_NO_INTERFACE)
			return refuse_interface(options->interface, problem);
		capture_problem_say(problem, 0, false, "%s", *why ? why : pcap_statustostr(status));
		return CAPTURE_FAILED;
	}
	/* The newer header of "any" tells the interface; where it is not known the older does. */
	live->is_cooked = is_any(options->interface);
	if (live->is_cooked)
		(void)pcap_set_datalink(live->pcap, DLT_LINUX_SLL2);
	live->link_type = link_type_of(pcap_datalink(live->pcap));
	live->fd = pcap_get_selectable_fd(live->pcap);
	if (live->fd < 0 || pcap_setnonblock(live->pcap, 1, error) != 0) {
		capture_problem_say(problem, 0, false, "this interface cannot be waited for");
		return CAPTURE_FAILED;
	}
	return CAPTURE_FRAME;
}

static void widen(struct live_capture *live)
{
	if (live->is_narrow)
		pcap_freecode(&live->narrow);
	live->is_narrow = false;
}

bool live_capture_filter(struct live_capture *live, const char *filter)
{
	struct bpf_program program;
	bool is_set;

	if (pcap_compile(live->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return false;
	is_set = pcap_setfilter(live->pcap, &program) == 0;
	pcap_freecode(&program);
	if (is_set)
		widen(live);
	return is_set;
}

/*
 * pcap_setfilter() lets nothing at all pass for a moment, to empty the buffer of what the old
 * filter took; the kernel itself puts one filter in the place of another without such a moment.
 * Where it does not, the buffer only fills sooner.
 */
static void narrow_in_kernel(struct live_capture *live, const char *filter)
{
	pcap_t *network = pcap_open_dead(DLT_RAW, (int)LIVE_CAPTURE_SNAP_BYTES);
	struct bpf_program program;
	struct sock_fprog attached;

	if (!network)
		return;
	if (pcap_compile(network, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		/* Of the same shape by design: libpcap hands its own over in this way. */
		attached.len = (unsigned short)program.bf_len;
		attached.filter = (struct sock_filter *)(void *)program.bf_insns;
		(void)setsockopt(pcap_fileno(live->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &attached,
				 sizeof(attached));
		pcap_freecode(&program);
	}
	pcap_close(network);
}

bool live_capture_narrow(struct live_capture *live, const char *filter)
{
	struct bpf_program program;

	if (pcap_compile(live->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return false;
	widen(live);
	live->narrow = program;
	live->is_narrow = true;
	if (live->is_cooked)
		narrow_in_kernel(live, filter);
	return true;
}

static bool is_left_out(const struct live_capture *live, const struct pcap_pkthdr *header,
			const uint8_t *bytes)
{
	return live->is_narrow && pcap_offline_filter(&live->narrow, header, bytes) == 0;
}

static enum capture_result set_first_filter(struct live_capture *live, const char *filter,
					    struct capture_problem *problem)
{
	if (!filter) {
		for (size_t i = 0; i < sizeof(usual_filters) / sizeof(usual_filters[0]); i++) {
			if (live_capture_filter(live, usual_filters[i]))
				return CAPTURE_FRAME;
		}
	} else if (live_capture_filter(live, filter)) {
		return CAPTURE_FRAME;
	}
	capture_problem_say(problem, 0, false, "the filter is refused: %s",
			    pcap_geterr(live->pcap));
	return CAPTURE_REFUSED;
}

enum capture_result live_capture_open(const struct live_capture_options *options,
				      struct live_capture **out, struct capture_problem *problem,
				      enum live_capture_refusal *refusal)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct live_capture *live;
	enum capture_result result = CAPTURE_FAILED;

	*refusal = LIVE_CAPTURE_OTHER;
	/* Before libpcap, which without permission says nothing of a wrong name. */
	if (!is_any(options->interface) && if_nametoindex(options->interface) == 0) {
		*refusal = LIVE_CAPTURE_NO_INTERFACE;
		return refuse_interface(options->interface, problem);
	}
	live = calloc(1, sizeof(*live));
	if (!live) {
		capture_problem_say(problem, 0, false, "out of memory");
		return CAPTURE_FAILED;
	}
	live->pcap = pcap_create(options->interface, error);
	if (!live->pcap) {
		capture_problem_say(problem, 0, false, "%s", error);
		goto close_live;
	}
	result = activate(live, options, problem, refusal);
	if (result == CAPTURE_FRAME)
		result = set_first_filter(live, options->filter, problem);
	if (result != CAPTURE_FRAME)
		goto close_live;
	*out = live;
	return CAPTURE_FRAME;

close_live:
	live_capture_close(live);
	return result;
}

void live_capture_close(struct live_capture *live)
{
	if (!live)
		return;
	widen(live);
	if (live->pcap)
		pcap_close(live->pcap);
	free(live);
}

static void fill(struct live_capture *live, const struct pcap_pkthdr *header, const uint8_t *bytes,
		 struct captured_frame *out)
{
	*out = (struct captured_frame){
		.number = ++live->frames,
		.time_ns = (int64_t)header->ts.tv_sec * (int64_t)NS_PER_S +
			   (int64_t)header->ts.tv_usec * live->tick_ns,
		.bytes = bytes,
		.captured_length = header->caplen,
		.original_length = header->len > header->caplen ? header->len : header->caplen,
		.interface = 0,
		.link_type = live->link_type,
	};
}

/* 1: a frame; 0: none that is wanted is there; negative: the capture is over. */
static int next_wanted(struct live_capture *live, struct pcap_pkthdr **header,
		       const uint8_t **bytes)
{
	int got;

	do
		got = pcap_next_ex(live->pcap, header, bytes);
	while (got == 1 && is_left_out(live, *header, *bytes));
	return got;
}

enum capture_result live_capture_next(struct live_capture *live, int timeout_ms,
				      struct captured_frame *out)
{
	struct pollfd ready = { .fd = live->fd, .events = POLLIN };
	uint64_t give_up_ns = 0;

	for (;;) {
		struct pcap_pkthdr *header = NULL;
		const uint8_t *bytes = NULL;
		int got = next_wanted(live, &header, &bytes);
		uint64_t now_ns;

		if (got == 1) {
			fill(live, header, bytes, out);
			return CAPTURE_FRAME;
		}
		if (got < 0) {
			(void)snprintf(live->problem, sizeof(live->problem), "%s",
				       pcap_geterr(live->pcap));
			return CAPTURE_FAILED;
		}
		if (timeout_ms <= 0)
			return CAPTURE_END;
		/* Again and again: what makes it readable may be nothing that is wanted. */
		now_ns = clock_elapsed_ns();
		if (give_up_ns == 0)
			give_up_ns = now_ns + (uint64_t)timeout_ms * NS_PER_MS;
		else if (now_ns >= give_up_ns)
			return CAPTURE_END;
		if (poll(&ready, 1, (int)((give_up_ns - now_ns) / NS_PER_MS) + 1) <= 0)
			return CAPTURE_END;
	}
}

const char *live_capture_problem(const struct live_capture *live)
{
	return live->problem;
}

int live_capture_fd(const struct live_capture *live)
{
	return live->fd;
}

uint16_t live_capture_link_type(const struct live_capture *live)
{
	return live->link_type;
}

void live_capture_dropped(struct live_capture *live, uint64_t *by_kernel, uint64_t *by_interface)
{
	struct pcap_stat counts;

	if (pcap_stats(live->pcap, &counts) == 0) {
		/* by unsigned difference: 32 bits wrap */
		live->drops[0] += (uint32_t)(counts.ps_drop - live->drops_seen[0]);
		live->drops[1] += (uint32_t)(counts.ps_ifdrop - live->drops_seen[1]);
		live->drops_seen[0] = counts.ps_drop;
		live->drops_seen[1] = counts.ps_ifdrop;
	}
	*by_kernel = live->drops[0];
	*by_interface = live->drops[1];
}
