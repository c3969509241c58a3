// Requests come, change, are looked at, and are answered by the customer.

import { actIn, ask, connected, connectedDespite, explain } from "./api.js";
import { byId, focusIsOurs, notice } from "./dom.js";
import { render } from "./phone.js";
import { renderSheet } from "./sheet.js";
import { isOpen, known, learnTime, sandboxNow, shownRequest, viewOf } from "./state.js";
import { money, outcome, plain } from "./words.js";

export async function pollWallets() {
  if (!known.network || known.wallet === null) return;
  try {
    const answer = await ask("GET", "/_sandbox/wallets");
    learnTime(answer);
    connected(true);
    // The network may have been switched off while the question was on its way.
    if (!known.network) return;
    known.answers = answer.wallets;
    applyAnswer();
  } catch (error) {
    connectedDespite(error);
  }
}

function applyAnswer() {
  const before = new Map(known.requests.map((request) => [request.id, request]));
  const { requests, codes } = viewOf(known.wallet);
  known.requests = requests;
  known.codes = codes;
  for (const [id, late] of known.late) {
    const request = viewOf(late.wallet).requests.find((candidate) => candidate.id === id);
    if (request && !isOpen(request)) known.late.delete(id);
  }
  const fresh = requests.filter((request) => isOpen(request) && !known.seen.has(request.id));
  for (const request of requests) known.seen.add(request.id);

  const current = shownRequest();
  if (fresh.length > 0) {
    const [newest] = fresh;
    const asks = `${newest.merchant} asks for ${money(newest.amount, newest.currency)}`;
    const what = newest.description ? `, ${newest.description}` : "";
    announce(`New payment request: ${asks}${what}.`);
    // A request that the customer is looking at is not pushed aside by a newer one.
    if (current === null || !isOpen(current)) {
      showRequest(newest.id);
      return;
    }
  }
  if (current && before.has(current.id)) {
    const result = outcome(current, known.wallet);
    if (outcome(before.get(current.id), known.wallet).kind !== result.kind) {
      const sum = money(current.amount, current.currency);
      announce(`${plain(result.title)}: ${current.merchant}, ${sum}. ${plain(result.words)}`);
    }
  }
  render();
}

function announce(text) {
  byId("announcement").textContent = text;
}

export function showRequest(id, { tellSandbox = false } = {}) {
  known.shown = id;
  known.ignored.delete(id);
  known.problem = null;
  const request = shownRequest();
  if (tellSandbox && known.network && request?.state === "waiting" && known.wallet.numbers) {
    send(known.wallet, request, "open", {}).catch(() => {});
  }
  render();
  if (focusIsOurs()) byId("sheet-title").focus({ preventScroll: true });
}

/// Shows what a scan or a payment of one's own has led to.
export function showReference(reference) {
  const request = known.requests.find((candidate) => candidate.reference === reference);
  if (!request) return;
  showRequest(request.id);
  byId("sheet-title").focus({ preventScroll: true });
}

function closeSheet() {
  const id = known.shown;
  known.shown = null;
  const next = known.requests.find((request) =>
    isOpen(request) && !known.ignored.has(request.id));
  if (next) {
    showRequest(next.id);
    return;
  }
  render();
  const rows = [...document.querySelectorAll("#home .rows > li")];
  const row = rows.find((candidate) => candidate.dataset.id === id);
  const title = known.wallet.hasCode ? "code-title" : "history-title";
  (row?.querySelector("button") ?? byId(title)).focus({ preventScroll: true });
}

function putAside() {
  const request = shownRequest();
  if (request && isOpen(request)) known.ignored.add(request.id);
  closeSheet();
}

// ------------------------------------------------------------------------------------------------
// What the customer does

async function send(wallet, request, act, details) {
  known.acting.add(request.id);
  try {
    return await actIn(wallet, act, { reference: request.reference, ...details });
  } finally {
    known.acting.delete(request.id);
    await pollWallets();
    renderSheet();
  }
}

async function decide(wallet, request, verb) {
  if (!request || known.acting.has(request.id)) return;
  known.problem = null;
  known.late.delete(request.id);
  const isShown = () => known.shown === request.id && known.wallet === wallet;
  const details = isShown() && wallet.details ? wallet.details(verb) : {};
  if (details === null) {
    known.problem = { id: request.id, words: "That is no amount." };
    renderSheet();
    return;
  }
  try {
    const answer = await send(wallet, request, verb, details);
    const opens = wallet.opens?.(answer);
    if (opens && known.wallet === wallet) showReference(opens);
  } catch (error) {
    if (isShown() && isOpen(shownRequest())) {
      known.problem = { id: request.id, words: explain(error) };
      renderSheet();
    } else {
      notice("notice", explain(error), { tone: "bad" });
    }
  }
}

export function approveThoseDue() {
  if (!known.network) return;
  for (const [id, { wallet, request, due }] of known.late) {
    if (due <= sandboxNow() && !known.acting.has(id)) decide(wallet, request, "approve");
  }
}

/// What the parts of a wallet's own can do. Gives whether the sandbox did it.
export const tools = {
  async act(act, details) {
    const { wallet } = known;
    const request = shownRequest();
    const about = request && wallet.more ? { reference: request.reference } : {};
    if (!known.network) {
      notice("notice", "The phone has no network.", { tone: "bad", stays: true });
      return false;
    }
    try {
      const answer = await actIn(wallet, act, { ...about, ...details });
      await pollWallets();
      const opens = wallet.opens?.(answer);
      if (opens) showReference(opens);
      return true;
    } catch (error) {
      if (request) known.problem = { id: request.id, words: explain(error) };
      else notice("notice", explain(error), { tone: "bad" });
      renderSheet();
      return false;
    }
  },
};

function switchNetwork() {
  known.network = !known.network;
  if (known.network) notice("notice", "");
  else notice("notice", "The phone has no network.", { tone: "bad", stays: true });
  render();
  approveThoseDue();
  pollWallets();
}

export function wireRequests() {
  byId("network").addEventListener("click", switchNetwork);
  byId("home").addEventListener("click", (event) => {
    const id = event.target.closest(".rows > li")?.dataset.id;
    if (id) showRequest(id, { tellSandbox: true });
  });
  byId("approve").addEventListener("click", () => decide(known.wallet, shownRequest(), "approve"));
  byId("reject").addEventListener("click", () => decide(known.wallet, shownRequest(), "reject"));
  byId("ignore").addEventListener("click", putAside);
  byId("done").addEventListener("click", closeSheet);
  byId("sheet").addEventListener("keydown", (event) => {
    if (event.key === "Escape") putAside();
  });
  byId("late-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const due = sandboxNow() + byId("late-seconds").valueAsNumber * 1000;
    known.late.set(known.shown, { wallet: known.wallet, request: shownRequest(), due });
    render();
  });
  byId("late-stop").addEventListener("click", () => {
    known.late.delete(known.shown);
    render();
  });
}
