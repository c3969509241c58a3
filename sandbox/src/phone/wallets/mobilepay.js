// MobilePay, as customers in Denmark and Finland have it: they scan the code that stands at the
// till and then swipe.

import * as platform from "./platform.js";

export const mobilepay = {
  ...platform,
  id: "mobilepay",
  name: "MobilePay",
  numbers: /^(45|358)/,
  hasCode: true,
  scansFirst: true,
  words: {
    approve: "Swipe to pay",
    reject: "Decline",
    ignore: "Not now",
    history: "Activity",
    waiting: "Requests",
    camera: "Pay in a shop",
    cameraEmpty: "No code in sight. Scan the one that stands at the till, once it is set up.",
    empty: "No activity yet. Scan the code at the till, and wait for the amount.",
    codeHint: "A cashier with a scanner can read this instead.",
    left: (time) => `${time} left to pay`,
  },
  outcomes: {
    waiting: ["Ready to pay", "The shop has sent you the amount."],
    scanned: ["Ready to pay", "You scanned this code."],
    authorizing: ["Just a moment", "You swiped. The bank has not answered yet."],
    approved: ["Reserved", "Set aside for the shop, not taken yet."],
    rejected: ["Declined", "You said no. Nothing was paid."],
  },
};
