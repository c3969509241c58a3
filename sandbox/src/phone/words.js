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

/// What has become of a request: a title, a sentence, and the tone that gives it its colour.
export function outcome(request) {
  const paid = request.captured ?? 0;
  const back = request.refunded ?? 0;
  const result = (tone, title, words) => ({ tone, title, words });
  if (paid > 0 && back >= paid) return result("back", "Refunded", "The shop gave all of it back.");
  if (paid > 0 && back > 0) return result("back", "Partly refunded", "The shop gave a part back.");
  if (paid > 0) return result("good", "Paid", "The shop has taken the money.");
  const came = request.how === "scanned" ? "You scanned this code." : "Sent to your phone.";
  switch (request.state) {
    case "waiting":
    case "opened":
      return result("wait", "Payment request", came);
    case "authorizing":
      return result("busy", "Asking your bank", "You approved. The bank has not answered yet.");
    case "approved":
      return result("good", "Approved", "Set aside for the shop, not taken yet.");
    case "rejected":
      return result("bad", "Rejected", "You said no. Nothing was paid.");
    case "expired":
      return result("quiet", "Expired", "Nobody answered in time. Nothing was paid.");
    case "cancelled":
      return result("bad", "Cancelled by the shop", "Nothing was paid.");
    default:
      return result("quiet", request.state, "");
  }
}
