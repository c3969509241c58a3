/* The host's process is as it was: signals, masks, locale, directory, umask, environment, rounding,
 * limits, timers. Descriptors are closed on exec, the library's threads take no signals, nothing is
 * printed (tests/c_api.rs looks), and SIGPIPE does not end the host. */

#include "till.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

#define SIGNALS 65
#define LIMITS 16

typedef struct host {
    struct sigaction actions[SIGNALS];
    sigset_t mask;
    char locale[512];
    char decimal_point[8];
    char directory[4096];
    mode_t umask;
    unsigned long environment;
    int rounding;
    int exceptions;
    struct rlimit limits[LIMITS];
    struct itimerval timers[3];
    int priority;
    int dumpable;
    char name[32];
    struct stat standard[3];
    int standard_flags[3];
} host;

static unsigned long environment_hash(void) {
    unsigned long hash = 5381;
    char **entry;
    for (entry = environ; *entry != NULL; entry++) {
        const char *at;
        for (at = *entry; *at != '\0'; at++) hash = hash * 33 + (unsigned char)*at;
    }
    return hash;
}

static void look(host *seen) {
    int at;
    memset(seen, 0, sizeof *seen);
    for (at = 1; at < SIGNALS; at++) (void)sigaction(at, NULL, &seen->actions[at]);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &seen->mask) == 0);
    snprintf(seen->locale, sizeof seen->locale, "%s", setlocale(LC_ALL, NULL));
    snprintf(seen->decimal_point, sizeof seen->decimal_point, "%s", localeconv()->decimal_point);
    CHECK(getcwd(seen->directory, sizeof seen->directory) != NULL);
    seen->umask = umask(0);
    umask(seen->umask);
    seen->environment = environment_hash();
    seen->rounding = fegetround();
    seen->exceptions = fegetexcept();
    for (at = 0; at < LIMITS; at++) (void)getrlimit(at, &seen->limits[at]);
    for (at = 0; at < 3; at++) (void)getitimer(at, &seen->timers[at]);
    seen->priority = getpriority(PRIO_PROCESS, 0);
    seen->dumpable = prctl(PR_GET_DUMPABLE);
    (void)prctl(PR_GET_NAME, seen->name);
    for (at = 0; at < 3; at++) {
        CHECK(fstat(at, &seen->standard[at]) == 0);
        seen->standard_flags[at] = fcntl(at, F_GETFL);
    }
}

static void is_unchanged(const host *before) {
    static host now;
    int at;
    int member;
    look(&now);
    for (at = 1; at < SIGNALS; at++) {
        int differ = now.actions[at].sa_handler != before->actions[at].sa_handler ||
                     now.actions[at].sa_flags != before->actions[at].sa_flags;
        for (member = 1; member < SIGNALS; member++) {
            differ |= sigismember(&now.actions[at].sa_mask, member) !=
                      sigismember(&before->actions[at].sa_mask, member);
        }
        if (differ) {
            fprintf(stderr, "the library changed what signal %d does\n", at);
            exit(1);
        }
        CHECK(sigismember(&now.mask, at) == sigismember(&before->mask, at));
    }
    CHECK(strcmp(now.locale, before->locale) == 0);
    CHECK(strcmp(now.decimal_point, before->decimal_point) == 0);
    CHECK(strcmp(now.directory, before->directory) == 0);
    CHECK(now.umask == before->umask);
    CHECK(now.environment == before->environment);
    CHECK(now.rounding == before->rounding && now.exceptions == before->exceptions);
    CHECK(memcmp(now.limits, before->limits, sizeof now.limits) == 0);
    CHECK(memcmp(now.timers, before->timers, sizeof now.timers) == 0);
    CHECK(now.priority == before->priority && now.dumpable == before->dumpable);
    CHECK(strcmp(now.name, before->name) == 0);
    for (at = 0; at < 3; at++) {
        CHECK(now.standard[at].st_dev == before->standard[at].st_dev);
        CHECK(now.standard[at].st_ino == before->standard[at].st_ino);
        CHECK(now.standard_flags[at] == before->standard_flags[at]);
    }
}

