// What the shop's host would have received: nobody is called, so a trainer hands it on by hand.

import { actIn, explain } from "./api.js";
import { copyFrom } from "./clipboard.js";
import { byId, notice, write } from "./dom.js";
import { known } from "./state.js";

let code = "";

/// Header lines and body stand apart, as payments_deliver_webhook() takes them.
export function received(delivery, scanned) {
  code = scanned;
  byId("received").hidden = false;
  write(byId("received-url"), delivery.url);
  const lines = Object.entries(delivery.headers).map(([name, value]) => `${name}: ${value}`);
  byId("received-headers").value = lines.join("\n");
  byId("received-body").value = delivery.body;
}

export function wireReceived() {
  for (const part of ["headers", "body"]) {
    byId(`copy-${part}`).addEventListener("click", () => copyFrom(byId(`received-${part}`)));
  }
  byId("received-again").addEventListener("click", async () => {
    try {
      received(await actIn(known.wallet, "check_in_again", { qr: code }), code);
      notice("panel-notice", "Delivered once more.");
    } catch (error) {
      notice("panel-notice", explain(error), { tone: "bad" });
    }
  });
}
