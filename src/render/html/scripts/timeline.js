// The timeline without its looks: which bars there are, which are shown, where they lie, what is
// in the window of time, and which bar is beside which.

const ROW_HEIGHTS = [[5, 20], [10, 14], [24, 9], [Infinity, 5]];
const LANE_PADDING = 6;
const COLLAPSED_HEIGHT = 24;
const SHORTEST_WINDOW = 20;

class TimelineView {
  constructor(chart) {
    const { bars } = chart;
    const amount = bars.start_us.length;
    this.chart = chart;
    this.amount = amount;
    this.start = Float64Array.from(bars.start_us);
    this.end = Float64Array.from(bars.length_us, (length, i) => this.start[i] + length);
    this.lane = Int32Array.from(bars.lane);
    this.row = Int32Array.from(bars.row);
    this.type = Int32Array.from(bars.type);
    this.status = Int32Array.from(bars.status);
    this.isShown = new Uint8Array(amount).fill(1);
    this.length = Math.max(1, chart.end_us - chart.start_us, this.end.reduce((most, end) => Math.max(most, end), 0));
    this.from = 0;
    this.to = this.length;
    this.hidden = { lanes: new Set(), types: new Set(), statuses: new Set() };
    this.session = -1;
    this.trace = -1;
    this.collapsed = new Set();
    this.matches = null;
    this.matched = [];
    this.isError = chart.statuses.map((status) => /err|fail/i.test(status));
    this.isOpen = chart.statuses.map((status) => /unfinished|open|running/i.test(status));
    this.sortRows();
    this.rankTypes();
    this.arrange();
  }

  // The bars of each row by their start, and the latest end up to each of them to search by.
  sortRows() {
    const order = Uint32Array.from({ length: this.amount }, (_, i) => i);
    order.sort((a, b) => this.lane[a] - this.lane[b] || this.row[a] - this.row[b] || this.start[a] - this.start[b]);
    this.lanes = this.chart.lanes.map((name) => ({ name, rows: [], bars: 0, errors: 0 }));
    for (let first = 0; first < order.length; ) {
      const bar = order[first];
      let last = first + 1;
      while (last < order.length && this.lane[order[last]] === this.lane[bar] && this.row[order[last]] === this.row[bar]) last += 1;
      const bars = order.subarray(first, last);
      let latest = -Infinity;
      const ends = Float64Array.from(bars, (each) => (latest = Math.max(latest, this.end[each])));
      const lane = this.lanes[this.lane[bar]];
      lane.rows[this.row[bar]] = { bars, ends };
      lane.bars += bars.length;
      lane.errors += bars.reduce((sum, each) => sum + (this.isError[this.status[each]] ? 1 : 0), 0);
      first = last;
    }
  }

  // The most frequent types get the colours; the last colour is for all that remain.
  rankTypes() {
    this.typeAmounts = new Array(this.chart.types.length).fill(0);
    for (const type of this.type) this.typeAmounts[type] += 1;
    const ranked = this.typeAmounts.map((_, type) => type).sort((a, b) => this.typeAmounts[b] - this.typeAmounts[a]);
    this.typeRank = ranked;
    this.typeColour = [];
    ranked.forEach((type, rank) => (this.typeColour[type] = Math.min(rank, 7)));
  }

  // Decides anew which bars are shown and where each lane lies; rows without a bar take no room.
  arrange() {
    const { session, trace } = this.chart.bars;
    const { lanes, types, statuses } = this.hidden;
    for (let i = 0; i < this.amount; i += 1) {
      this.isShown[i] = !lanes.has(this.lane[i]) && !types.has(this.type[i]) && !statuses.has(this.status[i])
        && (this.session < 0 || session[i] === this.session) && (this.trace < 0 || trace[i] === this.trace) ? 1 : 0;
    }
    const isNarrowed = this.session >= 0 || this.trace >= 0;
    this.version = (this.version ?? 0) + 1;
    this.places = [];
    let top = 0;
    this.lanes.forEach(({ rows }, lane) => {
      if (lanes.has(lane)) return;
      const used = rows.map((_, row) => row).filter((row) => rows[row]?.bars.some((bar) => this.isShown[bar]));
      // Agents that have no part in the chosen session would only be empty lines.
      if (isNarrowed && used.length === 0) return;
      const isCollapsed = this.collapsed.has(lane);
      const rowHeight = isCollapsed ? COLLAPSED_HEIGHT - 2 * LANE_PADDING : ROW_HEIGHTS.find(([most]) => used.length <= most)[1];
      const height = isCollapsed ? COLLAPSED_HEIGHT : 2 * LANE_PADDING + Math.max(1, used.length) * rowHeight;
      this.places.push({ lane, top, height, rowHeight, used, isCollapsed });
      top += height;
    });
    this.height = top;
    this.placeOf = new Map(this.places.map((place) => [place.lane, place]));
    this.shownAmount = this.isShown.reduce((sum, is) => sum + is, 0);
  }

  // Moves the window of time; it stays within what there is.
  show(from, to) {
    const size = Math.min(this.length, Math.max(SHORTEST_WINDOW, to - from));
    const middle = (from + to) / 2;
    this.from = Math.max(0, Math.min(this.length - size, middle - size / 2));
    this.to = this.from + size;
  }

  zoom(factor, around) {
    const size = (this.to - this.from) * factor;
    const share = (around - this.from) / (this.to - this.from);
    this.show(around - share * size, around + (1 - share) * size);
  }

  pan(share) {
    const by = Math.max(-this.from, Math.min(this.length - this.to, share * (this.to - this.from)));
    this.show(this.from + by, this.to + by);
  }

