/* The public header stands alone in strict C17: nothing is included before it. */
#include "wiretale/client.h"

int main(void)
{
	struct wt_client *client = NULL;

	wt_client_destroy(client);
	return 0;
}
