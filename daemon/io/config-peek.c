/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/config-peek.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"

/* The first section is near the top of a file; comments in front of it are rarely longer. */
#define HEAD_BYTES 4096

/* A thread costs about as much as looking at 20 files, and is worth it from a few times that on. */
#define FILES_PER_THREAD 250
#define THREADS_MAX 8

/* A thread needs HEAD_BYTES and little more. */
#define STACK_BYTES (128 * 1024)

/* One thread's part of a set: items first to end - 1. */
typedef struct Part {
        ConfigFileSet *set;
        size_t first;
        size_t end;
} Part;

static void peek_file(const ConfigFileSet *set, ConfigFile *file) {
        _cleanup_close_ int fd = -EBADF;
        char head[HEAD_BYTES];
        ssize_t n;

        if (!file->is_plain)
                return;

        /* Three system calls for each of the many tunnels that are not the point. */
        fd = openat(set->fds[file->directory], file->name,
                    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return;

        n = read(fd, head, sizeof(head));
        file->is_empty = n == 0;

        /* A line that is cut may become a section's header. */
        if (n == sizeof(head))
                while (n > 0 && head[n - 1] != '\n')
                        n--;
        if (n > 0)
                file->kind = config_text_classify(head, (size_t) n);
}

static void *peek_part(void *data) {
        const Part *part = data;

        for (size_t i = part->first; i < part->end; i++)
                peek_file(part->set, &part->set->items[i]);

        return NULL;
}

/* Returns how many threads a set is worth, this one among them. */
static size_t count_threads(size_t n_files) {
        size_t n = n_files / FILES_PER_THREAD, n_processors = 1;
        cpu_set_t processors;

        if (sched_getaffinity(0, sizeof(processors), &processors) == 0)
                n_processors = (size_t) CPU_COUNT(&processors);

        n = MIN(n, n_processors);
        n = MIN(n, (size_t) THREADS_MAX);
        return MAX(n, (size_t) 1);
}

/* A small stack, and no signals: they belong to the thread that knows what to do about them. */
static bool init_attributes(pthread_attr_t *attributes) {
        sigset_t all;

        if (pthread_attr_init(attributes) != 0)
                return false;

        sigfillset(&all);
        if (pthread_attr_setstacksize(attributes, STACK_BYTES) == 0 &&
            pthread_attr_setsigmask_np(attributes, &all) == 0)
                return true;

        pthread_attr_destroy(attributes);
        return false;
}

void config_peek_all(ConfigFileSet *set) {
        size_t n_parts = count_threads(set->n_items), n_started = 0;
        pthread_t threads[THREADS_MAX];
        Part parts[THREADS_MAX];
        pthread_attr_t attributes;

        for (size_t i = 0; i < n_parts; i++)
                parts[i] = (Part){ .set = set,
                                   .first = set->n_items * i / n_parts,
                                   .end = set->n_items * (i + 1) / n_parts };

        if (n_parts > 1 && init_attributes(&attributes)) {
                while (n_started < n_parts - 1 &&
                       pthread_create(&threads[n_started], &attributes, peek_part,
                                      &parts[n_started]) == 0)
                        n_started++;
                pthread_attr_destroy(&attributes);
        }

        /* The last part, and those for which there was no thread. */
        for (size_t i = n_started; i < n_parts; i++)
                peek_part(&parts[i]);

        for (size_t i = 0; i < n_started; i++)
                pthread_join(threads[i], NULL);
}
