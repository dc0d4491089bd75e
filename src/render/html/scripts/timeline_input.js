// Pointer, wheel and keys on the lanes: drag pans, the clock or Shift selects a range to zoom to,
// the wheel with Ctrl zooms, a click or the arrow keys choose a bar.

// `timeline`: what drawTimeline has put together.
function listenToLanes(timeline) {
  const { view, canvas, clock, scroller, state, tip } = timeline;
  let drag = null;
  const timeOf = (x) => view.from + (x / state.width) * (view.to - view.from);
  const slack = () => (3 / state.width) * (view.to - view.from);
  const barUnder = (event) => view.barAt(event.offsetY + scroller.scrollTop, timeOf(event.offsetX), slack());

  canvas.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      view.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.008), timeOf(event.offsetX));
      timeline.changed();
    } else if (event.deltaX !== 0 || event.shiftKey) {
      event.preventDefault();
      view.pan((event.deltaX || event.deltaY) / state.width);
      timeline.changed();
    }
  }, { passive: false });

  // Two fingers zoom around the point between them.
  const fingers = new Map();
  function pinch(event) {
    const before = [...fingers.values()];
    fingers.set(event.pointerId, event.offsetX);
    const [a, b] = [...fingers.values()];
    const [was, is] = [Math.abs(before[0] - before[1]), Math.abs(a - b)];
    if (was < 8 || is < 8) return;
    view.zoom(was / is, timeOf((a + b) / 2));
    timeline.changed();
  }
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (event.pointerType === "touch") fingers.set(event.pointerId, event.offsetX);
    if (fingers.size > 1) {
      drag = null;
      return;
    }
    drag = { x: event.offsetX, y: event.clientY, from: view.from, to: view.to, scroll: scroller.scrollTop, isSelecting: event.shiftKey, hasMoved: false };
    // A finger that moves up or down scrolls the page, the browser takes it back by itself.
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (fingers.size === 2 && fingers.has(event.pointerId)) return pinch(event);
    if (!drag) return hover(event);
    const by = event.offsetX - drag.x;
    if (!drag.hasMoved && Math.abs(by) < 4 && Math.abs(event.clientY - drag.y) < 4) return;
    drag.hasMoved = true;
    tip.hide();
    if (drag.isSelecting) {
      timeline.select([drag.x, event.offsetX]);
    } else {
      canvas.classList.add("dragged");
      const size = drag.to - drag.from;
      const from = Math.max(0, Math.min(view.length - size, drag.from - (by / state.width) * size));
      view.show(from, from + size);
      if (event.pointerType === "mouse") scroller.scrollTop = drag.scroll - (event.clientY - drag.y);
      timeline.changed();
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    const was = drag;
    drag = null;
    canvas.classList.remove("dragged");
    if (!was) return;
    if (was.hasMoved && was.isSelecting) zoomTo(was.x, event.offsetX);
    else if (!was.hasMoved) timeline.choose(barUnder(event), true);
  });
  canvas.addEventListener("pointercancel", () => {
    drag = null;
    timeline.select(null);
  });
  canvas.addEventListener("dblclick", (event) => {
    const bar = barUnder(event);
    if (bar >= 0) timeline.zoomToBar(bar);
    else view.zoom(0.5, timeOf(event.offsetX));
    timeline.changed();
  });
  canvas.addEventListener("pointerleave", () => {
    tip.hide();
    if (state.hovered < 0) return;
    state.hovered = -1;
    timeline.changed();
  });

  function zoomTo(x1, x2) {
    const [from, to] = [timeOf(Math.min(x1, x2)), timeOf(Math.max(x1, x2))];
    timeline.select(null);
    if (Math.abs(x2 - x1) >= 4) view.show(from, to);
    timeline.changed();
  }

  let clockStart = null;
  clock.addEventListener("pointerdown", (event) => {
    clockStart = event.offsetX;
    clock.setPointerCapture(event.pointerId);
  });
  clock.addEventListener("pointermove", (event) => {
    if (clockStart !== null) timeline.select([clockStart, event.offsetX]);
  });
  clock.addEventListener("pointerup", (event) => {
    if (clockStart !== null) zoomTo(clockStart, event.offsetX);
    clockStart = null;
  });

  function hover(event) {
    const bar = barUnder(event);
    if (bar !== state.hovered) {
      state.hovered = bar;
      timeline.changed();
    }
    canvas.classList.toggle("pointed", bar >= 0);
    const top = canvas.offsetTop + event.offsetY;
    const left = canvas.parentElement.offsetLeft + event.offsetX;
    if (bar >= 0) return tip.show(left, top, ...barTipLines(view, bar));
    const line = (state.arrowsSeen ?? []).length <= MOST_ARROWS && (state.arrowsSeen ?? []).find((each) => isNear(each, event.offsetX, event.offsetY + scroller.scrollTop));
    if (line) return tip.show(left, top, ...arrowTipLines(view, line.arrow));
    const mark = markNear(event);
    if (mark) return tip.show(left, top, build("div", { class: "tip-head" }, "Error without a span"), build("div", null, cut(mark.text, 300)));
    tip.hide();
  }

  function markNear(event) {
    if (!state.hasMarks) return null;
    const place = view.placeAt(event.offsetY + scroller.scrollTop);
    if (!place) return null;
    const time = view.chart.start_us + timeOf(event.offsetX);
    return view.chart.marks.find((mark) => mark.lane === place.lane && Math.abs(mark.at_us - time) < slack() * 2);
  }

  canvas.addEventListener("keydown", (event) => {
    if (moveByKey(view, event, false)) {
      event.preventDefault();
      return timeline.changed();
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      timeline.choose(view.neighbour(state.selected, event.key), false);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (state.selected >= 0) timeline.choose(state.selected, true);
      else timeline.choose(view.firstShown(), false);
    } else if (event.key === "Escape") {
      timeline.choose(-1, false);
    }
    return undefined;
  });
}

