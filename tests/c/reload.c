/* A plug-in host: loads the library, opens and closes it, unloads it, many times over. No thread and
 * no descriptor is left, and memory does not grow. Not linked with the library. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <dirent.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "payments.h"

typedef int32_t (*init_function)(const char *, payments_ctx **);
typedef int32_t (*shutdown_function)(payments_ctx *, int32_t);
typedef int32_t (*error_function)(char *, size_t, size_t *);

static int entries(const char *path) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;
    if (folder == NULL) return -1;
    while ((entry = readdir(folder)) != NULL) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

/* Threads that have ended may be listed for a moment. */
static int settled(const char *path, int wanted) {
    int tries;
    int count = 0;
    for (tries = 0; tries < 100; tries++) {
        const struct timespec pause = {0, 10000000};
        count = entries(path);
        if (count == wanted) break;
        nanosleep(&pause, NULL);
    }
    return count;
}

static long anonymous_kib(void) {
    char line[256];
    long value = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL) return 0;
    while (fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "RssAnon: %ld", &value) == 1) break;
    }
    fclose(status);
    return value;
}

int main(int argc, char **argv) {
    int round;
    int rounds;
    long after_warm_up = 0;
    if (argc < 5) {
        fprintf(stderr, "usage: %s CONFIG PORT FOLDER LIBRARY [rounds]\n", argv[0]);
        return 2;
    }
    rounds = argc > 5 ? atoi(argv[5]) : 50;
    for (round = 0; round < rounds; round++) {
        const int threads = entries("/proc/self/task");
        const int descriptors = entries("/proc/self/fd");
        payments_ctx *ctx = NULL;
        init_function init;
        shutdown_function shutdown;
        error_function last_error;
        int32_t result;
        char text[512] = "";
        void *library = dlopen(argv[4], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            fprintf(stderr, "dlopen: %s\n", dlerror());
            return 1;
        }
        /* POSIX demands this conversion; ISO C does not know it. */
        *(void **)(&init) = dlsym(library, "payments_init");
        *(void **)(&shutdown) = dlsym(library, "payments_shutdown");
        *(void **)(&last_error) = dlsym(library, "payments_last_error");
        result = init(argv[1], &ctx);
        if (result != PAYMENTS_OK) {
            last_error(text, sizeof text, NULL);
            fprintf(stderr, "round %d: payments_init returned %d: %s\n", round, (int)result, text);
            return 1;
        }
        result = shutdown(ctx, 1000);
        if (result != PAYMENTS_OK) {
            fprintf(stderr, "round %d: payments_shutdown returned %d\n", round, (int)result);
            return 1;
        }
        dlclose(library);
        if (settled("/proc/self/task", threads) != threads) {
            fprintf(stderr, "round %d: %d threads before, %d after\n", round, threads,
                    entries("/proc/self/task"));
            return 1;
        }
        /* The first round may open something once, such as the random device. */
        if (round > 0 && entries("/proc/self/fd") != descriptors) {
            fprintf(stderr, "round %d: %d descriptors before, %d after\n", round, descriptors,
                    entries("/proc/self/fd"));
            return 1;
        }
        if (round == 9) after_warm_up = anonymous_kib();
    }
    if (rounds > 20) {
        const long growth = anonymous_kib() - after_warm_up;
        if (growth > 4L * (rounds - 10) + 64) {
            fprintf(stderr, "%ld KiB more after %d rounds: more than 4 KiB each\n", growth,
                    rounds - 10);
            return 1;
        }
    }
    return 0;
}
