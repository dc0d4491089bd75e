// Draws the lanes of the timeline: only what is in the window, and of bars narrower than a pixel
// only one for each pixel, so that tens of thousands of them cost no more than the screen has.

const MOST_ARROWS = 400;
const MOST_THIN_ARROWS = 2000;

// `state`: {width, height, scroll, selected, hovered, hasArrows}.
function paintTimeline(brush, view, state) {
  const { width, height, scroll } = state;
  const scale = width / (view.to - view.from);
  const paper = { brush, view, state, scale, x: (time) => (time - view.from) * scale, look: colours() };
  const places = view.places.filter(({ top, height: tall }) => top + tall >= scroll && top <= scroll + height);
  paintGround(paper, places);
  brush.save();
  brush.translate(0, -scroll);
  if (view.chart.density) paintDensity(paper, places);
  const arrows = state.hasArrows ? arrowsInSight(paper) : [];
  state.arrowsSeen = arrows;
  // Very many messages are a haze behind the spans, a few go in front of them.
  const isMany = arrows.length > MOST_ARROWS;
  if (isMany) paintHaze(paper, arrows);
  const wide = paintBars(paper, places);
  if (!isMany) paintArrows(paper, arrows);
  paintNames(paper, wide);
  paintMarks(paper);
  for (const bar of [state.hovered, state.selected]) if (bar >= 0) paintFrame(paper, bar, bar === state.selected);
  brush.restore();
}

function paintGround({ brush, view, state, x, look }, places) {
  const { width, height, scroll } = state;
  brush.fillStyle = look.line;
  const { start_us } = view.chart;
  for (const time of timeLines(start_us + view.from, start_us + view.to, Math.max(3, width / 110)).at) {
    brush.fillRect(Math.round(x(time - start_us)), 0, 1, height);
  }
  for (const { top, height: tall } of places) brush.fillRect(0, Math.round(top + tall - scroll) - 1, width, 1);
}

// Counts of the records that have no bar of their own, as hills at the foot of each lane.
function paintDensity({ brush, view, state, scale, x, look }, places) {
  const { step_us, lanes, errors } = view.chart.density;
  let most = 1;
  for (const counts of lanes) for (const count of counts) if (count > most) most = count;
  const size = Math.max(1, step_us * scale);
  for (const { lane, top, height } of places) {
    const counts = lanes[lane] ?? [];
    const first = Math.max(0, Math.floor(view.from / step_us));
    const last = Math.min(counts.length, Math.ceil(view.to / step_us));
    const tall = (at) => Math.max(2, Math.sqrt(counts[at] / most) * (height - 3));
    brush.fillStyle = faded(look.soft, 0.15);
    for (let at = first; at < last; at += 1) {
      if (counts[at]) brush.fillRect(x(at * step_us), top + height - 1 - tall(at), size, tall(at));
    }
    // As much of the hill as failed.
    brush.fillStyle = faded(look.bad, 0.6);
    for (let at = first; at < last; at += 1) {
      const failed = errors?.[lane]?.[at];
      if (!failed) continue;
      const part = Math.max(2, tall(at) * Math.min(1, failed / Math.max(1, counts[at])));
      brush.fillRect(x(at * step_us), top + height - 1 - part, size, part);
    }
  }
}

// Draws all bars, colour by colour; answers those wide enough for their name.
function paintBars(paper, places) {
  const { brush, view, state, scale, x, look } = paper;
  const { start, end, isShown, matches } = view;
  const critical = view.chart.bars.critical;
  const plain = look.series.map(() => []);
  const [pale, failed, open, notches, lines, wide] = [[], [], [], [], [], []];
  const bottom = state.scroll + state.height;
  for (const place of places) {
    for (const number of place.used) {
      const { top, height } = view.rowPlace(place, number);
      if (top + height < state.scroll || top > bottom) continue;
      const row = view.lanes[place.lane].rows[number];
      const tall = Math.max(2, height > 9 ? height - 3 : height - 1);
      let lastColumn = -9;
      let lastFailed = false;
      for (let at = view.firstAfter(row, view.from); at < row.bars.length; at += 1) {
        const bar = row.bars[at];
        if (start[bar] > view.to) break;
        if (!isShown[bar] || end[bar] < view.from) continue;
        const isFailed = view.isError[view.status[bar]];
        let left = x(start[bar]);
        let size = (end[bar] - start[bar]) * scale;
        if (size < 1.5) {
          const column = Math.floor(left);
          if (column === lastColumn && (lastFailed || !isFailed)) continue;
          lastColumn = column;
          lastFailed = isFailed;
          left = column;
          size = 1.5;
        } else {
          // Coordinates far outside would cost the canvas dear.
          if (left < -20) {
            size += left + 20;
            left = -20;
          }
          if (left + size > state.width + 20) size = state.width + 20 - left;
          // A seam between bars that follow at once.
          if (size > 4) size -= 1;
        }
        const colour = view.typeColour[view.type[bar]];
        if (matches && !matches[bar]) {
          pale.push(left, top, size, tall);
          continue;
        }
        if (isFailed) {
          failed.push(left, top, size, tall);
          if (size < 8) notches.push(left + size / 2, top);
        } else if (view.isOpen[view.status[bar]]) {
          open.push(left, top, size, tall, colour);
        } else {
          plain[colour].push(left, top, size, tall);
        }
        if (critical[bar]) lines.push(left, top + tall, size);
        if (size >= 28 && tall >= 11) wide.push(bar, left, top, size, tall);
      }
    }
  }
  brush.fillStyle = faded(look.faint, 0.28);
  fillBoxes(brush, pale);
  plain.forEach((boxes, colour) => {
    brush.fillStyle = look.series[colour];
    fillBoxes(brush, boxes);
  });
  paintOpen(paper, open);
  if (failed.length > 0) {
    brush.fillStyle = look.bad;
    fillBoxes(brush, failed);
    brush.fillStyle = stripes(brush, look.bad, mixed(look.bad, look.surface, 0.42));
    fillBoxes(brush, failed.length > 8000 ? [] : failed, 5);
    paintNotches(paper, notches);
  }
  brush.fillStyle = look.text;
  for (let i = 0; i < lines.length; i += 3) brush.fillRect(lines[i], lines[i + 1] - 1, lines[i + 2], 2);
  return wide;
}

