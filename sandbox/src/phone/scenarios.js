// Ready-made troubles, one click each, for the provider of the app on the phone.

import { byId, element } from "./dom.js";
import { known } from "./state.js";
import { providerById } from "./wallets.js";

const status = (code, rest) => ({ status_instead: { status: code, ...rest } });

const SCENARIOS = [
  { words: "Paid or not? Creating gets no answer", role: "create", action: "lose_answer" },
  { words: "Creating fails twice", role: "create", times: 2, action: status(503) },
  { words: "Five status questions fail", role: "read", times: 5, action: status(500) },
  { words: "Status answers take 5 s", role: "read", times: 3, action: { delay: { ms: 5000 } } },
  { words: "Captured, but no answer", role: "capture", action: "lose_answer" },
  { words: "Cancelled, but no answer", role: "cancel", action: "lose_answer" },
  { words: "Refunded, but an error", role: "refund", action: { status_after: { status: 500 } } },
  { words: "Refund: too many requests", role: "refund", action: status(429, { retry_after_s: 3 }) },
  { words: "No access token", role: "token", action: status(503) },
];

const calls = () => providerById(known.wallet.provider).calls;

export function fillScenarios() {
  const possible = SCENARIOS.filter(({ role }) => calls().some((call) => call.role === role));
  byId("scenario-provider").textContent = providerById(known.wallet.provider).name;
  byId("scenarios").replaceChildren(...possible.map((scenario) => {
    const dataset = { place: SCENARIOS.indexOf(scenario) };
    return element("button", { type: "button", textContent: scenario.words, dataset });
  }));
}

export function scenarioRule(button) {
  const scenario = SCENARIOS[button?.dataset.place];
  if (!scenario) return null;
  const { when } = calls().find(({ role }) => role === scenario.role);
  return { when: { ...when, nth: 1, times: scenario.times ?? 1 }, action: scenario.action };
}
