// Draws the graph from the server's layout. Lines are told apart by colour, dashes and name.

import { byId, el, svg } from "./dom.js";
import { relationName } from "./words.js";

const measure = document.createElement("canvas").getContext("2d");
const widthOf = (text, font) => {
  measure.font = font;
  return measure.measureText(text).width;
};

const fit = (text, width, font) => {
  if (widthOf(text, font) <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(`${text.slice(0, middle).trimEnd()}…`, font) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
};

// What titles of one card have in common is left out where they do not fit: the rest tells more.
const sharedWords = (titles) => {
  if (titles.length < 2) return 0;
  const words = titles.map((title) => title.split(" "));
  let same = 0;
  while (words.every((own) => own.length > same + 1 && own[same] === words[0][same])) same += 1;
  return same;
};

// One way for all titles of a card: whole, without what stands in brackets, or only what differs.
const shortNames = (titles, room, font) => {
  const bare = titles.map((title) => title.replaceAll(/ \([^)]*\)/g, ""));
  const skip = sharedWords(bare);
  const rest = bare.map((title) => (skip ? `… ${title.split(" ").slice(skip).join(" ")}` : title));
  const told = [titles, bare].find((names) => names.every((name) => widthOf(name, font) <= room)) || rest;
  return new Map(titles.map((title, at) => [title, told[at]]));
};

const arrow = (path, line) => {
  if (line.inside) return null;
  const length = path.getTotalLength();
  const end = path.getPointAtLength(length);
  const before = path.getPointAtLength(Math.max(0, length - 3));
  const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return svg("path", { d: "M0 0L-8 -4.2L-8 4.2Z", class: "tip", transform: `translate(${end.x} ${end.y}) rotate(${angle})` });
};

export class Graph {
  constructor(answer, layout, labels, open) {
    this.edges = new Map(answer.graph.edges.map((edge) => [edge.id, edge]));
    this.labels = labels;
    this.open = open;
    this.marks = new Map();
    this.order = layout.lines.map((line) => line.edge).filter((id) => this.edges.has(id));
    this.place = new Map(layout.lines.map((line) => [line.edge, line]));
    this.anchors = new Set(answer.plan.needs.filter((need) => need.anchor).map((need) => need.id));
    this.svg = this.#draw(layout);
    this.#listen();
  }

  name(node) {
    return this.labels.get(node) || node.replace(/^(type|need|sku):/, "");
  }

