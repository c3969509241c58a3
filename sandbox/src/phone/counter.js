// Behind the counter, where only a trainer looks: the till's codes, the clock, the ledger and the
// faults.

import { ask, connected, connectedDespite, explain } from "./api.js";
import { chosenRule, fillChaosForm, renderChaosForm, renderRules } from "./chaos.js";
import { byId, element, keep, notice, showView, write } from "./dom.js";
import { pollPhone, showRequest } from "./phone.js";
import { renderTimes } from "./sheet.js";
import { customerName, known, learnTime } from "./state.js";
import { digits, money } from "./words.js";

export async function pollPanel() {
  if (byId("panel").getClientRects().length === 0) return;
  try {
    const paths = ["/_sandbox/ledger", "/_sandbox/qr", "/_sandbox/chaos"];
    const [ledger, codes, chaos] = await Promise.all(paths.map((path) => ask("GET", path)));
    learnTime(ledger);
    connected(true);
    renderLedger(ledger.payments);
    renderTillCodes(codes);
    renderRules(chaos.rules);
    renderTimes();
  } catch (error) {
    connectedDespite(error);
  }
}

export function wireCounter() {
  fillChaosForm();
  byId("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    scan(byId("scan-text").value.trim()).then(() => (byId("scan-text").value = ""));
  });
  byId("clock-buttons").addEventListener("click", (event) => {
    const advance = Number(event.target.dataset.advanceMs);
    if (advance > 0) fromPanel(() => ask("POST", "/_sandbox/clock", { advance_ms: advance }));
  });
  byId("chaos-action").addEventListener("change", renderChaosForm);
  byId("chaos-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const rule = chosenRule();
    fromPanel(() => ask("POST", "/_sandbox/chaos", rule));
  });
  byId("chaos-clear").addEventListener("click", () => {
    byId("chaos-action").focus();
    fromPanel(() => ask("DELETE", "/_sandbox/chaos"));
  });
}

async function fromPanel(work) {
  try {
    await work();
    notice("panel-notice", "");
  } catch (error) {
    notice("panel-notice", explain(error), { tone: "bad" });
  }
  await Promise.all([pollPhone(), pollPanel()]);
}

/// The customer holds the phone over a code on the till's screen.
async function scan(text) {
  if (!known.network) {
    notice("panel-notice", "The phone has no network, so it cannot scan.", { tone: "bad" });
    return;
  }
  try {
    const answer = await ask("POST", "/_sandbox/scan", { qr: text, phone: known.customer });
    await pollPhone();
    showView("phone");
    const reference = answer?.reference;
    if (reference && known.requests.some((request) => request.reference === reference)) {
      showRequest(reference);
      byId("sheet-title").focus({ preventScroll: true });
    }
    pollPanel();
  } catch (error) {
    notice("panel-notice", explain(error), { tone: "bad" });
  }
}

function renderTillCodes(codes) {
  byId("till-codes-empty").hidden = codes.length > 0;
  keep(byId("till-codes"), codes, (code) => code.reference, tillCodeRow, (row, code) => {
    write(row.querySelector("strong"), code.description || code.reference);
    write(row.querySelector(".number"), money(code.amount, code.currency));
  });
}

function tillCodeRow(code) {
  const button = element("button", { type: "button", textContent: "Scan" });
  const sum = money(code.amount, code.currency);
  button.setAttribute("aria-label", `Scan ${code.description || code.reference}, ${sum}`);
  button.addEventListener("click", () => scan(code.qr));
  const text = element("code", { textContent: code.qr, title: code.qr });
  return element("li", {},
    element("div", {}, element("strong"), text),
    element("span", { className: "number" }), button);
}

function renderLedger(payments) {
  byId("ledger-empty").hidden = payments.length > 0;
  byId("ledger").closest(".table-scroll").hidden = payments.length === 0;
  write(byId("ledger-count"), payments.length === 0 ? "" : String(payments.length));
  const newestFirst = [...payments].sort((a, b) => b.created_ms - a.created_ms);
  const keyOf = (payment) => `${payment.provider} ${payment.reference}`;
  keep(byId("ledger"), newestFirst, keyOf, ledgerRow, updateLedgerRow);
}

const SUMS = ["authorized", "captured", "cancelled", "refunded"];

function ledgerRow(payment) {
  const reference = element("code", { textContent: payment.reference });
  return element("tr", {},
    element("th", { scope: "row" }, element("span"), reference),
    element("td", { className: "customer" }),
    ...["amount", ...SUMS].map((name) => element("td", { className: `number ${name}` })),
    element("td", {}, element("span", { className: "state" })));
}

function updateLedgerRow(row, payment) {
  row.dataset.reference = payment.reference;
  write(row.querySelector("th span"), payment.description || "–");
  write(row.querySelector(".customer"), customerName(payment.customer) || "–");
  write(row.querySelector(".amount"), money(payment.amount, payment.currency));
  for (const name of SUMS) {
    const cell = row.querySelector(`.${name}`);
    cell.dataset.nothing = String(payment[name] === 0);
    write(cell, payment[name] === 0 ? "–" : digits(payment[name], payment.currency));
  }
  const state = row.querySelector(".state");
  state.dataset.state = payment.state.toLowerCase();
  write(state, payment.state.toLowerCase());
}
