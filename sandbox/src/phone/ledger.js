// What all providers believe about the money.

import { byId, element, keep, write } from "./dom.js";
import { customerName } from "./state.js";
import { digits, money } from "./words.js";
import { PROVIDERS, providerById } from "./wallets.js";

const SUMS = ["authorized", "captured", "cancelled", "refunded"];

let payments = [];

export function wireLedger() {
  byId("ledger-provider").append(...PROVIDERS.map(({ id, name }) => new Option(name, id)));
  byId("ledger-provider").addEventListener("change", () => renderLedger(payments));
}

export function renderLedger(rows) {
  payments = rows;
  const provider = byId("ledger-provider").value;
  const shown = rows.filter((row) => provider === "" || row.provider === provider);
  byId("ledger-empty").hidden = shown.length > 0;
  byId("ledger").closest(".table-scroll").hidden = shown.length === 0;
  write(byId("ledger-count"), shown.length === 0 ? "" : String(shown.length));
  const newestFirst = [...shown].sort((a, b) => b.created_ms - a.created_ms);
  const keyOf = (row) => `${row.provider} ${row.reference} ${row.created_ms}`;
  keep(byId("ledger"), newestFirst, keyOf, ledgerRow, updateLedgerRow);
}

function ledgerRow(payment) {
  const reference = element("code", { textContent: payment.reference });
  const provider = element("small", {
    className: "provider",
    dataset: { provider: payment.provider },
    textContent: providerById(payment.provider)?.name ?? payment.provider,
  });
  const dataset = { provider: payment.provider, reference: payment.reference };
  return element("tr", { dataset },
    element("th", { scope: "row" }, provider, element("span"), reference),
    element("td", { className: "customer" }),
    ...["amount", ...SUMS].map((name) => element("td", { className: `number ${name}` })),
    element("td", {}, element("span", { className: "state" })));
}

// The providers' own words for how it ended; every other word is neutral.
const TONES = {
  good: ["authorized", "settled", "captured", "authorization_completed", "paid"],
  bad: ["aborted", "terminated", "rejected", "authorization_declined", "cancelled"],
  wait: [
    "created", "confirmation", "pending",
    "authorization_initialized", "authorization_pending", "capture_pending",
  ],
};

function updateLedgerRow(row, payment) {
  write(row.querySelector("th span"), payment.description || "–");
  write(row.querySelector(".customer"), customerName(payment.customer) || "–");
  write(row.querySelector(".amount"), money(payment.amount, payment.currency));
  for (const name of SUMS) {
    const cell = row.querySelector(`.${name}`);
    cell.dataset.nothing = String(payment[name] === 0);
    write(cell, payment[name] === 0 ? "–" : digits(payment[name], payment.currency));
  }
  const word = payment.state.toLowerCase();
  const state = row.querySelector(".state");
  const tone = Object.keys(TONES).find((name) => TONES[name].includes(word));
  state.dataset.tone = tone ?? "quiet";
  write(state, word.replaceAll("_", " "));
}
