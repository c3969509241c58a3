// The customer's phone: what a provider's app would show, and what the customer does with it.

import { ask, connected, connectedDespite, explain } from "./api.js";
import { byId, element, focusIsOurs, keep, notice, write } from "./dom.js";
import { qrModules } from "./qr.js";
import { renderSheet, renderTimes } from "./sheet.js";
import { isOpen, known, learnTime, sandboxNow, shownRequest } from "./state.js";
import { WALLETS } from "./wallets.js";
import { money, outcome, timeOfDay } from "./words.js";

export function render() {
  const phone = byId("phone");
  phone.dataset.wallet = known.wallet.id;
  phone.dataset.network = known.network ? "on" : "off";
  write(byId("network-words"), known.network ? "Lose network" : "Bring network back");
  write(byId("wallet-name"), known.wallet.name);

  const me = known.phones.find((candidate) => candidate.number === known.customer);
  write(byId("avatar"), me ? initials(me.name) : "");
  write(byId("code-hint"), known.wallet.codeHint);
  showCode(me?.personal_qr ?? "");

  const waiting = known.requests.filter(isOpen);
  const finished = known.requests.filter((request) => !isOpen(request));
  byId("waiting-section").hidden = waiting.length === 0;
  keep(byId("waiting"), waiting, (request) => request.reference, rowOf, updateRow);
  keep(byId("history"), finished, (request) => request.reference, rowOf, updateRow);
  byId("history-empty").hidden = known.requests.length > 0;

  byId("badge").hidden = waiting.length === 0;
  write(byId("badge"), waiting.length === 0 ? "" : String(waiting.length));
  byId("badge").setAttribute("aria-label", `${waiting.length} waiting`);
  const count = waiting.length > 0 ? `(${waiting.length}) ` : "";
  document.title = `${count}Customer’s phone – libpayments sandbox`;
  renderSheet();
  renderTimes();
}

// ------------------------------------------------------------------------------------------------
// The home screen

const initials = (name) =>
  name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();

