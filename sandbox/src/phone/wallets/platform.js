// What the apps of Vipps and MobilePay have in common: they are two faces of one platform.

import { element, keep, write } from "../dom.js";

export const provider = "vipps";

export function read(answer, phone) {
  const own = answer.phones.find(({ number }) => number === phone.number);
  const codes = answer.codes.map((code) =>
    ({ ...code, label: code.description || code.reference }));
  const tills = answer.tills.map(({ qr, till_qr_id: id, description }) =>
    ({ qr, id, label: description || id, isTill: true }));
  return {
    requests: (own?.requests ?? []).map((request) => ({ ...request })),
    codes: [...codes, ...tills],
  };
}

/// The code of a till is no payment: the shop is told who stands there, and asks the phone.
export function scan(text, codes, phone) {
  const details = { qr: text, phone: phone.number };
  const till = codes.find((code) => code.isTill && (code.qr === text || code.id === text));
  if (!till) return { act: "scan", details };
  return { act: "check_in", details, said: `Checked in at ${till.label}.` };
}

const SCOPES = {
  openid: null,
  name: "Name",
  phoneNumber: "Telephone number",
  email: "E-mail address",
  address: "Address",
  birthDate: "Date of birth",
};

/// Shops that ask the customer to join their club.
export const home = {
  build: (tools) => {
    const list = element("ul", { className: "enrolments" });
    list.addEventListener("click", (event) => {
      const { act, id } = event.target.dataset;
      if (act) tools.act(act, { auth_req_id: id });
    });
    return list;
  },
  update: (list, answer, phone) => {
    const own = answer.phones.find(({ number }) => number === phone.number);
    const waiting = (own?.enrolments ?? []).filter(({ state }) => state === "waiting");
    keep(list, waiting, (it) => it.auth_req_id, enrolmentCard, () => {});
    return waiting.length > 0;
  },
};

function enrolmentCard(enrolment) {
  const button = (act, words, className) => {
    const dataset = { act, id: enrolment.auth_req_id };
    return element("button", { type: "button", textContent: words, className, dataset });
  };
  const shared = enrolment.scopes.map((scope) => (scope in SCOPES ? SCOPES[scope] : scope));
  const message = element("p", { className: "enrolment-message" });
  message.hidden = !enrolment.binding_message;
  write(message, enrolment.binding_message ? `Also at the till: ${enrolment.binding_message}` : "");
  return element("li", { className: "enrolment" },
    element("h2", { textContent: `Join the club of ${enrolment.merchant}?` }),
    element("p", { textContent: "The shop would like to know:" }),
    element("ul", {},
      ...shared.filter(Boolean).map((name) => element("li", { textContent: name }))),
    message,
    element("div", { className: "pair" },
      button("enrol_decline", "No, thanks", ""),
      button("enrol_accept", "Share and join", "primary")));
}