  // The position in `row` of its first bar that ends after `time`.
  firstAfter(row, time) {
    let low = 0;
    let high = row.bars.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (row.ends[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Where a row of a lane is drawn: `{top, height}`.
  rowPlace(place, row) {
    if (place.isCollapsed) return { top: place.top + LANE_PADDING, height: place.rowHeight };
    return { top: place.top + LANE_PADDING + Math.max(0, place.used.indexOf(row)) * place.rowHeight, height: place.rowHeight };
  }

  placeAt(y) {
    return this.places.find(({ top, height }) => y >= top && y < top + height) ?? null;
  }

  // The bar at a height and a time, within `slack` of it: the shortest of several.
  barAt(y, time, slack) {
    const place = this.placeAt(y);
    if (!place) return -1;
    const inside = Math.floor((y - place.top - LANE_PADDING) / place.rowHeight);
    const rows = place.isCollapsed ? place.used : [place.used[inside]];
    let best = -1;
    let bestSize = Infinity;
    for (const number of rows) {
      const row = this.lanes[place.lane].rows[number];
      if (!row) continue;
      for (let at = this.firstAfter(row, time - slack); at < row.bars.length; at += 1) {
        const bar = row.bars[at];
        if (this.start[bar] > time + slack) break;
        if (!this.isShown[bar]) continue;
        const isUnder = this.start[bar] <= time && this.end[bar] >= time;
        const size = this.end[bar] - this.start[bar] + (isUnder ? 0 : slack);
        if (this.end[bar] >= time - slack && size < bestSize) [best, bestSize] = [bar, size];
      }
    }
    return best;
  }

  // The bar that an arrow key leads to; the first in the window if there is none yet.
  neighbour(bar, key) {
    if (bar < 0 || !this.isShown[bar]) return this.firstShown();
    const lane = this.lane[bar];
    const row = this.lanes[lane].rows[this.row[bar]];
    const at = row.bars.indexOf(bar);
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const step = key === "ArrowLeft" ? -1 : 1;
      for (let next = at + step; next >= 0 && next < row.bars.length; next += step) {
        if (this.isShown[row.bars[next]]) return row.bars[next];
      }
      return bar;
    }
    const lines = this.places.flatMap((place) => place.used.map((used) => [place.lane, used]));
    const line = lines.findIndex(([onLane, onRow]) => onLane === lane && onRow === this.row[bar]);
    const target = lines[line + (key === "ArrowUp" ? -1 : 1)];
    if (!target) return bar;
    const middle = (Math.max(this.from, this.start[bar]) + Math.min(this.to, this.end[bar])) / 2;
    return this.nearestIn(this.lanes[target[0]].rows[target[1]], middle);
  }

  nearestIn(row, time) {
    let best = -1;
    let least = Infinity;
    for (const bar of row.bars) {
      if (!this.isShown[bar]) continue;
      const away = Math.max(0, this.start[bar] - time, time - this.end[bar]);
      if (away < least) [best, least] = [bar, away];
    }
    return best;
  }

  firstShown() {
    for (const { lane, used } of this.places) {
      for (const number of used) {
        const row = this.lanes[lane].rows[number];
        for (let at = this.firstAfter(row, this.from); at < row.bars.length; at += 1) {
          if (this.isShown[row.bars[at]] && this.start[row.bars[at]] <= this.to) return row.bars[at];
        }
      }
    }
    return this.isShown.indexOf(1);
  }

  // Marks the bars that have the text in their name, agent, session, trace or id.
  search(text) {
    const wanted = text.trim().toLowerCase();
    this.matched = [];
    this.matches = null;
    if (wanted === "") return;
    const has = (list) => list.map((item) => item.toLowerCase().includes(wanted));
    const { names, lanes, sessions, traces, types, bars } = this.chart;
    const [inName, inLane, inSession, inTrace, inType] = [names, lanes, sessions, traces, types].map(has);
    this.matches = new Uint8Array(this.amount);
    for (let i = 0; i < this.amount; i += 1) {
      if (inName[bars.name[i]] || inLane[this.lane[i]] || inType[this.type[i]] || inSession[bars.session[i]] || inTrace[bars.trace[i]]
        || bars.id[i].toLowerCase().includes(wanted)) {
        this.matches[i] = 1;
        if (this.isShown[i]) this.matched.push(i);
      }
    }
    this.matched.sort((a, b) => this.start[a] - this.start[b]);
  }

  // The first `most` shown bars of the window, by start, and how many there are.
  inWindow(most) {
    const found = [];
    for (let i = 0; i < this.amount; i += 1) {
      if (this.isShown[i] && this.start[i] <= this.to && this.end[i] >= this.from) found.push(i);
    }
    found.sort((a, b) => this.start[a] - this.start[b]);
    return { bars: found.slice(0, most), total: found.length };
  }

  isFailed(bar) {
    return this.isError[this.status[bar]] ?? false;
  }

  nameOf(bar) {
    return this.chart.names[this.chart.bars.name[bar]] || "(no name)";
  }

  // What a screen reader is told of a bar.
  describe(bar) {
    const { chart } = this;
    return `${this.nameOf(bar)}, ${chart.lanes[this.lane[bar]]}, ${chart.types[this.type[bar]]}, ${chart.statuses[this.status[bar]]}, `
      + `${span(this.end[bar] - this.start[bar])}, starts ${span(this.start[bar])} after the beginning${chart.bars.critical[bar] ? ", on the critical path" : ""}`;
  }
}
