// The sandbox's side door, and whether anybody is behind it.

import { byId, notice, write } from "./dom.js";

const ANSWER_WITHIN_MS = 8000;

/// The sandbox answered, and said no.
class Refusal extends Error {}

export async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    cache: "no-store",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await response.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Some answers have no body, and an error may come from anything in between.
  }
  if (!response.ok) throw new Refusal(value?.error ?? `The sandbox answered ${response.status}.`);
  return value;
}

/// A customer does something with a wallet's app.
export const actIn = (wallet, act, details) =>
  ask("POST", `/_sandbox/wallets/${wallet.provider}/${act}`, details);

export const explain = (error) =>
  error instanceof Refusal ? error.message : "The sandbox does not answer.";

/// A refusal is an answer too.
export const connectedDespite = (error) => connected(error instanceof Refusal);

export function connected(yes) {
  const wasConnected = byId("connection").dataset.connected;
  // On a real phone the line at the top is out of sight.
  if (!yes && wasConnected !== "false") {
    notice("notice", "The sandbox does not answer.", { tone: "bad", stays: true });
  }
  if (yes && wasConnected === "false") notice("notice", "");
  byId("connection").dataset.connected = String(yes);
  const words = yes ? "Sandbox connected" : "Sandbox does not answer – trying again";
  write(byId("connection"), words);
}
