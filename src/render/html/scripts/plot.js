// What all charts share: the place they are drawn in, their key, their notes, and redrawing.

// A chart drawn by the library into `plot`. `options(width)` is asked again whenever the width, the
// colours or the hidden series change; it answers `{height, option, label, isEmpty}`.
function drawWithLibrary(plot, options) {
  const area = build("div", { class: "drawing", role: "img" });
  const nothing = build("p", { class: "nothing", hidden: true }, "No values");
  plot.append(build("div", { class: "canvas-box" }, area, nothing));
  let chart = null;
  let width = 0;

  function redraw() {
    width = plot.clientWidth;
    if (width === 0) return;
    const { height, option, label, isEmpty } = options(width);
    nothing.hidden = !isEmpty;
    area.style.height = `${height}px`;
    area.setAttribute("aria-label", label);
    if (chart) {
      chart.resize({ width, height });
    } else {
      chart = echarts.init(area, null, { renderer: "canvas", width, height });
    }
    // Nothing of the option before may stay: series come and go.
    chart.setOption({ animation: false, useUTC: true, textStyle: { fontFamily: colours().sans }, ...option }, { notMerge: true });
  }

  redraw();
  onTheme(redraw);
  onResize(plot, () => {
    if (plot.clientWidth !== width) redraw();
  });
  return { redraw, area };
}

// Calls `act` in the frame after the size has changed.
function onResize(node, act) {
  new ResizeObserver(() => requestAnimationFrame(act)).observe(node);
}

// The box of the library's tips, filled with elements that `lines(params)` builds.
function tipOption(trigger, lines, pointer = "line") {
  const { surface, text, "line-strong": edge, sans } = colours();
  return {
    trigger,
    confine: true,
    transitionDuration: 0,
    backgroundColor: surface,
    borderColor: edge,
    borderWidth: 1,
    padding: [8, 10],
    textStyle: { color: text, fontSize: 12, fontFamily: sans },
    extraCssText: "border-radius:8px;box-shadow:0 6px 20px rgb(0 0 0 / 14%);max-width:26rem;white-space:normal;",
    axisPointer: { type: pointer, lineStyle: { color: colours().faint, type: "solid", width: 1 }, shadowStyle: { color: faded(colours().text, 0.05) }, z: 1 },
    formatter: (params) => build("div", { class: "tip-body" }, ...lines(params).filter((line) => line !== null)),
  };
}

function valueAxis(axis) {
  const { soft, line } = colours();
  return {
    type: "value",
    min: axis.min,
    max: axis.max,
    interval: axis.step,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: soft, fontSize: 11, margin: 10, formatter: axis.label, hideOverlap: true },
    splitLine: { lineStyle: { color: line, width: 1 } },
  };
}

// The key above a chart: a button for each series that shows and hides it. One series needs none.
function addKey(plot, names, swatch, hidden, redraw) {
  if (names.length < 2) return;
  const list = build("ul", { class: "key" });
  names.forEach((name, i) => {
    const button = build("button", { type: "button", "aria-pressed": "true", title: name });
    const paint = () => button.replaceChildren(swatch(i), build("span", null, cut(name || "(no name)", 40)));
    button.addEventListener("click", () => {
      if (!hidden.delete(i)) hidden.add(i);
      // A chart of nothing helps nobody.
      if (hidden.size === names.length) hidden.clear();
      list.querySelectorAll("button").forEach((each, at) => each.setAttribute("aria-pressed", String(!hidden.has(at))));
      redraw();
    });
    paint();
    onTheme(paint);
    list.append(build("li", null, button));
  });
  plot.prepend(list);
}

// Remarks below a chart; those past the first few are folded away.
function addNotes(plot, items) {
  if (items.length === 0) return;
  const first = 4;
  const list = (part) => build("ul", { class: "chart-notes" }, ...part.map((item) => build("li", null, ...item)));
  plot.append(list(items.slice(0, first)));
  if (items.length > first) {
    const rest = items.slice(first, 200);
    plot.append(build("details", { class: "more-notes" }, build("summary", null, `${items.length - first} more`), list(rest)));
  }
}

// Dash patterns that tell lines apart without their colour.
const DASHES = ["solid", [6, 3], [2, 2], [9, 3, 2, 3], [12, 4], [4, 2, 2, 2]];

// Strokes over the areas of the second and later series, for the same reason; the first is plain.
function decal(index) {
  if (index === 0) return null;
  const look = [
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
    { symbol: "circle", symbolSize: 0.6, dashArrayX: [[0, 7], [3.5, 3.5]], dashArrayY: [5, 0] },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4 },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: 0 },
  ][(index - 1) % 4];
  return { color: faded(colours().surface, 0.35), ...look };
}
