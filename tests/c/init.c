/* Opens what it is told to. With "each" it reads configurations from standard input, one a line, and
 * prints code, milliseconds and error of each; with "hold" it opens CONFIG, says so, and keeps it open
 * until its standard input ends; with "twice" it opens CONFIG and, with it open, each of the lines. */

#include "till.h"

static void open_each(void) {
    static char line[2 * 1024 * 1024];
    while (fgets(line, sizeof line, stdin) != NULL) {
        payments_ctx *ctx = (payments_ctx *)(uintptr_t)1;
        const int64_t from = till_now_ms();
        int32_t result;
        line[strcspn(line, "\n")] = '\0';
        result = payments_init(line, &ctx);
        printf("%d\t%lld\t%s\n", (int)result, (long long)(till_now_ms() - from), till_error());
        fflush(stdout);
        if (result == PAYMENTS_OK) {
            EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
        } else {
            CHECK(ctx == NULL);
        }
    }
}

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    CHECK(arguments.more != NULL);
    if (strcmp(arguments.more, "each") == 0) {
        open_each();
        return 0;
    }
    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    printf("open\n");
    fflush(stdout);
    if (strcmp(arguments.more, "twice") == 0) {
        open_each();
    } else {
        while (getchar() != EOF) {
        }
    }
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    return 0;
}
