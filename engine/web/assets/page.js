// The page: a question in, its answer, graph, evidence and refusals out.

import { Refusal, explain, getJson, layout, rememberKey, stream } from "./api.js";
import { badges, groupCard, groups, labelsOf, notes, summary, versions } from "./answer.js";
import { byId, count, el } from "./dom.js";
import { Graph, edgeList, legend } from "./graph.js";
import * as panel from "./panel.js";
import { Progress } from "./progress.js";
import { showRejected } from "./rejected.js";

const MOMENT_MS = 120;
const COMPLETE = "what else do I need";
const state = { asked: { question: "", basket: [] }, examples: [], answer: null, graph: null, labels: new Map(), asking: null, edges: new Map() };

const say = (text) => {
  byId("say").textContent = text;
};
const nameOf = (node) => state.labels.get(node) || node.replace(/^(type|need|sku):/, "");

const openEdge = (id, from) => {
  const edge = state.edges.get(id);
  if (!edge) return;
  state.graph?.select(id);
  panel.openEdge(edge, nameOf, from);
};

const act = {
  hover: (node) => state.graph?.highlight(node),
  product: (product, _group, from) =>
    panel.openProduct(product, state.edges, nameOf, {
      edge: (id) => openEdge(id),
      basket: () => ask(COMPLETE, { basket: [...new Set([...state.asked.basket, product.sku])] }),
    }, from),
};

const closePanel = () => {
  panel.close();
  state.graph?.select("");
};

const trouble = (error) => {
  const place = byId("trouble");
  const wantsKey = error instanceof Refusal && error.status === 401;
  byId("key-form").hidden = !wantsKey;
  if (wantsKey) byId("key").focus();
  const text = error instanceof Refusal ? error.message : "The server did not answer. Is it still running?";
  place.replaceChildren(el("p", { text }), error.requestId ? el("p", { class: "hint", text: `Request ${error.requestId}` }) : "");
  place.hidden = false;
};

const reset = () => {
  closePanel();
  state.asking?.abort();
  byId("trouble").hidden = true;
  byId("rejected").open = false;
  byId("rejected-body").replaceChildren();
  document.body.classList.remove("start");
};

const draft = (question) => {
  byId("result").hidden = false;
  byId("result").classList.add("drafting");
  byId("result-title").textContent = question;
  for (const id of ["badges", "result-notes", "groups", "legend", "canvas", "edge-list", "versions"]) byId(id).replaceChildren();
  byId("columns").hidden = false;
  byId("map").hidden = true;
  byId("rejected").hidden = true;
};

const show = async (answer, signal) => {
  state.answer = answer;
  state.labels = labelsOf(answer);
  state.edges = new Map(answer.graph.edges.map((edge) => [edge.id, edge]));
  state.graph = null;
  byId("result-title").textContent = answer.question;
  byId("badges").replaceChildren(...badges(answer), ...inBasket(), shareButton(), answer.groups.length ? el("a", { class: "chip jump", href: "#map", text: "To the graph" }) : "");
  byId("result-notes").replaceChildren(...notes(answer), answer.groups.length ? "" : el("div", { class: "examples", role: "group", "aria-label": "Examples" }));
  offer();
  byId("groups").replaceChildren(...groups(answer, act));
  byId("columns").hidden = !answer.groups.length;
  byId("rejected").hidden = false;
  byId("result").classList.remove("drafting");
  byId("result").hidden = false;
  versions(answer);
  say(summary(answer));
  if (answer.groups.length) await draw(answer, signal);
};

const draw = async (answer, signal) => {
  let places;
  try {
    places = await layout(answer, signal);
  } catch (error) {
    if (!signal.aborted) trouble(error); // The answer stands without its drawing.
    return;
  }
  state.graph = new Graph(answer, places, state.labels, openEdge);
  byId("map").hidden = false;
  byId("canvas").replaceChildren(state.graph.svg);
  byId("edge-list").replaceChildren(edgeList(answer, state.graph, openEdge));
  legend(answer);
};

const inBasket = () => {
  const { basket } = state.asked;
  return basket.length ? [el("span", { class: "chip", text: `${count(basket.length, "product", "products")} in the basket`, title: basket.join(", ") })] : [];
};

const shareButton = () => {
  const button = el("button", { type: "button", class: "chip share", text: "Copy link" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it from the address bar"; // Only secure pages may write there.
    }
    say(button.textContent);
  });
  return button;
};

