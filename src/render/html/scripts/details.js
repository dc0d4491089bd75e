// What is known of one span, beside the timeline; and the spans in the window as a table.

const MOST_TABLE_ROWS = 200;

function showDetails(timeline, bar) {
  const { view, chart, side } = timeline;
  const { bars } = chart;
  const [session, trace] = [chart.sessions[bars.session[bar]], chart.traces[bars.trace[bar]]];
  const facts = [
    ["Agent", chart.lanes[view.lane[bar]]],
    ["Took", span(view.end[bar] - view.start[bar])],
    ["Starts", `${moment(chart.start_us + view.start[bar])} UTC`],
    ["Offset", `${span(view.start[bar])} after the beginning`],
    ["Session", session],
    ["Trace", trace],
    ["Span", bars.id[bar]],
    ["Critical path", bars.critical[bar] ? "on it" : null],
    ...Object.entries(chart.details?.[bar] ?? {}),
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
  const parent = bars.parent[bar];
  const list = build("dl", null, ...facts.map(([name, value]) => build("div", null, build("dt", null, cut(String(name), 80)), build("dd", null, cut(String(value), 4000)))));
  const close = buildButton(buildIcon("M4 4l8 8M12 4l-8 8"), "Close details", () => {
    timeline.choose(-1, false);
    timeline.canvas.focus();
  }, { class: "close" });
  const action = (text, act) => buildButton(text, null, act, { class: "plain-button", "aria-label": null, title: null });
  side.replaceChildren(
    build("div", { class: "details-head" }, build("h3", null, cut(view.nameOf(bar), 300)), close),
    build("p", { class: "details-kind" },
      buildSwatch(seriesColour(view.typeColour[view.type[bar]])), chart.types[view.type[bar]] ?? "", " · ",
      build("span", { class: view.isFailed(bar) ? "bad" : null }, chart.statuses[view.status[bar]] ?? "")),
    build("div", { class: "details-actions" },
      trace === undefined ? null : action("Trace waterfall", () => timeline.openWaterfall("trace", trace)),
      session === undefined ? null : action("Session waterfall", () => timeline.openWaterfall("session", session)),
      session === undefined ? null : action("Only this session", () => timeline.narrow("session", bars.session[bar])),
      parent >= 0 ? action("Parent", () => timeline.choose(parent, true)) : null,
      action("Zoom", () => {
        timeline.zoomToBar(bar);
        timeline.changed();
      })),
    list);
  side.scrollTop = 0;
  if (!side.hidden) return;
  side.hidden = false;
  timeline.opened();
}

// The bars of the window as rows, for who cannot see the drawing; built while it is open only.
function visibleTable(timeline) {
  const { view, chart } = timeline;
  const body = build("tbody");
  const note = build("p", { class: "after" });
  const columns = ["Span", "Agent", "Type", "Status", "Starts", "Took"];
  const frame = build("div", { class: "frame", tabindex: "0", role: "region", "aria-label": "Spans in the window" },
    build("table", null, build("thead", null, build("tr", null, ...columns.map((name) => build("th", { scope: "col", class: name === "Took" ? "number" : null }, name)))), body));
  const element = build("details", { class: "as-table" }, build("summary", null, "Spans in the window as a table"), frame, note);
  const update = () => {
    const { bars, total } = view.inWindow(MOST_TABLE_ROWS);
    body.replaceChildren(...bars.map((bar) => {
      const open = build("button", { type: "button", class: "link" }, cut(view.nameOf(bar), 80));
      open.addEventListener("click", () => timeline.choose(bar, true));
      return build("tr", null,
        build("th", { scope: "row" }, open),
        build("td", null, cut(chart.lanes[view.lane[bar]] ?? "", 60)),
        build("td", null, chart.types[view.type[bar]] ?? ""),
        build("td", null, chart.statuses[view.status[bar]] ?? ""),
        build("td", { class: "time" }, clockTime(chart.start_us + view.start[bar])),
        build("td", { class: "number" }, span(view.end[bar] - view.start[bar])));
    }));
    note.textContent = total > bars.length ? `The first ${bars.length} of ${humanise(total, "count")} spans in the window.` : `${counted(total, "span")} in the window.`;
  };
  const later = settled(200, update);
  element.addEventListener("toggle", () => {
    if (element.open) update();
  });
  return { element, changed: () => element.open && later() };
}
