// Faults as a trainer picks and reads them. What each does is explained in the sandbox's README.

import { byId, element, keep, write } from "./dom.js";
import { known } from "./state.js";
import { PROVIDERS, providerById } from "./wallets.js";

const ACTIONS = [
  {
    words: "the request gets lost",
    action: () => "lose_request",
  },
  {
    words: "it happens, but the answer gets lost",
    action: () => "lose_answer",
  },
  {
    words: "it happens, but the answer is slow",
    number: "Seconds", value: 5, max: 600,
    action: (n) => ({ delay: { ms: n * 1000 } }),
  },
  {
    words: "it happens, but the answer is an error",
    number: "Status", value: 500, max: 599,
    action: (n) => ({ status_after: { status: n } }),
  },
  {
    words: "it happens, but the answer is garbled",
    action: () => "malformed_after",
  },
  {
    words: "it is refused with an error",
    number: "Status", value: 500, max: 599,
    action: (n) => ({ status_instead: { status: n } }),
  },
  {
    words: "it is refused: too many requests",
    number: "Retry after, s", value: 3, max: 3600,
    action: (n) => ({ status_instead: { status: 429, retry_after_s: n } }),
  },
  {
    words: "a gateway answers with a web page",
    action: () => "html_instead",
  },
];

const calls = () => providerById(known.wallet.provider).calls;

export function fillActions() {
  for (const [place, action] of ACTIONS.entries()) {
    byId("chaos-action").append(new Option(action.words, place));
  }
  renderChaosForm();
}

/// The calls of the provider whose app is on the phone.
export function fillCalls() {
  const options = calls().map((call, place) => new Option(call.words, place));
  byId("chaos-call").replaceChildren(...options);
}

/// Asks for a number only where the fault has one.
export function renderChaosForm() {
  const chosen = ACTIONS[Number(byId("chaos-action").value)];
  byId("chaos-number-field").hidden = !chosen.number;
  byId("chaos-number").disabled = !chosen.number;
  if (chosen.number) {
    write(byId("chaos-number-label"), chosen.number);
    byId("chaos-number").min = chosen.number === "Status" ? 300 : 1;
    byId("chaos-number").max = chosen.max;
    byId("chaos-number").value = chosen.value;
  }
}

export function chosenRule() {
  const when = {
    ...calls()[Number(byId("chaos-call").value)].when,
    nth: byId("chaos-nth").valueAsNumber,
    times: byId("chaos-times").valueAsNumber,
  };
  const { action } = ACTIONS[Number(byId("chaos-action").value)];
  return { when, action: action(byId("chaos-number").valueAsNumber) };
}

export function renderRules(rules) {
  byId("rules-empty").hidden = rules.length > 0;
  byId("chaos-clear").hidden = rules.length === 0;
  keep(byId("rules"), rules.map((rule, place) => ({ rule, place })),
    ({ rule, place }) => `${place} ${JSON.stringify([rule.when, rule.action])}`,
    ({ rule }) => {
      const words = element("span", { textContent: ruleWords(rule) });
      return element("li", {}, words, element("small"));
    },
    (row, { rule }) => {
      const progress = ruleProgress(rule);
      row.dataset.spent = String(progress === "used up");
      write(row.querySelector("small"), progress);
    });
}

function ruleWords(rule) {
  const { method, path_contains, path_ends } = rule.when;
  // Absent and null both mean "any".
  const isIt = ({ when }) =>
    when.method == method && when.path_contains == path_contains && when.path_ends == path_ends;
  const provider = PROVIDERS.find((candidate) => candidate.calls.some(isIt));
  const call = provider?.calls.find(isIt);
  const isAny = !method && !path_contains && !path_ends;
  const named = call && !isAny ? `${provider.name}, ${call.words}` : call?.words;
  const where = named ?? [method, path_contains, path_ends].filter(Boolean).join(" ");
  const [kind, details] =
    typeof rule.action === "string" ? [rule.action, {}] : Object.entries(rule.action)[0];
  const retry = details.retry_after_s ? `, retry after ${details.retry_after_s} s` : "";
  const what = {
    lose_request: () => "request lost",
    cut_request: () => "connection cut",
    lose_answer: () => "answer lost",
    delay: () => `answer ${details.ms / 1000} s late`,
    status_after: () => `done, but answer ${details.status}`,
    malformed_after: () => "answer garbled",
    status_instead: () => `answer ${details.status}${retry}`,
    code_instead: () => `refused with ${details.code}`,
    html_instead: () => "web page as answer",
  }[kind]?.() ?? kind.replaceAll("_", " ");
  return `${where}: ${what}`;
}

function ruleProgress({ when, seen = 0 }) {
  const first = Math.max(1, when.nth ?? 1);
  const times = when.times ?? 1;
  const done = Math.max(0, seen - first + 1);
  if (times === 0) return `every call, ${done} so far`;
  if (done >= times) return "used up";
  if (seen + 1 < first) return `after ${first - 1 - seen} more`;
  return times === 1 ? "next call" : `next call, ${times - done} left`;
}
