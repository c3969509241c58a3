// Which phone is played: the app, and whose phone it is. The address says both, so that several
// phones can be open at once and survive a reload.

import { ask } from "./api.js";
import { fillCalls } from "./chaos.js";
import { byId, element, keep, write } from "./dom.js";
import { dress, render } from "./phone.js";
import { tools } from "./requests.js";
import { fillScenarios } from "./scenarios.js";
import { known, numberOf, viewOf } from "./state.js";
import { WALLETS, walletById } from "./wallets.js";

/// `#vipps/4712345678`, `#smartpay`, or only a number.
function wanted() {
  const [first, number = first] = decodeURIComponent(location.hash.slice(1)).split("/");
  const isNumber = /^\d+$/.test(first);
  const wallet = isNumber ? WALLETS.find((it) => it.numbers?.test(first)) : walletById(first);
  return { wallet: wallet ?? WALLETS[0], number };
}

/// People whose telephone numbers fit the app; everybody, if none do.
function customersOf(wallet) {
  if (!wallet.numbers) return [];
  const fitting = known.people.filter(({ number }) => wallet.numbers.test(number));
  return fitting.length > 0 ? fitting : known.people;
}

export async function pollPeople() {
  known.people = await ask("GET", "/_sandbox/phones");
  for (const wallet of WALLETS) {
    known.numbers.set(wallet.id, customersOf(wallet)[0]?.number ?? null);
  }
  followAddress();
}

export function followAddress() {
  const { wallet, number } = wanted();
  const isThere = customersOf(wallet).some((person) => person.number === number);
  choose(wallet, isThere ? number : numberOf(wallet));
}

export function choose(wallet, number = numberOf(wallet)) {
  if (known.wallet === wallet && numberOf(wallet) === number && known.requests.length > 0) return;
  const isOtherApp = known.wallet !== wallet;
  known.wallet = wallet;
  known.numbers.set(wallet.id, number);
  if (isOtherApp) {
    dress(wallet, tools);
    fillCalls();
    fillScenarios();
  }
  known.shown = null;
  known.seen.clear();
  known.problem = null;
  // What the sandbox has said last is shown at once; the next poll announces what waits.
  Object.assign(known, viewOf(wallet));
  byId(`wallet-${wallet.id}`).checked = true;
  keep(byId("customer"), customersOf(wallet), (person) => person.number,
    (person) => element("option", { value: person.number }),
    (option, person) => write(option, `${person.name}  +${person.number}`));
  byId("customer").value = number ?? "";
  const address = [wallet.id, number].filter(Boolean).map(encodeURIComponent).join("/");
  history.replaceState(null, "", `#${address}`);
  render();
}

/// `changed` runs after every choice.
export function wirePicker(changed) {
  byId("wallets").append(...WALLETS.map(walletChoice));
  byId("wallets").addEventListener("change", (event) => {
    choose(walletById(event.target.value));
    changed();
  });
  byId("customer").addEventListener("change", (event) => {
    choose(known.wallet, event.target.value);
    changed();
  });
  window.addEventListener("hashchange", () => {
    followAddress();
    changed();
  });
}

function walletChoice(wallet) {
  const input = element("input", {
    id: `wallet-${wallet.id}`, type: "radio", name: "wallet", value: wallet.id,
  });
  const badge = element("small", { id: `waiting-${wallet.id}`, className: "count", hidden: true },
    element("span"), element("span", { className: "unseen", textContent: " waiting" }));
  const name = element("span", {}, element("b", { textContent: wallet.name }), " ", badge);
  return element("label", { dataset: { wallet: wallet.id } }, input, name);
}