function showCode(text) {
  const field = byId("code-text");
  if (field.value === text) return;
  field.value = text;
  const picture = byId("code-picture");
  picture.replaceChildren();
  const modules = text === "" ? null : qrModules(new TextEncoder().encode(text));
  if (modules === null) return;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `-4 -4 ${modules.length + 8} ${modules.length + 8}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "My code as a QR picture");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const squares = modules.flatMap((row, y) =>
    row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  path.setAttribute("d", squares.join(""));
  svg.append(path);
  picture.append(svg);
}

function rowOf(request) {
  const span = (className, ...children) => element("span", { className }, ...children);
  const button = element("button", { type: "button", className: "row" },
    element("span", { className: "row-mark", "aria-hidden": "true" }),
    span("row-words", span("row-merchant"), span("row-note")),
    span("row-sum", span("row-amount"), span("row-state")),
  );
  button.addEventListener("click", () => showRequest(request.reference, { tellSandbox: true }));
  return element("li", {}, button);
}

function updateRow(row, request) {
  const result = outcome(request);
  row.dataset.tone = result.tone;
  row.dataset.state = request.state;
  write(row.querySelector(".row-merchant"), request.merchant);
  const note = [timeOfDay(request.created_ms), request.description].filter(Boolean).join(" · ");
  write(row.querySelector(".row-note"), note);
  write(row.querySelector(".row-amount"), money(request.amount, request.currency));
  let state = isOpen(request) ? "Open" : result.title;
  if (result.title === "Partly refunded") {
    state = `${money(request.refunded, request.currency)} refunded`;
  }
  if (known.late.has(request.reference)) state = "Approves later";
  write(row.querySelector(".row-state"), state);
}

// ------------------------------------------------------------------------------------------------
// Requests come, change and are looked at

function applyRequests(requests) {
  const before = new Map(known.requests.map((request) => [request.reference, request]));
  known.requests = requests;
  for (const reference of known.late.keys()) {
    const request = requests.find((candidate) => candidate.reference === reference);
    if (request && !isOpen(request)) known.late.delete(reference);
  }
  const isFresh = (request) => isOpen(request) && !known.seen.has(request.reference);
  const fresh = requests.filter(isFresh);
  for (const request of requests) known.seen.add(request.reference);

  const current = shownRequest();
  if (fresh.length > 0) {
    const [newest] = fresh;
    const asks = `${newest.merchant} asks for ${money(newest.amount, newest.currency)}`;
    byId("announcement").textContent =
      `New payment request: ${asks}` + (newest.description ? `, ${newest.description}.` : ".");
    // A request that the customer is looking at is not pushed aside by a newer one.
    if (current === null || !isOpen(current)) {
      showRequest(newest.reference);
      return;
    }
  }
  if (current && before.has(current.reference)) {
    const result = outcome(current);
    if (outcome(before.get(current.reference)).title !== result.title) {
      const sum = money(current.amount, current.currency);
      byId("announcement").textContent =
        `${result.title}: ${current.merchant}, ${sum}. ${result.words}`;
    }
  }
  render();
}

export function showRequest(reference, { tellSandbox = false } = {}) {
  known.shown = reference;
  known.ignored.delete(reference);
  known.problem = null;
  const request = shownRequest();
  if (tellSandbox && known.network && request?.state === "waiting") {
    act(reference, "open").catch(() => {});
  }
  render();
  if (focusIsOurs()) byId("sheet-title").focus({ preventScroll: true });
}

function closeSheet() {
  const reference = known.shown;
  known.shown = null;
  const next = known.requests.find((request) =>
    isOpen(request) && !known.ignored.has(request.reference));
  if (next) {
    showRequest(next.reference);
    return;
  }
  render();
  const rows = [...document.querySelectorAll("#home .rows > li")];
  const row = rows.find((candidate) => candidate.dataset.key === reference);
  (row?.querySelector("button") ?? byId("code-title")).focus({ preventScroll: true });
}

function putAside() {
  const request = shownRequest();
  if (request && isOpen(request)) known.ignored.add(request.reference);
  closeSheet();
}

// ------------------------------------------------------------------------------------------------
// What the customer does

async function act(reference, verb) {
  known.acting.add(reference);
  try {
    await ask("POST", `/_sandbox/payments/${encodeURIComponent(reference)}/${verb}`, {});
  } finally {
    known.acting.delete(reference);
    await pollPhone();
    renderSheet();
  }
}

async function decide(reference, verb) {
  if (known.acting.has(reference)) return;
  known.problem = null;
  known.late.delete(reference);
  try {
    await act(reference, verb);
  } catch (error) {
    if (known.shown === reference && isOpen(shownRequest() ?? {})) {
      known.problem = { reference, words: explain(error) };
      renderSheet();
    } else {
      notice("notice", explain(error), { tone: "bad" });
    }
  }
}

export function approveThoseDue() {
  if (!known.network) return;
  for (const [reference, due] of known.late) {
    if (due <= sandboxNow() && !known.acting.has(reference)) decide(reference, "approve");
  }
}

function switchNetwork() {
  known.network = !known.network;
  if (known.network) notice("notice", "");
  else notice("notice", "The phone has no network.", { tone: "bad", stays: true });
  render();
  approveThoseDue();
  pollPhone();
}

async function copyCode() {
  const field = byId("code-text");
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Browsers offer the clipboard only to secure origins; a training room has plain HTTP.
    field.select();
    document.execCommand("copy");
  }
  notice("notice", "Code copied.");
}

// ------------------------------------------------------------------------------------------------
// What the sandbox says about this customer

/// The address names the customer, so that several phones can be open at once and survive a reload.
export const customerInAddress = () => decodeURIComponent(location.hash.slice(1));

export async function pollPhones() {
  const phones = await ask("GET", "/_sandbox/phones");
  known.phones = phones;
  keep(byId("customer"), phones, (phone) => phone.number,
    (phone) => element("option", { value: phone.number }),
    (option, phone) => write(option, `${phone.name}  +${phone.number}`));
  const wanted = customerInAddress();
  if (!phones.some((phone) => phone.number === known.customer)) {
    const chosen = phones.find((phone) => phone.number === wanted) ?? phones[0];
    chooseCustomer(chosen?.number ?? null);
  }
}

export function chooseCustomer(number) {
  known.customer = number;
  known.requests = [];
  known.shown = null;
  known.seen.clear();
  byId("customer").value = number ?? "";
  if (number !== null) history.replaceState(null, "", `#${encodeURIComponent(number)}`);
  render();
}

export async function pollPhone() {
  const number = known.customer;
  if (number === null || !known.network) return;
  try {
    const answer = await ask("GET", `/_sandbox/phone/${encodeURIComponent(number)}`);
    learnTime(answer);
    connected(true);
    // The customer or the network may have been switched while the question was on its way.
    if (known.customer === number && known.network) applyRequests(answer.requests);
  } catch (error) {
    connectedDespite(error);
  }
}

// ------------------------------------------------------------------------------------------------

export function wirePhone() {
  for (const wallet of WALLETS) byId("wallets").append(walletChoice(wallet));
  byId("network").addEventListener("click", switchNetwork);
  byId("copy").addEventListener("click", copyCode);

  byId("approve").addEventListener("click", () => decide(known.shown, "approve"));
  byId("reject").addEventListener("click", () => decide(known.shown, "reject"));
  byId("ignore").addEventListener("click", putAside);
  byId("done").addEventListener("click", closeSheet);
  byId("sheet").addEventListener("keydown", (event) => {
    if (event.key === "Escape") putAside();
  });
  byId("late-form").addEventListener("submit", (event) => {
    event.preventDefault();
    known.late.set(known.shown, sandboxNow() + byId("late-seconds").valueAsNumber * 1000);
    render();
  });
  byId("late-stop").addEventListener("click", () => {
    known.late.delete(known.shown);
    render();
  });
}

function walletChoice(wallet) {
  const checked = wallet === known.wallet;
  const choice = element("input", { type: "radio", name: "wallet", value: wallet.id, checked });
  choice.addEventListener("change", () => {
    known.wallet = wallet;
    render();
  });
  const name = element("span", { textContent: wallet.name });
  return element("label", { dataset: { wallet: wallet.id } }, choice, name);
}
