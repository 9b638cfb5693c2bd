/* libpcap handing every packet of a file to a callback that does nothing: what reading costs. */
#include <pcap/pcap.h>
#include <stdio.h>

static void ignore(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
	(void)context;
	(void)header;
	(void)bytes;
}

int main(int argc, char **argv)
{
	char problem[PCAP_ERRBUF_SIZE];
	pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], problem) : NULL;
	int result;

	if (!capture) {
		(void)fprintf(stderr, "empty_callback: %s\n", argc == 2 ? problem : "name a file");
		return 1;
	}
	result = pcap_loop(capture, -1, ignore, NULL);
	pcap_close(capture);
	return result == 0 ? 0 : 1;
}
