// An answer as groups of products by need, with a plain reason each.

import { age, bar, byId, capital, count, duration, el } from "./dom.js";
import { SOURCES, TIERS, degradedName } from "./words.js";

export const labelsOf = (answer) => {
  const labels = new Map(answer.graph.nodes.map((node) => [node.id, node.label]));
  for (const need of answer.plan.needs) labels.set(`need:${need.id}`, need.phrase);
  return labels;
};

const chip = (text, kind) => el("span", { class: `chip ${kind || ""}`, text });

export const badges = (answer) => {
  const { cache, cost, plan } = answer;
  const opening = cost.stages?.open || 0;
  const hit = cache.tier !== "none";
  const tier = el(
    "span",
    { class: `chip tier ${hit ? "hit" : "built"}`, "data-tier": cache.tier },
    el("span", { class: "dot", "aria-hidden": "true" }),
    `${TIERS[cache.tier] || cache.tier} ${taken(cost)}`.trim(),
  );
  const told = [tier];
  if (opening) told.push(chip(`after opening the index, ${duration(opening)}`));
  if (hit) told.push(chip(`${age(cache.age_s)} old${cache.stale ? ", being refreshed" : ""}`));
  told.push(chip(SOURCES[plan.source] || plan.source));
  if (cost.lm_calls) told.push(chip(count(cost.lm_calls, "language model call", "language model calls")));
  return told;
};

const taken = (cost) => (cost.wall_ms ? `in ${duration(cost.wall_ms - (cost.stages?.open || 0))}` : "");

export const notes = (answer) => {
  const told = [];
  if (answer.degraded.length)
    told.push(
      el("p", { class: "notice warn", text: `This answer was cut short: ${answer.degraded.map(degradedName).join(", ")}. Ask again in a moment for the whole one.` }),
    );
  for (const text of answer.notes ?? []) told.push(el("p", { class: "notice", text }));
  if (!answer.groups.length) told.push(el("p", { class: "notice", text: nothing(answer) }));
  return told;
};

const nothing = (answer) => {
  const { needs } = answer.plan;
  if (needs.some((need) => Object.keys(need.constraints || {}).length))
    return "Nothing in this shop is known to satisfy those bounds. Try it without them.";
  if (needs.some((need) => need.anchor))
    return "Nothing that this shop sells is known to fit. What was left out, and why, is below.";
  return "Nothing in this shop matches that. Name a product, a kind of product or an occasion.";
};

// The sentences that all reasons of a group begin with are told once, above its products.
const shared = (whys) => {
  const parts = whys.map((why) => why.split(/(?<=\.) /));
  const same = [];
  for (let at = 0; parts.every((part) => part[at] && part[at] === parts[0][at]); at += 1) same.push(parts[0][at]);
  return same.join(" ");
};

const given = (answer, need) =>
  answer.graph.nodes.filter((node) => node.kind === "product" && node.need === need.id);

export const groupCard = (answer, group, act) => {
  const need = answer.plan.needs.find((item) => item.id === group.need) || { id: group.need, phrase: group.need, depends_on: [] };
  const whys = group.products.map((product) => product.why);
  const start = answer.plan.source === "single" ? "" : shared(whys);
  const phrases = need.depends_on.map((id) => answer.plan.needs.find((item) => item.id === id)?.phrase || id);
  const items = group.products.map((product) => {
    const own = product.why.slice(start.length).trim();
    return el(
      "li",
      { class: "product", "data-node": `sku:${product.sku}`, onmouseenter: () => act.hover(`sku:${product.sku}`), onmouseleave: () => act.hover("") },
      el("div", { class: "product-line" },
        el("span", { class: "product-title", text: product.title }),
        el("button", { type: "button", class: "why", "aria-label": `Why ${product.title}`, text: "Why?", onclick: (event) => act.product(product, group, event.currentTarget) })),
      own ? el("p", { class: "product-why", text: own.replace(/^This very product: /, "This one: ") }) : null,
      el("p", { class: "product-meta" }, bar(product.score), el("span", { text: `match ${product.score.toFixed(2)}` }), el("span", { class: "sku", text: `#${product.sku}` })),
    );
  });
  return el(
    "section",
    { class: "group", "aria-label": need.phrase, "data-need": need.id },
    el("h3", { text: capital(need.phrase) }),
    need.rank > 1 || (phrases.length && !isGiven(answer, need)) ? el("p", { class: "after", text: `after ${phrases.join(", ")}` }) : null,
    start ? el("p", { class: "group-why", text: start }) : null,
    el("ul", { class: "products" }, items),
  );
};

// True when everything a need depends on is what the shopper already has.
const isGiven = (answer, need) =>
  need.depends_on.every((id) => !answer.groups.some((group) => group.need === id));

export const groups = (answer, act) => {
  const told = answer.plan.needs
    .filter((need) => need.anchor && !answer.groups.some((group) => group.need === need.id))
    .map((need) => {
      const titles = given(answer, need).map((node) => node.label);
      return el("section", { class: "given", "aria-label": "You start from" },
        el("p", { class: "given-kind", text: "You start from" }),
        el("h3", { text: capital(need.phrase) }),
        titles.length ? el("p", { class: "given-titles", text: titles.join(" · ") }) : null);
    });
  return [...told, ...answer.groups.map((group) => groupCard(answer, group, act))];
};

export const summary = (answer) => {
  const products = answer.groups.reduce((sum, group) => sum + group.products.length, 0);
  const tier = TIERS[answer.cache.tier] || answer.cache.tier;
  return `${count(answer.groups.length, "need", "needs")}, ${count(products, "product", "products")}, ${count(answer.graph.edges.length, "relation", "relations")}. ${`${tier} ${taken(answer.cost)}`.trim()}.`;
};

export const versions = (answer) => {
  const { versions: v } = answer;
  byId("versions").textContent = `Catalog ${v.catalog} · planner ${v.planner} · gate ${v.gate} · language model ${v.lm} · key ${answer.cache.key.slice(0, 12)}`;
};
