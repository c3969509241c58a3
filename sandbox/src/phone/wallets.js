// One entry for each wallet app that the phone can play. The look of each is a theme in base.css.

export const WALLETS = [
  {
    id: "vipps",
    name: "Vipps MobilePay",
    codeHint: "Let the cashier scan this to send you the payment.",
    // What a trainer can break. Every later change has an address below the payment's own, so only
    // the end of the path tells that a payment is new.
    calls: [
      { words: "anything", when: {} },
      { words: "create a payment", when: { method: "POST", path_ends: "/epayment/v1/payments" } },
      { words: "read a payment", when: { method: "GET", path_contains: "/epayment/v1/payments/" } },
      { words: "capture", when: { method: "POST", path_contains: "/capture" } },
      { words: "cancel", when: { method: "POST", path_contains: "/cancel" } },
      { words: "refund", when: { method: "POST", path_contains: "/refund" } },
      { words: "read a personal code", when: { method: "POST", path_contains: "/qr/v1/exchange" } },
      { words: "access token", when: { method: "POST", path_contains: "/accesstoken/get" } },
    ],
  },
];
