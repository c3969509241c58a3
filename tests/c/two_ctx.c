/* Two journals in one process: each ctx knows its own sales only. */

#include "till.h"

int main(int argc, char **argv) {
    const till_arguments arguments = till_begin(argc, argv);
    payments_ctx *one = NULL;
    payments_ctx *two = NULL;
    payments_view view;
    int64_t first;
    int64_t second;
    size_t count = 9;

    EXPECT(PAYMENTS_OK, payments_init(arguments.config, &one));
    EXPECT(PAYMENTS_OK, payments_init(arguments.more, &two));
    CHECK(one != two);
    first = till_paid_by_qr(one, arguments.port, "one-1", 100, &view);
    second = till_tender(two, "two-1", 200, "{\"approach\":\"qr\"}");
    till_wait_prompt(two, second, PAYMENTS_PROMPT_SHOW_QR, &view);
    CHECK(view.amount == 200);
    till_look(one, first, &view);
    CHECK(view.amount == 100 && view.state == PAYMENTS_STATE_PAID);
    EXPECT(PAYMENTS_OK, payments_confirm(one, first, "receipt-one-1"));
    EXPECT(PAYMENTS_OK, payments_recover_pending(one, NULL, 0, &count));
    CHECK(count == 0);

    EXPECT(PAYMENTS_OK, payments_shutdown(one, 1000));
    EXPECT(PAYMENTS_E_HANDLE, payments_cancel(one, first));
    till_look(two, second, &view);
    till_customer_scans(two, second, arguments.port, TILL_PHONE);
    till_customer(arguments.port, view.reference, "approve");
    till_wait_state(two, second, PAYMENTS_STATE_PAID, &view);
    EXPECT(PAYMENTS_OK, payments_shutdown(two, 1000));
    return 0;
}
