// The critical path: one bar of its sections in time, what each subject takes of it, and what the
// whole would take if a subject were faster.

function drawPath(plot, chart, title) {
  const area = build("div", { class: "path-bar" });
  const canvas = build("canvas", { class: "drawing", role: "img", "aria-label": pathSummary(chart, title) });
  area.append(canvas);
  plot.append(area);
  const tip = buildTip(area);
  let width = 0;

  const height = 66;
  function redraw() {
    width = area.clientWidth;
    if (width > 0) paintPath(canvas, chart, width, height);
  }
  canvas.addEventListener("pointermove", (event) => {
    const at = (event.offsetX / width) * chart.total_us;
    const section = chart.sections.find(({ start_us, length_us }) => at >= start_us && at < start_us + length_us);
    if (!section) return tip.hide();
    const subject = chart.subjects[section.subject];
    tip.show(event.offsetX, event.offsetY,
      build("div", { class: "tip-head" }, cut(subject.name, 120)),
      tipLine("this section", span(section.length_us), seriesColour(section.subject), subject.is_wait ? "wait" : null),
      tipLine("starts after", span(section.start_us)),
      tipLine("of the path", humanise(subject.share, "ratio")));
  });
  canvas.addEventListener("pointerleave", tip.hide);
  redraw();
  onTheme(redraw);
  onResize(area, () => {
    if (area.clientWidth !== width) redraw();
  });

  const parts = build("div", { class: "path-parts" });
  plot.append(parts);
  const paintParts = () => parts.replaceChildren(pathTable(chart), pathWhatIf(chart) ?? "");
  paintParts();
  // Only colours depend on the theme, yet the control would lose its choice if built anew.
  onTheme(() => parts.firstElementChild.replaceWith(pathTable(chart)));
}

function paintPath(canvas, chart, width, height) {
  const { surface, soft, line, raised } = colours();
  const brush = sizeCanvas(canvas, width, height);
  const scale = chart.total_us > 0 ? width / chart.total_us : 0;
  const bar = 40;
  brush.fillStyle = raised;
  brush.beginPath();
  brush.roundRect(0, 0, width, bar, 6);
  brush.fill();
  brush.save();
  brush.clip();
  for (const { start_us, length_us, subject } of chart.sections) {
    const left = start_us * scale;
    const size = Math.max(0.75, length_us * scale);
    const { name, is_wait } = chart.subjects[subject];
    const colour = seriesColour(subject);
    brush.fillStyle = is_wait ? faded(colour, 0.28) : colour;
    brush.fillRect(left, 0, size, bar);
    if (is_wait) hatch(brush, left, 0, size, bar, colour);
    if (size > 3) {
      brush.fillStyle = surface;
      brush.fillRect(left + size - 0.5, 0, 1, bar);
    }
    if (size > 46) {
      brush.font = `500 12px ${colours().sans}`;
      brush.textBaseline = "middle";
      brush.fillStyle = is_wait ? colours().text : colours()["on-colour"];
      const text = fitted(brush, name, size - 14);
      if (is_wait) {
        brush.fillStyle = surface;
        brush.fillRect(left + 5, bar / 2 - 9, brush.measureText(text).width + 6, 18);
        brush.fillStyle = colours().text;
      }
      brush.fillText(text, left + 8, bar / 2 + 0.5);
    }
  }
  brush.restore();
  const { at } = spanLines(chart.total_us, Math.max(2, width / 110));
  brush.font = `11px ${colours().sans}`;
  brush.textBaseline = "top";
  for (const time of at) {
    const x = time * scale;
    brush.fillStyle = line;
    brush.fillRect(Math.min(width - 1, Math.round(x)), bar + 3, 1, 5);
    const text = time === 0 ? "0" : tidySpan(time);
    const half = brush.measureText(text).width / 2;
    brush.fillStyle = soft;
    brush.fillText(text, Math.max(0, Math.min(width - 2 * half, x - half)), bar + 11);
  }
}

// Round lengths of time from nothing to `total`, in microseconds.
function spanLines(total, most) {
  const step = roundStep(Math.max(1, (total * 1e3) / most), "ns", total * 1e3) / 1e3;
  const at = [];
  for (let time = 0; time <= total && at.length < 100; time += step) at.push(time);
  return { step, at };
}