function isNear({ fromX, fromY, toX, toY }, x, y) {
  const size = (toX - fromX) ** 2 + (toY - fromY) ** 2;
  const share = size === 0 ? 0 : Math.max(0, Math.min(1, ((x - fromX) * (toX - fromX) + (y - fromY) * (toY - fromY)) / size));
  return (fromX + share * (toX - fromX) - x) ** 2 + (fromY + share * (toY - fromY) - y) ** 2 < 25;
}

function barTipLines(view, bar) {
  const { chart } = view;
  const status = chart.statuses[view.status[bar]];
  const look = view.isFailed(bar) ? "failed" : view.isOpen[view.status[bar]] ? "open" : null;
  return [
    build("div", { class: "tip-head" }, cut(view.nameOf(bar), 120)),
    tipLine(chart.types[view.type[bar]] ?? "", status, look === "failed" ? colours().bad : seriesColour(view.typeColour[view.type[bar]]), look),
    tipLine("agent", cut(chart.lanes[view.lane[bar]], 60)),
    tipLine("took", span(view.end[bar] - view.start[bar])),
    tipLine("starts", clockTime(chart.start_us + view.start[bar])),
    chart.bars.critical[bar] ? build("div", { class: "tip-note" }, "on the critical path") : null,
  ];
}

function clockTime(micros) {
  return moment(micros).slice(11);
}

function arrowTipLines(view, arrow) {
  const { lanes } = view.chart;
  return [
    build("div", { class: "tip-head" }, `${cut(lanes[arrow.from_lane], 50)} → ${cut(lanes[arrow.to_lane], 50)}`),
    arrow.text ? build("div", null, cut(arrow.text, 200)) : null,
    tipLine("sent", clockTime(arrow.sent_us)),
    arrow.received_us === null
      ? build("div", { class: "tip-note" }, "never received")
      : tipLine("received after", span(arrow.received_us - arrow.sent_us)),
  ];
}
