// Starts the page: the phone shows what a provider's app would show, and beside it stands what only
// a trainer sees. Talks to nothing but the sandbox that served it. Plain modules, neither bundled
// nor fetched from elsewhere, so that it runs in a training room without internet and under a
// content security policy without exceptions.

import { connectedDespite } from "./api.js";
import { pollPanel, wireCounter } from "./counter.js";
import { byId, showView } from "./dom.js";
import {
  approveThoseDue, chooseCustomer, customerInAddress, pollPhone, pollPhones, render, wirePhone,
} from "./phone.js";
import { renderTimes } from "./sheet.js";
import { known } from "./state.js";

const POLL_MS = 1000;
const TICK_MS = 250;

let polling = false;
async function poll() {
  if (polling || document.hidden) return;
  polling = true;
  try {
    if (known.customer === null) await pollPhones();
    await Promise.all([pollPhone(), pollPanel()]);
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

/// What concerns both halves of the page: afterwards both ask the sandbox again.
function wirePage() {
  byId("customer").addEventListener("change", (event) => {
    chooseCustomer(event.target.value);
    poll();
  });
  byId("view-phone").addEventListener("click", () => chooseView("phone"));
  byId("view-tools").addEventListener("click", () => chooseView("tools"));
  document.addEventListener("visibilitychange", poll);
  window.addEventListener("hashchange", () => {
    const wanted = customerInAddress();
    const isKnown = known.phones.some((phone) => phone.number === wanted);
    if (wanted !== known.customer && isKnown) {
      chooseCustomer(wanted);
      poll();
    }
  });
}

wirePhone();
wireCounter();
wirePage();
render();
poll();
setInterval(poll, POLL_MS);
setInterval(() => {
  renderTimes();
  approveThoseDue();
}, TICK_MS);
