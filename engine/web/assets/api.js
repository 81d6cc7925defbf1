// Talks to the service. The key, where the server wants one, stays in this tab.

let memory = "";

const storedKey = () => {
  try {
    return sessionStorage.getItem("key") || memory;
  } catch {
    return memory; // Storage can be switched off; then the key lasts as long as the page.
  }
};

export const rememberKey = (key) => {
  memory = key;
  try {
    sessionStorage.setItem("key", key);
  } catch {
    // See above.
  }
};

export class Refusal extends Error {
  constructor(status, code, message, requestId) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

const refusalOf = async (response) => {
  let error = {};
  try {
    error = (await response.json()).error || {};
  } catch {
    // A proxy in between may answer with something that is not JSON.
  }
  const message = error.message || `The server answered ${response.status}.`;
  return new Refusal(response.status, error.code || "", message, error.request_id || "");
};

const call = async (path, options = {}) => {
  const headers = { Accept: "application/json", ...options.headers };
  if (storedKey()) headers.Authorization = `Bearer ${storedKey()}`;
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  if (!response.ok) throw await refusalOf(response);
  return response;
};

const query = ({ question, basket }) => new URLSearchParams([["question", question], ...basket.map((sku) => ["basket", sku])]);

export const getJson = async (path, signal) => (await call(path, { signal })).json();
export const explain = (asked, signal) => getJson(`/v1/explain?${query(asked)}`, signal);

const slim = (answer) => ({
  plan: { needs: answer.plan.needs.map(({ id, rank, depends_on }) => ({ id, rank, depends_on })) },
  groups: answer.groups.map(({ need, products }) => ({
    need,
    products: products.map(({ sku, product_type }) => ({ sku, product_type })),
  })),
  graph: {
    nodes: answer.graph.nodes.map(({ id, kind, need }) => ({ id, kind, need: need || "" })),
    edges: answer.graph.edges.map(({ id, source, target }) => ({ id, source, target })),
  },
});

export const layout = async (answer, signal) => {
  const response = await call("/v1/page/layout", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(slim(answer)),
    signal,
  });
  return response.json();
};

// Reads server-sent events with fetch, because EventSource can send no key.
export const stream = async (asked, signal, hear) => {
  const response = await call(`/v1/ask/stream?${query(asked)}`, {
    headers: { Accept: "text/event-stream" },
    signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text = (text + value).replaceAll("\r\n", "\n");
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const event = eventOf(text.slice(0, end));
      text = text.slice(end + 2);
      if (event.data) hear(event.name, JSON.parse(event.data));
    }
  }
};

const eventOf = (block) => {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return { name, data: data.join("\n") };
};
