// What the gate refused for a question, by reason.

import { byId, capital, count, el } from "./dom.js";
import { edgeBody, relationMark } from "./panel.js";
import { reasonName } from "./words.js";

const MOST = 12;

const item = (edge, nameOf) =>
  el("li", { class: "refused" },
    el("details", {},
      el("summary", {},
        el("span", { class: "refused-ends", text: `${nameOf(edge.source)} → ${nameOf(edge.target)}` }),
        relationMark(edge),
        edge.verdict.detail ? el("span", { class: "refused-detail", text: capital(edge.verdict.detail) }) : null),
      el("div", { class: "refused-body" }, edgeBody(edge, "h4"))));

const list = (edges, nameOf) => {
  const shown = el("ul", {}, edges.slice(0, MOST).map((edge) => item(edge, nameOf)));
  if (edges.length <= MOST) return [shown];
  const more = el("button", { type: "button", class: "small", text: `Show the other ${(edges.length - MOST).toLocaleString("en")}`, onclick: () => {
    shown.append(...edges.slice(MOST).map((edge) => item(edge, nameOf)));
    more.remove();
  } });
  return [shown, more];
};

export const showRejected = (refused, nameOf) => {
  const reasons = new Map();
  for (const edge of refused) {
    const { reason } = edge.verdict;
    reasons.set(reason, [...(reasons.get(reason) || []), edge]);
  }
  const sorted = [...reasons].sort((a, b) => b[1].length - a[1].length);
  const told = sorted.map(([reason, edges]) =>
    el("section", { class: "reason", "aria-label": reasonName(reason) },
      el("h3", {}, reasonName(reason), el("span", { class: "chip", text: edges.length.toLocaleString("en") })),
      list(edges, nameOf)));
  const lead = refused.length
    ? `${count(refused.length, "candidate edge was", "candidate edges were")} refused. A check that cannot run is a refusal, never a pass.`
    : "Nothing was refused for this question.";
  byId("rejected-body").replaceChildren(el("p", { class: "hint", text: lead }), ...told);
};
