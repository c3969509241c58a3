/* A captured sale syncs the disk twice: before the first request leaves, and before the final answer
 * is shown. A refund too. tests/c_api.rs counts with strace between the marks. */

#include "till.h"

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *ctx = NULL;
    payments_view view;
    int64_t id;
    int64_t refund;

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &ctx));
    till_sleep_ms(300);

    till_mark("begin-begin");
    id = till_tender(ctx, "syncs-1", 49900, "{\"approach\":\"qr\"}");
    till_mark("begin-end");
    till_wait_prompt(ctx, id, PAYMENTS_PROMPT_SHOW_QR, &view);
    till_customer_scans(ctx, id, arguments.port, TILL_PHONE);
    till_customer(arguments.port, view.reference, "approve");
    till_wait_state(ctx, id, PAYMENTS_STATE_PAID, &view);
    till_mark("sale-end");
    till_sleep_ms(300);
    till_mark("quiet-end");
    EXPECT(PAYMENTS_OK, payments_confirm(ctx, id, "receipt-syncs-1"));
    till_sleep_ms(200);

    till_mark("refund-begin");
    refund = till_refund(ctx, id, "syncs-refund-1", 900);
    till_wait_state(ctx, refund, PAYMENTS_STATE_REFUNDED, &view);
    till_mark("refund-end");
    till_sleep_ms(200);
    EXPECT(PAYMENTS_OK, payments_shutdown(ctx, 1000));
    return 0;
}
