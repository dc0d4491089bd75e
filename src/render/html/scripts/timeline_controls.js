// The row of controls above the timeline: search, filters, zoom, and what is filtered now.

function timelineControls(timeline) {
  const { view, chart } = timeline;
  const bar = build("div", { class: "controls", role: "group", "aria-label": "Timeline controls" });
  bar.append(searchControl(timeline));
  bar.append(filterMenu(timeline, "Agents", chart.lanes, view.hidden.lanes, (lane) => view.lanes[lane].bars, null, null));
  bar.append(filterMenu(timeline, "Types", chart.types, view.hidden.types, (type) => view.typeAmounts[type], (type) => buildSwatch(seriesColour(view.typeColour[type])), view.typeRank));
  const amounts = new Array(chart.statuses.length).fill(0);
  for (const status of view.status) amounts[status] += 1;
  bar.append(filterMenu(timeline, "Status", chart.statuses, view.hidden.statuses, (status) => amounts[status], (status) => statusSwatch(view, status), null));
  if (chart.arrows.length > 0) {
    const toggle = buildButton("Messages", null, () => {
      timeline.state.hasArrows = !timeline.state.hasArrows;
      toggle.setAttribute("aria-pressed", String(timeline.state.hasArrows));
      timeline.changed();
    }, { class: "toggle", "aria-pressed": "true", title: "Show messages between agents", "aria-label": null });
    bar.append(toggle);
  }
  const zoom = (label, path, act, key) => buildButton(buildIcon(path), `${label} (${key})`, () => {
    act();
    timeline.changed();
  });
  const middle = () => (view.from + view.to) / 2;
  bar.append(build("span", { class: "switch zoom-switch", role: "group", "aria-label": "Zoom" },
    zoom("Zoom out", "M3 8h10", () => view.zoom(1 / 0.6, middle()), "-"),
    zoom("Zoom in", "M3 8h10M8 3v10", () => view.zoom(0.6, middle()), "+"),
    zoom("Show all", "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10", () => view.show(0, view.length), "0")));
  return bar;
}

function statusSwatch(view, status) {
  if (view.isError[status]) return buildSwatch(colours().bad, "failed");
  return buildSwatch(colours().soft, view.isOpen[status] ? "open" : null);
}

function searchControl(timeline) {
  const { view, chart } = timeline;
  let at = -1;
  const field = build("input", { type: "search", placeholder: "Search spans", "aria-label": "Search spans by name, agent, session, trace or id", autocomplete: "off", spellcheck: "false" });
  const count = build("span", { class: "count", role: "status" });
  const step = (by) => {
    const { matched } = view;
    if (matched.length === 0) return;
    at = (at + by + matched.length) % matched.length;
    say();
    timeline.choose(matched[at], false);
    timeline.reveal(matched[at]);
  };
  const buttons = [
    buildButton(buildIcon("M4 10l4-4 4 4"), "Match before (Shift Enter)", () => step(-1)),
    buildButton(buildIcon("M4 6l4 4 4-4"), "Next match (Enter)", () => step(1)),
  ];
  const box = build("span", { class: "search" }, buildIcon("M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3 14 14"), field, count, ...buttons);
  function say() {
    const total = view.matched.length;
    count.textContent = !view.matches ? "" : total === 0 ? "none" : at < 0 ? humanise(total, "count") : `${humanise(at + 1, "count")} of ${humanise(total, "count")}`;
    for (const button of buttons) button.hidden = total === 0;
  }
  const look = settled(60, () => {
    at = -1;
    view.search(field.value);
    say();
    timeline.changed();
  });
  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    step(event.shiftKey ? -1 : 1);
  });
  timeline.searchAgain = () => {
    if (!view.matches) return;
    view.search(field.value);
    at = -1;
    say();
  };
  say();
  box.dataset.records = String(chart.bars.id.length);
  return box;
}

// A list of checkboxes that folds out; `swatch` and `order` may be null.
function filterMenu(timeline, title, items, hidden, amount, swatch, order) {
  const sign = build("span", { class: "count" });
  const summary = build("summary", null, title, sign);
  const list = build("ul");
  const menu = build("details", { class: "menu", name: "timeline-filter" }, summary);
  const boxes = (order ?? items.map((_, i) => i)).map((item) => {
    const box = build("input", { type: "checkbox", checked: true, "data-item": item });
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(item);
      else hidden.add(item);
      changed();
    });
    const mark = build("span", { class: "mark" });
    const paint = () => mark.replaceChildren(swatch ? swatch(item) : "");
    paint();
    onTheme(paint);
    const only = buildButton("only", null, () => {
      items.forEach((_, other) => (other === item ? hidden.delete(other) : hidden.add(other)));
      changed();
    }, { class: "only", "aria-label": `Only ${cut(items[item] || "(none)", 60)}` });
    list.append(build("li", null, build("label", { title: items[item] }, box, swatch ? mark : null, build("span", { class: "name" }, cut(items[item] || "(none)", 60)), build("span", { class: "amount" }, humanise(amount(item), "count"))), only));
    return box;
  });
  const all = buildButton("All", null, () => {
    hidden.clear();
    changed();
  }, { class: "plain-button" });
  const none = buildButton("None", null, () => {
    items.forEach((_, item) => hidden.add(item));
    changed();
  }, { class: "plain-button" });
  const panel = build("div", { class: "panel" }, items.length > 8 ? narrowField(list, `Find in ${title.toLowerCase()}`) : null, build("div", { class: "both" }, all, none), list);
  menu.append(panel);
  function changed() {
    for (const box of boxes) box.checked = !hidden.has(Number(box.dataset.item));
    sign.textContent = hidden.size > 0 ? `${items.length - hidden.size} of ${items.length}` : "";
    menu.classList.toggle("is-active", hidden.size > 0);
    timeline.filtered();
  }
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary.focus();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  timeline.menus.push({ title, set: (act) => (act(hidden), changed()) });
  return menu;
}

// A field that narrows a list to the items with its text.
function narrowField(list, label) {
  const field = build("input", { type: "search", placeholder: label, "aria-label": label, autocomplete: "off" });
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  });
  return field;
}

// What the timeline is narrowed to: a session or a trace, with a way to its waterfall and back.
function paintChips(timeline) {
  const { view, chart, chips } = timeline;
  const chip = (kind, name, clear) => build("span", { class: "chip" },
    build("span", null, `${kind} `, build("b", null, cut(name, 48))),
    buildButton("Waterfall", `Waterfall of ${kind} ${cut(name, 48)}`, () => timeline.openWaterfall(kind, name), { class: "plain-button" }),
    buildButton(buildIcon("M4 4l8 8M12 4l-8 8"), `Show all again, not only ${kind} ${cut(name, 48)}`, clear, { class: "close" }));
  const parts = [];
  if (view.session >= 0) parts.push(chip("session", chart.sessions[view.session], () => timeline.narrow("session", -1)));
  if (view.trace >= 0) parts.push(chip("trace", chart.traces[view.trace], () => timeline.narrow("trace", -1)));
  if (parts.length > 0 || view.hidden.lanes.size + view.hidden.types.size + view.hidden.statuses.size > 0) {
    parts.push(build("span", { class: "shown" }, `${humanise(view.shownAmount, "count")} of ${counted(view.amount, "span")} shown`));
    parts.push(buildButton("Clear filters", null, () => timeline.clearFilters(), { class: "plain-button" }));
  }
  chips.replaceChildren(...parts);
  chips.hidden = parts.length === 0;
}
