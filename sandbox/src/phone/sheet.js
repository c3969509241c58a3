// The sheet with one request, as it looks. What happens to it is decided in phone.js.

import { byId, element, keep, write } from "./dom.js";
import { isOpen, known, sandboxNow, shownRequest } from "./state.js";
import { day, digits, duration, money, outcome, timeOfDay } from "./words.js";

const HURRY_MS = 60_000;

export function renderSheet() {
  const request = shownRequest();
  byId("sheet").hidden = request === null;
  byId("home").inert = request !== null;
  if (request === null) return;

  renderRequest(request);
  renderReceipt(request);
  renderFacts(request);
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
  write(byId("countdown-words"), left > 0 ? `${duration(left)} left to answer` : "Time is up");
  const due = known.late.get(request.reference);
  if (due === undefined) return;
  const overdue = known.network ? "Approving…" : "Approves when the network is back";
  write(byId("late-words"), due > now ? `Approves in ${duration(due - now)}` : overdue);
}

function renderRequest(request) {
  const open = isOpen(request);
  const result = outcome(request);
  const sheet = byId("sheet");
  sheet.dataset.tone = result.tone;
  sheet.dataset.reference = request.reference;
  sheet.dataset.state = request.state;
  write(byId("sheet-state"), result.title);
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
  byId("countdown").hidden = !open;
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
  const facts = [];
  if (!open) facts.push(["", outcome(request).words]);
  if (request.captured > 0) facts.push(["Paid", money(request.captured, request.currency)]);
  if (request.refunded > 0) facts.push(["Refunded", money(request.refunded, request.currency)]);
  if (!open) facts.push(["Asked at", timeOfDay(request.created_ms)]);
  keep(
    byId("facts"),
    facts,
    ([name]) => name || "words",
    ([name]) => factRow(name),
    (row, [, value]) => write(row.querySelector("dd"), value),
  );
}

function factRow(name) {
  if (name !== "") return element("div", {}, element("dt", { textContent: name }), element("dd"));
  const unseen = element("dt", { className: "unseen", textContent: "Result" });
  return element("div", { className: "words" }, unseen, element("dd"));
}

function renderProblem(request) {
  const refused = request.declined ? "Your bank refused. You can try again, or reject." : "";
  const isAbout = known.problem?.reference === request.reference;
  const problem = isAbout ? known.problem.words : refused;
  byId("problem").hidden = problem === "";
  write(byId("problem"), problem);
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
  const late = known.late.has(request.reference);
  const focusWasInLate = document.activeElement?.closest(".late");
  byId("late-form").hidden = late;
  byId("late-running").hidden = !late;
  if (focusWasInLate && focusWasInLate.hidden && open) {
    byId(late ? "late-stop" : "late-start").focus({ preventScroll: true });
  }
  const more = known.requests.some((other) =>
    isOpen(other) && other.reference !== request.reference && !known.ignored.has(other.reference));
  write(byId("done"), more ? "Next request" : "Done");
}