  #draw(layout) {
    const edges = layout.lines.filter((line) => this.edges.has(line.edge));
    const font = getComputedStyle(document.body).fontFamily;
    const tag = svg("g", { class: "tag", "aria-hidden": "true" });
    this.tag = tag;
    const picture = svg(
      "svg",
      { viewBox: `0 0 ${layout.width} ${layout.height}`, class: "graph", role: "group", "aria-label": `Graph with ${layout.boxes.length} cards and ${edges.length} lines. Arrow keys go from line to line.` },
      svg("g", { class: "bands", "aria-hidden": "true" }, layout.ranks.map((band) => this.#band(band, layout))),
      svg("g", { class: "afters", "aria-hidden": "true" }, layout.after.map((after) => svg("path", { d: after.path }))),
      svg("g", { class: "edges" }, edges.filter((line) => !line.inside).map((line) => this.#edge(line))),
      svg("g", { class: "cards" }, layout.boxes.map((box) => this.#card(box, font))),
      svg("g", { class: "edges inside" }, edges.filter((line) => line.inside).map((line) => this.#edge(line))),
      tag,
    );
    picture.style.minWidth = `${Math.round(layout.width * 0.7)}px`;
    picture.style.maxWidth = `${Math.round(layout.width * 1.1)}px`;
    return picture;
  }

  #band(band, layout) {
    const x = band.x + band.width / 2;
    return svg("g", { class: "band" },
      svg("rect", { x: band.x - 8, y: 8, width: band.width + 16, height: layout.height - 16, rx: 14 }),
      svg("text", { x, y: 32, "text-anchor": "middle", text: `Rank ${band.rank + 1}` }));
  }

  #card(box, font) {
    const anchor = this.anchors.has(box.need);
    const rows = box.rows.map((row) => row.node);
    const products = rows.filter((node) => node.startsWith("sku:"));
    const short = shortNames(products.map((node) => this.name(node)), Math.min(...box.rows.map((row) => row.width)) - 22, `12px ${font}`);
    const group = svg("g", { class: `card ${anchor ? "anchor" : ""} ${rows.length ? "" : "bare"}`, "data-node": box.node },
      svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: 10 }));
    if (box.need) {
      const room = box.width - 24;
      const name = rows.length || anchor ? this.name(box.node) : `${this.name(box.node)}: nothing found`;
      group.append(svg("text", { class: "card-head", x: box.x + 12, y: box.y + 24, text: fit(name, room, `600 13.5px ${font}`) }, svg("title", { text: name })));
    }
    for (const row of box.rows) group.append(this.#row(row, short, font));
    return group;
  }

  #row(row, short, font) {
    const name = this.name(row.node);
    const kind = row.node.startsWith("type:") ? "type" : "product";
    const room = row.width - 22;
    const told = kind === "type" ? name.split(" > ").at(-1) : short.get(name);
    const y = row.y + row.height / 2;
    const mark = kind === "type"
      ? svg("path", { class: "row-mark", d: `M${row.x + 9} ${y - 5}l5 5l-5 5l-5 -5z` })
      : svg("circle", { class: "row-mark", cx: row.x + 9, cy: y, r: 3.5 });
    const group = svg("g", { class: `row ${kind}`, "data-node": row.node },
      svg("title", { text: kind === "type" ? `Product type: ${name}` : name }),
      svg("rect", { x: row.x, y: row.y + 1, width: row.width, height: row.height - 2, rx: 6 }),
      mark,
      svg("text", { x: row.x + 19, y: y + 4, text: fit(told, room, `12px ${font}`) }));
    group.addEventListener("mouseenter", () => this.highlight(row.node));
    group.addEventListener("mouseleave", () => this.highlight(""));
    return group;
  }

  #edge(line) {
    const edge = this.edges.get(line.edge);
    const path = svg("path", { d: line.path, class: "line" });
    const mark = svg("g", { class: `edge r-${edge.relation}`, role: "button", tabindex: -1, "data-edge": edge.id, "aria-label": this.sentence(edge) },
      svg("path", { d: line.path, class: "hit" }), path, arrow(path, line));
    mark.addEventListener("mouseenter", () => this.#hot(edge.id));
    mark.addEventListener("mouseleave", () => this.#hot(""));
    mark.addEventListener("focus", () => this.#focused(edge.id));
    mark.addEventListener("blur", () => this.#hot(""));
    mark.addEventListener("click", () => this.open(edge.id, mark));
    this.marks.set(edge.id, mark);
    return mark;
  }

  sentence(edge) {
    return `${this.name(edge.source)} to ${this.name(edge.target)}: ${relationName(edge.relation)}, confidence ${edge.confidence.toFixed(2)}`;
  }

  #listen() {
    this.#tabStop(this.order[0]);
    this.svg.addEventListener("keydown", (event) => {
      const at = this.order.indexOf(document.activeElement?.dataset?.edge);
      if (at < 0) return;
      const last = this.order.length - 1;
      const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        this.#tabStop(this.order[Math.max(0, Math.min(last, to))], true);
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.open(this.order[at], document.activeElement);
      }
    });
  }

  #tabStop(id, focus = false) {
    for (const mark of this.marks.values()) mark.setAttribute("tabindex", -1);
    const mark = this.marks.get(id);
    if (!mark) return;
    mark.setAttribute("tabindex", 0);
    if (focus) mark.focus();
  }

  #focused(id) {
    this.#tabStop(id);
    this.#hot(id);
  }

  #hot(id) {
    for (const [other, mark] of this.marks) mark.classList.toggle("hot", other === id);
    this.#showTag(id);
  }

  select(id) {
    this.selected = id;
    for (const [other, mark] of this.marks) mark.classList.toggle("selected", other === id);
    this.#showTag(""); // The panel tells more.
    const edge = this.edges.get(id);
    this.#mark(edge ? [edge.source, edge.target] : []);
  }

  highlight(node) {
    const near = new Set(node ? [node] : []);
    for (const edge of this.edges.values()) {
      const touches = node && (edge.source === node || edge.target === node);
      this.marks.get(edge.id)?.classList.toggle("near", Boolean(touches));
      if (touches) near.add(edge.source).add(edge.target);
    }
    this.svg.classList.toggle("dimmed", Boolean(node));
    this.#mark(node ? near : this.selected ? [this.edges.get(this.selected).source, this.edges.get(this.selected).target] : []);
  }

  #mark(nodes) {
    const wanted = new Set(nodes);
    for (const row of this.svg.querySelectorAll("[data-node]")) row.classList.toggle("lit", wanted.has(row.dataset.node));
  }

  #showTag(id) {
    this.tag.replaceChildren();
    const edge = this.edges.get(id);
    if (!edge) return;
    const line = this.place.get(id);
    const text = `${relationName(edge.relation)} ${edge.confidence.toFixed(2)}`;
    const width = widthOf(text, `600 12px ${getComputedStyle(document.body).fontFamily}`) + 18;
    const x = Math.max(4, line.inside ? line.x + 4 : line.x - width / 2);
    this.tag.append(svg("rect", { x, y: line.y - 12, width, height: 24, rx: 12 }), svg("text", { x: x + 9, y: line.y + 4, text }));
  }
}

const sample = (kind, path) =>
  svg("svg", { viewBox: "0 0 40 12", width: 40, height: 12, "aria-hidden": "true" }, svg("path", { class: kind, d: path }));

export const legend = (answer) => {
  const used = [...new Set(answer.graph.edges.map((edge) => edge.relation))];
  byId("legend").replaceChildren(
    ...used.map((relation) =>
      el("li", { class: `r-${relation}` },
        svg("svg", { viewBox: "0 0 40 12", width: 40, height: 12, "aria-hidden": "true" }, svg("path", { class: "line", d: "M1 6H30" }), svg("path", { class: "tip", d: "M39 6L30 1.6L30 10.4Z" })),
        el("span", { text: relationName(relation) }))),
    answer.plan.needs.some((need) => need.depends_on.length) ? el("li", {}, sample("after-line", "M3 6H37"), el("span", { text: "decided one after the other" })) : "",
  );
};

export const edgeList = (answer, graph, open) =>
  el("ul", {},
    answer.graph.edges.map((edge) =>
      el("li", { class: `r-${edge.relation}` },
        el("button", { type: "button", class: "edge-button", onclick: (event) => open(edge.id, event.currentTarget) },
          el("span", { text: `${graph.name(edge.source)} → ${graph.name(edge.target)}` }),
          el("span", { class: "edge-kind", text: `${relationName(edge.relation)} ${edge.confidence.toFixed(2)}` })))));
