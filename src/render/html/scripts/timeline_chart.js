// Puts the timeline together: overview, clock, lanes, details; and redraws it once a frame at most.

const timelines = [];

function drawTimeline(plot, chart, title) {
  const began = performance.now();
  const view = new TimelineView(chart);
  const state = { width: 0, height: 0, scroll: 0, selected: -1, hovered: -1, hasArrows: true, hasMarks: chart.marks.length > 0 };
  const keysId = `${plot.parentElement.id}-keys`;
  const overview = build("canvas", { class: "overview", tabindex: "0", role: "application", "aria-label": "Overview: arrow keys move the window of time, plus and minus zoom, 0 shows all" });
  const clock = build("canvas", { class: "clock", "aria-hidden": "true", title: "Drag to zoom to a range" });
  const canvas = build("canvas", { class: "lanes-canvas", tabindex: "0", role: "application", "aria-roledescription": "timeline", "aria-label": timelineSummary(view, title), "aria-describedby": keysId });
  const heads = build("div", { class: "lane-heads" });
  const range = build("div", { class: "range", hidden: true });
  const nothing = build("p", { class: "nothing", hidden: true }, chart.bars.id.length === 0 ? "No spans" : "The filters leave no span.");
  const window_ = build("div", { class: "lanes-window" }, canvas, range, nothing);
  const scroller = build("div", { class: "lanes" }, heads, window_);
  const board = build("div", { class: "board" },
    build("div", { class: "strip" }, build("span", { class: "strip-name" }, "Overview"), overview),
    build("div", { class: "strip" }, build("span", { class: "strip-name" }, "UTC"), clock),
    scroller);
  const side = build("aside", { class: "details", "aria-label": "Details of the span", hidden: true });
  const chips = build("div", { class: "chips", hidden: true });
  const live = build("p", { class: "unseen", "aria-live": "polite" });
  const timeline = { view, chart, title, state, canvas, clock, overview, scroller, heads, board, side, chips, live, menus: [], tip: buildTip(board) };

  Object.assign(timeline, {
    changed: onceAFrame(() => paint(false)),
    filtered() {
      view.arrange();
      timeline.searchAgain?.();
      if (state.selected >= 0 && !view.isShown[state.selected]) timeline.choose(-1, false);
      paintHeads(timeline);
      paintChips(timeline);
      fit();
      timeline.changed();
    },
    select(pixels) {
      range.hidden = pixels === null;
      if (!pixels) return;
      range.style.left = `${Math.max(0, Math.min(...pixels))}px`;
      range.style.width = `${Math.abs(pixels[1] - pixels[0])}px`;
    },
    // Selects a bar; `isOpened` shows its details. -1 selects none.
    choose(bar, isOpened) {
      state.selected = bar;
      if (bar >= 0) {
        live.textContent = view.describe(bar);
        timeline.reveal(bar);
        if (isOpened || !side.hidden) showDetails(timeline, bar);
      } else if (!side.hidden) {
        side.hidden = true;
        plot.classList.remove("has-details");
        fit();
      }
      timeline.changed();
    },
    // Moves window and lanes as little as needed to see the bar.
    reveal(bar) {
      const { from, to } = view;
      const size = to - from;
      const [start, end] = [view.start[bar], view.end[bar]];
      if (end < from || start > to) view.show(start - size / 3, start + (2 * size) / 3);
      const place = view.placeOf.get(view.lane[bar]);
      if (!place) return;
      const { top, height } = view.rowPlace(place, view.row[bar]);
      if (top < scroller.scrollTop + 4) scroller.scrollTop = top - 24;
      else if (top + height > scroller.scrollTop + state.height) scroller.scrollTop = top + height + 24 - state.height;
      timeline.changed();
    },
    zoomToBar(bar) {
      const size = Math.max(SHORTEST_WINDOW, view.end[bar] - view.start[bar]);
      view.show(view.start[bar] - size * 0.15, view.end[bar] + size * 0.15);
    },
    opened() {
      plot.classList.add("has-details");
      fit();
    },
    narrow(kind, index) {
      view[kind] = index;
      if (index >= 0) view[kind === "session" ? "trace" : "session"] = -1;
      timeline.filtered();
      if (index >= 0) timeline.showShown();
    },
    // Zooms to all bars that the filters leave.
    showShown() {
      let [from, to] = [Infinity, -Infinity];
      for (let i = 0; i < view.amount; i += 1) {
        if (!view.isShown[i]) continue;
        from = Math.min(from, view.start[i]);
        to = Math.max(to, view.end[i]);
      }
      if (from <= to) view.show(from - (to - from) * 0.03, to + (to - from) * 0.03);
      timeline.changed();
    },
    clearFilters() {
      view.session = -1;
      view.trace = -1;
      for (const menu of timeline.menus) menu.set((hidden) => hidden.clear());
    },
    onlyAgent(lane) {
      timeline.menus.find((menu) => menu.title === "Agents").set((hidden) => {
        chart.lanes.forEach((_, other) => (other === lane ? hidden.delete(other) : hidden.add(other)));
      });
      timeline.showShown();
    },
    openWaterfall(kind, name) {
      openWaterfall(timeline, kind, name);
    },
  });

  const table = visibleTable(timeline);
  plot.append(timelineControls(timeline), chips, build("div", { class: "board-row" }, board, side), timelineLegend(view));
  if (chart.note) plot.append(build("p", { class: "after" }, chart.note));
  plot.append(
    build("p", { class: "keys", id: keysId }, "Drag to move, drag along the clock or with Shift to zoom to a range, Ctrl and wheel to zoom. Keys: arrows go from span to span, Enter shows details, Shift and arrows move, + and − zoom, 0 shows all."),
    table.element, live);

  // The lanes take the room they need, up to most of the screen.
  function fit(isPrinting) {
    const most = isPrinting ? 520 : Math.max(220, Math.min(620, Math.round(innerHeight * 0.66)));
    state.height = Math.max(60, Math.min(view.height, most));
    scroller.style.height = `${state.height}px`;
    heads.style.height = `${view.height}px`;
    state.width = window_.clientWidth;
  }

  let paints = 0;
  function paint(isResized) {
    if (isResized) {
      fit();
      for (const head of heads.children) head.hidden = false;
    }
    if (state.width <= 0) return;
    state.scroll = scroller.scrollTop;
    window_.style.height = `${state.height}px`;
    paintTimeline(sizeCanvas(canvas, state.width, state.height), view, state);
    paintClock(clock, view, state.width, null);
    paintOverview(overview, view, state.width);
    nothing.hidden = view.shownAmount > 0;
    table.changed();
    paints += 1;
    plot.parentElement.dataset.frames = String(paints);
    plot.parentElement.dataset.window = `${Math.round(view.from)} ${Math.round(view.to)}`;
  }

  scroller.addEventListener("scroll", () => timeline.changed(), { passive: true });
  listenToLanes(timeline);
  listenToOverview(overview, view, timeline.changed);
  paintHeads(timeline);
  paint(true);
  // Once the browser has shown it, too.
  requestAnimationFrame(() => setTimeout(() => {
    plot.parentElement.dataset.firstPaint = String(Math.round((performance.now() - began) * 10) / 10);
  }));
  onTheme(() => paint(true));
  onResize(board, () => {
    if (window_.clientWidth !== state.width) paint(true);
  });
  timelines.push(timeline);
  return {
    redraw: () => paint(true),
    // A page of paper has room for as many lanes as fit above its end.
    print: () => {
      scroller.scrollTop = 0;
      fit(true);
      heads.style.height = `${state.height}px`;
      view.places.forEach(({ top, height }, i) => (heads.children[i].hidden = top + height > state.height + 1));
      paint(false);
    },
  };
}