// Boxes lie in the list as left, top, width, height; those of any size get round corners.
function fillBoxes(brush, boxes, least = 0) {
  brush.beginPath();
  for (let i = 0; i < boxes.length; i += 4) {
    const [left, top, width, height] = [boxes[i], boxes[i + 1], boxes[i + 2], boxes[i + 3]];
    if (width < least) continue;
    if (width >= 6 && height >= 8) brush.roundRect(left, top, width, height, 3);
    else brush.fillRect(left, top, width, height);
  }
  brush.fill();
}

// What never ended: hollow, and open towards its end.
function paintOpen({ brush, look }, boxes) {
  for (let i = 0; i < boxes.length; i += 5) {
    const [left, top, width, height, colour] = boxes.slice(i, i + 5);
    brush.fillStyle = faded(look.series[colour], 0.3);
    brush.fillRect(left, top, width, height);
    if (width < 5) continue;
    brush.strokeStyle = look.series[colour];
    brush.lineWidth = 1.25;
    brush.setLineDash([4, 3]);
    brush.beginPath();
    brush.moveTo(left + width, top + 0.6);
    brush.lineTo(left + 0.6, top + 0.6);
    brush.lineTo(left + 0.6, top + height - 0.6);
    brush.lineTo(left + width, top + height - 0.6);
    brush.stroke();
    brush.setLineDash([]);
  }
}

// A notch above a failed bar too narrow for stripes.
function paintNotches({ brush, look }, notches) {
  brush.fillStyle = look.bad;
  brush.beginPath();
  let last = -9;
  for (let i = 0; i < notches.length; i += 2) {
    const [x, y] = [notches[i], notches[i + 1]];
    // One for each three pixels is seen; more only cost time.
    if (Math.abs(x - last) < 3) continue;
    last = x;
    brush.moveTo(x - 3.5, y - 4);
    brush.lineTo(x + 3.5, y - 4);
    brush.lineTo(x, y + 1);
  }
  brush.fill();
}

function paintNames({ brush, view, state, look }, wide) {
  brush.textBaseline = "middle";
  brush.font = `500 11px ${look.sans}`;
  view.nameWidths ??= new Map();
  for (let i = 0; i < wide.length; i += 5) {
    const [bar, boxLeft, top, boxSize, tall] = wide.slice(i, i + 5);
    // The name stays in sight while its bar reaches in from the left.
    const left = Math.max(boxLeft, 0);
    const room = Math.min(boxLeft + boxSize, state.width) - left - 10;
    if (room < 18) continue;
    const name = view.nameOf(bar);
    let full = view.nameWidths.get(name);
    if (full === undefined) view.nameWidths.set(name, (full = brush.measureText(name).width));
    const text = full <= room ? name : `${name.slice(0, Math.max(1, Math.floor((room / full) * name.length) - 1))}…`;
    const isMarked = view.isFailed(bar);
    const isOpen = view.isOpen[view.status[bar]];
    if (isMarked) {
      // Letters on stripes cannot be read.
      brush.fillStyle = look.bad;
      brush.fillRect(left + 3, top + 1, Math.min(full, room) + 5, tall - 2);
    }
    brush.fillStyle = isOpen ? look.text : look["on-colour"];
    brush.fillText(text, left + 6, top + tall / 2 + 0.5);
  }
}

function laneLevel(view, lane) {
  const place = view.placeOf.get(lane);
  return place ? place.top + Math.min(place.height / 2, LANE_PADDING + place.rowHeight / 2) : null;
}