static char of_the_host[1024]; /* descriptors that were open before */

static void note_descriptors(void) {
    int number;
    for (number = 0; number < 1024; number++) {
        of_the_host[number] = fcntl(number, F_GETFD) != -1;
    }
}

/* A program that the host starts inherits nothing of the library. */
static void descriptors_close_on_exec(void) {
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    CHECK(folder != NULL);
    while ((entry = readdir(folder)) != NULL) {
        const int number = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || number == dirfd(folder)) continue;
        if (number < 1024 && of_the_host[number]) continue;
        if ((fcntl(number, F_GETFD) & FD_CLOEXEC) == 0) {
            char path[64];
            char target[512];
            ssize_t size;
            snprintf(path, sizeof path, "/proc/self/fd/%d", number);
            size = readlink(path, target, sizeof target - 1);
            target[size > 0 ? size : 0] = '\0';
            fprintf(stderr, "descriptor %d (%s) would be inherited by other programs\n", number,
                    target);
            exit(1);
        }
    }
    closedir(folder);
}

/* All asynchronous signals go to the host's threads. */
static void threads_take_no_signals(void) {
    static const int asynchronous[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
                                       SIGUSR1, SIGUSR2, SIGCHLD, SIGCONT, SIGTSTP, SIGWINCH,
                                       SIGIO,   SIGPROF, SIGVTALRM};
    DIR *folder = opendir("/proc/self/task");
    struct dirent *entry;
    int threads = 0;
    CHECK(folder != NULL);
    while ((entry = readdir(folder)) != NULL) {
        char path[512];
        char line[256];
        char name[64] = "?";
        FILE *status;
        size_t at;
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid()) continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        status = fopen(path, "r");
        if (status == NULL) continue;
        while (fgets(line, sizeof line, status) != NULL) {
            unsigned long long blocked;
            if (sscanf(line, "Name: %63s", name) == 1) continue;
            if (sscanf(line, "SigBlk: %llx", &blocked) != 1) continue;
            threads++;
            for (at = 0; at < sizeof asynchronous / sizeof asynchronous[0]; at++) {
                if ((blocked >> (asynchronous[at] - 1) & 1) == 0) {
                    fprintf(stderr, "thread %s takes signal %d\n", name, asynchronous[at]);
                    exit(1);
                }
            }
        }
        fclose(status);
        if (strncmp(name, "payments", 8) != 0) { /* so that people find out whose it is */
            fprintf(stderr, "a thread of the library is called %s, not payments-...\n", name);
            exit(1);
        }
    }
    closedir(folder);
    CHECK(threads >= 1);
}

/* ------------------------------------------------------------------------------------- the proxy
 * It stands before the sandbox and cuts each connection after so many bytes, in either direction. */

static struct {
    int listener;
    int sandbox_port;
    size_t cut_after;
    int cut_answers;
    int cuts;
} proxy;

static void reset_connection(int client) {
    struct linger at_once = {1, 0};
    (void)setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(client);
}

static void *forward(void *argument) {
    const int client = (int)(intptr_t)argument;
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address;
    size_t asked = 0;
    size_t answered = 0;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)proxy.sandbox_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(server, (struct sockaddr *)&address, sizeof address) == 0) {
        for (;;) {
            char bytes[512];
            size_t room = sizeof bytes;
            fd_set ready;
            ssize_t got;
            FD_ZERO(&ready);
            FD_SET(client, &ready);
            FD_SET(server, &ready);
            if (select((client > server ? client : server) + 1, &ready, NULL, NULL, NULL) < 1) break;
            if (FD_ISSET(client, &ready)) {
                if (!proxy.cut_answers && proxy.cut_after - asked < room) {
                    room = proxy.cut_after - asked;
                }
                if (room == 0) break;
                got = recv(client, bytes, room, 0);
                if (got <= 0 || send(server, bytes, (size_t)got, MSG_NOSIGNAL) != got) break;
                asked += (size_t)got;
                if (!proxy.cut_answers && asked >= proxy.cut_after) break;
            }
            if (FD_ISSET(server, &ready)) {
                room = sizeof bytes;
                if (proxy.cut_answers && proxy.cut_after - answered < room) {
                    room = proxy.cut_after - answered;
                }
                if (room == 0) break;
                got = recv(server, bytes, room, 0);
                if (got <= 0 || send(client, bytes, (size_t)got, MSG_NOSIGNAL) != got) break;
                answered += (size_t)got;
                if (proxy.cut_answers && answered >= proxy.cut_after) break;
            }
        }
    }
    close(server);
    __sync_fetch_and_add(&proxy.cuts, 1);
    reset_connection(client);
    return NULL;
}