function pathTable(chart) {
  const most = Math.max(1e-9, ...chart.subjects.map(({ share }) => share));
  const first = 12;
  const ranked = chart.subjects.map((subject, i) => ({ ...subject, i })).sort((a, b) => b.exclusive_us - a.exclusive_us);
  const rows = ranked.slice(0, first).map(({ name, is_wait, exclusive_us, share, i }) => {
    const bar = build("i", { class: "share-bar" });
    bar.style.width = `${(share / most) * 100}%`;
    bar.style.background = seriesColour(i);
    return build("li", null,
      buildSwatch(seriesColour(i), is_wait ? "wait" : null),
      build("span", { class: "name", title: name }, name, is_wait ? build("em", null, " waiting") : null),
      build("span", { class: "track", "aria-hidden": "true" }, bar),
      build("b", null, humanise(share, "ratio")),
      build("span", { class: "amount" }, span(exclusive_us)));
  });
  if (ranked.length > first) {
    const rest = ranked.slice(first).reduce((sum, { exclusive_us }) => sum + exclusive_us, 0);
    rows.push(build("li", { class: "rest" }, `${counted(ranked.length - first, "more subject")}, ${span(rest)} together`));
  }
  return build("ol", { class: "path-subjects", "aria-label": "Shares of the critical path" }, ...rows);
}

// The times come from exact replays, so only those that were replayed can be chosen.
function pathWhatIf(chart) {
  const tried = chart.what_if ?? [];
  if (tried.length === 0) return null;
  const subjects = [...new Set(tried.map(({ subject }) => subject))];
  const select = build("select", { "aria-label": "Subject" }, ...subjects.map((subject) => build("option", { value: subject }, cut(chart.subjects[subject].name, 60))));
  const changes = build("span", { class: "switch", role: "group", "aria-label": "Change" });
  const result = build("div", { class: "what-if-result", "aria-live": "polite" });
  let change = null;

  function show() {
    const { total_us } = tried.find((each) => each.subject === Number(select.value) && each.change_percent === change);
    const saved = chart.total_us - total_us;
    const line = (name, micros, look) => {
      const bar = build("i", { class: `share-bar ${look}` });
      bar.style.width = `${(micros / Math.max(chart.total_us, total_us, 1)) * 100}%`;
      return build("div", { class: "what-if-line" }, build("span", null, name), build("span", { class: "track", "aria-hidden": "true" }, bar), build("b", null, span(micros)));
    };
    const words = saved > 0
      ? `Saves ${span(saved)}, ${humanise(saved / chart.total_us, "ratio")} of the whole.`
      : saved < 0 ? `Takes ${span(-saved)} longer.` : "Saves nothing: another way through takes as long.";
    result.replaceChildren(line("Now", chart.total_us, "before"), line("Then", total_us, "then"), build("p", null, words));
  }
  function offer() {
    const list = tried.filter(({ subject }) => subject === Number(select.value)).map(({ change_percent }) => change_percent).sort((a, b) => b - a);
    if (!list.includes(change)) change = list.includes(-50) ? -50 : list[0];
    changes.replaceChildren(...list.map((percent) => build("button", { type: "button", "aria-pressed": String(percent === change), "data-change": percent }, percent === -100 ? "no time" : `${Math.abs(percent)} % ${percent < 0 ? "less" : "more"}`)));
    show();
  }
  changes.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    change = Number(button.dataset.change);
    offer();
    changes.querySelector("[aria-pressed=true]").focus();
  });
  select.addEventListener("change", offer);
  offer();
  return build("div", { class: "what-if", role: "group", "aria-label": "What if" },
    build("div", { class: "what-if-ask" }, build("span", null, "What if"), select, build("span", null, "took"), changes),
    result);
}

function pathSummary(chart, title) {
  const ranked = [...chart.subjects].sort((a, b) => b.exclusive_us - a.exclusive_us).slice(0, 3);
  const words = ranked.map(({ name, exclusive_us, share }) => `${cut(name, 60)} ${span(exclusive_us)} (${humanise(share, "ratio")})`);
  return `${title}: ${span(chart.total_us)} in ${counted(chart.sections.length, "section")}; most of it ${words.join(", ") || "nothing"}`;
}
