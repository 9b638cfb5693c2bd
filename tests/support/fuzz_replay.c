/*
 * The main of a fuzz target where there is no libFuzzer: runs it once over nothing and once over
 * each file named, or in a folder named. A crash or a sanitizer's report is the failure. Finding no
 * file at all is one too, for then nothing was replayed.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SEED_MAX_BYTES ((size_t)2 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return false;
	}

	bool done = false;
	uint8_t *seed = malloc(SEED_MAX_BYTES);
	if (!seed)
		goto close_file;

	size_t length = fread(seed, 1, SEED_MAX_BYTES, file);
	if (ferror(file) || !feof(file)) {
		fprintf(stderr, "%s: cannot be read whole, or is over %zu bytes\n", path,
			SEED_MAX_BYTES);
		goto free_seed;
	}

	/* In a block of exactly its size, so that a read past the end is seen. */
	uint8_t *exact = malloc(length ? length : 1);
	if (!exact)
		goto free_seed;
	for (size_t index = 0; index < length; index++)
		exact[index] = seed[index];
	(void)LLVMFuzzerTestOneInput(exact, length);
	free(exact);
	done = true;

free_seed:
	free(seed);
close_file:
	(void)fclose(file);
	return done;
}

static bool replay_folder(const char *path, size_t *files)
{
	DIR *folder = opendir(path);
	if (!folder) {
		perror(path);
		return false;
	}

	bool done = true;
	for (struct dirent *entry = readdir(folder); entry && done; entry = readdir(folder)) {
		if (entry->d_name[0] == '.')
			continue;

		char name[4096];
		int length = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		done = length > 0 && (size_t)length < sizeof(name) && replay_file(name);
		*files += done;
	}
	(void)closedir(folder);
	return done;
}

int main(int argc, char **argv)
{
	size_t files = 0;
	bool done = true;

	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int index = 1; index < argc && done; index++) {
		struct stat status;
		if (stat(argv[index], &status) == 0 && S_ISDIR(status.st_mode)) {
			done = replay_folder(argv[index], &files);
		} else {
			done = replay_file(argv[index]);
			files += done;
		}
	}

	printf("%zu files replayed\n", files);
	return done && files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
