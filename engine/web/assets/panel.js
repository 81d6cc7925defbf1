// The side panel: one edge with its evidence, verdict and numbers, or all reasons for a product.

import { bar, byId, capital, count, el, times } from "./dom.js";
import { CHECKS, EVIDENCE, reasonName, relationName } from "./words.js";

let opener = null;

export const isOpen = () => !byId("panel").hidden;

export const close = () => {
  if (!isOpen()) return;
  byId("panel").hidden = true;
  document.body.classList.remove("with-panel");
  const back = opener;
  opener = null;
  if (back?.isConnected) back.focus();
};

const show = (kind, title, body, from) => {
  opener = from || opener;
  byId("panel-kind").replaceChildren(...kind);
  byId("panel-title").textContent = title;
  byId("panel-body").replaceChildren(...body);
  byId("panel").hidden = false;
  byId("panel").scrollTop = 0;
  document.body.classList.add("with-panel");
  byId("panel-title").focus({ preventScroll: true });
};

const row = (name, value) => [el("dt", { text: name }), el("dd", { text: value })];

const baskets = (item) => {
  const most = Math.max(item.support, item.expected || 0);
  return [
    el("div", { class: "versus" },
      el("span", { text: "bought together" }), bar(item.support / most, "seen"), el("b", { text: item.support.toLocaleString("en") }),
      el("span", { text: "chance alone" }), bar((item.expected || 0) / most, "chance"), el("b", { text: (item.expected || 0).toLocaleString("en", { maximumFractionDigits: 1 }) })),
    el("dl", { class: "facts" },
      row("Lift, basket size aside", item.lift ? times(item.lift) : "unknown"),
      row("Baskets looked at", (item.exposure || 0).toLocaleString("en")),
      row("Period", count(item.window || 0, "day", "days"))),
  ];
};

const evidence = (item) =>
  el("li", { class: `evidence ${item.polarity}` },
    el("div", { class: "evidence-head" },
      el("strong", { text: EVIDENCE[item.kind] || item.kind }),
      el("span", { class: "chip", text: item.polarity }),
      el("span", { class: "score", text: item.score.toFixed(2) })),
    item.support ? baskets(item) : null,
    el("p", { class: "source", text: `${item.reference} · version ${item.version}` }));

// A refused verdict ends with the check that objected, unless what refused came after the checks.
const AFTER = new Set(["low_confidence", "unknown_relation", "circle"]);

const verdict = (found) => {
  const passed = found.accepted || AFTER.has(found.reason) ? found.checks : found.checks.slice(0, -1);
  const checks = passed.map((check) => {
    const [name, told] = CHECKS[check] || [capital(check), ""];
    return el("li", { class: "passed" }, el("strong", { text: name }), told ? ` ${told}` : null);
  });
  if (!found.accepted)
    checks.push(el("li", { class: "failed" }, el("strong", { text: reasonName(found.reason) }), found.detail ? `: ${found.detail}` : null));
  return el("ol", { class: "checks" }, checks);
};

export const relationMark = (edge) => el("span", { class: `mark r-${edge.relation}`, text: relationName(edge.relation) });

export const edgeBody = (edge, heading = "h3") => [
  el("p", { class: "panel-why", text: edge.why }),
  el(heading, { text: "Confidence" }),
  el("p", { class: "confidence" }, bar(edge.confidence, "wide"), el("b", { text: edge.confidence.toFixed(2) })),
  el(heading, { text: "Evidence" }),
  el("ul", { class: "evidences" }, edge.evidence.map(evidence)),
  el(heading, { text: edge.verdict.accepted ? "Verdict: accepted" : "Verdict: left out" }),
  verdict(edge.verdict),
];

export const openEdge = (edge, nameOf, from) =>
  show([relationMark(edge)], `${nameOf(edge.source)} → ${nameOf(edge.target)}`, [...edgeBody(edge), el("p", { class: "source", text: `edge ${edge.id}` })], from);

export const openProduct = (product, edges, nameOf, act, from) => {
  const items = product.edges.map((id) => edges.get(id)).filter(Boolean).map((edge) =>
    el("li", { class: `r-${edge.relation}` },
      el("button", { type: "button", class: "edge-button", onclick: () => act.edge(edge.id) },
        el("span", { text: `${nameOf(edge.source)} → ${nameOf(edge.target)}` }),
        el("span", { class: "edge-kind", text: `${relationName(edge.relation)} ${edge.confidence.toFixed(2)}` }))));
  show(
    [el("span", { class: "mark", text: "product" })],
    product.title,
    [
      el("p", { class: "panel-why", text: product.why }),
      el("dl", { class: "facts" }, row("SKU", product.sku), row("Type", product.product_type.join(" › ") || "none"), row("Match", product.score.toFixed(2))),
      el("button", { type: "button", class: "small", text: "I have it: what else do I need?", onclick: act.basket }),
      el("h3", { text: "The lines that lead to it" }),
      el("ul", { class: "edge-buttons" }, items),
    ],
    from,
  );
};
