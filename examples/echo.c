/* echo [HOST[:PORT]]: a client named "echo" that sends back whatever it is sent. */
#include <stdio.h>
#include <wiretale/client.h>

int main(int argc, char **argv)
{
	struct wt_client *client = NULL;
	struct wt_options options;
	struct wt_event event;

	wt_options_init(&options);
	options.name = "echo";
	options.reconnect = true;
	if (wt_client_create(&options, &client) != WT_OK)
		return 1;
	if (wt_connect_wait(client, argc > 1 ? argv[1] : NULL, 5000) != WT_OK) {
		fprintf(stderr, "echo: %s\n", wt_error_text(client));
		wt_client_destroy(client);
		return 1;
	}

	while (wt_poll(client, -1, &event) == WT_OK) {
		if (event.kind == WT_EVENT_MESSAGE) {
			struct wt_message answer = {
				.to_number = event.as.message.from.number,
				.data = event.as.message.data,
				.data_bytes = event.as.message.data_bytes,
			};

			if (wt_send(client, &answer, NULL) != WT_OK)
				fprintf(stderr, "echo: %s\n", wt_error_text(client));
		} else if (event.kind == WT_EVENT_VERDICT) {
			printf("an answer was %s after %.3f ms\n",
			       wt_outcome_text(event.as.verdict.outcome),
			       (double)event.as.verdict.elapsed_ns / 1e6);
		} else if (event.kind == WT_EVENT_DISCONNECTED) {
			fprintf(stderr, "echo: %s\n", event.as.disconnected.text);
		}
	}
	wt_client_destroy(client);
	return 0;
}
