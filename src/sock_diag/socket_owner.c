/*
 * /proc/PID/fd/N is a link to "socket:[INODE]". Processes come and go while they are looked at: one
 * that is gone meanwhile, or is not ours to look at, has no sockets for us.
 */
#include "sock_diag/socket_owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/hash_table.h"
#include "base/text_builder.h"
#include "base/utf8.h"
#include "sock_diag/sock_diag.h"

#define OWNED_SOCKETS_MAX 1000000u /* more are not remembered: their owner is not found */
#define COMM_BYTES 64u             /* the kernel has 16 of them for a name */
#define LINK_BYTES 48u

struct owned_socket {
	struct hash_node node; /* first: found by a cast */
	uint64_t inode;
	const struct owner_process *process; /* borrowed */
};

/* One with at least one socket. */
struct owner_process {
	struct owner_process *next; /* in a list of all, to give them back */
	struct socket_owner owner;
};

struct socket_owners {
	struct hash_table sockets;       /* struct owned_socket, owned, by inode */
	struct owner_process *processes; /* owned */
	bool out_of_memory;              /* while they were looked for */
};

static struct owned_socket *find_socket(const struct socket_owners *owners, uint64_t inode)
{
	struct hash_node *node = hash_table_first_match(&owners->sockets, hash_number(inode));

	while (node && ((struct owned_socket *)node)->inode != inode)
		node = hash_table_next_match(node);
	return (struct owned_socket *)node;
}

/* The bytes of whole characters that fit. */
static size_t fitting_bytes(const char *text, size_t length, size_t room)
{
	size_t fits = 0;

	while (fits < length) {
		uint32_t code_point;
		size_t bytes =
			utf8_decode((const uint8_t *)text + fits, length - fits, &code_point);

		if (bytes == 0 || fits + bytes > room)
			break;
		fits += bytes;
	}
	return fits;
}

static void read_program(int proc, const char *pid, char out[SOCKET_OWNER_PROGRAM_BYTES])
{
	char path[32 + sizeof("/comm")];
	char name[COMM_BYTES];
	struct text_builder harmless;
	ssize_t length = -1;
	size_t fits;
	int fd;

	out[0] = '\0';
	(void)stpcpy(stpcpy(path, pid), "/comm");
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, name, sizeof(name));
		(void)close(fd);
	}
	if (length > 0 && name[length - 1] == '\n')
		length--;
	if (length <= 0)
		return;
	text_builder_init(&harmless, (size_t)COMM_BYTES * 12);
	text_append_harmless(&harmless, name, (size_t)length);
	fits = fitting_bytes(text_builder_text(&harmless), harmless.length,
			     SOCKET_OWNER_PROGRAM_BYTES - 1);
	memcpy(out, text_builder_text(&harmless), fits);
	out[fits] = '\0';
	text_builder_finish(&harmless);
}

/* NULL: out of memory. */
static struct owner_process *add_process(struct socket_owners *owners, int proc, const char *pid)
{
	struct owner_process *process = calloc(1, sizeof(*process));
	uint64_t number = 0;

	if (!process)
		return NULL;
	(void)decimal_parse(pid, 1, INT32_MAX, &number);
	process->owner.pid = (pid_t)number;
	read_program(proc, pid, process->owner.program);
	process->next = owners->processes;
	owners->processes = process;
	return process;
}

static bool add_socket(struct socket_owners *owners, uint64_t inode,
		       const struct owner_process *process)
{
	struct owned_socket *socket = malloc(sizeof(*socket));

	if (!socket)
		return false;
	*socket = (struct owned_socket){ .inode = inode, .process = process };
	if (hash_table_insert(&owners->sockets, &socket->node, hash_number(inode)))
		return true;
	free(socket);
	return false;
}

