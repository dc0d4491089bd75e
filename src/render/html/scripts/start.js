// Begins all: reads the data, draws the charts as they come into sight, and all of them for paper.
// This part comes last; the others only define.

const drawings = { lines: drawLines, bars: drawBars, matrix: drawMatrix, path: drawPath, timeline: drawTimeline };
// What a test may look at: how many charts are drawn, and what went wrong.
const progress = { drawn: 0, errors: [] };
globalThis.tracekit = progress;
addEventListener("error", (event) => progress.errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => progress.errors.push(String(event.reason)));

const PAPER_WIDTH = 1020;

function start() {
  document.documentElement.classList.add("js");
  document.documentElement.dataset.theme = "auto";
  const { charts } = JSON.parse(document.getElementById("report-data").textContent);
  addThemeSwitch();
  improveTables();

  const drawn = new Map();
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  function draw(figure) {
    if (drawn.has(figure)) return;
    const chart = charts[figure.dataset.chart];
    const plot = figure.querySelector(".plot");
    drawn.set(figure, null);
    try {
      const title = figure.querySelector("figcaption b").textContent;
      drawn.set(figure, drawings[chart.kind](plot, chart, title) ?? null);
      figure.dataset.drawn = "true";
      progress.drawn += 1;
    } catch (error) {
      // One chart that fails must not take the others with it.
      plot.replaceChildren(build("p", { class: "none" }, "This chart could not be drawn."));
      progress.errors.push(`${figure.dataset.chart}: ${error?.stack ?? error}`);
    }
  }
  for (const figure of figures) {
    const chart = charts[figure.dataset.chart];
    figure.dataset.kind = chart?.kind ?? "none";
    figure.classList.toggle("is-wide", needsWidth(chart));
  }
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "500px 0px" });
  for (const figure of figures) watcher.observe(figure);

  linkTables(charts, (id) => {
    const figure = figures.find((each) => each.dataset.chart === id);
    if (!figure) return null;
    draw(figure);
    figure.scrollIntoView({ block: "start" });
    return timelines.find(({ chart }) => chart === charts[id]) ?? null;
  });
  preparePaper(figures, draw, drawn);
}

// Remarks, many points, lines or bars want the whole width; other charts stand in pairs.
function needsWidth({ kind, categories, series, changes, anomalies, forecast } = {}) {
  if (kind === "bars") return categories.length > 14;
  if (kind !== "lines") return false;
  return Boolean(changes?.length || anomalies?.length || forecast) || series.length > 6 || series.some(({ values }) => values.length > 400);
}

// Paper is white and as wide as it is; everything is drawn for it before, and drawn back after.
function preparePaper(figures, draw, drawn) {
  let isOnPaper = false;
  function toPaper() {
    if (isOnPaper) return;
    isOnPaper = true;
    document.documentElement.classList.add("paper");
    document.documentElement.style.setProperty("--paper-width", `${PAPER_WIDTH}px`);
    figures.forEach(draw);
    withLightColours(true);
    for (const drawing of drawn.values()) drawing?.print?.();
  }
  function fromPaper() {
    if (!isOnPaper) return;
    isOnPaper = false;
    document.documentElement.classList.remove("paper");
    withLightColours(false);
  }
  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", fromPaper);
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? toPaper() : fromPaper()));
}

start();
