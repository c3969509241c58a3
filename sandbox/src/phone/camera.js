// The camera of the phone: codes on the till's screen, codes that stand there, and pasted ones.

import { actIn, explain } from "./api.js";
import { copyFrom } from "./clipboard.js";
import { byId, notice, showView } from "./dom.js";
import { received } from "./received.js";
import { pollWallets, showReference } from "./requests.js";
import { known, numberOf } from "./state.js";

async function scan(text) {
  const { wallet } = known;
  const bad = (words) => notice("notice", words, { tone: "bad" });
  if (!known.network) {
    bad("The phone has no network, so it cannot scan.");
    return;
  }
  const plan = wallet.scan(text, known.codes, { number: numberOf(wallet) });
  if (!plan.act) {
    bad(plan.said);
    return;
  }
  try {
    const answer = await actIn(wallet, plan.act, plan.details);
    const reference = plan.opens ?? answer?.reference;
    if (reference) known.scanned.add(reference);
    if (plan.act === "check_in") received(answer, text);
    await pollWallets();
    showView("phone");
    if (plan.said) notice("notice", plan.said);
    if (reference) showReference(reference);
  } catch (error) {
    bad(explain(error));
  }
}

export function wireCamera() {
  byId("till-codes").addEventListener("click", (event) => {
    const { qr } = event.target.closest("button")?.dataset ?? {};
    if (qr) scan(qr);
  });
  byId("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    scan(byId("scan-text").value.trim()).then(() => (byId("scan-text").value = ""));
  });
  byId("copy").addEventListener("click", () => copyFrom(byId("code-text"), "Code copied."));
}