static void *serve(void *argument) {
    (void)argument;
    for (;;) {
        pthread_t thread;
        const int client = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) return NULL;
        if (pthread_create(&thread, NULL, forward, (void *)(intptr_t)client) == 0) {
            pthread_detach(thread);
        } else {
            close(client);
        }
    }
}

static int start_proxy(int sandbox_port) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    pthread_t thread;
    proxy.sandbox_port = sandbox_port;
    proxy.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(proxy.listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(proxy.listener, 64) == 0);
    CHECK(getsockname(proxy.listener, (struct sockaddr *)&address, &size) == 0);
    CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
    pthread_detach(thread);
    return ntohs(address.sin_port);
}

/* SIGPIPE is at its default, which ends a process: none of ours may cause it. */
static void peer_closes_at_many_points(const char *folder, int sandbox_port) {
    const int port = start_proxy(sandbox_port);
    char config[2048];
    size_t point;
    int round = 0;
    snprintf(config, sizeof config,
             "{\"journal\":{\"path\":\"%s/cuts.db\"},\"network\":{\"allow_plain_http_loopback\":true},"
             "\"profiles\":{\"vipps\":{\"provider\":\"vipps\",\"base_url\":\"http://127.0.0.1:%d\","
             "\"client_id\":{\"value\":\"sandbox-client\"},"
             "\"client_secret\":{\"value\":\"sandbox-secret\"},"
             "\"subscription_key\":{\"value\":\"sandbox-key\"},"
             "\"merchant_serial_number\":\"123456\",\"currency\":\"NOK\"}}}",
             folder, port);
    for (point = 1; point < 1600; point += 41) {
        char name[32];
        payments_ctx *ctx = NULL;
        payments_view view;
        int64_t id;
        int32_t result;
        proxy.cut_after = point;
        proxy.cut_answers = round++ % 2;
        EXPECT(PAYMENTS_OK, payments_init(config, &ctx));
        snprintf(name, sizeof name, "cut-%u", (unsigned)point);
        id = till_tender(ctx, name, 100, "{\"approach\":\"qr\"}");
        memset(&view, 0, sizeof view);
        view.struct_size = sizeof view;
        result = payments_poll(ctx, id, 0, &view);
        CHECK(result == PAYMENTS_OK);
        (void)payments_poll(ctx, id, 150, &view);
        EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
        (void)payments_poll(ctx, id, 100, &view);
        (void)payments_shutdown(ctx, 20);
    }
    CHECK(proxy.cuts >= 20);
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    payments_view view;
    static host before;
    int64_t paid;

    (void)setlocale(LC_ALL, "");
    umask(022);
    CHECK(fesetround(FE_UPWARD) == 0); /* not the default, so that setting the default shows */
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    look(&before);
    note_descriptors();

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    is_unchanged(&before);
    till_sleep_ms(100); /* a thread takes its name once it runs */
    threads_take_no_signals();
    descriptors_close_on_exec();
    paid = till_paid_by_qr(ctx, arguments.port, "guest-1", 12345, &view);
    CHECK(strstr(view.cashier_text, "123") != NULL);
    is_unchanged(&before);
    errno = 4711;
    till_look(ctx, paid, &view);
    CHECK(errno == 4711);
    till_wait_state(ctx, till_refund(ctx, paid, "guest-refund", 0), PAYMENTS_STATE_REFUNDED, &view);
    threads_take_no_signals();
    descriptors_close_on_exec();
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    is_unchanged(&before);

    peer_closes_at_many_points(arguments.folder, arguments.port);
    is_unchanged(&before);
    return 0;
}
