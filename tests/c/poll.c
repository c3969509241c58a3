/* payments_poll(ctx, id, 0, &view): no system call (strace between the marks, tests/c_api.rs), and no
 * allocation, a million times over. The allocator is counted in this thread only. */

#include "till.h"

#include <errno.h>

#define ROUNDS 1000000

static __thread int counting;
static __thread long allocations;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

void *malloc(size_t size) {
    allocations += counting;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations += counting;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    allocations += counting;
    return __libc_realloc(old, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    allocations += counting;
    *out = __libc_memalign(alignment, size);
    return *out != NULL ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocations += counting;
    return __libc_memalign(alignment, size);
}

void free(void *memory) {
    allocations += counting;
    __libc_free(memory);
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    payments_view view;
    int64_t id;
    int64_t from;
    int64_t took;
    int32_t result = PAYMENTS_OK;
    long allocated;
    int round;

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));

    /* The counting itself works, also for what the library allocates. */
    counting = 1;
    EXPECT(PAYMENTS_E_HANDLE, payments_cancel(NULL, 1));
    counting = 0;
    CHECK(allocations > 0);

    id = till_tender(ctx, "poll-1", 49900, "{\"approach\":\"scan\"}");
    till_look(ctx, id, &view);
    from = till_now_ms();
    allocations = 0;
    till_mark("poll-begin");
    counting = 1;
    for (round = 0; round < ROUNDS && result == PAYMENTS_OK; round++) {
        result = payments_poll(ctx, id, 0, &view);
    }
    counting = 0;
    till_mark("poll-end");
    allocated = allocations;
    took = till_now_ms() - from;
    EXPECT(PAYMENTS_OK, result);
    printf("%d polls, %ld allocations, %ld ns each\n", ROUNDS, allocated,
           (long)(took * 1000000 / ROUNDS));
    CHECK(allocated == 0);
    EXPECT(PAYMENTS_OK, payments_cancel(ctx, id));
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    return 0;
}
