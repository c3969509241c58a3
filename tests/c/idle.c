/* With nothing pending the library costs nothing: two threads, eight descriptors, a mebibyte, and not
 * one wake-up. Run under strace too: between the marks no thread of the library makes a call.
 * more: "REST_MS,WAIT_MS", how long to rest, and to wait before the rest that follows the sale. */

#include "till.h"

#include <dirent.h>
#include <unistd.h>

#define THREADS_MAX 2
#define DESCRIPTORS_MAX 8
#ifdef DEBUG_LIBRARY
#define ANONYMOUS_MAX_KIB 1536 /* unoptimised code keeps more on its stacks */
#else
#define ANONYMOUS_MAX_KIB 1024
#endif
/* After this the last connection is closed (IDLE_TIMEOUT in src/engine/transport.rs). */
#define CONNECTION_KEPT_MS 60000
/* In a build of the whole workspace tokio keeps a pair of sockets for the sandbox's signals. */
#define TOKIO_KEEPS 2

static int entries(const char *path) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;
    CHECK(folder != NULL);
    while ((entry = readdir(folder)) != NULL) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static long field(const char *path, const char *format) {
    char line[256];
    long value = -1;
    FILE *file = fopen(path, "r");
    if (file == NULL) return -1;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, format, &value) == 1) break;
    }
    fclose(file);
    return value;
}

/* How often threads of the library have run and waited again. */
static long wake_ups(void) {
    DIR *folder = opendir("/proc/self/task");
    struct dirent *entry;
    long sum = 0;
    CHECK(folder != NULL);
    while ((entry = readdir(folder)) != NULL) {
        char path[512];
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid()) continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        sum += field(path, "voluntary_ctxt_switches: %ld");
    }
    closedir(folder);
    return sum;
}

static void rest(const char *when, int milliseconds) {
    long before;
    till_sleep_ms(500);
    before = wake_ups();
    till_mark(when);
    till_sleep_ms(milliseconds);
    till_mark("rest-end");
    if (wake_ups() != before) {
        fprintf(stderr, "%s: %ld wake-ups in %d ms with nothing pending\n", when,
                wake_ups() - before, milliseconds);
        exit(1);
    }
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    int rest_ms = 10000;
    int wait_ms = 2000;
    payments_ctx *ctx = NULL;
    payments_view view;
    int64_t id;
    const int threads = entries("/proc/self/task");
    const int descriptors = entries("/proc/self/fd");
    const long anonymous = field("/proc/self/status", "RssAnon: %ld");
    long growth;

    CHECK(arguments.more == NULL || sscanf(arguments.more, "%d,%d", &rest_ms, &wait_ms) == 2);
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    till_sleep_ms(300);
    growth = field("/proc/self/status", "RssAnon: %ld") - anonymous;
    printf("threads %d, descriptors %d, anonymous memory %ld KiB\n",
           entries("/proc/self/task") - threads, entries("/proc/self/fd") - descriptors, growth);
    fflush(stdout);
    CHECK(entries("/proc/self/task") - threads <= THREADS_MAX);
    CHECK(entries("/proc/self/fd") - descriptors <= DESCRIPTORS_MAX);
    CHECK(growth <= ANONYMOUS_MAX_KIB);
    rest("rest-fresh", rest_ms);

    /* After a sale that is over and confirmed it is quiet again. */
    id = till_paid_by_qr(ctx, arguments.port, "idle-1", 100, &view);
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-idle-1"));
    CHECK(entries("/proc/self/fd") - descriptors <= DESCRIPTORS_MAX + 1);
    CHECK(entries("/proc/self/task") - threads <= THREADS_MAX + 2);
    till_sleep_ms(wait_ms);
    rest("rest-after-sale", rest_ms);
    CHECK(entries("/proc/self/task") - threads <= THREADS_MAX);
    CHECK(entries("/proc/self/fd") - descriptors <=
          DESCRIPTORS_MAX + (wait_ms < CONNECTION_KEPT_MS ? 1 : 0));

    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    CHECK(entries("/proc/self/task") == threads);
    CHECK(entries("/proc/self/fd") <= descriptors + TOKIO_KEEPS);
    return 0;
}
