// What the page knows. The sandbox owns everything about payments; only the habits of the customers
// live here.

export const known = {
  wallet: null, // the app that the phone shows; one of wallets.js
  answers: {}, // provider → what the sandbox says about its customers
  people: [], // customers with a number
  numbers: new Map(), // wallet → number of the customer whose phone it is
  requests: [], // on the phone that is shown
  codes: [], // before its camera
  network: true,
  clockAhead: 0, // sandbox time minus this computer's time
  shown: null, // id of the request on the sheet
  seen: new Set(), // ids that were announced
  ignored: new Set(),
  scanned: new Set(), // references that came by the camera
  late: new Map(), // id → { wallet, request, due }
  acting: new Set(), // ids with an approval or rejection under way
  problem: null, // { id, words } of the last refusal
};

export const sandboxNow = () => Date.now() + known.clockAhead;

export function learnTime(answer) {
  if (typeof answer?.now_ms === "number") known.clockAhead = answer.now_ms - Date.now();
}

const OPEN = new Set(["waiting", "opened", "pending", "declined"]);

export const isOpen = (request) => OPEN.has(request?.state);

export const shownRequest = () =>
  known.requests.find((request) => request.id === known.shown) ?? null;

export const numberOf = (wallet) => known.numbers.get(wallet.id) ?? null;

export const customerName = (number) =>
  known.people.find((person) => person.number === number)?.name ?? number ?? "";

/// What one wallet's phone shows: its requests, newest first, and the codes it could scan.
export function viewOf(wallet) {
  const answer = known.answers[wallet.provider];
  if (!answer) return { requests: [], codes: [] };
  const phone = { number: numberOf(wallet), scanned: known.scanned, now: sandboxNow() };
  const { requests, codes } = wallet.read(answer, phone);
  requests.sort((a, b) => b.created_ms - a.created_ms);
  // Acts name payments by reference and mean the newest of that name.
  const times = new Map();
  for (const request of requests) {
    const time = (times.get(request.reference) ?? 0) + 1;
    times.set(request.reference, time);
    request.id = [wallet.id, request.reference, ...(time > 1 ? [time] : [])].join("/");
  }
  return { requests, codes };
}
