/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Runs a fuzz target over its corpus without libFuzzer, so that any compiler and every test run
 * replays what fuzzing has found. Each input is tried whole and cut at every offset, in a heap
 * block of just its size, where a sanitizer sees the first byte read too far.
 *
 * usage: replay-TARGET FOLDER
 */

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"

/* What libFuzzer makes is smaller by far. */
#define INPUT_MAX_BYTES (1024 * 1024)
/* Above this the cuts would cost seconds and show nothing new. */
#define CUT_MAX_BYTES 4096

static void run(const uint8_t *data, size_t n_data) {
        uint8_t *copy = NULL;

        if (n_data > 0) {
                copy = malloc(n_data);
                fuzz_assert(copy);
                memcpy(copy, data, n_data);
        }

        fuzz_assert(LLVMFuzzerTestOneInput(copy, n_data) == 0);
        free(copy);
}

static unsigned long replay(const char *path) {
        static uint8_t data[INPUT_MAX_BYTES];
        unsigned long n_runs = 0;
        size_t n_data;
        FILE *f;

        f = fopen(path, "re");
        if (!f) {
                fprintf(stderr, "%s: %s\n", path, strerror(errno));
                exit(EXIT_FAILURE);
        }

        n_data = fread(data, 1, sizeof(data), f);
        fuzz_assert(!ferror(f) && n_data < sizeof(data));
        fclose(f);

        if (n_data <= CUT_MAX_BYTES)
                for (size_t n = 0; n < n_data; ++n, ++n_runs)
                        run(data, n);

        run(data, n_data);
        return n_runs + 1;
}

int main(int argc, char **argv) {
        unsigned long n_files = 0, n_runs = 0;
        struct dirent *entry;
        DIR *folder;

        if (argc != 2) {
                fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
                return EXIT_FAILURE;
        }

        folder = opendir(argv[1]);
        if (!folder) {
                fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
                return EXIT_FAILURE;
        }

        while ((entry = readdir(folder))) {
                char path[4096];
                struct stat st;

                fuzz_assert(snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name) <
                            (int) sizeof(path));
                if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
                        continue;

                n_runs += replay(path);
                ++n_files;
        }

        closedir(folder);
        printf("%lu inputs, %lu runs\n", n_files, n_runs);
        return n_files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
