// The customer's phone as it looks: the frame, and the home screen of the app in it.

import { drawCode } from "./code.js";
import { byId, element, keep, say, write } from "./dom.js";
import { renderSheet, renderTimes } from "./sheet.js";
import { isOpen, known, numberOf, sandboxNow, viewOf } from "./state.js";
import { money, outcome, plain, timeOfDay } from "./words.js";
import { WALLETS } from "./wallets.js";

export function render() {
  const { wallet } = known;
  if (wallet === null) return;
  byId("phone").dataset.network = known.network ? "on" : "off";
  write(byId("network-words"), known.network ? "Lose network" : "Bring network back");
  renderPerson(wallet);
  renderCode(wallet);
  renderCamera(wallet);

  const waiting = known.requests.filter(isOpen);
  const finished = known.requests.filter((request) => !isOpen(request));
  byId("waiting-section").hidden = waiting.length === 0;
  keep(byId("waiting"), waiting, (request) => request.id, rowOf, updateRow);
  keep(byId("history"), finished, (request) => request.id, rowOf, updateRow);
  byId("history-empty").hidden = known.requests.length > 0;
  renderOwnHome(wallet);
  renderBadges();
  renderSheet();
  renderTimes();
}

/// What only a change of the app changes.
export function dress(wallet, tools) {
  const phone = byId("phone");
  phone.dataset.wallet = wallet.id;
  write(byId("wallet-name"), wallet.name);
  const { words } = wallet;
  for (const [id, text] of [
    ["code-title", words.code], ["code-hint", words.codeHint],
    ["camera-title", words.camera], ["till-codes-empty", words.cameraEmpty],
    ["scan-label", words.paste], ["scan-button", words.scan],
    ["waiting-title", words.waiting], ["history-title", words.history],
    ["history-empty", words.empty], ["approve", words.approve], ["reject", words.reject],
    ["ignore", words.ignore], ["reference-label", words.reference],
  ]) say(byId(id), text);
  byId("code").hidden = !wallet.hasCode;
  byId("camera").hidden = !wallet.scan;
  if (wallet.scansFirst) byId("code").before(byId("camera"));
  else byId("code").after(byId("camera"));
  for (const part of ["home", "sheet", "more"]) {
    const slot = byId(`own-${part}`);
    slot.replaceChildren(...(wallet[part] ? [wallet[part].build(tools)] : []));
  }
  byId("own-home").hidden = true;
  byId("more").hidden = !wallet.more;
  byId("more").open = false;
  for (const rows of ["waiting", "history", "till-codes"]) byId(rows).replaceChildren();
}

const initials = (name) =>
  name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();

function renderPerson(wallet) {
  const me = known.people.find((person) => person.number === numberOf(wallet));
  const has = wallet.numbers !== undefined;
  byId("customer-choice").hidden = !has;
  byId("person").hidden = has;
  const shown = known.requests.find((request) => request.id === known.shown);
  const person = has ? (me?.name ?? "") : wallet.person(shown);
  if (!has) say(byId("person-name"), person);
  if (!has) write(byId("person-wallet"), wallet.name);
  write(byId("avatar"), initials(plain(person)));
}

function renderCode(wallet) {
  const me = known.people.find((person) => person.number === numberOf(wallet));
  const text = me?.personal_qr ?? "";
  if (byId("code-text").value !== text) byId("code-text").value = text;
  drawCode(byId("code-picture"), text, "My code as a QR picture");
}

function renderCamera(wallet) {
  const codes = wallet.scan ? known.codes : [];
  byId("till-codes-empty").hidden = codes.length > 0;
  keep(byId("till-codes"), codes, (code) => code.qr, codeRow, (row, code) => {
    write(row.querySelector("strong"), code.label);
    const sum = code.isTill ? "" : money(code.amount, code.currency);
    write(row.querySelector(".number"), sum);
    const button = row.querySelector("button");
    say(button, known.wallet.words.scan);
    const scan = [known.wallet.words.scan].flat().join(" ");
    button.setAttribute("aria-label", [`${scan} ${code.label}`, sum].filter(Boolean).join(", "));
  });
}

function codeRow(code) {
  const button = element("button", { type: "button", dataset: { qr: code.qr } });
  const text = element("code", { textContent: code.qr, title: code.qr });
  return element("li", {},
    element("div", {}, element("strong"), text),
    element("span", { className: "number" }), button);
}

function renderOwnHome(wallet) {
  const answer = known.answers[wallet.provider];
  if (!wallet.home || !answer) return;
  const phone = { number: numberOf(wallet), scanned: known.scanned, now: sandboxNow() };
  const [node] = byId("own-home").children;
  byId("own-home").hidden = !wallet.home.update(node, answer, phone);
}

function rowOf(request) {
  const span = (className, ...children) => element("span", { className }, ...children);
  const button = element("button", { type: "button", className: "row" },
    element("span", { className: "row-mark", "aria-hidden": "true" }),
    span("row-words", span("row-merchant"), span("row-note")),
    span("row-sum", span("row-amount"), span("row-state")),
  );
  return element("li", { dataset: { id: request.id, reference: request.reference } }, button);
}

function updateRow(row, request) {
  const result = outcome(request, known.wallet);
  row.dataset.tone = result.tone;
  row.dataset.state = request.state;
  write(row.querySelector(".row-merchant"), request.merchant);
  const note = [timeOfDay(request.created_ms), request.description].filter(Boolean).join(" · ");
  write(row.querySelector(".row-note"), note);
  write(row.querySelector(".row-amount"), money(request.amount, request.currency));
  let state = isOpen(request) ? known.wallet.words.open : result.title;
  if (result.kind === "partly") state = `${money(request.refunded, request.currency)} refunded`;
  if (known.late.has(request.id)) state = "Approves later";
  say(row.querySelector(".row-state"), state);
}

/// How many requests wait, on this phone and on the others.
function renderBadges() {
  for (const wallet of WALLETS) {
    const requests = wallet === known.wallet ? known.requests : viewOf(wallet).requests;
    const count = requests.filter(isOpen).length;
    const badge = byId(`waiting-${wallet.id}`);
    badge.hidden = count === 0;
    write(badge.firstElementChild, String(count));
  }
  const waiting = known.requests.filter(isOpen).length;
  byId("badge").hidden = waiting === 0;
  write(byId("badge"), waiting === 0 ? "" : String(waiting));
  const count = waiting > 0 ? `(${waiting}) ` : "";
  document.title = `${count}Customer’s phone – libpayments sandbox`;
}
