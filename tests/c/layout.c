/* Sizes and offsets of the public structs: they never change, they only grow at the end.
 * tests/abi.rs says the same in Rust. Compiles freestanding, so also with -m32. */

#include <stddef.h>
#include <stdint.h>

#include "payments.h"

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), "size of " #type)
#define AT(type, member, offset) \
    _Static_assert(offsetof(type, member) == (offset), "offset of " #type "." #member)

/* 8 on most machines, 4 on 32-bit x86 outside Windows. */
struct wide {
    char first;
    int64_t second;
};
#define WIDE offsetof(struct wide, second)
#define ROUNDED(size) (((size) + WIDE - 1) / WIDE * WIDE)

#if UINTPTR_MAX == 0xffffffffu
#define P(number) (4 * (number))
#else
#define P(number) (8 * (number))
#endif

AT(payments_tender_request, struct_size, 0);
AT(payments_tender_request, capture_rule, 4);
AT(payments_tender_request, amount, 8);
AT(payments_tender_request, sale_total, 16);
AT(payments_tender_request, currency, 24);
AT(payments_tender_request, profile, 24 + P(1));
AT(payments_tender_request, sale_ref, 24 + P(2));
AT(payments_tender_request, tender_ref, 24 + P(3));
AT(payments_tender_request, details_json, 24 + P(4));
SIZE(payments_tender_request, ROUNDED(24 + P(5)));

AT(payments_refund_request, struct_size, 0);
AT(payments_refund_request, reserved, 4);
AT(payments_refund_request, tender_id, 8);
AT(payments_refund_request, amount, 16);
AT(payments_refund_request, refund_ref, 24);
AT(payments_refund_request, profile, 24 + P(1));
AT(payments_refund_request, reference, 24 + P(2));
AT(payments_refund_request, currency, 24 + P(3));
AT(payments_refund_request, details_json, 24 + P(4));
SIZE(payments_refund_request, ROUNDED(24 + P(5)));

/* The same on every machine. */
AT(payments_view, struct_size, 0);
AT(payments_view, kind, 4);
AT(payments_view, id, 8);
AT(payments_view, parent_id, 16);
AT(payments_view, revision, 24);
AT(payments_view, state, 32);
AT(payments_view, reason, 36);
AT(payments_view, cancelled_by, 40);
AT(payments_view, prompt, 44);
AT(payments_view, choices, 48);
AT(payments_view, goods_may_leave, 52);
AT(payments_view, assurance, 56);
AT(payments_view, found_after_restart, 60);
AT(payments_view, amount, 64);
AT(payments_view, approved, 72);
AT(payments_view, captured, 80);
AT(payments_view, refunded, 88);
AT(payments_view, deadline_ms, 96);
AT(payments_view, updated_ms, 104);
AT(payments_view, currency, 112);
AT(payments_view, short_code, 120);
AT(payments_view, profile, 144);
AT(payments_view, reference, 208);
AT(payments_view, provider_reference, 280);
AT(payments_view, sale_ref, 352);
AT(payments_view, host_ref, 424);
AT(payments_view, cashier_text, 496);
AT(payments_view, customer_text, 752);
SIZE(payments_view, 1008);

AT(payments_qr_info, struct_size, 0);
AT(payments_qr_info, width, 4);
AT(payments_qr_info, height, 8);
AT(payments_qr_info, module_px, 12);
AT(payments_qr_info, smallest_module_px, 16);
AT(payments_qr_info, reserved, 20);
SIZE(payments_qr_info, 24);

int layout(void);
int layout(void) {
    return 0;
}
