// The public header stands alone in C++, and the library links with a program in C++.
#include "wiretale/client.h"

int main()
{
	wt_options options{};
	wt_client *client = nullptr;
	wt_event event{};

	wt_options_init(&options);
	if (wt_client_create(&options, &client) != WT_OK)
		return 1;
	const bool told = wt_poll(client, 0, &event) == WT_NOT_CONNECTED;
	wt_client_destroy(client);
	return told ? 0 : 1;
}
