// Behind the counter, where only a trainer looks: the clock, the ledger and the faults.

import { ask, connected, connectedDespite, explain } from "./api.js";
import { chosenRule, fillActions, renderChaosForm, renderRules } from "./chaos.js";
import { byId, notice } from "./dom.js";
import { renderLedger, wireLedger } from "./ledger.js";
import { pollWallets } from "./requests.js";
import { scenarioRule } from "./scenarios.js";
import { renderTimes } from "./sheet.js";
import { learnTime } from "./state.js";

export async function pollPanel() {
  if (byId("panel").getClientRects().length === 0) return;
  try {
    const paths = ["/_sandbox/ledger", "/_sandbox/chaos"];
    const [ledger, chaos] = await Promise.all(paths.map((path) => ask("GET", path)));
    learnTime(ledger);
    connected(true);
    renderLedger(ledger.payments);
    renderRules(chaos.rules);
    renderTimes();
  } catch (error) {
    connectedDespite(error);
  }
}

export function wireCounter() {
  fillActions();
  wireLedger();
  byId("clock-buttons").addEventListener("click", (event) => {
    const advance = Number(event.target.dataset.advanceMs);
    if (advance > 0) fromPanel(() => ask("POST", "/_sandbox/clock", { advance_ms: advance }));
  });
  byId("scenarios").addEventListener("click", (event) => {
    const rule = scenarioRule(event.target.closest("button"));
    if (rule) fromPanel(() => ask("POST", "/_sandbox/chaos", rule));
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
  await Promise.all([pollWallets(), pollPanel()]);
}
