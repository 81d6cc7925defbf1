// A build while it goes on: the plan, its ranks, and the needs as they are resolved.

import { byId, count, el } from "./dom.js";

export class Progress {
  constructor() {
    this.needs = new Map();
    this.ranks = new Map();
    byId("progress-body").replaceChildren(el("p", { class: "hint", text: "Reading the question …" }));
  }

  show() {
    byId("progress").hidden = false;
  }

  hide() {
    byId("progress").hidden = true;
  }

  plan(plan) {
    this.needs.clear();
    this.ranks.clear();
    const ranks = [...new Set(plan.needs.map((need) => need.rank))].sort((a, b) => a - b);
    const columns = ranks.map((rank) => {
      const items = plan.needs.filter((need) => need.rank === rank).map((need) => {
        const state = el("span", { class: "state", text: "waiting" });
        const item = el("li", { class: "waiting" }, el("span", { text: need.phrase }), state);
        this.needs.set(need.id, { item, state });
        return item;
      });
      const column = el("li", { class: "progress-rank" }, el("p", { text: `Rank ${rank + 1}` }), el("ul", {}, items));
      this.ranks.set(rank, column);
      return column;
    });
    byId("progress-body").replaceChildren(el("ol", { class: "progress-ranks" }, columns));
  }

  rank(number) {
    const column = this.ranks.get(number) || [...this.ranks.values()][number];
    for (const item of column?.querySelectorAll("li.waiting") || []) {
      item.className = "looking";
      item.querySelector(".state").textContent = "looking";
    }
  }

  need(group) {
    const known = this.needs.get(group.need);
    if (!known) return;
    known.item.className = "found";
    known.state.textContent = count(group.products.length, "product", "products");
  }
}