function onceAFrame(act) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      act();
    });
  };
}

// The agents' names beside their lanes; a press folds the lane to one row.
function paintHeads(timeline) {
  const { view, heads } = timeline;
  heads.replaceChildren(...view.places.map(({ lane, top, height, isCollapsed }) => {
    const { name, bars, errors } = view.lanes[lane];
    const words = `${counted(bars, "span")}${errors > 0 ? `, ${counted(errors, "error")}` : ""}`;
    const button = build("button", { type: "button", "aria-expanded": String(!isCollapsed), title: `${name || "(no agent)"}: ${words}` },
      buildIcon("M4 6l4 4 4-4"),
      build("span", { class: "name" }, name || "(no agent)"),
      errors > 0 ? build("span", { class: "errors" }, humanise(errors, "count"), build("span", { class: "unseen" }, errors === 1 ? " error" : " errors")) : null);
    button.style.top = `${top}px`;
    button.style.height = `${height}px`;
    button.addEventListener("click", () => {
      if (!view.collapsed.delete(lane)) view.collapsed.add(lane);
      timeline.filtered();
      // The buttons are new; the focus stays where it was.
      heads.children[view.places.findIndex((place) => place.lane === lane)]?.focus();
    });
    return button;
  }));
}

function timelineLegend(view) {
  const { chart } = view;
  const legend = build("ul", { class: "legend", "aria-label": "What the marks mean" });
  const paint = () => {
    const items = view.typeRank.slice(0, 7).map((type) => [buildSwatch(seriesColour(view.typeColour[type])), chart.types[type] || "(no type)"]);
    if (view.typeRank.length > 7) items.push([buildSwatch(seriesColour(7)), view.typeRank.length === 8 ? chart.types[view.typeRank[7]] : "other types"]);
    if (view.isError.some(Boolean)) items.push([buildSwatch(colours().bad, "failed"), "error"]);
    if (view.isOpen.some(Boolean)) items.push([buildSwatch(colours().soft, "open"), "unfinished"]);
    if (chart.bars.critical.includes(1)) items.push([buildSwatch(colours().text, "critical"), "on the critical path"]);
    if (chart.arrows.some((arrow) => arrow.received_us === null)) items.push([build("b", { class: "cross", "aria-hidden": "true" }, "✕"), "lost message"]);
    if (chart.marks.length > 0) items.push([build("i", { class: "diamond", "aria-hidden": "true" }), "error without a span"]);
    if (chart.density) items.push([buildSwatch(colours().faint, "density"), "more spans"]);
    legend.replaceChildren(...items.map(([swatch, name]) => build("li", null, swatch, cut(name, 40))));
  };
  paint();
  onTheme(paint);
  return legend;
}

function timelineSummary(view, title) {
  const { chart } = view;
  const errors = view.lanes.reduce((sum, lane) => sum + lane.errors, 0);
  const lost = chart.arrows.filter((arrow) => arrow.received_us === null).length;
  return `${title}: ${counted(view.amount, "span")} of ${counted(chart.lanes.length, "agent")} from ${rangeText(chart.start_us, chart.end_us)}, `
    + `${counted(errors, "error")}, ${counted(chart.arrows.length, "message")}, ${humanise(lost, "count")} of them lost`;
}