// The messages in the window, with their ends in pixels.
function arrowsInSight({ view, state, x }) {
  const seen = [];
  const { start_us, arrows } = view.chart;
  for (const arrow of arrows) {
    const sent = arrow.sent_us - start_us;
    const received = arrow.received_us === null ? null : arrow.received_us - start_us;
    if (sent > view.to || (received ?? sent) < view.from) continue;
    const [from, to] = [laneLevel(view, arrow.from_lane), laneLevel(view, arrow.to_lane)];
    if (from === null || to === null) continue;
    if (Math.max(from, to) < state.scroll || Math.min(from, to) > state.scroll + state.height) continue;
    seen.push({ arrow, fromX: x(sent), fromY: from, toX: x(received ?? sent), toY: to, isLost: received === null });
  }
  // Of a haze, every so many strokes look the same as all.
  const step = Math.ceil(seen.length / MOST_THIN_ARROWS);
  return step > 1 ? seen.filter((_, i) => i % step === 0) : seen;
}

function paintHaze({ brush, state, look }, seen) {
  const colour = faded(look.text, Math.max(0.035, Math.min(0.09, 72 / seen.length)));
  brush.fillStyle = colour;
  brush.strokeStyle = colour;
  brush.lineWidth = 1;
  brush.beginPath();
  const [first, last] = [state.scroll, state.scroll + state.height];
  for (const { fromX, fromY, toX, toY } of seen) {
    if (Math.abs(toX - fromX) < 2) {
      // Nearly upright, as most are when all is in sight: a box costs far less than a line.
      const top = Math.max(first, Math.min(fromY, toY));
      brush.fillRect(Math.round(fromX), top, 1, Math.min(last, Math.max(fromY, toY)) - top);
    } else {
      brush.moveTo(fromX, fromY);
      brush.lineTo(toX, toY);
    }
  }
  brush.stroke();
}

// Messages from lane to lane; the lost ones end in a cross on the way.
function paintArrows({ brush, look }, seen) {
  brush.strokeStyle = faded(look.text, 0.5);
  brush.lineWidth = 1;
  brush.beginPath();
  for (const line of seen) {
    if (line.isLost) {
      // Where it got lost is not known: a short way towards its goal.
      line.toX = line.fromX + 14;
      line.toY = line.fromY + Math.sign(line.toY - line.fromY || 1) * 16;
    }
    brush.moveTo(line.fromX, line.fromY);
    brush.lineTo(line.toX, line.toY);
  }
  brush.stroke();
  brush.fillStyle = look.text;
  brush.beginPath();
  for (const { fromX, fromY, toX, toY, isLost } of seen) {
    if (isLost) continue;
    const turn = Math.atan2(toY - fromY, toX - fromX);
    brush.moveTo(toX, toY);
    brush.lineTo(toX - 7 * Math.cos(turn - 0.42), toY - 7 * Math.sin(turn - 0.42));
    brush.lineTo(toX - 7 * Math.cos(turn + 0.42), toY - 7 * Math.sin(turn + 0.42));
    brush.closePath();
    brush.moveTo(fromX + 2, fromY);
    brush.arc(fromX, fromY, 2, 0, 7);
  }
  brush.fill();
  for (const { toX, toY, isLost } of seen) if (isLost) paintCross(brush, toX, toY, look);
}

function paintCross(brush, x, y, look) {
  for (const [colour, width] of [[look.surface, 5], [look.bad, 2.25]]) {
    brush.strokeStyle = colour;
    brush.lineWidth = width;
    brush.lineCap = "round";
    brush.beginPath();
    brush.moveTo(x - 4, y - 4);
    brush.lineTo(x + 4, y + 4);
    brush.moveTo(x + 4, y - 4);
    brush.lineTo(x - 4, y + 4);
    brush.stroke();
  }
  brush.lineCap = "butt";
}

// Errors that belong to no span.
function paintMarks({ brush, view, state, x, look }) {
  let last = -99;
  for (const mark of view.chart.marks) {
    const time = mark.at_us - view.chart.start_us;
    const level = laneLevel(view, mark.lane);
    if (time < view.from || time > view.to || level === null) continue;
    if (level < state.scroll - 20 || level > state.scroll + state.height + 20) continue;
    const at = x(time);
    if (Math.abs(at - last) < 1) continue;
    last = at;
    brush.fillStyle = look.bad;
    brush.strokeStyle = look.surface;
    brush.lineWidth = 2;
    brush.beginPath();
    brush.moveTo(at, level - 6);
    brush.lineTo(at + 6, level);
    brush.lineTo(at, level + 6);
    brush.lineTo(at - 6, level);
    brush.closePath();
    brush.stroke();
    brush.fill();
  }
}

function paintFrame({ brush, view, x, look }, bar, isSelected) {
  const place = view.placeOf.get(view.lane[bar]);
  if (!place || !view.isShown[bar]) return;
  const { top, height } = view.rowPlace(place, view.row[bar]);
  const tall = Math.max(2, height > 9 ? height - 3 : height - 1);
  const left = Math.max(-10, x(view.start[bar]));
  const right = Math.min(x(view.end[bar]), x(view.to) + 10);
  const box = [left - 2, top - 2, Math.max(3, right - left) + 4, tall + 4, 5];
  brush.strokeStyle = look.surface;
  brush.lineWidth = isSelected ? 5 : 3;
  brush.beginPath();
  brush.roundRect(...box);
  brush.stroke();
  brush.strokeStyle = isSelected ? look.accent : look.soft;
  brush.lineWidth = isSelected ? 2.25 : 1.25;
  brush.stroke();
}
