// Vipps, as Norwegian customers have it: a request comes to the phone and is approved there.

import * as platform from "./platform.js";

export const vipps = {
  ...platform,
  id: "vipps",
  name: "Vipps",
  numbers: /^4[67]/,
  hasCode: true,
  words: {
    empty: "No payments yet. Start one at the till: scan my code, type my number, or show me one.",
    codeHint: "Let the cashier scan this to send you the payment.",
  },
};
