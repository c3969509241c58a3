// The sheet with one request, as it looks. What happens to it is decided in requests.js.

import { byId, element, keep, say, write } from "./dom.js";
import { isOpen, known, sandboxNow, shownRequest } from "./state.js";
import { day, digits, duration, money, outcome, plain, timeOfDay } from "./words.js";

const HURRY_MS = 60_000;
const COUNTDOWN_MAX_MS = 1000 * 60 * 60 * 24 * 7;

export function renderSheet() {
  const request = shownRequest();
  byId("sheet").hidden = request === null;
  byId("home").inert = request !== null;
  if (request === null) return;

  renderRequest(request);
  renderReceipt(request);
  renderFacts(request);
  renderOwnParts(request);
  renderProblem(request);
  renderActions(request);
  renderTimes();
}

/// The parts that move between two polls.
export function renderTimes() {
  const now = sandboxNow();
  write(byId("phone-time"), timeOfDay(now));
  write(byId("clock-time"), timeOfDay(now, true));
  write(byId("clock-date"), day(now));
  const request = shownRequest();
  if (request === null || !isOpen(request)) return;
  const left = request.expires_ms - now;
  const whole = Math.max(1, request.expires_ms - request.created_ms);
  const share = Math.min(1, Math.max(0, left / whole));
  byId("countdown-fill").style.setProperty("--share", String(share));
  byId("countdown").dataset.hurry = String(left < HURRY_MS);
  const { words } = known.wallet;
  say(byId("countdown-words"), left > 0 ? words.left(duration(left)) : words.over);
  const due = known.late.get(request.id)?.due;
  if (due === undefined) return;
  const overdue = known.network ? "Approving…" : "Approves when the network is back";
  write(byId("late-words"), due > now ? `Approves in ${duration(due - now)}` : overdue);
}

function renderRequest(request) {
  const open = isOpen(request);
  const result = outcome(request, known.wallet);
  const sheet = byId("sheet");
  sheet.dataset.tone = result.tone;
  sheet.dataset.reference = request.reference;
  sheet.dataset.state = request.state;
  say(byId("sheet-state"), result.title);
  write(byId("sheet-merchant"), request.merchant);
  const amount = byId("sheet-amount");
  if (amount.dataset.text !== `${request.currency} ${request.amount}`) {
    amount.dataset.text = `${request.currency} ${request.amount}`;
    amount.replaceChildren(
      element("span", { className: "currency", textContent: request.currency }),
      "\u00a0",
      digits(request.amount, request.currency),
    );
  }
  write(byId("sheet-description"), request.description ?? "");
  write(byId("sheet-mark"), open ? (request.merchant.trim()[0] ?? "?").toUpperCase() : "");
  write(byId("sheet-reference"), request.reference);
  // Some links live so long that no bar could show it.
  byId("countdown").hidden = !open || request.expires_ms - request.created_ms > COUNTDOWN_MAX_MS;
}

/// The parts that only this app has.
function renderOwnParts(request) {
  for (const part of ["sheet", "more"]) {
    const [node] = byId(`own-${part}`).children;
    if (node) known.wallet[part].update(node, request);
  }
}

function renderReceipt(request) {
  const lines = request.receipt ?? [];
  byId("receipt").hidden = lines.length === 0;
  keep(
    byId("receipt-lines"),
    lines.map((line, place) => ({ line, place })),
    ({ line, place }) => `${place} ${JSON.stringify(line)}`,
    ({ line }) => receiptRow(line, request.currency),
    () => {},
  );
}

function receiptRow(line, currency) {
  const name = element("th", { scope: "row", textContent: line.name });
  if (line.quantity && line.quantity !== "1") {
    const quantity = `× ${line.quantity}`;
    name.append(" ", element("span", { className: "quantity", textContent: quantity }));
  }
  const total = line.is_return ? -Math.abs(line.total_amount) : line.total_amount;
  const amount = element("td", { className: "number", textContent: digits(total, currency) });
  return element("tr", {}, name, amount);
}

function renderFacts(request) {
  const open = isOpen(request);
  const { words } = known.wallet;
  const facts = [];
  if (!open) facts.push(["", outcome(request, known.wallet).words]);
  if (request.captured > 0) facts.push([words.paid, money(request.captured, request.currency)]);
  if (request.refunded > 0) facts.push([words.refunded, money(request.refunded, request.currency)]);
  if (!open) facts.push([words.asked, timeOfDay(request.created_ms)]);
  keep(
    byId("facts"),
    facts,
    ([name]) => plain(name) || "words",
    ([name]) => factRow(name),
    (row, [, value]) => say(row.querySelector("dd"), value),
  );
}

function factRow(name) {
  const term = element("dt");
  if (name === "") term.className = "unseen";
  say(term, name === "" ? "Result" : name);
  return element("div", { className: name === "" ? "words" : "" }, term, element("dd"));
}

function renderProblem(request) {
  const { words } = known.wallet;
  const refused = request.declined || request.state === "declined" ? words.declined : "";
  const problem = known.problem?.id === request.id ? known.problem.words : refused;
  byId("problem").hidden = problem === "";
  say(byId("problem"), problem);
}

/// A part that goes away while it has the focus hands it to the part that takes its place.
function renderActions(request) {
  const open = isOpen(request);
  const focusWasInActions = byId("actions").contains(document.activeElement);
  byId("actions").hidden = !open;
  byId("finished-actions").hidden = open;
  if (focusWasInActions && !open) byId("done").focus({ preventScroll: true });

  // Only the network disables them: a button disabled by its own click would lose the focus.
  byId("approve").disabled = !known.network;
  byId("reject").disabled = !known.network;
  const late = known.late.has(request.id);
  const focusWasInLate = document.activeElement?.closest(".late");
  byId("late-form").hidden = late;
  byId("late-running").hidden = !late;
  if (focusWasInLate && focusWasInLate.hidden && open) {
    byId(late ? "late-stop" : "late-start").focus({ preventScroll: true });
  }
  const more = known.requests.some((other) =>
    isOpen(other) && other.id !== request.id && !known.ignored.has(other.id));
  const { words } = known.wallet;
  say(byId("done"), more ? words.next : words.done);
}