// Hears a build. What is there within a moment, a hit above all, is shown whole and not in steps.
const listen = (question, asking) => {
  const progress = new Progress();
  const early = [];
  let plan = null;
  let late = false;
  const add = (group) => byId("groups").append(groupCard({ plan, groups: [group], graph: { nodes: [] } }, group, act));
  const begin = () => {
    draft(question);
    early.splice(0).forEach(add);
  };
  const timer = setTimeout(() => {
    late = true;
    byId("result").hidden = true;
    progress.show();
    if (plan) begin();
  }, MOMENT_MS);
  const hear = (name, data) => {
    if (asking.signal.aborted) return;
    if (name === "plan") {
      plan = data;
      progress.plan(plan);
      say(`Planned ${count(plan.needs.length, "need", "needs")}.`);
      if (late) begin();
    } else if (name === "rank") progress.rank(data.rank);
    else if (name === "need") {
      progress.need(data);
      if (late) add(data);
      else early.push(data);
    } else if (name === "answer") asking.answer = data;
    else if (name === "error") throw new Refusal(0, data.error.code, data.error.message, data.error.request_id);
  };
  const end = () => {
    clearTimeout(timer);
    if (state.asking === asking) progress.hide();
  };
  return { hear, end };
};

const address = ({ question, basket }) => `/?q=${encodeURIComponent(question)}${basket.map((sku) => `&basket=${encodeURIComponent(sku)}`).join("")}`;

const ask = async (question, { push = true, basket = [] } = {}) => {
  const text = question.trim();
  if (!text) return;
  reset();
  state.asked = { question: text, basket };
  byId("q").value = text;
  document.title = `${text} – goeswith`;
  const url = address(state.asked);
  if (push && location.pathname + location.search !== url) history.pushState({}, "", url);
  const asking = new AbortController();
  state.asking = asking;
  const listening = listen(text, asking);
  document.body.setAttribute("aria-busy", "true");
  say("Asking.");
  try {
    await stream(state.asked, asking.signal, listening.hear);
    if (asking.signal.aborted) return;
    if (!asking.answer) throw new Refusal(0, "", "The stream ended before the answer. Ask again.", "");
    listening.end();
    await show(asking.answer, asking.signal);
  } catch (error) {
    if (asking.signal.aborted) return;
    byId("result").hidden = true;
    trouble(error);
  } finally {
    listening.end();
    if (state.asking === asking) {
      document.body.removeAttribute("aria-busy");
    }
  }
};

const loadRejected = async () => {
  if (!byId("rejected").open || byId("rejected-body").childElementCount) return;
  byId("rejected-body").replaceChildren(el("p", { class: "hint", text: "Building it again, with an eye on what is refused …" }));
  const { asked } = state;
  try {
    const told = await explain(asked);
    if (asked !== state.asked) return;
    for (const [node, label] of Object.entries(told.labels || {})) if (!state.labels.has(node)) state.labels.set(node, label);
    showRejected(told.refused, nameOf);
  } catch (error) {
    byId("rejected-body").replaceChildren(el("p", { class: "notice bad", text: error instanceof Refusal ? error.message : "The server did not answer." }));
  }
};

const chips = () => state.examples.map((text) => el("button", { type: "button", class: "example", text, onclick: () => ask(text) }));

// Answers may come before the examples, and the other way round.
const offer = () => {
  for (const place of document.querySelectorAll(".examples")) {
    place.replaceChildren(...chips());
    place.hidden = !state.examples.length;
  }
};

const examples = async () => {
  try {
    state.examples = (await getJson("/v1/page/examples")).examples;
  } catch {
    return; // Without examples the page is the same; a missing key is told when a question is asked.
  }
  offer();
};

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(byId("q").value);
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  rememberKey(byId("key").value.trim());
  byId("key").value = "";
  byId("key-form").hidden = true;
  examples();
  ask(state.asked.question || byId("q").value, { basket: state.asked.basket });
});
byId("rejected").addEventListener("toggle", loadRejected);
byId("panel-close").addEventListener("click", closePanel);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closePanel();
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName || "");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    byId("q").focus();
    byId("q").select();
  }
});
const fromAddress = () => {
  const told = new URLSearchParams(location.search);
  const question = (told.get("q") || "").trim();
  if (question) ask(question, { push: false, basket: told.getAll("basket") });
  return Boolean(question);
};
window.addEventListener("popstate", () => {
  if (!fromAddress()) location.reload();
});

examples();
if (!fromAddress()) byId("q").focus();
