// One session or trace as a tree: each span below its parent, beside its bar in time.

const MOST_WATERFALL_ROWS = 2000;

// `kind` is "session" or "trace".
function openWaterfall(timeline, kind, name) {
  const rows = waterfallRows(timeline, kind, name);
  if (rows.length === 0) return;
  const { view, chart } = timeline;
  const from = rows.reduce((least, { bar }) => Math.min(least, view.start[bar]), Infinity);
  const to = rows.reduce((most, { bar }) => Math.max(most, view.end[bar]), -Infinity);
  const length = Math.max(1, to - from);
  const drawn = rows.slice(0, MOST_WATERFALL_ROWS);
  const errors = rows.filter(({ bar }) => view.isFailed(bar)).length;
  const tree = build("div", { class: "tree", role: "tree", "aria-label": `Spans of ${kind} ${cut(name, 80)}` });
  const titleId = "waterfall-title";
  const dialog = build("dialog", { class: "waterfall", "aria-labelledby": titleId },
    build("div", { class: "waterfall-head" },
      build("div", null,
        build("h2", { id: titleId }, `${kind === "session" ? "Session" : "Trace"} ${cut(name, 120)}`),
        build("p", null, `${counted(rows.length, "span")} in ${span(length)}, ${errors === 0 ? "no errors" : counted(errors, "error")}; from ${rangeText(chart.start_us + from, chart.start_us + to)}`)),
      buildButton(buildIcon("M4 4l8 8M12 4l-8 8"), "Close (Escape)", () => dialog.close(), { class: "close" })),
    waterfallScale(length),
    tree,
    rows.length > drawn.length ? build("p", { class: "after" }, `The first ${humanise(drawn.length, "count")} of ${humanise(rows.length, "count")} spans are drawn.`) : null);
  tree.append(...drawn.map((row, at) => waterfallRow(timeline, row, at, from, length)));
  listenToTree(timeline, tree, drawn, dialog);
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus?.();
  });
  // A press beside the dialog closes it.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  tree.firstElementChild.focus();
}

// The spans in the order of the tree: `{bar, depth, hasChildren}`, parents first, then by start.
function waterfallRows({ view, chart }, kind, name) {
  const { bars } = chart;
  const index = (kind === "session" ? chart.sessions : chart.traces).indexOf(name);
  const column = kind === "session" ? bars.session : bars.trace;
  if (index < 0) return [];
  const children = new Map();
  const roots = [];
  for (let bar = 0; bar < view.amount; bar += 1) {
    if (column[bar] !== index) continue;
    const parent = bars.parent[bar];
    if (parent < 0 || parent === bar || column[parent] !== index) roots.push(bar);
    else if (children.has(parent)) children.get(parent).push(bar);
    else children.set(parent, [bar]);
  }
  const byStart = (a, b) => view.start[b] - view.start[a];
  const rows = [];
  const open = roots.sort(byStart).map((bar) => [bar, 0]);
  // By hand, since a deep tree would be too much for recursion.
  while (open.length > 0) {
    const [bar, depth] = open.pop();
    const below = children.get(bar) ?? [];
    children.delete(bar);
    rows.push({ bar, depth, hasChildren: below.length > 0 });
    for (const child of below.sort(byStart)) open.push([child, depth + 1]);
  }
  return rows;
}

function waterfallScale(length) {
  const { at } = spanLines(length, 6);
  const scale = build("div", { class: "tree-scale", "aria-hidden": "true" }, build("span", { class: "label" }, "Span"));
  const track = build("span", { class: "track" });
  for (const time of at) {
    const share = time / length;
    if (share > 0.94) continue;
    const mark = build("i", null, time === 0 ? "0" : tidySpan(time));
    mark.style.left = `${share * 100}%`;
    track.append(mark);
  }
  scale.append(track, build("span", { class: "took" }, "Took"));
  return scale;
}

