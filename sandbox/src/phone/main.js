// Starts the page: the phone shows what a provider's app would show, and beside it stands what only
// a trainer sees. Talks to nothing but the sandbox that served it. Plain modules, neither bundled
// nor fetched from elsewhere, so that it runs in a training room without internet and under a
// content security policy without exceptions.

import { connectedDespite } from "./api.js";
import { wireCamera } from "./camera.js";
import { pollPanel, wireCounter } from "./counter.js";
import { byId, showView } from "./dom.js";
import { pollPeople, wirePicker } from "./picker.js";
import { wireReceived } from "./received.js";
import { approveThoseDue, pollWallets, wireRequests } from "./requests.js";
import { renderTimes } from "./sheet.js";
import { known } from "./state.js";

const POLL_MS = 1000;
const TICK_MS = 250;

let polling = false;
async function poll() {
  if (polling || document.hidden) return;
  polling = true;
  try {
    if (known.wallet === null) await pollPeople();
    await Promise.all([pollWallets(), pollPanel()]);
  } catch (error) {
    connectedDespite(error);
  } finally {
    polling = false;
  }
}

function chooseView(view) {
  showView(view);
  poll();
}

byId("view-phone").addEventListener("click", () => chooseView("phone"));
byId("view-tools").addEventListener("click", () => chooseView("tools"));
document.addEventListener("visibilitychange", poll);
wirePicker(poll);
wireRequests();
wireCamera();
wireReceived();
wireCounter();
poll();
setInterval(poll, POLL_MS);
setInterval(() => {
  if (known.wallet === null) return;
  renderTimes();
  approveThoseDue();
}, TICK_MS);