/* False: the descriptor is no socket, or was closed meanwhile. */
static bool read_inode(int descriptors, const char *descriptor, uint64_t *inode)
{
	static const char before[] = "socket:[";
	char link[LINK_BYTES];
	ssize_t length = readlinkat(descriptors, descriptor, link, sizeof(link));

	if (length < (ssize_t)sizeof(before) || length == (ssize_t)sizeof(link) ||
	    link[length - 1] != ']' || memcmp(link, before, sizeof(before) - 1) != 0)
		return false;
	link[length - 1] = '\0';
	return decimal_parse(link + sizeof(before) - 1, 1, UINT64_MAX, inode);
}

/* Of several processes with one socket, the one with the lowest number: they are met in order, and
 * parents come before their children. */
static void look_at_descriptors(struct socket_owners *owners, int proc, const char *pid,
				DIR *descriptors)
{
	const struct owner_process *process = NULL;
	const struct dirent *entry;

	while ((entry = readdir(descriptors)) && !owners->out_of_memory) {
		uint64_t inode;

		if (!read_inode(dirfd(descriptors), entry->d_name, &inode) ||
		    owners->sockets.count >= OWNED_SOCKETS_MAX || find_socket(owners, inode))
			continue;
		if (!process)
			process = add_process(owners, proc, pid);
		if (!process || !add_socket(owners, inode, process))
			owners->out_of_memory = true;
	}
}

static void look_at_process(struct socket_owners *owners, int proc, const char *pid)
{
	char path[32 + sizeof("/fd")];
	DIR *descriptors;
	int fd;

	(void)stpcpy(stpcpy(path, pid), "/fd");
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	descriptors = fdopendir(fd);
	if (!descriptors) {
		(void)close(fd);
		return;
	}
	look_at_descriptors(owners, proc, pid, descriptors);
	(void)closedir(descriptors);
}

struct socket_owners *socket_owners_create(void)
{
	struct socket_owners *owners = calloc(1, sizeof(*owners));
	DIR *proc = owners ? opendir("/proc") : NULL;
	const struct dirent *entry;

	if (!owners)
		return NULL;
	hash_table_init(&owners->sockets);
	while (proc && (entry = readdir(proc)) && !owners->out_of_memory) {
		uint64_t pid;

		if (decimal_parse(entry->d_name, 1, INT32_MAX, &pid) && strlen(entry->d_name) < 32)
			look_at_process(owners, dirfd(proc), entry->d_name);
	}
	if (proc)
		(void)closedir(proc);
	if (!owners->out_of_memory)
		return owners;
	socket_owners_destroy(owners);
	return NULL;
}

void socket_owners_destroy(struct socket_owners *owners)
{
	struct hash_node *node;

	if (!owners)
		return;
	while ((node = hash_table_any(&owners->sockets))) {
		hash_table_remove(&owners->sockets, node);
		free(node);
	}
	hash_table_finish(&owners->sockets);
	while (owners->processes) {
		struct owner_process *process = owners->processes;

		owners->processes = process->next;
		free(process);
	}
	free(owners);
}

bool socket_owners_find(const struct socket_owners *owners, uint64_t inode,
			struct socket_owner *out)
{
	const struct owned_socket *socket = find_socket(owners, inode);

	if (!socket)
		return false;
	*out = socket->process->owner;
	return true;
}

bool socket_owner_of(const struct ip_address *local, uint16_t local_port,
		     const struct ip_address *remote, uint16_t remote_port,
		     struct socket_owner *out)
{
	const struct sock_diag_ends ends = { .local = *local,
					     .remote = *remote,
					     .local_port = local_port,
					     .remote_port = remote_port };
	struct socket_owners *owners;
	struct diag_socket socket;
	struct sock_diag *diag;
	bool found = false;

	if (sock_diag_open(&diag) < 0)
		return false;
	if (sock_diag_find(diag, &ends, false, &socket) == 0 && socket.inode > 0) {
		owners = socket_owners_create();
		found = owners && socket_owners_find(owners, socket.inode, out);
		socket_owners_destroy(owners);
	}
	sock_diag_close(diag);
	return found;
}