function waterfallRow({ view, chart }, { bar, depth, hasChildren }, at, from, length) {
  const isFailed = view.isFailed(bar);
  const took = view.end[bar] - view.start[bar];
  const colour = isFailed ? colours().bad : seriesColour(view.typeColour[view.type[bar]]);
  // Stripes do not fit on a sliver.
  const isSliver = took / length < 0.012;
  const look = isFailed ? (isSliver ? "" : "failed") : view.isOpen[view.status[bar]] ? "open" : "";
  const drawn = build("i", { class: `bar-box ${look} ${chart.bars.critical[bar] ? "critical" : ""}` });
  drawn.style.setProperty("--colour", colour);
  drawn.style.left = `${((view.start[bar] - from) / length) * 100}%`;
  drawn.style.width = `${(took / length) * 100}%`;
  const label = build("span", { class: "label" },
    hasChildren ? buildIcon("M4 6l4 4 4-4") : build("span", { class: "icon" }),
    build("span", { class: "name" }, cut(view.nameOf(bar), 120)),
    build("span", { class: "agent" }, cut(chart.lanes[view.lane[bar]] ?? "", 40)));
  label.style.setProperty("--depth", Math.min(depth, 24));
  return build("div", {
    class: "tree-row",
    role: "treeitem",
    tabindex: at === 0 ? "0" : "-1",
    "aria-level": depth + 1,
    "aria-expanded": hasChildren ? "true" : null,
    "data-at": at,
  },
    label,
    build("span", { class: "track" }, drawn),
    build("span", { class: "unseen" }, ` ${chart.types[view.type[bar]] ?? ""} ${chart.statuses[view.status[bar]] ?? ""}${chart.bars.critical[bar] ? " on the critical path" : ""} `),
    build("span", { class: "took" }, isFailed ? build("b", { class: "cross", "aria-hidden": "true" }, "✕ ") : null, span(took), build("small", null, humanise(took / length, "ratio"))));
}

// Up and down go from row to row, left and right fold, Enter shows the details in the timeline.
function listenToTree(timeline, tree, rows, dialog) {
  const folded = new Set();
  const isSeen = (row) => !row.hidden;
  function focus(row) {
    if (!row) return;
    tree.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    row.setAttribute("tabindex", "0");
    row.focus();
  }
  function fold(at, isFolded) {
    if (isFolded) folded.add(at);
    else folded.delete(at);
    let hiddenBelow = Infinity;
    rows.forEach(({ depth }, i) => {
      const row = tree.children[i];
      if (depth <= hiddenBelow) hiddenBelow = Infinity;
      row.hidden = depth > hiddenBelow;
      if (folded.has(i) && hiddenBelow === Infinity) hiddenBelow = depth;
    });
    tree.children[at].setAttribute("aria-expanded", String(!isFolded));
  }
  tree.addEventListener("keydown", (event) => {
    const row = event.target.closest(".tree-row");
    if (!row) return;
    const at = Number(row.dataset.at);
    const all = [...tree.children];
    const act = {
      ArrowDown: () => focus(all.slice(at + 1).find(isSeen)),
      ArrowUp: () => focus(all.slice(0, at).findLast(isSeen)),
      Home: () => focus(all[0]),
      End: () => focus(all.findLast(isSeen)),
      ArrowRight: () => (rows[at].hasChildren && folded.has(at) ? fold(at, false) : focus(rows[at].hasChildren ? all[at + 1] : null)),
      ArrowLeft: () => (rows[at].hasChildren && !folded.has(at) ? fold(at, true) : focus(all.slice(0, at).findLast((_, i) => rows[i].depth < rows[at].depth))),
      Enter: () => {
        dialog.close();
        timeline.choose(rows[at].bar, true);
        timeline.canvas.focus();
      },
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  tree.addEventListener("click", (event) => {
    const row = event.target.closest(".tree-row");
    if (!row) return;
    const at = Number(row.dataset.at);
    if (event.target.closest(".icon") && rows[at].hasChildren) fold(at, !folded.has(at));
    focus(row);
  });
  tree.addEventListener("dblclick", (event) => {
    const row = event.target.closest(".tree-row");
    if (!row) return;
    dialog.close();
    timeline.choose(rows[Number(row.dataset.at)].bar, true);
  });
}
