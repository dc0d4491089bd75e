// Above the lanes: the whole time as hills of activity with the window on them, and the clock.

const OVERVIEW_HEIGHT = 40;
const CLOCK_HEIGHT = 22;

// How busy each pixel of the overview is, and how many errors start there.
function activity(view, columns) {
  const busy = new Float64Array(columns + 1);
  const failed = new Uint32Array(columns);
  const scale = columns / view.length;
  const column = (time) => Math.max(0, Math.min(columns - 1, Math.floor(time * scale)));
  for (let i = 0; i < view.amount; i += 1) {
    if (!view.isShown[i]) continue;
    const first = column(view.start[i]);
    busy[first] += 1;
    busy[column(view.end[i]) + 1] -= 1;
    if (view.isFailed(i)) failed[first] += 1;
  }
  for (let i = 1; i < columns; i += 1) busy[i] += busy[i - 1];
  const { density } = view.chart;
  if (density) {
    density.lanes.forEach((counts, lane) => {
      if (!view.placeOf.has(lane)) return;
      counts.forEach((count, at) => {
        busy[column(at * density.step_us)] += count;
        failed[column(at * density.step_us)] += density.errors?.[lane]?.[at] ?? 0;
      });
    });
  }
  return { busy, failed };
}

function paintOverview(canvas, view, width) {
  const look = colours();
  const brush = sizeCanvas(canvas, width, OVERVIEW_HEIGHT);
  // Filters change the hills, moving the window does not.
  const key = `${width} ${view.version}`;
  if (view.hills?.key !== key) view.hills = { key, ...activity(view, Math.max(1, Math.floor(width / 2))) };
  const { busy, failed } = view.hills;
  const most = busy.reduce((top, value) => Math.max(top, value), 1);
  brush.fillStyle = mixed(look.surface, look.soft, 0.45);
  for (let i = 0; i < failed.length; i += 1) {
    if (busy[i] <= 0) continue;
    const tall = Math.max(1.5, Math.sqrt(busy[i] / most) * (OVERVIEW_HEIGHT - 8));
    brush.fillRect(i * 2, OVERVIEW_HEIGHT - tall, 1.5, tall);
  }
  brush.fillStyle = look.bad;
  for (let i = 0; i < failed.length; i += 1) {
    if (failed[i] === 0) continue;
    const tall = Math.max(3, Math.min(1, failed[i] / Math.max(1, busy[i])) * (OVERVIEW_HEIGHT - 8));
    brush.fillRect(i * 2, OVERVIEW_HEIGHT - tall, 1.75, tall);
  }
  const left = (view.from / view.length) * width;
  const right = (view.to / view.length) * width;
  brush.fillStyle = faded(look.page, 0.72);
  brush.fillRect(0, 0, left, OVERVIEW_HEIGHT);
  brush.fillRect(right, 0, width - right, OVERVIEW_HEIGHT);
  brush.strokeStyle = look.accent;
  brush.lineWidth = 1.5;
  brush.beginPath();
  brush.roundRect(left + 0.75, 0.75, Math.max(3, right - left - 1.5), OVERVIEW_HEIGHT - 1.5, 4);
  brush.stroke();
  brush.fillStyle = look.accent;
  for (const edge of [left, right - 3]) {
    brush.beginPath();
    brush.roundRect(Math.max(0, Math.min(width - 3, edge)), OVERVIEW_HEIGHT / 2 - 8, 3, 16, 1.5);
    brush.fill();
  }
}

// `range`: the part of the clock that is being selected, in pixels, or null.
function paintClock(canvas, view, width, range) {
  const { soft, "line-strong": edge, accent } = colours();
  const brush = sizeCanvas(canvas, width, CLOCK_HEIGHT);
  const { start_us } = view.chart;
  const { step, at } = timeLines(start_us + view.from, start_us + view.to, Math.max(3, width / 110));
  brush.font = `11px ${colours().sans}`;
  brush.textBaseline = "middle";
  for (const time of at) {
    const x = ((time - start_us - view.from) / (view.to - view.from)) * width;
    brush.fillStyle = edge;
    brush.fillRect(Math.round(x), CLOCK_HEIGHT - 6, 1, 6);
    const text = clockLabel(time, step);
    const size = brush.measureText(text).width;
    brush.fillStyle = soft;
    brush.fillText(text, Math.max(1, Math.min(width - size - 1, x - size / 2)), 8);
  }
  if (range) {
    brush.fillStyle = faded(accent, 0.25);
    brush.fillRect(Math.min(...range), 0, Math.abs(range[1] - range[0]), CLOCK_HEIGHT);
  }
}

// Dragging on the overview moves the window or, outside of it and at its edges, makes a new one.
function listenToOverview(canvas, view, changed) {
  let drag = null;
  const timeAt = (event) => (event.offsetX / canvas.clientWidth) * view.length;
  canvas.addEventListener("pointerdown", (event) => {
    const time = timeAt(event);
    const slack = (7 / canvas.clientWidth) * view.length;
    const isWhole = view.to - view.from >= view.length * 0.999;
    if (Math.abs(time - view.from) < slack) drag = { fixed: view.to };
    else if (Math.abs(time - view.to) < slack) drag = { fixed: view.from };
    else if (!isWhole && time > view.from && time < view.to) drag = { by: time - view.from };
    else drag = { fixed: time };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const time = Math.max(0, Math.min(view.length, timeAt(event)));
    if (drag.by !== undefined) {
      const size = view.to - view.from;
      const from = Math.max(0, Math.min(view.length - size, time - drag.by));
      view.show(from, from + size);
    } else if (Math.abs(time - drag.fixed) > view.length / 2000) {
      view.show(Math.min(drag.fixed, time), Math.max(drag.fixed, time));
    }
    changed();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (drag = null));
  canvas.addEventListener("dblclick", () => {
    view.show(0, view.length);
    changed();
  });
  canvas.addEventListener("keydown", (event) => {
    if (moveByKey(view, event, true)) {
      event.preventDefault();
      changed();
    }
  });
}

// Zooming and panning by keys; answers whether the key was one of them.
function moveByKey(view, { key, shiftKey, ctrlKey, metaKey, altKey }, arrowsPan) {
  if (ctrlKey || metaKey || altKey) return false;
  const middle = (view.from + view.to) / 2;
  if (key === "+" || key === "=") view.zoom(0.6, middle);
  else if (key === "-" || key === "_") view.zoom(1 / 0.6, middle);
  else if (key === "0") view.show(0, view.length);
  else if ((arrowsPan || shiftKey) && key === "ArrowLeft") view.pan(-0.2);
  else if ((arrowsPan || shiftKey) && key === "ArrowRight") view.pan(0.2);
  else return false;
  return true;
}
