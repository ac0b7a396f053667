"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { ends, ports, patterns, rows } = data;
  /* More endpoints than these are drawn by namespaces first; of one namespace no more at all. */
  const MOST = { matrix: 120, graph: 40 };
  const FULL = 300;
  const WORDS = 14;
  const reach = patterns.map((flat) => {
    const found = new Map();
    for (let at = 0; at < flat.length; at += 2) found.set(flat[at], flat[at + 1]);
    return found;
  });
  const anyPerhaps = ports.some((one) => one.perhaps);
  const rowOf = new Map(data.sources.map((end, at) => [end, rows[at]]));

  /* `ns2` before `ns10`; addresses stay at the end, and groups in the order of their spec. */
  const compareNames = new Intl.Collator("en", { numeric: true }).compare;
  const natural = (one, other) => {
    const [a, b] = [ends[one], ends[other]];
    if (a.cidrs || b.cidrs) return Boolean(a.cidrs) - Boolean(b.cidrs);
    return compareNames(a.namespace, b.namespace) || compareNames(a.short, b.short);
  };
  const ordered = (list) => (data.by === "group" ? list : [...list].sort(natural));
  const sources = ordered(data.sources);
  const destinations = ordered(data.destinations);
  const state = { view: "matrix", picked: null };
  const by = (id) => document.getElementById(id);

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const draw = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const plural = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

  /* What a source may send a destination: an index into `ports`, or undefined. */
  const between = (source, destination) => {
    const row = rowOf.get(source);
    if (row === undefined) return undefined;
    const changed = row.changes && row.changes[destination];
    if (changed !== undefined) return changed < 0 ? undefined : changed;
    return reach[row.pattern].get(destination);
  };

  /* Whether the map says nothing of a pair: one pod, what is on one node (LEFT_OUT in page.py),
     or addresses outside. */
  const leftOut = (source, destination) => {
    const row = rowOf.get(source);
    return Boolean((ends[source].cidrs && ends[destination].cidrs)
      || (row && row.changes && row.changes[destination] === -2));
  };

  /* Lists of outside addresses overlap, and each pair has the list that is its own: where a pair
     has none, the pairs with a list of some of the same addresses. */
  const held = ends.map((end) => (end.cidrs ? BigInt(`0x${end.atoms}`) : 0n));
  const outside = (list) => list.filter((end) => ends[end].cidrs);
  const [outsideSources, outsideDestinations] = [outside(sources), outside(destinations)];
  const sharing = (list, end) => list.filter((one) => one !== end && (held[one] & held[end]) !== 0n);
  const elsewhere = (source, destination, fits) => {
    const pairs = ends[source].cidrs
      ? sharing(outsideSources, source).map((one) => [one, destination])
      : sharing(outsideDestinations, destination).map((other) => [source, other]);
    return pairs.filter(([one, other]) => {
      const number = between(one, other);
      return number !== undefined && fits(number);
    });
  };
  const told = ([source, destination]) => `${ends[source].title} → ${ends[destination].title}: ${ports[between(source, destination)].text}`;
  const near = (source, destination, fits) => elsewhere(source, destination, fits).map(told).join("; ");
  const any = () => true;

  const SPACES = [...new Set(ends.map((end) => end.namespace))].sort(
    (one, other) => !one - !other || compareNames(one, other));
  const spaceName = (name) => name || (data.by === "group" ? "groups" : "outside");
  const haystack = ends.map((end) => {
    const labels = Object.entries(end.labels || {}).map(([key, value]) => `${key}=${value}`);
    return [end.title, ...labels, ...(end.cidrs || [])].join(" ").toLowerCase();
  });

  for (const id of ["from-namespace", "to-namespace"]) {
    by(id).append(new Option("any namespace", "*"));
    for (const name of SPACES) by(id).append(new Option(spaceName(name), `=${name}`));
  }

  const passing = (all, side) => {
    const text = by(side).value.trim().toLowerCase();
    const space = by(`${side}-namespace`).value;
    return all.filter(
      (end) => (space === "*" || space === `=${ends[end].namespace}`) && haystack[end].includes(text));
  };

  /* The ports that the filter asks for: null is all, undefined cannot be read. */
  const wanted = () => {
    const text = by("on").value.trim();
    if (!text) return null;
    const found = /^(?:(tcp|udp|sctp)\/?)?(\d{1,5})?(?:\s*from\s+(\d{1,5}))?$/i.exec(text);
    if (!found || !(found[1] || found[2] || found[3])) return undefined;
    return { protocol: found[1] && found[1].toUpperCase(), port: found[2] && Number(found[2]), source: found[3] && Number(found[3]) };
  };
  const filterPorts = () => {
    const asked = wanted();
    by("on").classList.toggle("wrong", asked === undefined);
    if (!asked) return () => true;
    const among = (ranges, port) => port === undefined || !ranges || ranges.some(([first, last]) => first <= port && port <= last);
    const fits = ports.map((one) => one.allowed.some((part) => (!asked.protocol || part.protocol === asked.protocol)
      && among(part.ports, asked.port) && among(part.sourcePorts, asked.source)));
    return (number) => fits[number];
  };

  const groupBySpace = (list) => {
    const found = new Map();
    for (const end of list) {
      const space = ends[end].namespace;
      if (!found.has(space)) found.set(space, []);
      found.get(space).push(end);
    }
    return [...found].map(([space, members]) => ({ space, members }));
  };

  const view = () => {
    const from = passing(sources, "from");
    const to = passing(destinations, "to");
    const fits = filterPorts();
    const here = (one, other) => {
      const number = between(one, other);
      return number !== undefined && fits(number) ? number : undefined;
    };
    return { from, to, here, fits };
  };

  const render = () => {
    const seen = view();
    const empty = !seen.from.length || !seen.to.length;
    const most = MOST[state.view];
    const several = (list) => new Set(list.map((end) => ends[end].namespace)).size > 1;
    const many = seen.from.length > most || seen.to.length > most;
    const large = many && (several(seen.from) || several(seen.to));
    const cut = !large && (seen.from.length > FULL || seen.to.length > FULL);
    if (cut) { seen.from = seen.from.slice(0, FULL); seen.to = seen.to.slice(0, FULL); }
    by("nothing").hidden = !empty;
    by("matrix").hidden = empty || state.view !== "matrix";
    by("graph").toggleAttribute("hidden", empty || state.view !== "graph");
    by("legend").hidden = empty || state.view !== "graph";
    keys(state.view, large);
    by("view-matrix").setAttribute("aria-pressed", String(state.view === "matrix"));
    by("view-graph").setAttribute("aria-pressed", String(state.view === "graph"));
    const shown = large ? summed(seen) : single(seen);
    by("shown").textContent = empty ? "" : `${plural(shown.pairs, "pair", "pairs")} of `
      + `${plural(seen.from.length, "source", "sources")} and `
      + plural(seen.to.length, "destination", "destinations")
      + (large ? `, by namespace: pick ${state.view === "matrix" ? "a cell" : "a name or an arrow"} to look inside` : "")
      + (cut ? `: the first ${FULL}; filter by name to see others` : "");
    if (empty) return;
    if (state.view === "matrix") matrix(shown); else graph(shown);
  };

  /* The signs of the present view. */
  const keys = (name, large) => {
    const now = name + (large ? "-large" : "");
    for (const key of document.querySelectorAll(".key"))
      key.hidden = !key.dataset.of.split(" ").includes(now) || ("perhaps" in key.dataset && !anyPerhaps);
  };

  /* One line and column an endpoint. */
  const single = ({ from, to, here, fits }) => {
    let pairs = 0;
    for (const one of from) for (const other of to) if (here(one, other) !== undefined) pairs += 1;
    const item = (end) => ({ key: end, space: ends[end].namespace, name: ends[end].short, title: ends[end].title });
    return {
      pairs, left: from.map(item), right: to.map(item), large: false,
      cell: (one, other) => {
        const number = here(one.key, other.key);
        if (number === undefined) return { self: leftOut(one.key, other.key), near: near(one.key, other.key, fits) };
        return { all: ports[number].all, text: ports[number].text, perhaps: ports[number].perhaps };
      },
    };
  };

  /* One line and column a namespace, for more endpoints than a screen holds. */
  const summed = ({ from, to, here }) => {
    const item = ({ space, members }) => ({ key: space, members, space: "", name: spaceName(space), title: spaceName(space) });
    const left = groupBySpace(from).map(item);
    const right = groupBySpace(to).map(item);
    const counts = new Map();
    let pairs = 0;
    for (const one of left) for (const other of right) {
      let count = 0;
      let open = 0;
      for (const a of one.members) for (const b of other.members) {
        const number = here(a, b);
        if (number === undefined) continue;
        count += 1;
        if (ports[number].perhaps) open += 1;
      }
      counts.set(`${one.key}\n${other.key}`, [count, open]);
      pairs += count;
    }
    return {
      pairs, left, right, large: true,
      cell: (one, other) => {
        const [count, open] = counts.get(`${one.key}\n${other.key}`);
        const possible = one.members.length * other.members.length;
        if (!count) return {};
        const perhaps = open ? `, ${open} of them perhaps, at least in part` : "";
        return { all: count === possible, text: String(count), part: count / possible, perhaps: open ? "some" : "", told: `${count} of ${possible} pairs${perhaps}` };
      },
    };
  };

  /* A name with its kind before it, smaller. */
  const heading = (item) => {
    const label = make("span");
    const slash = item.name.indexOf("/");
    if (slash > 0 && ends[item.key] && !ends[item.key].cidrs && !shownBySpace(item))
      label.append(make("i", "kind", item.name.slice(0, slash)), ` ${item.name.slice(slash + 1)}`);
    else label.append(item.name);
    return label;
  };
  const shownBySpace = (item) => item.members !== undefined;

  /* The namespaces above the columns, each as wide as its members. */
  const banner = (items) => {
    const line = make("tr", "spaces");
    line.append(make("th"));
    let last = null;
    for (const item of items) {
      if (last && last.space === item.space) { last.cell.colSpan += 1; continue; }
      last = { space: item.space, cell: make("th", item.space ? "space" : "", item.space) };
      last.cell.title = item.space;
      line.append(last.cell);
    }
    return line;
  };

  const matrix = (shown) => {
    const table = make("table");
    const top = make("tr", "names");
    top.append(make("th", "", "from \\ to"));
    for (const other of shown.right) {
      const cell = make("th");
      cell.title = other.title;
      cell.append(heading(other));
      top.append(cell);
    }
    const head = make("thead");
    if (!shown.large) head.append(banner(shown.right));
    head.append(top);
    const body = make("tbody");
    let before = "";
    shown.left.forEach((one, row) => {
      if (one.space !== before) {
        const line = make("tr", "space");
        line.append(make("th", "", spaceName(one.space)));
        body.append(line);
        before = one.space;
      }
      const line = make("tr");
      const name = make("th");
      name.title = one.title;
      name.append(heading(one));
      line.append(name);
      shown.right.forEach((other, column) => {
        const found = shown.cell(one, other);
        const cell = make("td", found.text ? (found.all ? "all" : "some") : found.near ? "near" : found.self ? "self" : "");
        if (found.perhaps) cell.classList.add("perhaps", ...(found.perhaps === "all" ? ["only"] : []));
        if (found.text && shown.right.length <= WORDS) cell.textContent = found.text;
        if (found.part) {
          cell.classList.add("part", ...(found.part > 0.5 ? ["most"] : []));
          cell.style.setProperty("--part", `${Math.round(12 + 88 * found.part)}%`);
        }
        cell.title = `${one.title} → ${other.title}: ${found.told || found.text || (found.near ? `listed as ${found.near}` : found.self ? "left out" : "nothing")}`;
        cell.dataset.row = row;
        cell.dataset.column = column;
        cell.tabIndex = found.text || found.near ? 0 : -1;
        if (!shown.large && state.picked && state.picked[0] === one.key && state.picked[1] === other.key)
          cell.classList.add("picked");
        line.append(cell);
      });
      body.append(line);
    });
    table.append(head, body);
    const holder = by("matrix");
    holder.classList.toggle("wide", shown.right.length <= WORDS);
    holder.replaceChildren(table);
    const choose = (cell) => {
      const one = shown.left[cell.dataset.row];
      const other = shown.right[cell.dataset.column];
      if (shown.large) return enter(one.key, other.key);
      pick(one.key, other.key);
      for (const old of table.querySelectorAll(".picked")) old.classList.remove("picked");
      cell.classList.add("picked");
    };
    table.onclick = (event) => { const cell = event.target.closest("td"); if (cell) choose(cell); };
    table.onkeydown = (event) => {
      const cell = event.target.closest("td");
      if (cell && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); choose(cell); }
    };
    table.onmouseover = (event) => {
      for (const old of table.querySelectorAll("th.lit")) old.classList.remove("lit");
      const cell = event.target.closest("td");
      if (!cell) return;
      cell.parentNode.firstChild.classList.add("lit");
      top.children[Number(cell.dataset.column) + 1].classList.add("lit");
    };
  };

  const enter = (source, destination) => {
    by("from-namespace").value = `=${source}`;
    by("to-namespace").value = `=${destination}`;
    render();
  };

  /* The endpoints on a circle, neighbours in one namespace; an arrow a pair. */
  const graph = (shown) => {
    const svg = by("graph");
    const nodes = new Map();
    for (const item of [...shown.left, ...shown.right]) if (!nodes.has(item.key)) nodes.set(item.key, item);
    const order = [...nodes.values()].sort((a, b) => !a.space - !b.space || compareNames(a.space, b.space)
      || compareNames(a.name, b.name));
    const gaps = new Set(order.map((item) => item.space)).size;
    const step = (2 * Math.PI) / (order.length + (gaps > 1 ? gaps : 0));
    const radius = Math.max(170, order.length * 5.2);
    let angle = -Math.PI / 2;
    let before = null;
    const place = new Map();
    const labels = [];
    for (const item of order) {
      if (before !== null && item.space !== before) angle += step;
      before = item.space;
      place.set(item.key, { x: Math.cos(angle) * radius, y: Math.sin(angle) * radius, angle, item });
      angle += step;
    }
    const spaces = shown.large ? [] : [...new Set(order.map((item) => item.space))];
    const colour = (space) => (space ? `hsl(${Math.round((spaces.indexOf(space) * 360) / spaces.length + 215) % 360} 62% 52%)` : "var(--soft)");
    const bands = draw("g", {});
    for (const space of spaces) {
      const turns = [...place.values()].filter((one) => one.item.space === space).map((one) => one.angle);
      const [first, last] = [turns[0] - step * 0.32, turns[turns.length - 1] + step * 0.32];
      const point = (turn) => `${Math.cos(turn) * radius} ${Math.sin(turn) * radius}`;
      bands.append(draw("path", {
        class: "band", stroke: colour(space),
        d: `M${point(first)} A${radius} ${radius} 0 ${last - first > Math.PI ? 1 : 0} 1 ${point(last)}`,
      }));
    }
    by("legend").replaceChildren(...spaces.filter((space) => space).map((space) => {
      const chip = make("span", "", space);
      const dot = make("i");
      dot.style.background = colour(space);
      chip.prepend(dot);
      return chip;
    }));
    const marker = draw("defs", {});
    const arrow = draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerUnits: "userSpaceOnUse", markerWidth: 10, markerHeight: 10, orient: "auto-start-reverse" });
    arrow.append(draw("path", { d: "M0 0 L8 4 L0 8 z", fill: "context-stroke" }));
    marker.append(arrow);
    const edges = draw("g", {});
    const near = 1 - 9 / radius;
    const arc = (a, b) => {
      const bend = 0.28 + 0.06 * Math.sign(a.angle - b.angle);
      const middle = { x: (a.x + b.x) * bend, y: (a.y + b.y) * bend };
      return `M${a.x * near} ${a.y * near} Q${middle.x} ${middle.y} ${b.x * near} ${b.y * near}`;
    };
    /* Between the replicas of one workload. */
    const loop = (a) => {
      const point = (turn) => `${Math.cos(a.angle + turn) * (radius - 52)} ${Math.sin(a.angle + turn) * (radius - 52)}`;
      const wide = 26 / (radius - 52);
      return `M${a.x * near} ${a.y * near} C${point(-wide)} ${point(wide)} ${a.x * near} ${a.y * near}`;
    };
    for (const one of shown.left) for (const other of shown.right) {
      const found = shown.cell(one, other);
      if (!found.text) continue;
      const a = place.get(one.key);
      const b = place.get(other.key);
      const path = one.key === other.key ? loop(a) : arc(a, b);
      const edge = draw("path", { d: path, class: `edge ${found.all ? "all" : "some"}${found.perhaps ? " perhaps" : ""}`, "marker-end": "url(#arrow)" });
      const hit = draw("path", { d: path, class: "hit" });
      if (found.part) edge.style.strokeWidth = 0.8 + 3.2 * found.part;
      hit.append(draw("title", {}, `${one.title} → ${other.title}: ${found.told || found.text}`));
      edge.ends = [one.key, other.key];
      if (!shown.large && state.picked && state.picked[0] === one.key && state.picked[1] === other.key)
        edge.classList.add("picked");
      hit.addEventListener("click", () => {
        if (shown.large) return enter(one.key, other.key);
        for (const old of edges.querySelectorAll(".picked")) old.classList.remove("picked");
        edge.classList.add("picked");
        pick(one.key, other.key);
      });
      edges.append(edge, hit);
    }
    const focus = (key) => {
      svg.classList.toggle("focus", key !== null);
      const lit = new Set([key]);
      for (const edge of edges.querySelectorAll(".edge")) {
        const [source, destination] = edge.ends;
        const on = source === key || destination === key;
        edge.classList.toggle("lit", on);
        edge.classList.toggle("in", destination === key);
        if (on) { lit.add(source); lit.add(destination); }
      }
      for (const [each, text] of labels) text.classList.toggle("lit", lit.has(each));
    };
    const points = draw("g", {});
    for (const [key, { x, y, angle: turn, item }] of place) {
      const left = Math.cos(turn) < -1e-9;
      const degrees = (turn * 180) / Math.PI + (left ? 180 : 0);
      const text = draw("text", {
        class: "node", "text-anchor": left ? "end" : "start", "dominant-baseline": "middle",
        transform: `translate(${x * (1 + 14 / radius)} ${y * (1 + 14 / radius)}) rotate(${degrees})`,
      }, brief(item));
      text.append(draw("title", {}, item.title));
      const dot = draw("circle", { cx: x, cy: y, r: 5.5 });
      if (!shown.large) dot.style.stroke = colour(item.space);
      labels.push([key, text]);
      for (const node of [dot, text]) {
        node.addEventListener("mouseenter", () => focus(key));
        node.addEventListener("mouseleave", () => focus(null));
        node.addEventListener("click", () => {
          if (!shown.large) return only(key);
          by("from-namespace").value = `=${key}`;
          render();
        });
      }
      points.append(dot, text);
    }
    svg.classList.toggle("large", shown.large);
    svg.replaceChildren(marker, bands, edges, points);
    const box = svg.getBBox();
    svg.setAttribute("viewBox", `${box.x - 16} ${box.y - 16} ${box.width + 32} ${box.height + 32}`);
  };

  /* A name without its kind, which the tooltip tells. */
  const brief = (item) => {
    const slash = item.name.indexOf("/");
    return slash > 0 && !item.members && !ends[item.key].cidrs ? item.name.slice(slash + 1) : item.name;
  };

  /* One endpoint by itself: what it is, and what it reaches. */
  const only = (end) => {
    const panel = by("detail");
    state.picked = null;
    for (const old of document.querySelectorAll("#stage .picked")) old.classList.remove("picked");
    panel.replaceChildren(make("h2", "", "Endpoint"), ...described(end));
    const listed = (title, pairs) => {
      panel.append(make("h2", "", `${title} (${pairs.length})`));
      const table = make("table");
      for (const [source, destination, other] of pairs.slice(0, 200)) {
        const line = make("tr");
        const cell = make("td");
        const link = make("button", "link", ends[other].title);
        link.type = "button";
        link.onclick = () => { pick(source, destination); render(); };
        const text = ports[between(source, destination)].text;
        const part = [source, destination].find((one) => one !== other && one !== end);
        cell.append(link, make("div", "hint", part === undefined ? text : `${text}, as ${ends[part].title}`));
        line.append(cell);
        table.append(line);
      }
      panel.append(table);
    };
    const same = ends[end].cidrs ? (list) => [end, ...sharing(list, end)] : () => [end];
    const there = (one, other) => between(one, other) !== undefined;
    listed("Reaches", same(outsideSources).flatMap(
      (one) => destinations.filter((other) => there(one, other)).map((other) => [one, other, other])));
    listed("Reached by", same(outsideDestinations).flatMap(
      (other) => sources.filter((one) => there(one, other)).map((one) => [one, other, one])));
  };

  const described = (end) => {
    const found = [make("div", "name", ends[end].title)];
    const labels = make("div", "labels");
    for (const [key, value] of Object.entries(ends[end].labels || {})) labels.append(make("span", "", `${key}=${value}`));
    for (const cidr of ends[end].cidrs || []) labels.append(make("span", "", cidr));
    if (labels.childNodes.length) found.push(labels);
    return found;
  };

  const pick = (source, destination) => {
    state.picked = [source, destination];
    const panel = by("detail");
    panel.replaceChildren(make("h2", "", "From"), ...described(source));
    panel.append(make("h2", "", "To"), ...described(destination));
    const link = (text, one, other) => {
      const found = make("button", "link", text);
      found.type = "button";
      found.onclick = () => { pick(one, other); render(); };
      return found;
    };
    const allowed = (number) => {
      const others = number === undefined ? elsewhere(source, destination, any) : [];
      if (others.length) {
        const holder = make("div", "", "Some of these addresses, or all, are listed with others:");
        for (const pair of others) {
          const line = make("div");
          line.append(link(told(pair), ...pair));
          holder.append(line);
        }
        return holder;
      }
      if (number === undefined) return make("p", "denied", ends[source].cidrs && ends[destination].cidrs
        ? "No pod takes part, so policies do not decide it." : leftOut(source, destination)
          ? "Left out. What one pod does with itself, or a node with its own pods, is in no map." : "Nothing is allowed.");
      const table = make("table");
      for (const part of ports[number].allowed) {
        const line = make("tr");
        line.append(make("td", "", part.protocol), make("td", "", part.text));
        table.append(line);
      }
      return table;
    };
    const there = between(source, destination);
    panel.append(make("h2", "", "Allowed"));
    const holder = allowed(there);
    holder.id = "allowed";
    panel.append(holder);
    if (source !== destination) {
      const back = between(destination, source);
      panel.append(make("h2", "", "The other way"));
      const none = elsewhere(destination, source, any).length ? "listed with other addresses" : leftOut(destination, source) ? "left out" : "nothing";
      panel.append(link(back === undefined ? none : ports[back].text, destination, source));
    }
    if (ends[source].ask && ends[destination].ask) {
      const part = there === undefined ? { protocol: "TCP", ports: [[80]] } : ports[there].allowed[0];
      const on = [`--on ${part.protocol}/${part.ports[0][0]}`, ...(part.sourcePorts ? [`--source-port ${part.sourcePorts[0][0]}`] : [])];
      panel.append(make("h2", "", "Why"));
      panel.append(make("code", "", ["netproof explain PATH", `--from ${ends[source].ask}`, `--to ${ends[destination].ask}`, ...on].join(" \\\n  ")));
    }
  };

  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(render, 120); };
  for (const id of ["from", "to", "on", "from-namespace", "to-namespace"]) by(id).addEventListener("input", soon);
  by("filters").addEventListener("submit", (event) => event.preventDefault());
  by("filters").addEventListener("reset", () => setTimeout(render));
  by("swap").addEventListener("click", () => {
    for (const suffix of ["", "-namespace"]) {
      const [one, other] = [by(`from${suffix}`), by(`to${suffix}`)];
      [one.value, other.value] = [other.value, one.value];
    }
    render();
  });
  for (const name of ["matrix", "graph"])
    by(`view-${name}`).addEventListener("click", () => { state.view = name; render(); });
  by("summary").textContent = data.summary;
  by("about").textContent = data.about;
  // Paper cannot be clicked: what the map is to be read with is printed, and folded again.
  const fold = by("about").parentElement;
  let folded = false;
  addEventListener("beforeprint", () => { folded = !fold.open; fold.open = true; });
  addEventListener("afterprint", () => { fold.open = !folded; });
  by("detail").append(make("h2", "", "Connection"), make("p", "hint", "Pick a cell of the matrix, or an arrow or a name of the graph, to read it here."));
  render();
})();
