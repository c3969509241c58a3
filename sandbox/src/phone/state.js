// What the page knows. The sandbox owns everything about payments; only the customer's habits live
// here.

import { WALLETS } from "./wallets.js";

export const known = {
  wallet: WALLETS[0],
  customer: null,
  phones: [],
  requests: [],
  clockAhead: 0, // sandbox time minus this computer's time
  network: true,
  shown: null, // reference of the request on the sheet
  seen: new Set(), // references that were announced
  ignored: new Set(),
  late: new Map(), // reference → sandbox time of the approval
  acting: new Set(), // references with an approval or rejection under way
  problem: null, // { reference, words } of the last refusal
};

export const sandboxNow = () => Date.now() + known.clockAhead;

export function learnTime(answer) {
  if (typeof answer?.now_ms === "number") known.clockAhead = answer.now_ms - Date.now();
}

export const isOpen = (request) => request.state === "waiting" || request.state === "opened";

export const shownRequest = () =>
  known.requests.find((request) => request.reference === known.shown) ?? null;

export const customerName = (number) =>
  known.phones.find((phone) => phone.number === number)?.name ?? number ?? "";
