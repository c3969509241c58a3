// Words and numbers: how amounts, times and outcomes are written.

const DECIMALS = { JPY: 0, ISK: 0 };

/// Amounts are whole minor units and are only ever cut as text, so no rounding can happen.
export function digits(minor, currency) {
  const decimals = DECIMALS[currency] ?? 2;
  const negative = minor < 0;
  const text = String(negative ? -minor : minor).padStart(decimals + 1, "0");
  const whole = text.slice(0, text.length - decimals).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const fraction = decimals === 0 ? "" : "." + text.slice(-decimals);
  return (negative ? "\u2212" : "") + whole + fraction;
}

export const money = (minor, currency) => `${currency}\u00a0${digits(minor, currency)}`;

/// Minor units of an amount that somebody has typed, or null. Two decimals, comma or point.
export function minorOf(text) {
  const parts = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  if (parts === null) return null;
  return Number(parts[1] + (parts[2] ?? "").padEnd(2, "0"));
}

export function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map((part, i) =>
    i === 0 ? String(part) : String(part).padStart(2, "0"));
  return hours === "0" ? `${Number(minutes)}:${rest}` : `${hours}:${minutes}:${rest}`;
}

export function timeOfDay(ms, seconds) {
  const second = seconds ? "2-digit" : undefined;
  return new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second });
}

export function day(ms) {
  const parts = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  return new Date(ms).toLocaleDateString("en-GB", parts);
}

/// A text is plain, or a pair: Russian, and English beside it.
export const plain = (words) => (Array.isArray(words) ? `${words[0]} (${words[1]})` : words);

/// Outcomes that every wallet knows: the tone that gives the colour, a title, a sentence. A wallet
/// may have its own words for them.
const OUTCOMES = {
  refunded: ["back", "Refunded", "The shop gave all of it back."],
  partly: ["back", "Partly refunded", "The shop gave a part back."],
  paid: ["good", "Paid", "The shop has taken the money."],
  waiting: ["wait", "Payment request", "Sent to your phone."],
  scanned: ["wait", "Payment request", "You scanned this code."],
  pending: ["wait", "Waiting for the bank", "You paid. The bank has not decided yet."],
  declined: ["wait", "Not paid yet", "The last attempt was declined."],
  authorizing: ["busy", "Asking your bank", "You approved. The bank has not answered yet."],
  approved: ["good", "Approved", "Set aside for the shop, not taken yet."],
  rejected: ["bad", "Rejected", "You said no. Nothing was paid."],
  expired: ["quiet", "Expired", "Nobody answered in time. Nothing was paid."],
  cancelled: ["bad", "Cancelled by the shop", "Nothing was paid."],
};

/// What has become of a request.
export function outcome(request, wallet) {
  const kind = kindOf(request);
  const [tone, title, words] = OUTCOMES[kind] ?? ["quiet", request.state, ""];
  const [ownTitle, ownWords] = wallet?.outcomes?.[kind] ?? [title, words];
  return { kind, tone, title: ownTitle, words: ownWords };
}

function kindOf(request) {
  const paid = request.captured ?? 0;
  const back = request.refunded ?? 0;
  if (paid > 0 && back >= paid) return "refunded";
  if (paid > 0 && back > 0) return "partly";
  if (paid > 0) return "paid";
  const waits = request.state === "waiting" || request.state === "opened";
  if (waits) return request.how === "push" ? "waiting" : "scanned";
  return request.state;
}
