// The wallet apps that the phone can play, and the calls of their providers.
//
// An app is one module and one style sheet in wallets/. The module says:
//
//   id, provider, name   as in the address, in the admin API, and as people call it
//   numbers              which telephone numbers have the app; left out: there is one customer
//   hasCode, scansFirst  whether the app shows a code of its own; whether its camera stands above
//   words, outcomes      texts that differ from the usual ones; a text may be Russian with English
//   read(answer, phone)  what the sandbox says → requests and codes in the shape of all wallets
//   scan(text, codes, phone)  what the app does with a code: { act, details, opens, said }
//   person(request)      what stands in the top bar instead of a choice of customers
//   details(verb)        what an approval or rejection says besides the reference; null: nonsense
//   opens(answer)        the reference to show after an act, if it is another one
//   home, sheet, more    parts of its own: { build(tools), update(node, …) }; the update of `home`
//                        says whether it shows

import { mobilepay } from "./wallets/mobilepay.js";
import { paymaster } from "./wallets/paymaster.js";
import { smartpay } from "./wallets/smartpay.js";
import { smartum } from "./wallets/smartum.js";
import { vipps } from "./wallets/vipps.js";

const WORDS = {
  approve: "Approve",
  reject: "Reject",
  ignore: "Ignore",
  done: "Done",
  next: "Next request",
  open: "Open",
  waiting: "Waiting for you",
  history: "Payments",
  empty: "No payments yet. Start one at the till.",
  code: "My code",
  codeHint: "",
  camera: "Scan a code",
  cameraEmpty: "No code in sight. They appear when a till shows one.",
  scan: "Scan",
  paste: "Or paste a code",
  left: (time) => `${time} left to answer`,
  over: "Time is up",
  declined: "Your bank refused. You can try again, or reject.",
  paid: "Paid",
  refunded: "Refunded",
  asked: "Asked at",
  reference: "Reference",
};

const app = (wallet) => ({ ...wallet, words: { ...WORDS, ...wallet.words } });

export const WALLETS = [vipps, mobilepay, smartpay, paymaster, smartum].map(app);

export const walletById = (id) => WALLETS.find((wallet) => wallet.id === id);

const ends = (path_ends) => ({ path_ends });
const has = (path_contains) => ({ path_contains });
const both = (path_contains, path_ends) => ({ path_contains, path_ends });
const call = (words, method, path, role) => ({ words, role, when: { method, ...path } });

// What a trainer can break; only calls of this one provider may fit. Where later changes have an
// address below the payment's own, only the end of the path tells that a payment is new.
// `role`: see scenarios.js.
export const PROVIDERS = [
  {
    id: "vipps",
    name: "Vipps MobilePay",
    calls: [
      call("anything"),
      call("create a payment", "POST", ends("/epayment/v1/payments"), "create"),
      call("read a payment", "GET", has("/epayment/v1/payments/"), "read"),
      call("capture", "POST", both("/epayment/", "/capture"), "capture"),
      call("cancel", "POST", both("/epayment/", "/cancel"), "cancel"),
      call("refund", "POST", both("/epayment/", "/refund"), "refund"),
      call("read a personal code", "POST", ends("/qr/v1/exchange")),
      call("set up a till's code", "PUT", has("/qr/v1/merchant-callback/")),
      call("ask a customer to join", "POST", has("/backchannel/authentication")),
      call("access token", "POST", has("/accesstoken/get"), "token"),
    ],
  },
  {
    id: "smartpay",
    name: "SmartPay",
    calls: [
      call("anything"),
      call("create a checkout", "POST", ends("/payment/creation")),
      call("create a payment link", "POST", ends("/payment-links"), "create"),
      call("read a link", "GET", has("/payment-links/"), "read"),
      call("read a payment", "GET", has("/payment/status/")),
      call("capture", "POST", ends("/payment/capture"), "capture"),
      call("cancel", "POST", ends("/payment/cancel"), "cancel"),
      call("refund", "POST", ends("/payment/refund"), "refund"),
      call("cancel or refund", "POST", ends("/payment/cancelOrRefund")),
      call("access token", "POST", ends("/oauth2/token"), "token"),
    ],
  },
  {
    id: "paymaster",
    name: "PayMaster SBP",
    calls: [
      call("anything"),
      call("create a payment", "POST", ends("/api/v2/payments"), "create"),
      call("read a payment", "GET", has("/api/v2/payments"), "read"),
      call("cancel", "PUT", both("/api/", "/cancel"), "cancel"),
      call("refund", "POST", ends("/api/v2/refunds"), "refund"),
      call("read a refund", "GET", has("/api/v2/refunds")),
      call("set up a plate", "POST", ends("/api/v2/stickers")),
      call("place a till's order", "POST", both("/api/v1/pos/", "/orders")),
      call("read a till's order", "GET", has("/api/v1/pos/")),
    ],
  },
  {
    id: "smartum",
    name: "SmartumPay",
    calls: [
      call("anything"),
      call("fetch the public keys", "GET", has("/jwt/public-keys")),
      call("look a payment up", "GET", has("/transactions/"), "read"),
      call("verify a receipt", "POST", ends("/receipts/verify")),
      call("refund", "POST", both("/transactions/", "/refund"), "refund"),
      call("create a checkout", "POST", ends("/checkout"), "create"),
      call("access token", "POST", ends("/oauth/token"), "token"),
    ],
  },
];

export const providerById = (id) => PROVIDERS.find((provider) => provider.id === id);
